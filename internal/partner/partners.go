package partner

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Partners holds territories, sites, prescribers and partners.
type Partners struct {
	territories *docstore.Collection[Territory]
	areas       *docstore.Collection[area]
	sites       *docstore.Collection[Site]
	prescribers *docstore.Collection[Prescriber]
	partners    *docstore.Collection[Partner]
	clock       func() time.Time

	mu     sync.Mutex
	cached []*Territory
	until  time.Time
	zones  sync.Map // by name: reading one opens a file
}

// New declares the collections of the institutions.
func New(store *docstore.Store, clock func() time.Time) *Partners {
	return &Partners{
		territories: docstore.Declare[Territory](store, TerritorySpec()),
		areas:       docstore.Declare[area](store, docstore.Spec{Name: "areas"}),
		sites:       docstore.Declare[Site](store, SiteSpec()),
		prescribers: docstore.Declare[Prescriber](store, PrescriberSpec()),
		partners:    docstore.Declare[Partner](store, PartnerSpec()),
		clock:       clock,
	}
}

// fresh is how long the list of territories is believed; another process's
// change is seen after it.
const fresh = 5 * time.Second

// All lists the territories; there are at most some hundreds.
func (p *Partners) All(ctx context.Context) ([]*Territory, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cached != nil && p.clock().Before(p.until) {
		return p.cached, nil
	}
	all := []*Territory{}
	err := p.territories.Each(ctx, docstore.Query{}, func(t *Territory) error {
		all = append(all, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.cached, p.until = all, p.clock().Add(fresh)
	return all, nil
}

func (p *Partners) changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cached = nil
}

// TerritoryOf gives the territory of a commune: one that names the commune
// itself before one that names its département. A commune that no open
// territory serves is refused with a code that the form shows at once.
func (p *Partners) TerritoryOf(ctx context.Context, commune, departement string) (*Territory, error) {
	all, err := p.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, area := range []string{commune, departement} {
		i := slices.IndexFunc(all, func(t *Territory) bool { return slices.Contains(t.Areas, area) })
		if i < 0 {
			continue
		}
		if !all[i].Open {
			return nil, fault.New(fault.Conflict, "territory_closed").With("Territory", all[i].Name)
		}
		return all[i], nil
	}
	return nil, fault.New(fault.Conflict, "territory_none")
}

// Territory reads one territory.
func (p *Partners) Territory(ctx context.Context, id string) (*Territory, error) {
	all, err := p.All(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(t *Territory) bool { return t.ID == id }); i >= 0 {
		return all[i], nil
	}
	return p.territories.Get(ctx, id)
}

// Zone is where a territory's clocks stand. Days and hours are agreed on, and
// shown, by them.
func (p *Partners) Zone(ctx context.Context, territory string) (*time.Location, error) {
	t, err := p.Territory(ctx, territory)
	if err != nil {
		return nil, err
	}
	if kept, ok := p.zones.Load(t.Zone); ok {
		return kept.(*time.Location), nil //nolint:forcetypeassert // stored below alone
	}
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "internal", err)
	}
	p.zones.Store(t.Zone, zone)
	return zone, nil
}

// TerritoryView is a territory as those who work in it read it.
type TerritoryView struct {
	call.Tag
	Country      string   `json:"country"`
	Name         string   `json:"name"`
	Zone         string   `json:"zone"`
	Areas        []string `json:"areas"`
	Contact      string   `json:"contact,omitempty"`
	Open         bool     `json:"open"`
	OfferDays    int      `json:"offer_days"`
	Household    int      `json:"household"`
	TwoApprovers bool     `json:"two_approvers"`
	AtOnce       bool     `json:"at_once"`
	Home         bool     `json:"home"`
}

func (t *Territory) view() TerritoryView {
	return TerritoryView{
		Tag: call.Tag{ID: t.ID, Version: t.Version}, Country: t.Country, Name: t.Name, Zone: t.Zone,
		Areas: t.Areas, Contact: t.Contact, Open: t.Open, OfferDays: t.OfferDays, Household: t.Household, TwoApprovers: t.TwoApprovers, AtOnce: t.AtOnce, Home: t.Home,
	}
}

// Territories lists those that the actor works in.
func (p *Partners) Territories(ctx context.Context, actor people.Actor, _ struct{}) (call.Page[TerritoryView], error) {
	page := call.Page[TerritoryView]{Items: []TerritoryView{}}
	all, err := p.All(ctx)
	if err != nil {
		return page, err
	}
	scope := actor.Scope(people.Coordinator, people.Administrator, people.Technician, people.Greeter, people.PrescriberOf)
	for _, t := range all {
		if scope.Sees(t.ID) {
			page.Items = append(page.Items, t.view())
		}
	}
	return page, nil
}

// named tells whether a name holds what somebody typed; lists here are short.
func named(name, wanted string) bool {
	return wanted == "" || strings.Contains(strings.ToLower(name), strings.ToLower(wanted))
}
