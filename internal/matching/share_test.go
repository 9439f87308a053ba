package matching_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// give offers a device to an application by override.
func give(t *testing.T, w *matchingtest.Town, dev, app string) (matching.View, error) {
	t.Helper()
	return w.Matches.Override(t.Context(), system, matching.Override{Device: dev, Application: app, Reason: "concours"})
}

// code is the code that a refusal carries.
func code(err error) string {
	var refusal *fault.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// TestOneDevicePerPersonAndStage has one person ask twice: whichever way the
// second device would come, it does not; when the first offer ends, it may.
func TestOneDevicePerPersonAndStage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 0, 0)
		first, second := w.Asks(t, "Benali", ""), w.Asks(t, "Benali", "")
		one, two := w.Device(t), w.Device(t)
		if round := w.Round(t); round.Proposed != 1 {
			t.Errorf("one round proposes %d devices to one person", round.Proposed)
		}
		if round := w.Round(t); round.Proposed != 0 {
			t.Error("another round proposes a second one beside the open proposal")
		}
		match, err := give(t, w, one, first)
		matchingtest.Must(t, err)
		if _, err := give(t, w, two, second); code(err) != "stage_served" {
			t.Errorf("an override gives a second one: %v", err)
		}
		w.Round(t)
		if rows := w.Proposals(t); len(rows) != 0 {
			t.Errorf("proposed beside an offer: %+v", rows)
		}
		why, err := w.Matches.WhyNot(t.Context(), system, call.One{ID: second})
		if err != nil || why.Code != "stage_served" {
			t.Errorf("why not: %q %v", why.Code, err)
		}
		_, err = w.Matches.Decline(t.Context(), system, matching.Decline{Change: call.Change{ID: match.ID}})
		matchingtest.Must(t, err)
		_, err = give(t, w, two, second)
		matchingtest.Must(t, err)
		w.Clean(t)
	})
}

// TestTwoApprovalsAtOnceServeOnePersonOnce races the claims themselves.
func TestTwoApprovalsAtOnceServeOnePersonOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 0, 0)
		apps := []string{w.Asks(t, "Benali", ""), w.Asks(t, "Benali", ""), w.Asks(t, "Benali", "")}
		var devices []string
		for range apps {
			devices = append(devices, w.Device(t))
		}
		var all sync.WaitGroup
		for i := range apps {
			all.Go(func() {
				if _, err := give(t, w, devices[i], apps[i]); err != nil && code(err) != "stage_served" {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if rows := w.InState(t, matching.Offered); len(rows) != 1 {
			t.Errorf("%d offers to one person", len(rows))
		}
		w.Clean(t)
	})
}

func TestAHouseholdHoldsNoMoreThanItsCap(t *testing.T) {
	w := town(t, storetest.Open(t), 0, 0)
	head := w.Asks(t, "Benali 1", "")
	_, err := give(t, w, w.Device(t), head) // served before the household is named
	matchingtest.Must(t, err)
	app, err := w.Applications.Find(t.Context(), head)
	matchingtest.Must(t, err)
	for i, name := range []string{"Benali 2", "Benali 3"} {
		_, err := give(t, w, w.Device(t), w.Asks(t, name, app.Reference))
		if i == 0 && err != nil || i == 1 && code(err) != "household_full" {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Clean(t)
}

func TestAnOverrideRespectsWhatIsSetAside(t *testing.T) {
	w := town(t, storetest.Open(t), 0, 1)
	aside := w.DeviceFor(t, device.Earmark{Kind: "award"})
	if _, err := give(t, w, aside, w.Student(t)); code(err) != "earmarked" {
		t.Errorf("an award went to a personal application: %v", err)
	}
}

// TestASwapKeepsTheShare lets a swap take over and end: the person may be
// served again, once.
func TestASwapKeepsTheShare(t *testing.T) {
	w := town(t, storetest.Open(t), 0, 0)
	first, second := w.Asks(t, "Benali", ""), w.Asks(t, "Benali", "")
	match, err := give(t, w, w.Device(t), first)
	matchingtest.Must(t, err)
	_, err = w.Matches.Accept(t.Context(), system, call.Change{ID: match.ID})
	matchingtest.Must(t, err)
	fresh, err := w.Matches.Swap(t.Context(), system, match.ID, w.Device(t))
	matchingtest.Must(t, err)
	if _, err := give(t, w, w.Device(t), second); code(err) != "stage_served" {
		t.Errorf("a swap lost the share: %v", err)
	}
	_, err = w.Matches.Release(t.Context(), system, matching.Release{Change: call.Change{ID: fresh.ID}, Reason: "erreur"})
	matchingtest.Must(t, err)
	_, err = give(t, w, w.Device(t), second)
	matchingtest.Must(t, err)
	w.Clean(t)
}
