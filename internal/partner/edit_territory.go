package partner

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// EditTerritory is what a territory is called and covers from now on.
type EditTerritory struct {
	call.Change
	Name      string   `json:"name" validate:"required,plain,max=80"`
	Zone      string   `json:"zone" validate:"required,max=60"`
	Areas     []string `json:"areas" validate:"required,min=1,max=2000,dive,min=2,max=5,alphanum"`
	Contact   string   `json:"contact,omitempty" validate:"plain,max=200"`
	OfferDays int      `json:"offer_days" validate:"min=1,max=60"`
	Household int      `json:"household" validate:"min=1,max=10"`
}

// EditTerritory claims the areas that come to it before it is stored, and lets
// go of those that left it after: at no moment do two territories have one.
// What is under way keeps the territory it was made in.
func (p *Partners) EditTerritory(ctx context.Context, actor people.Actor, req EditTerritory) (TerritoryView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return TerritoryView{}, err
	}
	if err := checkZone(req.Zone); err != nil {
		return TerritoryView{}, err
	}
	before, err := p.territories.Get(ctx, req.ID)
	if err != nil {
		return TerritoryView{}, err
	}
	if err := docstore.IfVersion(before.Version, req.IfVersion); err != nil {
		return TerritoryView{}, err
	}
	if err := p.claim(ctx, before.ID, before.Country, without(req.Areas, before.Areas)); err != nil {
		return TerritoryView{}, err
	}
	// The version that the areas were compared with is the one that changes.
	v, err := p.change(ctx, actor, call.Change{ID: before.ID, IfVersion: before.Version}, func(t *Territory) {
		t.Name, t.Zone, t.Areas, t.Contact = req.Name, req.Zone, req.Areas, req.Contact
		t.OfferDays, t.Household = req.OfferDays, req.Household
	})
	left := without(before.Areas, req.Areas)
	if err != nil {
		left = without(req.Areas, before.Areas)
	}
	return v, errors.Join(err, p.letGo(ctx, before, left))
}

// letGo frees areas that a territory no longer has.
func (p *Partners) letGo(ctx context.Context, t *Territory, codes []string) error {
	for _, code := range codes {
		kept, err := p.areas.Get(ctx, t.Country+":"+code)
		if err == nil && kept.Territory == t.ID {
			err = p.areas.Delete(ctx, kept)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func without(all, not []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(code string) bool { return slices.Contains(not, code) })
}

func checkZone(zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fault.InvalidField("zone", "zone")
	}
	return nil
}
