package device

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// Place is where a device stands from now on: a workshop or pick-up point, and
// where there.
type Place struct {
	call.Change
	Site  string `json:"site" form:"site" validate:"required,max=40"`
	Shelf string `json:"shelf,omitempty" form:"shelf" validate:"plain,max=40"`
}

// Place moves a device that is in our hands. How far it is to a student counts
// from there.
func (s *Devices) Place(ctx context.Context, actor people.Actor, req Place) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	site, err := s.site(ctx, d.Territory, req.Site)
	if err != nil {
		return View{}, err
	}
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if !d.here() {
			return fault.New(fault.Conflict, "wrong_state").With("from", string(d.State))
		}
		if d.Site == site.ID && d.Shelf == req.Shelf {
			return docstore.Unchanged
		}
		d.stand(site)
		d.Shelf = req.Shelf
		d.tell("placed", s.step(d.State, actor, site.ID))
		return nil
	})
}

// here tells the states in which a device stands at one of our sites.
func (d *Device) here() bool {
	return slices.Contains([]State{Received, Audited, Locked, Repair, Erased, Ready, Available, Reserved, Allocated, Returned}, d.State)
}

// stand puts a device at a site.
func (d *Device) stand(site *partner.Site) {
	d.Site, d.Area, d.Lat, d.Lon = site.ID, place.DepartementOf(site.Commune), site.Lat, site.Lon
}

// site reads a site of a territory.
func (s *Devices) site(ctx context.Context, territory, id string) (*partner.Site, error) {
	site, err := s.partners.Site(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && site.Territory != territory {
		return nil, fault.InvalidField("site", "site_unknown")
	}
	return site, err
}

// unpackedAt is where a device is received: the site that is named, else the
// territory's first workshop, else unknown.
func (s *Devices) unpackedAt(ctx context.Context, territory, id string) (*partner.Site, error) {
	if id != "" {
		return s.site(ctx, territory, id)
	}
	workshop, err := s.partners.FirstWorkshop(ctx, territory)
	if err != nil || workshop == "" {
		return nil, err
	}
	return s.partners.Site(ctx, workshop)
}
