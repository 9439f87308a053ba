package impact_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/impact"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// town is a territory whose events are counted.
func town(t *testing.T, store *docstore.Store) (*matchingtest.Town, *impact.Figures) {
	t.Helper()
	w, figures, _ := lots(t, store)
	return w, figures
}

// lots is a town to which companies give.
func lots(t *testing.T, store *docstore.Store) (*matchingtest.Town, *impact.Figures, *donation.Donations) {
	t.Helper()
	var figures *impact.Figures
	var donations *donation.Donations
	w := matchingtest.Settle(t, store, func(w *matchingtest.Town) {
		donations = donation.New(store, w.People, w.Partners, w.Devices, w.Places, w.Box, w.Now, "Association Passerelle")
		figures = impact.New(store, donations, w.Partners, w.Now)
		w.Events.Subscribe(figures.Subscriber())
	})
	return w, figures, donations
}

func counts(t *testing.T, f *impact.Figures, actor people.Actor) map[string]int64 {
	t.Helper()
	desk, err := f.Desk(t.Context(), actor, struct{}{})
	matchingtest.Must(t, err)
	all := map[string]int64{}
	for _, c := range desk.Counts {
		if c.Count != 0 {
			all[c.Kind+" "+c.State] = c.Count
		}
	}
	return all
}

func TestFiguresFollowEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w, figures := town(t, store)
		for range 3 {
			w.Device(t)
		}
		first := w.Student(t)
		w.Student(t)
		_, err := w.Applications.Verify(t.Context(), people.System(), application.Verify{Change: call.Change{ID: first}, Reason: "has_device"})
		matchingtest.Must(t, err)
		w.Relay(t)
		w.Relay(t)
		want := map[string]int64{"device available": 3, "application eligible": 1, "application ineligible": 1}
		for range 2 { // counted anew, they are the same
			got := counts(t, figures, w.Staff(t, people.Coordinator))
			for what, n := range want {
				if got[what] != n {
					t.Errorf("%s: %d, want %d (%v)", what, got[what], n, got)
				}
			}
			matchingtest.Must(t, figures.Rebuild(t.Context()))
		}
	})
}

// TestAnotherTerritoryIsNotCounted: a coordinator reads their own.
func TestAnotherTerritoryIsNotCounted(t *testing.T) {
	w, figures := town(t, storetest.Open(t))
	w.Device(t)
	w.Relay(t)
	home := w.Territory
	w.Territory = "ter_elsewhere"
	elsewhere := w.Staff(t, people.Coordinator)
	w.Territory = home
	if got := counts(t, figures, elsewhere); len(got) != 0 {
		t.Errorf("a coordinator of elsewhere counts %v", got)
	}
}

// TestPublicFiguresAreKeptForSomeSeconds: anybody may ask at any rate.
func TestPublicFiguresAreKeptForSomeSeconds(t *testing.T) {
	w, figures := town(t, storetest.Open(t))
	read := func() int {
		public, err := figures.Public(t.Context(), people.Anyone("fr"), struct{}{})
		matchingtest.Must(t, err)
		return public.Waiting
	}
	if n := read(); n != 0 {
		t.Fatalf("%d wait", n)
	}
	receipt, err := w.Applications.Submit(t.Context(), people.Anyone("fr"), application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Lina", LastName: "Benali", BirthDate: "2004-05-14",
		Level: "higher", Course: "bts", Equipment: "none", Learners: 1, Means: "rsa", Email: "lina@example.org", Agree: true,
	})
	matchingtest.Must(t, err)
	w.Relay(t)
	if n := read(); n != 0 {
		t.Errorf("%d wait at once after %s", n, receipt.Reference)
	}
	w.Wait(6 * time.Second)
	if n := read(); n != 1 {
		t.Errorf("%d wait after a while", n)
	}
}
