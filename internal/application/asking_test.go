package application_test

import (
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// asking lists what the desk reads of the families that wait for its word.
func asking(t *testing.T, w *matchingtest.Town, actor people.Actor) []string {
	t.Helper()
	page, err := w.Applications.List(t.Context(), actor, application.List{List: call.List{Limit: 10, Total: true}, State: application.Asking})
	matchingtest.Must(t, err)
	if page.Total == nil || page.Total.Count != len(page.Items) {
		t.Errorf("%d in the list, counted as %+v", len(page.Items), page.Total)
	}
	ids := []string{}
	for _, row := range page.Items {
		ids = append(ids, row.ID)
	}
	return ids
}

// TestAFamilyAsksToBeReadAgain: once, by its own people, after a refusal; the
// desk sees it until somebody else has taken it up.
func TestAFamilyAsksToBeReadAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w, ctx := matchingtest.Settle(t, store), t.Context()
		change := call.Change{ID: submit(t, w, form()).ID}
		submit(t, w, minor()) // asks nothing
		family := w.SignIn(t, "ines@example.org")
		first, second := w.Staff(t, people.Coordinator), w.Staff(t, people.Coordinator)
		ask := application.AskReview{Change: change, Reason: "Le bulletin est arrivé."}
		if _, err := w.Applications.AskReview(ctx, family, ask); !fault.Is(err, fault.Conflict) {
			t.Errorf("before any refusal: %v", err)
		}
		_, err := w.Applications.Verify(ctx, first, application.Verify{Change: change, Reason: "not_proven"})
		matchingtest.Must(t, err)
		if _, err := w.Applications.AskReview(ctx, second, ask); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's wish: %v", err)
		}
		status, err := w.Applications.AskReview(ctx, family, ask)
		matchingtest.Must(t, err)
		if status.Next.Code != "review" || slices.Contains(status.May, "ask_review") {
			t.Errorf("the family reads %+v, may %v", status.Next, status.May)
		}
		if _, err := w.Applications.AskReview(ctx, family, ask); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked twice: %v", err)
		}
		if found := asking(t, w, second); !slices.Equal(found, []string{change.ID}) {
			t.Errorf("the desk reads of %v", found)
		}
		if state(t, w, change.ID).ReviewReason == "Le bulletin est arrivé." {
			t.Error("the reason stands open in the store")
		}
		view, err := w.Applications.Get(ctx, second, call.One{ID: change.ID})
		matchingtest.Must(t, err)
		if view.ReviewReason != ask.Reason || !slices.Contains(view.May, "review") {
			t.Errorf("%q, may %v", view.ReviewReason, view.May)
		}
		if view, err = w.Applications.Get(ctx, first, call.One{ID: change.ID}); err != nil || slices.Contains(view.May, "review") {
			t.Errorf("who refused may %v: %v", view.May, err)
		}
		_, err = w.Applications.CorrectContact(ctx, family, application.CorrectContact{Change: change, Email: "ines@example.com"})
		matchingtest.Must(t, err)
		if found := asking(t, w, second); len(found) != 1 {
			t.Error("a new address drops the wish")
		}
		_, err = w.Applications.Review(ctx, second, application.Review{Change: change, Reason: "lu"})
		matchingtest.Must(t, err)
		if found := asking(t, w, second); len(found) != 0 {
			t.Errorf("taken up, and still there: %v", found)
		}
	})
}

// TestAFamilyAnswersAQuestion: the hold carries it there and back, and the desk
// lifts it or asks again.
func TestAFamilyAnswersAQuestion(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	receipt := submit(t, w, form())
	change := call.Change{ID: receipt.ID}
	family, desk := w.SignIn(t, "ines@example.org"), w.Staff(t, people.Coordinator)
	answer := application.AnswerQuestion{Change: change, Answer: "Au lycée Kastler."}
	if _, err := w.Applications.AnswerQuestion(ctx, family, answer); !fault.Is(err, fault.Conflict) {
		t.Errorf("nothing was asked: %v", err)
	}
	hold := application.PutHold{Change: change, Type: "needs_information", Waiting: "family", Days: 7, Question: "Dans quelle école ?", Note: "pour le bureau"}
	_, err := w.Applications.Hold(ctx, desk, hold)
	matchingtest.Must(t, err)
	asked := func(wantAnswer, wantWho string) {
		t.Helper()
		status, err := w.Applications.Status(ctx, family, call.One{ID: receipt.ID})
		matchingtest.Must(t, err)
		if len(status.Asks) != 1 || status.Asks[0].Question != hold.Question || status.Asks[0].Answer != wantAnswer || status.Next.Who != wantWho {
			t.Errorf("the family reads %+v and %+v", status.Asks, status.Next)
		}
	}
	asked("", "family")
	if through, err := w.Applications.Follow(ctx, people.Anyone("fr"), application.Secret{Link: receipt.Link}); err != nil || through.Asks[0].Question != "" {
		t.Errorf("whoever holds the link reads %+v: %v", through.Asks, err)
	}
	_, err = w.Applications.AnswerQuestion(ctx, family, answer)
	matchingtest.Must(t, err)
	asked(answer.Answer, "coordinator")
	if state(t, w, receipt.ID).Holds[0].Answer == "Au lycée Kastler." {
		t.Error("the answer stands open in the store")
	}
	view, err := w.Applications.Get(ctx, desk, call.One{ID: receipt.ID})
	matchingtest.Must(t, err)
	if h := view.Holds[0]; h.Answer != answer.Answer || h.Question != hold.Question || h.Answered == nil || h.Note != hold.Note {
		t.Errorf("the desk reads %+v", h)
	}
	if found := asking(t, w, desk); !slices.Equal(found, []string{receipt.ID}) {
		t.Errorf("the desk's list: %v", found)
	}
	_, err = w.Applications.Hold(ctx, desk, hold)
	matchingtest.Must(t, err)
	asked("", "family")
	if found := asking(t, w, desk); len(found) != 0 {
		t.Errorf("asked again, the desk waits: %v", found)
	}
	_, err = w.Applications.AnswerQuestion(ctx, family, answer)
	matchingtest.Must(t, err)
	_, err = w.Applications.ClearHold(ctx, desk, application.ClearHold{Change: change, Type: "needs_information"})
	matchingtest.Must(t, err)
	if found := asking(t, w, desk); len(found) != 0 {
		t.Errorf("lifted, and still there: %v", found)
	}
}
