package matching

import (
	"context"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// Matches holds matches, rounds and cut-offs, and what deciding on them needs.
type Matches struct {
	docs         *docstore.Collection[Match]
	rounds       *docstore.Collection[Round]
	claims       *docstore.Collection[roundClaim]
	cutOffs      *docstore.Collection[CutOff]
	problems     *docstore.Files
	constraints  *docstore.Collection[Constraint]
	whatIfs      *docstore.Collection[WhatIf]
	swings       *docstore.Collection[swings]
	applications *application.Applications
	devices      *device.Devices
	partners     *partner.Partners
	places       *place.Gazetteer
	clock        func() time.Time

	recalled recalled
	running  sync.WaitGroup
	mu       sync.Mutex
	stops    map[string]context.CancelFunc // of the rounds that run here
	closed   bool

	arrivals arrivals
}

// New declares the collections of matching.
func New(store *docstore.Store, a *application.Applications, d *device.Devices, p *partner.Partners,
	places *place.Gazetteer, clock func() time.Time,
) *Matches {
	return &Matches{
		docs:         docstore.Declare[Match](store, Spec()),
		rounds:       docstore.Declare[Round](store, roundSpec()),
		claims:       docstore.Declare[roundClaim](store, docstore.Spec{Name: "round_claims"}),
		cutOffs:      docstore.Declare[CutOff](store, cutOffSpec()),
		problems:     docstore.DeclareFiles(store, "problems", clock),
		constraints:  docstore.Declare[Constraint](store, constraintSpec()),
		whatIfs:      docstore.Declare[WhatIf](store, whatIfSpec()),
		swings:       docstore.Declare[swings](store, docstore.Spec{Name: "round_swings"}),
		applications: a, devices: d, partners: p, places: places, clock: clock, stops: map[string]context.CancelFunc{},
		arrivals: arrivals{markets: map[string]*market{}},
	}
}

// everywhere is the scope of jobs and sagas.
func everywhere() docstore.Scope { return people.System().Desk() }

// Find reads a match as stored; for delivery and notices.
func (m *Matches) Find(ctx context.Context, id string) (*Match, error) { return m.docs.Get(ctx, id) }

// atDesk reads a match for a coordinator of its territory.
func (m *Matches) atDesk(ctx context.Context, actor people.Actor, id string) (*Match, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, err
	}
	match, err := m.docs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return match, people.MustSee(actor.Desk(), match.Territory)
}

// mayDecide refuses who would decide on their own application, their kin's, or
// one that they attested.
func (m *Matches) mayDecide(ctx context.Context, actor people.Actor, applicationID string) error {
	if actor.Person == "" {
		return nil
	}
	app, err := m.applications.Find(ctx, applicationID)
	if err != nil {
		return err
	}
	return app.MayDecide(actor)
}

// offerDays is how long an offer stands in a territory.
func (m *Matches) offerDays(ctx context.Context, territory string) (int, error) {
	t, err := m.partners.Territory(ctx, territory)
	if err != nil {
		return 0, err
	}
	return t.OfferDays, nil
}
