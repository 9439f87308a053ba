package device_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (b *workshop) stands(t *testing.T, id string, want device.State) device.View {
	t.Helper()
	v, err := b.Get(t.Context(), people.System(), call.One{ID: id})
	if err != nil || v.State != want {
		t.Fatalf("the device is %s, not %s: %v", v.State, want, err)
	}
	return v
}

// TestALockedDeviceWaitsThirtyDays: its donor may unlock it until then; after,
// it is refused once, and others are left alone.
func TestALockedDeviceWaitsThirtyDays(t *testing.T) {
	b, locked := bench(t)
	receive(t, b, locked.ID, device.FoundDrive{Serial: "S1", Medium: device.SSD})
	_, err := b.Move(t.Context(), people.System(), device.Move{Change: call.Change{ID: locked.ID}, To: device.Locked, Reason: "BIOS"})
	if err != nil {
		t.Fatal(err)
	}
	v := b.stands(t, locked.ID, device.Locked)
	if want := b.now.AddDate(0, 0, 30); v.UnlockBy == nil || !v.UnlockBy.Equal(want) {
		t.Errorf("to be unlocked by %v, not %v", v.UnlockBy, want)
	}
	sweep := func() {
		t.Helper()
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.now = b.now.AddDate(0, 0, 29)
	sweep()
	b.stands(t, locked.ID, device.Locked)
	b.now = b.now.Add(25 * time.Hour)
	sweep()
	sweep()
	if v := b.stands(t, locked.ID, device.Refused); v.UnlockBy != nil {
		t.Error("a refused device still waits to be unlocked")
	}
	lifecycletest.Clean(t, time.Now(), b.Check)
}

// TestADeviceIsLostBeforeItIsErased: an incident, said in its events; after the
// proof of erasure a loss is no more than that.
func TestADeviceIsLostBeforeItIsErased(t *testing.T) {
	for _, c := range []struct {
		erased   bool
		incident bool
	}{{false, true}, {true, false}} {
		b, d := bench(t)
		receive(t, b, d.ID, device.FoundDrive{Serial: "S1", Medium: device.SSD})
		change := call.Change{ID: d.ID}
		if c.erased {
			_, err := b.Erase(t.Context(), people.System(), device.Erase{Change: change, Drive: "S1", Tool: "hdparm", Method: "ata_sanitize", Status: "erased"})
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := b.Move(t.Context(), people.System(), device.Move{Change: change, To: device.Lost, Reason: "camion volé"})
		if err != nil {
			t.Fatal(err)
		}
		b.stands(t, d.ID, device.Lost)
		if told := b.told(t, "device.incident") == 1; told != c.incident {
			t.Errorf("erased %v: an incident is told: %v", c.erased, told)
		}
		lifecycletest.Clean(t, time.Now(), b.Check)
	}
}

// TestANewDriveHasItsInvoice: who says that a drive is new, and what shows it,
// stands on it; with that it needs no certificate.
func TestANewDriveHasItsInvoice(t *testing.T) {
	b, d := bench(t)
	receive(t, b, d.ID, device.FoundDrive{Serial: "S1", Medium: device.SSD, New: true, Supply: "facture 2026-118"})
	v := b.stands(t, d.ID, device.Audited)
	if !v.Certified || v.Drives[0].Supply != "facture 2026-118" {
		t.Errorf("a new drive stands as %+v", v.Drives[0])
	}
	stored, err := b.Find(t.Context(), d.ID)
	if err != nil || stored.Drives[0].Supply.By == "" || stored.Drives[0].Supply.At == 0 {
		t.Errorf("nobody said that it is new: %+v, %v", stored.Drives[0].Supply, err)
	}
	unsaid := device.Audit{Change: call.Change{ID: d.ID}, Specs: device.Specs{Model: "T480"}, Grades: graded, Drives: []device.FoundDrive{{Serial: "S3", Medium: device.HDD, New: true}}}
	if _, err := b.Audit(t.Context(), people.System(), unsaid); !fault.Is(err, fault.Invalid) {
		t.Errorf("a drive is new without an invoice: %v", err)
	}
	// A drive that was here with data does not become new by saying so.
	again := device.Audit{Change: call.Change{ID: d.ID}, Specs: device.Specs{Model: "T480"}, Grades: graded, Drives: []device.FoundDrive{{Serial: "S2", Medium: device.HDD}}}
	if _, err := b.Audit(t.Context(), people.System(), again); err != nil {
		t.Fatal(err)
	}
	again.Drives[0].New, again.Drives[0].Supply = true, "facture 2026-119"
	if v, err := b.Audit(t.Context(), people.System(), again); err != nil || v.Certified {
		t.Errorf("an old drive was called new: %v", err)
	}
	if _, err := b.Release(t.Context(), people.System(), device.Note{Change: call.Change{ID: d.ID}}); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
}

// TestWordsAndStateTogether: a list with words keeps to the state and the lot.
func TestWordsAndStateTogether(t *testing.T) {
	b, d := bench(t)
	for _, c := range []struct {
		ask  device.List
		want int
	}{
		{device.List{Words: "thinkpad"}, 1},
		{device.List{Words: "thinkpad", State: device.Declared}, 1},
		{device.List{Words: "thinkpad", State: device.Available}, 0},
		{device.List{Words: "thinkpad", Donation: d.Donation, State: device.Declared}, 1},
		{device.List{Words: "thinkpad", Donation: "don_2"}, 0},
	} {
		page, err := b.List(t.Context(), people.System(), c.ask)
		if err != nil || len(page.Items) != c.want {
			t.Errorf("%+v lists %d devices, not %d: %v", c.ask, len(page.Items), c.want, err)
		}
	}
}
