package partner

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// SiteView is a workshop or pick-up point; nothing in it is secret.
type SiteView struct {
	call.Tag
	Territory string  `json:"territory"`
	Kind      string  `json:"kind"` // workshop, pick_up
	Name      string  `json:"name"`
	Address   string  `json:"address"`
	Commune   string  `json:"commune"`
	Lat       float64 `json:"lat"`
	Lon       float64 `json:"lon"`
	Hours     string  `json:"hours,omitempty"`
	Access    string  `json:"access,omitempty"`
	Keeper    string  `json:"keeper,omitempty"` // the structure whose people hand over there
}

func (s *Site) view() SiteView {
	return SiteView{
		Tag: call.Tag{ID: s.ID, Version: s.Version}, Territory: s.Territory, Kind: s.Kind, Name: s.Name,
		Address: s.Address, Commune: s.Commune, Lat: s.Lat, Lon: s.Lon, Hours: s.Hours, Access: s.Access, Keeper: s.Keeper,
	}
}

// AddSite adds a place where devices stand or are handed over.
type AddSite struct {
	call.Create
	Territory string  `json:"territory" validate:"required,max=40"`
	Kind      string  `json:"kind" validate:"required,oneof=workshop pick_up"`
	Name      string  `json:"name" validate:"required,plain,max=120"`
	Address   string  `json:"address" validate:"required,plain,max=240"`
	Commune   string  `json:"commune" validate:"required,len=5"`
	Lat       float64 `json:"lat" validate:"min=-90,max=90"`
	Lon       float64 `json:"lon" validate:"min=-180,max=180"`
	Hours     string  `json:"hours,omitempty" validate:"plain,max=300"`
	Access    string  `json:"access,omitempty" validate:"plain,max=300"`
	Keeper    string  `json:"keeper,omitempty" validate:"max=40"` // a structure of the territory whose people hand over there
}

// AddSite makes a site in a territory of the actor's.
func (p *Partners) AddSite(ctx context.Context, actor people.Actor, req AddSite) (SiteView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return SiteView{}, err
	}
	if err := people.MustSee(actor.Desk(), req.Territory); err != nil {
		return SiteView{}, err
	}
	if req.Keeper != "" {
		structure, err := p.prescribers.Get(ctx, req.Keeper)
		if fault.Is(err, fault.NotFound) || err == nil && structure.Territory != req.Territory {
			return SiteView{}, fault.InvalidField("keeper", "prescriber_unknown")
		}
		if err != nil {
			return SiteView{}, err
		}
	}
	now := docstore.At(p.clock())
	s := &Site{
		Meta: docstore.Meta{ID: id.For(id.Site, actor.Name(), req.Key)}, Territory: req.Territory, Kind: req.Kind,
		Name: req.Name, Address: req.Address, Commune: req.Commune, Lat: req.Lat, Lon: req.Lon,
		Hours: req.Hours, Access: req.Access, Keeper: req.Keeper, Order: int64(now), Created: now,
	}
	s.Record(docstore.Record{Kind: "site.added", Actor: actor.Name(), At: now, Data: map[string]string{"territory": req.Territory}})
	stored, _, err := p.sites.Create(ctx, s)
	if err != nil {
		return SiteView{}, err
	}
	return stored.view(), nil
}

// Sites asks for the sites of a kind.
type Sites struct {
	call.List
	Kind string `json:"-" form:"kind" validate:"omitempty,oneof=workshop pick_up"`
}

// Sites lists the sites where the actor works.
func (p *Partners) Sites(ctx context.Context, actor people.Actor, req Sites) (call.Page[SiteView], error) {
	scope := actor.Scope(people.Coordinator, people.Administrator, people.Technician, people.Greeter, people.PrescriberOf)
	return p.listSites(ctx, scope, req)
}

// PickUpPoints lists where a family of a territory may fetch a device. The
// caller has settled that they may ask.
func (p *Partners) PickUpPoints(ctx context.Context, territory string) ([]SiteView, error) {
	page, err := p.listSites(ctx, people.System().Within(territory), Sites{Kind: "pick_up", List: call.List{Limit: 200}})
	return page.Items, err
}

func (p *Partners) listSites(ctx context.Context, scope docstore.Scope, req Sites) (call.Page[SiteView], error) {
	q := docstore.Query{Scope: scope, After: req.After, Limit: req.Limit}
	if req.Kind != "" {
		q.Index, q.Equal = "kind", []docstore.In{docstore.Is(req.Kind)}
	}
	found, err := p.sites.Find(ctx, q, nil)
	page := call.Page[SiteView]{Items: []SiteView{}, Next: found.Next}
	for _, s := range found.Items {
		page.Items = append(page.Items, s.view())
	}
	return page, err
}

// FirstWorkshop gives the id of a territory's oldest workshop; empty where there
// is none.
func (p *Partners) FirstWorkshop(ctx context.Context, territory string) (string, error) {
	page, err := p.listSites(ctx, people.System().Within(territory), Sites{Kind: "workshop", List: call.List{Limit: 1}})
	if err != nil || len(page.Items) == 0 {
		return "", err
	}
	return page.Items[0].ID, nil
}

// Site reads one site; for other features.
func (p *Partners) Site(ctx context.Context, siteID string) (*Site, error) {
	return p.sites.Get(ctx, siteID)
}

// Whereabouts writes where a site is and how to get in, in one line.
func (s *Site) Whereabouts() string {
	where := s.Name + ", " + s.Address
	if s.Access != "" {
		where += " (" + s.Access + ")"
	}
	return where
}
