package device_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// workshop is a bench whose clock is moved by hand.
type workshop struct {
	*device.Devices

	events   *event.Log
	partners *partner.Partners
	heard    map[string]int // events by kind
	now      time.Time
}

// told counts the events of a kind.
func (b *workshop) told(t *testing.T, kind string) (n int) {
	t.Helper()
	for {
		carried, err := b.events.Relay(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		done, err := b.events.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if carried+done == 0 {
			return b.heard[kind]
		}
	}
}

func bench(t *testing.T) (*workshop, *device.Device) {
	t.Helper()
	store := storetest.Open(t)
	b := &workshop{now: time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC), heard: map[string]int{}}
	clock := func() time.Time { return b.now }
	b.events = event.New(store, clock)
	b.events.Subscribe(event.Subscriber{Name: "test", Kinds: []string{"device."}, Handle: func(_ context.Context, e event.Envelope) error {
		b.heard[e.Kind]++
		return nil
	}})
	b.partners = partner.New(store, clock)
	devices := device.New(store, b.partners, clock, device.Options{})
	b.Devices = devices
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	origin := device.Origin{Country: "FR", Territory: "ter_95", Donation: "don_1", Company: "com_1"}
	d, outcome, err := devices.Announce(t.Context(), people.System(), origin, device.Announced{Serial: "PF-1A2B3C", Specs: device.Specs{Model: "ThinkPad T480"}})
	if err != nil || outcome != device.Made {
		t.Fatal(outcome, err)
	}
	return b, d
}

var graded = device.Grades{Appearance: "B", Functionality: "A", Battery: "B"} //nolint:gochecknoglobals // a constant

func receive(t *testing.T, devices *workshop, id string, drive device.FoundDrive) {
	t.Helper()
	if _, err := devices.Receive(t.Context(), people.System(), id, device.Receipt{}); err != nil {
		t.Fatal(err)
	}
	_, err := devices.Audit(t.Context(), people.System(), device.Audit{
		Change: call.Change{ID: id}, Specs: device.Specs{Model: "ThinkPad T480", RAMGB: 8, DiskGB: 256}, Grades: graded, Drives: []device.FoundDrive{drive},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingBecomesAvailableWithoutProof(t *testing.T) {
	devices, d := bench(t)
	receive(t, devices, d.ID, device.FoundDrive{Serial: "S1", Medium: device.SSD})
	erase := device.Erase{Change: call.Change{ID: d.ID}, Drive: "s1", Tool: "nwipe", Method: "overwrite", Status: "erased"}
	view, err := devices.Erase(t.Context(), people.System(), erase)
	if err != nil || view.State != device.Audited || view.Certified {
		t.Fatal("an overwritten SSD counts as erased", view.State, err)
	}
	if _, err := devices.Release(t.Context(), people.System(), device.Note{Change: call.Change{ID: d.ID}}); !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
	erase.Method = "nvme_sanitize"
	if view, err = devices.Erase(t.Context(), people.System(), erase); err != nil || view.State != device.Erased {
		t.Fatal(view.State, err)
	}
	_, err = devices.Prepare(t.Context(), people.System(), device.Prepare{Change: call.Change{ID: d.ID}, System: "Linux", SupportedUntil: "2027-01-01"})
	if !fault.Is(err, fault.Invalid) {
		t.Fatal("a device that lacks everything is ready", err)
	}
	ready := device.Prepare{Change: call.Change{ID: d.ID}, System: "Linux", SupportedUntil: "2030-01-01", Unlocked: true, ChargerSafe: true, BatterySafe: true}
	if _, err := devices.Prepare(t.Context(), people.System(), ready); err != nil {
		t.Fatal(err)
	}
	if view, err = devices.Release(t.Context(), people.System(), device.Note{Change: call.Change{ID: d.ID}}); err != nil || view.State != device.Available {
		t.Fatal(view.State, err)
	}
	lifecycletest.Clean(t, time.Now(), devices.Check)
}

func TestAProvedDriveIsNotUnprovedByAnotherRecord(t *testing.T) {
	devices, d := bench(t)
	receive(t, devices, d.ID, device.FoundDrive{Serial: "S1", Medium: device.HDD})
	if _, err := devices.Audit(t.Context(), people.System(), device.Audit{
		Change: call.Change{ID: d.ID}, Specs: device.Specs{Model: "T480"}, Grades: graded,
		Drives: []device.FoundDrive{{Serial: "S1", Medium: device.HDD}, {Serial: "S2", Medium: device.HDD}},
	}); err != nil {
		t.Fatal(err)
	}
	record := func(status string) error {
		_, err := devices.Erase(t.Context(), people.System(), device.Erase{Change: call.Change{ID: d.ID}, Drive: "S1", Tool: "nwipe", Method: "overwrite", Status: status})
		return err
	}
	if err := record("erased"); err != nil {
		t.Fatal(err)
	}
	if err := record("failed"); !fault.Is(err, fault.Conflict) {
		t.Error("two certificates that disagree were taken", err)
	}
	// A drive taken out must be proved too: it was here.
	if _, err := devices.Audit(t.Context(), people.System(), device.Audit{
		Change: call.Change{ID: d.ID}, Specs: device.Specs{Model: "T480"}, Grades: graded, Drives: []device.FoundDrive{{Serial: "S1", Medium: device.HDD}},
	}); err != nil {
		t.Fatal(err)
	}
	if view, err := devices.Get(t.Context(), people.System(), call.One{ID: d.ID}); err != nil || view.Certified {
		t.Error("a drive taken out was forgotten", err)
	}
}

func TestAnAuditSaysAllThatDecides(t *testing.T) {
	devices, d := bench(t)
	if _, err := devices.Receive(t.Context(), people.System(), d.ID, device.Receipt{}); err != nil {
		t.Fatal(err)
	}
	audit := device.Audit{Change: call.Change{ID: d.ID}, Specs: device.Specs{Model: "T480", Category: "laptop"}}
	_, err := devices.Audit(t.Context(), people.System(), audit)
	var known *fault.Error
	if !errors.As(err, &known) || len(known.Fields) != 4 {
		t.Fatalf("an audit without grades, drive or reason: %v", err)
	}
	audit.Grades, audit.NoDrive = graded, "arrivé sans disque"
	if view, err := devices.Audit(t.Context(), people.System(), audit); err != nil || view.State != device.Audited {
		t.Fatal(view.State, err)
	}
}

func TestTheSameListTwiceMakesNothingTwice(t *testing.T) {
	devices, d := bench(t)
	origin := device.Origin{Country: "FR", Territory: "ter_95", Donation: "don_1", Company: "com_1"}
	again, outcome, err := devices.Announce(t.Context(), people.System(), origin, device.Announced{Serial: "pf 1a2b3c", Specs: device.Specs{Model: "ThinkPad T490"}})
	if err != nil || outcome != device.Updated || again.ID != d.ID || again.Label != d.Label {
		t.Fatal(outcome, err)
	}
	other := origin
	other.Company = "com_2"
	twin, outcome, err := devices.Announce(t.Context(), people.System(), other, device.Announced{Serial: "PF-1A2B3C", Specs: device.Specs{Model: "X"}})
	if err != nil || outcome != device.Made || twin.ID == d.ID {
		t.Fatal("another company's equal serial is the same device", outcome, err)
	}
}

func TestAClaimHoldsAndFrees(t *testing.T) {
	devices, d := bench(t)
	if err := devices.Claim(t.Context(), people.System(), d.ID, "mat_1"); !fault.Is(err, fault.Conflict) {
		t.Fatal("a declared device was claimed", err)
	}
	receive(t, devices, d.ID, device.FoundDrive{Serial: "S1", Medium: device.SSD, New: true, Supply: "facture 2026-118"})
	// New drives need no certificate, but somebody must say that none was old.
	if _, err := devices.NoDriveFound(t.Context(), people.System(), device.NoDriveFound{Change: call.Change{ID: d.ID}, Reason: "x"}); !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
}

// TestEveryPairOfStates walks the life cycle.
func TestEveryPairOfStates(t *testing.T) {
	lifecycletest.Walk(t, device.Steps, `
declared → received not_received refused
not_received → declared
received → audited lost
audited → erased locked repair harvested recycled lost
locked → audited refused lost
repair → audited harvested recycled lost
erased → ready lost
ready → available lost
available → reserved audited
reserved → available allocated
allocated → dispatched available audited
dispatched → delivered lost audited
delivered → returned lost
returned → audited
`)
}
