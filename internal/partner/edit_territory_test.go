package partner_test

import (
	"errors"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// An edit takes what is free and gives back what leaves; an area of another
// territory is refused by name, and nothing is changed by it.
func TestATerritoryIsEdited(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	own, other := h.territory(t, "Val d'Oise", true, "95"), h.territory(t, "Oise", true, "60")
	admin := h.as(t, people.Administrator)
	edit := func(areas ...string) partner.EditTerritory {
		return partner.EditTerritory{Change: call.Change{ID: own.ID}, Name: "Val d'Oise et Yvelines", Zone: "Europe/Paris", Areas: areas, Contact: "01 30 00 00 00", OfferDays: 9, Household: 3}
	}
	_, err := h.EditTerritory(ctx, admin, edit("78", "60"))
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Kind != fault.Conflict || refused.Args["Territory"] != "Oise" || len(refused.Fields) != 1 || refused.Fields[0].Path != "areas" {
		t.Fatal("an area of another territory", err)
	}
	h.territory(t, "Yvelines", true, "78") // the refused edit kept nothing
	if _, err := h.EditTerritory(ctx, h.as(t, people.Coordinator, own.ID), edit("95")); !fault.Is(err, fault.Forbidden) {
		t.Error("a coordinator edited", err)
	}
	bad := edit("95")
	bad.Zone = "Europe/Cergy"
	if _, err := h.EditTerritory(ctx, admin, bad); !fault.Is(err, fault.Invalid) {
		t.Error("no such zone", err)
	}
	stale := edit("95")
	stale.IfVersion = 99
	if _, err := h.EditTerritory(ctx, admin, stale); !fault.Is(err, fault.Stale) {
		t.Error("a stale version", err)
	}
	v, err := h.EditTerritory(ctx, admin, edit("91"))
	if err != nil || v.Name != "Val d'Oise et Yvelines" || v.Contact != "01 30 00 00 00" || v.OfferDays != 9 || v.Household != 3 {
		t.Fatal(v, err)
	}
	if got, err := h.TerritoryOf(ctx, "91228", "91"); err != nil || got.ID != own.ID {
		t.Error("what came is not served", err)
	}
	if _, err := h.EditTerritory(ctx, admin, partner.EditTerritory{
		Change: call.Change{ID: other.ID}, Name: "Oise", Zone: "Europe/Paris", Areas: []string{"60", "95"}, OfferDays: 7, Household: 1,
	}); err != nil {
		t.Error("what left was kept", err)
	}
}
