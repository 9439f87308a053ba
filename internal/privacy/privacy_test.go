package privacy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/privacy"
)

type house struct {
	*matchingtest.Town

	store *docstore.Store
	*privacy.Privacy
}

func open(t *testing.T) *house {
	t.Helper()
	return openOn(t, storetest.Open(t))
}

func openOn(t *testing.T, store *docstore.Store) *house {
	t.Helper()
	h := &house{store: store}
	h.Town = matchingtest.Settle(t, h.store, func(w *matchingtest.Town) {
		deliveries := delivery.New(h.store, w.Matches, w.Applications, w.Devices, w.Partners, w.Box, w.Now)
		h.Privacy = privacy.New(w.People, w.Applications, deliveries, w.Now)
	})
	return h
}

// family is the account that acts for an application, signed in.
func (h *house) family(t *testing.T, id string) people.Actor {
	t.Helper()
	app, err := h.Applications.Find(t.Context(), id)
	matchingtest.Must(t, err)
	paper, err := h.Applications.PaperCode(t.Context(), people.System(), call.Change{ID: id})
	matchingtest.Must(t, err)
	session, err := h.People.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Reference: paper.Reference, Code: paper.Code})
	matchingtest.Must(t, err)
	actor, err := h.People.Resume(t.Context(), session.Token)
	matchingtest.Must(t, err)
	if actor.Person != app.Owners[0] {
		t.Fatalf("signed in as %s", actor.Person)
	}
	return actor
}

// dump is all that the store holds, as a backup would.
func (h *house) dump(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	matchingtest.Must(t, h.store.Dump(t.Context(), &b))
	return b.String()
}

func TestAPersonSeesAllThatIsKeptAndNothingOfOthers(t *testing.T) {
	h := open(t)
	mine, other := h.Student(t), h.Student(t)
	data, err := h.Mine(t.Context(), h.family(t, mine), struct{}{})
	matchingtest.Must(t, err)
	if len(data.Applications) != 1 || data.Applications[0].ID != mine || data.Applications[0].Student.FirstName != "Lina" || data.Email == "" {
		t.Errorf("data: %+v", data)
	}
	if data.Applications[0].ID == other || data.Applications[0].Similar != nil {
		t.Error("another person's application shows")
	}
	if _, err := h.Mine(t.Context(), people.Anyone("fr"), struct{}{}); err == nil {
		t.Error("nobody reads somebody's data")
	}
}

func TestErasureLeavesNothingToRead(t *testing.T) {
	h := open(t)
	id := h.Student(t)
	actor := h.family(t, id)
	before, err := h.Applications.Find(t.Context(), id)
	matchingtest.Must(t, err)
	if strings.Contains(h.dump(t), "lina1@example.org") {
		t.Error("an address stands in the store in clear")
	}
	_, err = h.Erase(t.Context(), actor, privacy.Erase{Agree: true})
	matchingtest.Must(t, err)
	after, err := h.Applications.Find(t.Context(), id)
	matchingtest.Must(t, err)
	if after.State != application.Withdrawn || len(after.Owners) != 0 || after.Student.FirstName != "" {
		t.Errorf("after erasure: %+v", after)
	}
	// What a backup of yesterday holds is unreadable too: the key is gone.
	if plain, err := h.Box.Open(t.Context(), id, "student.first_name", before.Student.FirstName); err == nil {
		t.Errorf("an old copy still opens: %q", plain)
	}
	if strings.Contains(h.dump(t), string(before.Student.FirstName)) {
		t.Error("the sealed name is still in the store")
	}
	h.Clean(t)
}

func TestErasureWaitsForADeviceOnItsWay(t *testing.T) {
	h := open(t)
	h.Device(t)
	id := h.Student(t)
	h.Round(t)
	_, err := h.Matches.Approve(t.Context(), people.System(), matching.Approve{Change: call.Change{ID: h.Proposals(t)[0].ID}})
	matchingtest.Must(t, err)
	_, err = h.Erase(t.Context(), h.family(t, id), privacy.Erase{Agree: true})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("erased while an offer stands: %v", err)
	}
	h.Clean(t)
}

func TestWhatIsKeptLongEnoughIsForgotten(t *testing.T) {
	h := open(t)
	structure, err := h.Partners.AddPrescriber(t.Context(), people.System(), partner.AddPrescriber{Territory: h.Territory, Name: "Lycée", Kind: "school", Commune: "95127"})
	matchingtest.Must(t, err)
	view, err := h.Applications.Refer(t.Context(), people.System(), application.Refer{Prescriber: structure.ID, Students: []application.Referral{{
		FirstName: "Noé", LastName: "Petit", BirthDate: "2008-03-02", Email: "noe@example.org", Commune: "95127", Level: "lycee", Course: "lycee",
	}}})
	matchingtest.Must(t, err)
	invited := view.Students[0].ID
	closed := h.Student(t)
	_, err = h.Applications.Withdraw(t.Context(), h.family(t, closed), application.Withdraw{Change: call.Change{ID: closed}})
	matchingtest.Must(t, err)
	carry(t, h)

	h.Wait(13 * 24 * time.Hour)
	matchingtest.Must(t, h.Sweep(t.Context()))
	if _, err := h.Applications.Find(t.Context(), invited); err != nil {
		t.Errorf("an invitation is gone after thirteen days: %v", err)
	}
	h.Wait(2 * 24 * time.Hour)
	matchingtest.Must(t, h.Sweep(t.Context()))
	if _, err := h.Applications.Find(t.Context(), invited); !fault.Is(err, fault.NotFound) {
		t.Errorf("an invitation without an answer stays: %v", err)
	}
	if _, err := h.People.Find(t.Context(), "noe@example.org"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the invited account stays: %v", err)
	}
	h.Wait(2 * 366 * 24 * time.Hour)
	matchingtest.Must(t, h.Sweep(t.Context()))
	app, err := h.Applications.Find(t.Context(), closed)
	matchingtest.Must(t, err)
	if !app.Erased() || app.State != application.Withdrawn {
		t.Errorf("a closed application still has its people: %+v", app)
	}
	again := 0
	matchingtest.Must(t, h.Applications.EachToForget(t.Context(), func(*application.Application) error { again++; return nil }))
	if again != 0 {
		t.Errorf("the sweep looks again at %d that are forgotten", again)
	}
}

// TestWhatCannotBeForgottenKeepsNoOther: the application that was closed first
// holds text that the store takes from nobody, so that it cannot be written; the
// second one is forgotten all the same.
func TestWhatCannotBeForgottenKeepsNoOther(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	broken, sound := h.Student(t), h.Student(t)
	for _, id := range []string{broken, sound} {
		_, err := h.Applications.Withdraw(ctx, h.family(t, id), application.Withdraw{Change: call.Change{ID: id}})
		matchingtest.Must(t, err)
	}
	app, err := h.Applications.Find(ctx, broken)
	matchingtest.Must(t, err)
	app.Course = "\x00"
	app.Version++
	matchingtest.Must(t, h.store.Engine().Replace(ctx, "applications", docstore.Row{ID: broken, Version: app.Version, Body: app}))
	carry(t, h)
	h.Wait(2 * 366 * 24 * time.Hour)
	if err := h.Sweep(ctx); err == nil {
		t.Error("nobody is told of the broken one")
	}
	app, err = h.Applications.Find(ctx, sound)
	matchingtest.Must(t, err)
	if !app.Erased() {
		t.Error("the sound one still has its people")
	}
}

// carry empties the outboxes, as the relay does.
func carry(t *testing.T, h *house) {
	t.Helper()
	for {
		n, err := h.Events.Relay(t.Context())
		matchingtest.Must(t, err)
		if n == 0 {
			return
		}
	}
}

// TestADeathWhileAnInvitationIsForgottenLeavesNothing: whichever write it dies
// before, the next sweep deletes the application, its key and its account.
func TestADeathWhileAnInvitationIsForgottenLeavesNothing(t *testing.T) {
	for n := int64(0); ; n++ {
		engine := &storetest.Dying{Engine: storetest.Open(t).Engine()}
		engine.Left.Store(-1)
		h := openOn(t, docstore.New(engine))
		structure, err := h.Partners.AddPrescriber(t.Context(), people.System(), partner.AddPrescriber{Territory: h.Territory, Name: "Lycée", Kind: "school", Commune: "95127"})
		matchingtest.Must(t, err)
		view, err := h.Applications.Refer(t.Context(), people.System(), application.Refer{Prescriber: structure.ID, Students: []application.Referral{{
			FirstName: "Noé", LastName: "Petit", BirthDate: "2008-03-02", Email: "noe@example.org", Commune: "95127", Level: "lycee", Course: "lycee",
		}}})
		matchingtest.Must(t, err)
		invited, err := h.Applications.Find(t.Context(), view.Students[0].ID)
		matchingtest.Must(t, err)
		carry(t, h)
		h.Wait(15 * 24 * time.Hour)
		engine.Left.Store(n)
		died := h.Sweep(t.Context())
		engine.Left.Store(-1)
		carry(t, h)
		matchingtest.Must(t, h.Sweep(t.Context()))
		if _, err := h.Applications.Find(t.Context(), invited.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("before write %d: the application stays: %v", n, err)
		}
		if _, err := h.People.Find(t.Context(), "noe@example.org"); !fault.Is(err, fault.NotFound) {
			t.Errorf("before write %d: the account stays: %v", n, err)
		}
		if plain, err := h.Box.Open(t.Context(), invited.ID, "student.first_name", invited.Student.FirstName); err == nil {
			t.Errorf("before write %d: the name opens: %q", n, plain)
		}
		if died == nil {
			if n < 5 {
				t.Errorf("it died at %d writes only", n)
			}
			return
		}
	}
}

// TestADeathWhileAnApplicationIsForgottenLeavesNothing: the next sweep finds it
// until its people, its account and its key are gone.
func TestADeathWhileAnApplicationIsForgottenLeavesNothing(t *testing.T) {
	for n := int64(0); ; n++ {
		engine := &storetest.Dying{Engine: storetest.Open(t).Engine()}
		engine.Left.Store(-1)
		h := openOn(t, docstore.New(engine))
		id := h.Student(t)
		before, err := h.Applications.Find(t.Context(), id)
		matchingtest.Must(t, err)
		_, err = h.Applications.Withdraw(t.Context(), h.family(t, id), application.Withdraw{Change: call.Change{ID: id}})
		matchingtest.Must(t, err)
		h.Wait(2 * 366 * 24 * time.Hour)
		engine.Left.Store(n)
		died := h.Sweep(t.Context())
		engine.Left.Store(-1)
		h.Wait(time.Minute)
		matchingtest.Must(t, h.Sweep(t.Context()))
		after, err := h.Applications.Find(t.Context(), id)
		matchingtest.Must(t, err)
		if !after.Erased() || after.Forget != 0 {
			t.Errorf("before write %d: %+v", n, after)
		}
		if _, err := h.Box.Open(t.Context(), id, "student.first_name", before.Student.FirstName); err == nil {
			t.Errorf("before write %d: an old copy still opens", n)
		}
		if who, err := h.People.Reach(t.Context(), before.Owners[0]); err == nil && who.Email != "" {
			t.Errorf("before write %d: the account stays", n)
		}
		if died == nil {
			return
		}
	}
}
