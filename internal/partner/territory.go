package partner

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// AddTerritory opens an area to the product.
type AddTerritory struct {
	call.Create
	Country      string   `json:"country" validate:"required,len=2"`
	Name         string   `json:"name" validate:"required,plain,max=80"`
	Zone         string   `json:"zone" validate:"required,max=60"`
	Areas        []string `json:"areas" validate:"required,min=1,max=2000,dive,min=2,max=5,alphanum"`
	Contact      string   `json:"contact,omitempty" validate:"plain,max=200"`
	Open         bool     `json:"open"`
	OfferDays    int      `json:"offer_days" validate:"min=1,max=60"`
	Household    int      `json:"household" validate:"min=1,max=10"`
	TwoApprovers bool     `json:"two_approvers,omitempty"`
	Home         bool     `json:"home,omitempty"`
	AtOnce       bool     `json:"at_once,omitempty"`
}

// AddTerritory makes a territory; each area belongs to one alone.
func (p *Partners) AddTerritory(ctx context.Context, actor people.Actor, req AddTerritory) (TerritoryView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return TerritoryView{}, err
	}
	if zone, err := time.LoadLocation(req.Zone); err != nil || zone == time.Local {
		return TerritoryView{}, fault.InvalidField("zone", "oneof")
	}
	if err := checkZone(req.Zone); err != nil {
		return TerritoryView{}, err
	}
	own := id.For(id.Territory, actor.Name(), req.Key)
	if err := p.claim(ctx, own, req.Country, req.Areas); err != nil {
		return TerritoryView{}, err
	}
	now := docstore.At(p.clock())
	t := &Territory{
		Meta: docstore.Meta{ID: own}, Country: req.Country, Name: req.Name, Zone: req.Zone, Areas: req.Areas, Contact: req.Contact,
		Open: req.Open, OfferDays: req.OfferDays, Household: req.Household, TwoApprovers: req.TwoApprovers, Home: req.Home, AtOnce: req.AtOnce, Created: now,
	}
	t.Record(docstore.Record{Kind: "territory.added", Actor: actor.Name(), At: now, Data: map[string]string{"territory": own}})
	stored, _, err := p.territories.Create(ctx, t)
	p.changed()
	if err != nil {
		return TerritoryView{}, err
	}
	return stored.view(), nil
}

// claimGrace is how long a claim counts whose territory does not list the area:
// longer than any request lives.
const claimGrace = 10 * time.Minute

// claim keeps areas for a territory, or none of them where one is taken. What a
// crash leaves claimed is taken up by the resend, or by whoever asks later.
func (p *Partners) claim(ctx context.Context, territory, country string, areas []string) error {
	var claimed []*area
	for _, code := range areas {
		kept, made, err := p.areas.Create(ctx, &area{Meta: docstore.Meta{ID: country + ":" + code}, Territory: territory, Claimed: docstore.At(p.clock())})
		if err == nil && !made {
			kept, made, err = p.takeUp(ctx, kept, territory, code)
		}
		if made {
			claimed = append(claimed, kept)
		}
		if err != nil {
			return errors.Join(err, p.unclaim(ctx, claimed))
		}
	}
	return nil
}

// takeUp keeps an area that was claimed before: by the same territory, or by one
// that never came to list it. taken tells whether it changed hands.
func (p *Partners) takeUp(ctx context.Context, kept *area, territory, code string) (stored *area, taken bool, err error) {
	holds, err := p.holds(ctx, kept, code)
	if err != nil {
		return kept, false, err
	}
	if kept.Territory != territory && holds {
		return kept, false, p.areaTaken(ctx, code, kept.Territory)
	}
	version := kept.Version
	stored, err = p.areas.Update(ctx, kept.ID, func(a *area) error {
		taken = a.Territory != territory
		a.Territory, a.Claimed = territory, docstore.At(p.clock())
		return docstore.IfVersion(a.Version, version)
	})
	return stored, taken && err == nil, err
}

// holds tells whether a claim counts: its territory lists the area, or is about to.
func (p *Partners) holds(ctx context.Context, a *area, code string) (bool, error) {
	if p.clock().Sub(a.Claimed.Time()) < claimGrace {
		return true, nil
	}
	t, err := p.territories.Get(ctx, a.Territory)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && slices.Contains(t.Areas, code), err
}

// areaTaken names the area and the territory that has it.
func (p *Partners) areaTaken(ctx context.Context, code, holder string) error {
	name := holder
	if t, err := p.Territory(ctx, holder); err == nil {
		name = t.Name
	}
	args := map[string]any{"Area": code, "Territory": name}
	refused := fault.New(fault.Conflict, "area_taken")
	refused.Args, refused.Fields = args, []fault.Field{{Path: "areas", Code: "area_taken", Args: args}}
	return refused
}

func (p *Partners) unclaim(ctx context.Context, claimed []*area) error {
	var failed error
	for _, a := range claimed {
		failed = errors.Join(failed, p.areas.Delete(ctx, a))
	}
	return failed
}

// SetOpen opens or closes a territory to applications.
type SetOpen struct {
	call.Change
	Open *bool `json:"open" validate:"required"` // said in so many words: silence closes nothing
}

// SetOpen changes whether a territory takes applications.
func (p *Partners) SetOpen(ctx context.Context, actor people.Actor, req SetOpen) (TerritoryView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return TerritoryView{}, err
	}
	if req.Open == nil {
		return TerritoryView{}, fault.InvalidField("open", "required")
	}
	return p.change(ctx, actor, req.Change, func(t *Territory) { t.Open = *req.Open })
}

// SetApprovers says whether an override waits for a second person.
type SetApprovers struct {
	call.Change
	Two *bool `json:"two" validate:"required"`
}

// SetApprovers is for administrators: who overrides does not lift the rule.
func (p *Partners) SetApprovers(ctx context.Context, actor people.Actor, req SetApprovers) (TerritoryView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return TerritoryView{}, err
	}
	if req.Two == nil {
		return TerritoryView{}, fault.InvalidField("two", "required")
	}
	return p.change(ctx, actor, req.Change, func(t *Territory) { t.TwoApprovers = *req.Two })
}

// SetHome says whether devices are brought to an address.
type SetHome struct {
	call.Change
	Home *bool `json:"home" validate:"required"`
}

// SetHome opens or ends deliveries at home in a territory.
func (p *Partners) SetHome(ctx context.Context, actor people.Actor, req SetHome) (TerritoryView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return TerritoryView{}, err
	}
	if req.Home == nil {
		return TerritoryView{}, fault.InvalidField("home", "required")
	}
	return p.change(ctx, actor, req.Change, func(t *Territory) { t.Home = *req.Home })
}

// SetAtOnce says whether what arrives between rounds is proposed at once.
type SetAtOnce struct {
	call.Change
	AtOnce *bool `json:"at_once" validate:"required"`
}

// SetAtOnce lets devices find their students between rounds, or wait for the
// next one.
func (p *Partners) SetAtOnce(ctx context.Context, actor people.Actor, req SetAtOnce) (TerritoryView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return TerritoryView{}, err
	}
	if req.AtOnce == nil {
		return TerritoryView{}, fault.InvalidField("at_once", "required")
	}
	return p.change(ctx, actor, req.Change, func(t *Territory) { t.AtOnce = *req.AtOnce })
}

// change sets something of a territory that the actor sees.
func (p *Partners) change(ctx context.Context, actor people.Actor, req call.Change, set func(*Territory)) (TerritoryView, error) {
	t, err := p.territories.Update(ctx, req.ID, func(t *Territory) error {
		if err := people.MustSee(actor.Desk(), t.ID); err != nil {
			return err
		}
		if err := docstore.IfVersion(t.Version, req.IfVersion); err != nil {
			return err
		}
		set(t)
		t.Record(docstore.Record{Kind: "territory.changed", Actor: actor.Name(), At: docstore.At(p.clock()), Data: map[string]string{"territory": t.ID}})
		return nil
	})
	p.changed()
	if err != nil {
		return TerritoryView{}, err
	}
	return t.view(), nil
}
