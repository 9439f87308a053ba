package matching_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// flowing is a town where what arrives is proposed at once.
func flowing(t *testing.T, store *docstore.Store, devices, students int) *matchingtest.Town {
	t.Helper()
	w := town(t, store, devices, students)
	w.Events.Subscribe(w.Matches.Subscriber())
	_, err := w.Partners.SetAtOnce(t.Context(), system, partner.SetAtOnce{Change: call.Change{ID: w.Territory}, AtOnce: new(true)})
	matchingtest.Must(t, err)
	w.Relay(t)
	return w
}

// proposedTo gives the application that each device is proposed to.
func proposedTo(t *testing.T, w *matchingtest.Town) map[string]string {
	t.Helper()
	to := map[string]string{}
	for _, row := range w.Proposals(t) {
		if to[row.Device] != "" {
			t.Errorf("device %s is proposed twice", row.Device)
		}
		to[row.Device] = row.Application
	}
	return to
}

func TestWhatArrivesFindsItsStudentAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := flowing(t, store, 0, 0)
		first := w.Student(t)
		w.Student(t)
		w.Wait(200 * 24 * time.Hour) // the first two have points of waiting now
		last := w.Student(t)
		w.Relay(t)
		dev := w.Device(t)
		w.Relay(t)
		if to := proposedTo(t, w); len(to) != 1 || to[dev] != first {
			t.Errorf("proposed to %v, not to %s", to, first)
		}
		other := w.Device(t)
		w.Relay(t)
		if to := proposedTo(t, w); len(to) != 2 || to[other] == last {
			t.Errorf("the second device goes to %v", to)
		}
		w.Device(t)
		w.Relay(t)
		w.Device(t)
		w.Relay(t)
		if to := proposedTo(t, w); len(to) != 3 {
			t.Errorf("three students, proposals: %v", to)
		}
		late := w.Student(t)
		w.Relay(t)
		served := false
		for _, app := range proposedTo(t, w) {
			served = served || app == late
		}
		if !served {
			t.Error("a student who arrives does not find the device that waits")
		}
		w.Clean(t)
	})
}

func TestWhatIsDeclinedFindsTheNextOneWithoutARound(t *testing.T) {
	w := flowing(t, storetest.Open(t), 1, 3)
	seen := map[string]bool{}
	for range 3 {
		w.Relay(t)
		rows := w.Proposals(t)
		if len(rows) != 1 || seen[rows[0].Application] {
			t.Fatalf("proposals: %+v", rows)
		}
		seen[rows[0].Application] = true
		match := call.Change{ID: rows[0].ID}
		_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: match})
		matchingtest.Must(t, err)
		_, err = w.Matches.Decline(t.Context(), system, matching.Decline{Change: match, Reason: "other"})
		matchingtest.Must(t, err)
	}
	w.Relay(t)
	if rows := w.Proposals(t); len(rows) != 0 {
		t.Errorf("all said no, proposed again: %+v", rows)
	}
	w.Clean(t)
}

func TestARestartedProcessGoesOnWithWhatIsFree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := flowing(t, store, 1, 3)
		w.Relay(t)
		again := matchingtest.Open(t, docstore.New(store.Engine()), w.Now())
		again.Territory = w.Territory
		again.Events.Subscribe(again.Matches.Subscriber())
		again.Relay(t)
		if to := proposedTo(t, again); len(to) != 1 {
			t.Errorf("after the restart: %v", to)
		}
	})
}

func TestAHouseholdAtItsCapIsProposedNoMore(t *testing.T) {
	w := flowing(t, storetest.Open(t), 0, 0)
	eldest := w.Asks(t, "Diallo", "")
	app, err := w.Applications.Find(t.Context(), eldest)
	matchingtest.Must(t, err)
	w.Asks(t, "Diallo", app.Reference)
	w.Asks(t, "Diallo", app.Reference)
	for range 3 {
		w.Device(t)
	}
	w.Relay(t)
	if to := proposedTo(t, w); len(to) != 2 { // the territory's cap
		t.Errorf("a household of a cap of two is proposed %d", len(to))
	}
}

func TestNothingIsProposedBetweenRoundsUnlessTheTerritorySaysSo(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	w.Events.Subscribe(w.Matches.Subscriber())
	w.Relay(t)
	if rows := w.Proposals(t); len(rows) != 0 {
		t.Errorf("proposed: %+v", rows)
	}
}

// TestAnotherVersionOfTheGridBuildsTheMarketAnew: who waited longest comes first
// until a version says that waiting gives nothing, within the hour of a market.
func TestAnotherVersionOfTheGridBuildsTheMarketAnew(t *testing.T) {
	w, ctx := flowing(t, storetest.Open(t), 0, 0), t.Context()
	w.Student(t)
	w.Student(t)
	w.Wait(300 * 24 * time.Hour)
	receipt, err := w.Applications.Submit(ctx, people.Anyone("fr"), application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Zoé", LastName: "Roux", BirthDate: "2004-05-06", Level: "higher", Course: "web",
		Equipment: "none", Learners: 1, Means: "rsa", Email: "zoe@example.org", Agree: true, Obstacles: []string{"housing"},
	})
	matchingtest.Must(t, err)
	_, err = w.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
	matchingtest.Must(t, err)
	w.Relay(t)
	first := w.Device(t)
	w.Relay(t)
	if to := proposedTo(t, w); len(to) != 1 || to[first] == receipt.ID {
		t.Fatalf("waiting counts, proposed: %v", to)
	}
	rules := application.DefaultGrid().GridRules
	rules.Waiting.Each = 0
	_, err = w.Applications.PublishGrid(ctx, system, application.PublishGrid{Based: 1, From: w.Now().Format(time.DateOnly), Reason: "test", Rules: rules})
	matchingtest.Must(t, err)
	second := w.Device(t)
	w.Relay(t)
	if to := proposedTo(t, w); to[second] != receipt.ID {
		t.Errorf("by the rules of before: %v", to)
	}
}
