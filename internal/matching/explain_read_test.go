package matching_test

import (
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func applicationsWaiting() application.List {
	return application.List{State: application.Eligible, List: call.List{Limit: 200}}
}

// TestAMatchIsExplainedByItsRound, with the grid of that round and the one who
// comes next.
func TestAMatchIsExplainedByItsRound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 2, 4)
		w.Round(t)
		rows := w.Proposals(t)
		why, err := w.Matches.Why(t.Context(), system, call.One{ID: rows[0].ID})
		matchingtest.Must(t, err)
		if why.Grid != 1 || why.Weights.Point == 0 || why.Price == nil || why.Price.Tier != 1 || why.RunnerUp == nil {
			t.Fatalf("why: %+v", why)
		}
		sum := 0
		for _, part := range why.Parts {
			if part.Of == application.OfPair {
				sum += part.Points
			}
		}
		if int64(sum) != rows[0].Score {
			t.Errorf("the parts make %d of %d", sum, rows[0].Score)
		}
		if r := why.RunnerUp; r.Tier != 1 || r.OnlyTier || r.Missing < 1 || r.Reference == "" || r.Reference != why.Second {
			t.Errorf("the next is %+v, second choice %q", r, why.Second)
		}
	})
}

// TestWhyNotThisDevice walks what can stand between the two.
func TestWhyNotThisDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 2, 4)
		ask := func(app, dev string) matching.WhyNotDevice {
			t.Helper()
			why, err := w.Matches.WhyNotDevice(t.Context(), system, matching.AskWhyNot{One: call.One{ID: app}, Device: dev})
			matchingtest.Must(t, err)
			return why
		}
		page, err := w.Applications.List(t.Context(), system, applicationsWaiting())
		matchingtest.Must(t, err)
		first := page.Items[0].ID
		early := w.Device(t)
		if why := ask(first, early); why.Code != "no_round" {
			t.Errorf("before any round: %+v", why)
		}
		award := w.DeviceFor(t, device.Earmark{Kind: "award", ID: "awa_1"})
		w.Round(t)
		rows := w.Proposals(t)
		served, other := rows[0], rows[1]
		if why := ask(served.Application, served.Device); why.Code != "matched" || why.Match != served.ID {
			t.Errorf("its own: %+v", why)
		}
		if why := ask(served.Application, other.Device); why.Code != "other_device" || why.Match != other.ID {
			t.Errorf("another's: %+v", why)
		}
		without := left(t, w)[0]
		if why := ask(without, served.Device); why.Code != "stronger_need" || why.OnlyTier || why.Missing < 1 || why.CutTier != 1 || why.CutScore != why.Score+why.Missing-1 {
			t.Errorf("left without: %+v", why)
		}
		if why := ask(without, served.Label); why.Device != served.Device {
			t.Errorf("by its sticker: %+v", why)
		}
		if why := ask(without, award); why.Code != "earmark" || why.Has != "award" || !slices.Contains(why.Change, "lift_earmark") {
			t.Errorf("set aside: %+v", why)
		}
		_, err = w.Matches.Reject(t.Context(), system, matching.Reject{Change: call.Change{ID: served.ID}, Reason: "non"})
		matchingtest.Must(t, err)
		if why := ask(served.Application, served.Device); why.Code != "refused" {
			t.Errorf("said no to: %+v", why)
		}
		_, err = w.Applications.Hold(t.Context(), system, application.PutHold{Change: call.Change{ID: without}, Type: "unreachable", Waiting: "family", Days: 7})
		matchingtest.Must(t, err)
		if why := ask(without, served.Device); why.Code != "held" || !slices.Contains(why.Change, "answer") {
			t.Errorf("held: %+v", why)
		}
		stranger := w.Staff(t, people.Technician)
		if _, err := w.Matches.WhyNotDevice(t.Context(), stranger, matching.AskWhyNot{One: call.One{ID: without}, Device: award}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a technician asks: %v", err)
		}
	})
}

// TestAFamilyReadsRoundFiguresAndActions, and nothing of others.
func TestAFamilyReadsRoundFiguresAndActions(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 9)
	w.Round(t)
	ids := left(t, w)
	for n, id := range ids {
		app, err := w.Applications.Find(t.Context(), id)
		matchingtest.Must(t, err)
		first, err := w.Applications.Family(t.Context(), app.ID)
		matchingtest.Must(t, err)
		family := w.SignIn(t, first[0].Email)
		why, err := w.Matches.WhyNot(t.Context(), family, call.One{ID: id})
		matchingtest.Must(t, err)
		desk, err := w.Matches.WhyNot(t.Context(), system, call.One{ID: id})
		matchingtest.Must(t, err)
		if desk.Ahead != n || desk.CutTier == 0 {
			t.Errorf("the desk reads %+v of number %d", desk, n)
		}
		if why.CutTier != 0 || why.CutScore != 0 || why.Few != (n > 0 && n < 5) || n < 5 && why.Ahead != 0 || n >= 5 && why.Ahead%5 != 0 {
			t.Errorf("number %d reads %+v", n, why)
		}
		for _, action := range why.Change {
			if !slices.Contains([]string{"ask_attestation", "answer", "ask_guardian", "keep_contact"}, action) {
				t.Errorf("%q is no action of a family", action)
			}
		}
	}
}
