package donation_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (y *yard) clean(t *testing.T) {
	t.Helper()
	lifecycletest.Clean(t, y.Now(), y.donations.Check)
}

func (y *yard) serial(t *testing.T, lot call.Change, serial string) *device.Device {
	t.Helper()
	dev, err := y.Devices.BySerial(t.Context(), lot.ID, serial)
	matchingtest.Must(t, err)
	return dev
}

func (y *yard) receive(t *testing.T, req donation.Receive) donation.Ticked {
	t.Helper()
	ticked, err := y.donations.Receive(t.Context(), system, req)
	matchingtest.Must(t, err)
	return ticked
}

// TestCutShortBeforeAnyWrite: whatever a death leaves of a scan or a decision,
// the same request again, or recovery, brings devices and counts together.
func TestCutShortBeforeAnyWrite(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   donation.State
		want  donation.Counts
		again bool // the person repeats it; else recovery finishes it
		act   func(*yard, call.Change, people.Actor) error
	}{
		{"a scan", donation.Collected, donation.Counts{Lines: 3, Declared: 2, Received: 1}, true, func(y *yard, lot call.Change, _ people.Actor) error {
			_, err := y.donations.Receive(t.Context(), system, donation.Receive{Change: lot, Code: "PF3K00000"})
			return err
		}},
		{"a scan of one that is not on the list", donation.Collected, donation.Counts{Lines: 3, Declared: 2, Received: 1, Extra: 1}, true, func(y *yard, lot call.Change, _ people.Actor) error {
			_, err := y.donations.Receive(t.Context(), system, donation.Receive{Change: lot, Code: "PF9Z00000", Extra: true, Model: "X"})
			return err
		}},
		{"a refusal", donation.Collected, donation.Counts{Lines: 3, Declared: 2, Refused: 1}, true, func(y *yard, lot call.Change, _ people.Actor) error {
			_, err := y.donations.Receive(t.Context(), system, donation.Receive{Change: lot, Code: "PF3K00000", Refuse: "cassé"})
			return err
		}},
		{"a reconciliation", donation.Reconciled, donation.Counts{Lines: 3, Declared: 2, Missing: 2}, false, func(y *yard, lot call.Change, _ people.Actor) error {
			_, err := y.donations.Reconcile(t.Context(), system, lot)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := int64(0); ; n++ {
				engine := &storetest.Dying{Engine: storetest.Open(t).Engine()}
				engine.Left.Store(-1)
				y := settle(t, docstore.New(engine))
				lot, donor := y.declared(t)
				y.imported(t, donor, lot, list(2, "8"))
				y.collected(t, lot, donor)
				engine.Left.Store(n)
				err := c.act(y, lot, donor)
				engine.Left.Store(-1)
				if err != nil && !errors.Is(err, storetest.ErrDied) {
					t.Fatal(err)
				}
				done := err == nil
				y.Wait(time.Minute)
				lifecycletest.Clean(t, y.Now().Add(-time.Hour), y.donations.Check) // nothing is wrong, at most under way
				stored, err := y.donations.Find(t.Context(), lot.ID)
				matchingtest.Must(t, err)
				if c.again || stored.State != c.end {
					matchingtest.Must(t, c.act(y, lot, donor))
				}
				_, err = y.donations.Recover(t.Context(), y.Now().Add(time.Second))
				matchingtest.Must(t, err)
				if got := y.counts(t, lot); got != c.want {
					t.Errorf("before write %d: counted %+v, want %+v", n, got, c.want)
				}
				y.clean(t)
				if done {
					if n < 3 {
						t.Errorf("%d writes only", n)
					}
					return
				}
			}
		})
	}
}

// TestTwoScannersOneLot: each device is counted once, whoever scans it.
func TestTwoScannersOneLot(t *testing.T) {
	y := settle(t, storetest.Open(t))
	lot, donor := y.declared(t)
	y.imported(t, donor, lot, list(6, "8"))
	y.collected(t, lot, donor)
	var scanners sync.WaitGroup
	for i := range 18 {
		scanners.Go(func() {
			_, err := y.donations.Receive(t.Context(), system, donation.Receive{Change: lot, Code: "PF3K0000" + string(rune('0'+i%6))})
			if err != nil {
				t.Error(err)
			}
		})
	}
	scanners.Wait()
	if c := y.counts(t, lot); c.Received != 6 {
		t.Errorf("counted %+v", c)
	}
	y.clean(t)
}

// TestALotThatDoesNotCome: its devices are awaited no more, and come with a
// later lot, on its list or beside it.
func TestALotThatDoesNotCome(t *testing.T) {
	y, ctx := settle(t, storetest.Open(t)), t.Context()
	first, donor := y.declared(t)
	y.imported(t, donor, first, list(3, "8"))
	_, err := y.donations.Decline(ctx, system, donation.Reason{Change: first, Reason: "trop loin"})
	matchingtest.Must(t, err)
	if dev := y.serial(t, first, "PF3K00000"); dev.State != device.NotReceived {
		t.Errorf("a device of a declined lot is %s", dev.State)
	}
	y.clean(t)
	y.Wait(time.Minute)
	later, _ := y.declared(t)
	y.imported(t, donor, later, list(2, "16"))
	y.collected(t, later, donor)
	if got := y.receive(t, donation.Receive{Change: later, Code: "PF3K00000"}); got.Outcome != "received" {
		t.Errorf("on the later list: %+v", got)
	}
	got := y.receive(t, donation.Receive{Change: later, Code: "PF3K00002", Extra: true, Model: "ThinkPad T480"})
	if got.Outcome != "extra" || got.Counts != (donation.Counts{Lines: 3, Declared: 2, Received: 2, Extra: 1}) {
		t.Errorf("beside the later list: %+v", got)
	}
	if dev := y.serial(t, later, "PF3K00002"); dev.State != device.Received || dev.Donation != later.ID {
		t.Errorf("it is %s of %s", dev.State, dev.Donation)
	}
	if c := y.counts(t, first); c.Declared != 3 || c.Missing != 3 {
		t.Errorf("the declined lot counts %+v now", c)
	}
	y.clean(t)
}

// TestAnotherListOfTheSameDevices: what is awaited with another lot now is no
// more counted in the first.
func TestAnotherListOfTheSameDevices(t *testing.T) {
	y := settle(t, storetest.Open(t))
	first, donor := y.declared(t)
	y.imported(t, donor, first, list(3, "8"))
	y.Wait(time.Minute)
	later, _ := y.declared(t)
	y.imported(t, donor, later, list(2, "8"))
	y.Wait(time.Minute)
	_, err := y.donations.Recover(t.Context(), y.Now())
	matchingtest.Must(t, err)
	if a, b := y.counts(t, first), y.counts(t, later); a.Declared != 1 || b.Declared != 2 {
		t.Errorf("counted %+v and %+v", a, b)
	}
	y.clean(t)
}

// TestTheCheckSeesWrongCounts: a lot that says other counts than its devices,
// and a device of no lot, are both named.
func TestTheCheckSeesWrongCounts(t *testing.T) {
	store := storetest.Open(t)
	y, ctx := settle(t, store), t.Context()
	lot, donor := y.declared(t)
	y.imported(t, donor, lot, list(2, "8"))
	dev := y.serial(t, lot, "PF3K00000")
	_, err := y.Devices.Receive(ctx, system, dev.ID, device.Receipt{}) // behind the lot's back
	matchingtest.Must(t, err)
	_, _, err = y.Devices.Announce(ctx, system, device.Origin{Country: "FR", Territory: y.Territory, Donation: "don_1", Company: "com_1"}, device.Announced{Serial: "X1"})
	matchingtest.Must(t, err)
	rules := map[string]int{}
	audit := lifecycletest.Audit(t, y.Now(), y.donations.Check)
	for _, b := range audit.Breaches {
		rules[b.Rule]++
	}
	if len(rules) != 2 || rules["count"] != 1 || rules["dangling"] != 1 {
		t.Errorf("the check names %v", audit.Breaches)
	}
}

// TestAStaleReconciliationMarksNothing: the version is looked at before any
// device is.
func TestAStaleReconciliationMarksNothing(t *testing.T) {
	y, ctx := settle(t, storetest.Open(t)), t.Context()
	lot, donor := y.declared(t)
	y.imported(t, donor, lot, list(2, "8"))
	y.collected(t, lot, donor)
	_, err := y.donations.Reconcile(ctx, system, call.Change{ID: lot.ID, IfVersion: 1})
	if !fault.Is(err, fault.Stale) {
		t.Fatal(err)
	}
	if dev := y.serial(t, lot, "PF3K00000"); dev.State != device.Declared {
		t.Errorf("a device is %s", dev.State)
	}
}

// TestWordsAndStateTogether: a list with words keeps to the state.
func TestWordsAndStateTogether(t *testing.T) {
	y := settle(t, storetest.Open(t))
	y.declared(t)
	for state, want := range map[donation.State]int{"": 1, donation.Declared: 1, donation.Collected: 0} {
		page, err := y.donations.List(t.Context(), system, donation.List{Words: "vexin", State: state})
		if err != nil || len(page.Items) != want {
			t.Errorf("%q lists %d donations, not %d: %v", state, len(page.Items), want, err)
		}
	}
}
