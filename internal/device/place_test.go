package device_test

import (
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestADeviceStandsWhereItIs: where it is received and moved to counts for the
// distance, not where its donor is; a place of another territory is refused.
func TestADeviceStandsWhereItIs(t *testing.T) {
	b, d := bench(t)
	site := func(territory, kind string, lat float64) string {
		t.Helper()
		v, err := b.partners.AddSite(t.Context(), people.System(), partner.AddSite{
			Create: call.Create{Key: kind + territory}, Territory: territory, Kind: kind, Name: kind, Address: "1 rue du Lac", Commune: "95127", Lat: lat, Lon: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		return v.ID
	}
	workshop, pickUp, far := site("ter_95", "workshop", 49.1), site("ter_95", "pick_up", 49.2), site("ter_60", "workshop", 49.9)
	stands := func(want string, lat float64) {
		t.Helper()
		stored, err := b.Find(t.Context(), d.ID)
		if err != nil || stored.Site != want || stored.Lat != lat {
			t.Errorf("it stands at %s, %v: %v", stored.Site, stored.Lat, err)
		}
	}
	place := func(to string) error {
		_, err := b.Place(t.Context(), people.System(), device.Place{Change: call.Change{ID: d.ID}, Site: to, Shelf: "B2"})
		return err
	}
	if err := place(workshop); !fault.Is(err, fault.Conflict) {
		t.Errorf("a device that has not come was moved: %v", err)
	}
	if _, err := b.Receive(t.Context(), people.System(), d.ID, device.Receipt{Site: far}); !fault.Is(err, fault.Invalid) {
		t.Errorf("received in another territory: %v", err)
	}
	if _, err := b.Receive(t.Context(), people.System(), d.ID, device.Receipt{}); err != nil {
		t.Fatal(err)
	}
	stands(workshop, 49.1)
	if err := place(pickUp); err != nil {
		t.Fatal(err)
	}
	stands(pickUp, 49.2)
	if err := place(far); !fault.Is(err, fault.Invalid) {
		t.Errorf("moved to another territory: %v", err)
	}
	stands(pickUp, 49.2)
	if b.told(t, "device.placed") != 1 {
		t.Error("the move is not in its events")
	}
}
