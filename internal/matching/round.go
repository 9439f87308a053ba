package matching

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// States of a round. A waiting one is a request in the store: whichever process
// serves takes it up once its territory is free.
const (
	roundWaiting = "waiting"
	roundRunning = "running"
	roundDone    = "done"
	roundFailed  = "failed"
)

// under tells a round that has not ended.
func (round *Round) under() bool { return round.State == roundWaiting || round.State == roundRunning }

// roundClaim keeps a territory to one running round; its id is the territory's.
// It holds until the round that it names has ended, so nothing has to free it,
// and no crash leaves a territory closed.
type roundClaim struct {
	docstore.Meta `json:",inline"`

	Round string `json:"round"`
}

func roundSpec() docstore.Spec {
	return docstore.Spec{Name: "rounds", Scoped: true, Indexes: []docstore.Index{
		{Name: "started", Order: "started", Desc: true}, {Name: "state", Equal: []string{"state"}, Order: "beat"},
	}}
}

func cutOffSpec() docstore.Spec {
	return docstore.Spec{Name: "cut_offs", Scoped: true, Indexes: []docstore.Index{
		{Name: "application", Equal: []string{"application"}, Order: "created", Desc: true},
	}}
}

// StartRound begins a round here and returns at once; the one that is under way
// already in the territory is returned instead.
func (m *Matches) StartRound(ctx context.Context, actor people.Actor, req StartRound) (RoundView, error) {
	round, err := m.ask(ctx, actor, req, nil)
	if err != nil {
		return RoundView{}, err
	}
	if round.State != roundWaiting {
		return round.view(), nil
	}
	round, err = m.takeUp(ctx, round)
	if err != nil {
		return RoundView{}, err
	}
	return round.view(), nil
}

// AskRound leaves a round for the process that serves to take up.
func (m *Matches) AskRound(ctx context.Context, actor people.Actor, req StartRound) (RoundView, error) {
	round, err := m.ask(ctx, actor, req, nil)
	if err != nil {
		return RoundView{}, err
	}
	return round.view(), nil
}

// ask stores a waiting round, or gives the one that the same request made, or
// the one that is under way in the territory.
func (m *Matches) ask(ctx context.Context, actor people.Actor, req StartRound, adopted *WhatIf) (*Round, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, err
	}
	if err := people.MustSee(actor.Desk(), req.Territory); err != nil {
		return nil, err
	}
	if _, err := m.partners.Territory(ctx, req.Territory); err != nil {
		return nil, err
	}
	own := id.For(id.Round, actor.Name(), req.Key)
	if adopted != nil {
		own = adopted.round()
	}
	if made, err := m.rounds.Get(ctx, own); !fault.Is(err, fault.NotFound) {
		return made, err
	}
	if holding, err := m.holding(ctx, req.Territory); err != nil || holding != nil {
		return holding, err
	}
	now := docstore.At(m.clock())
	round := &Round{
		Meta: docstore.Meta{ID: own}, State: roundWaiting, Territory: req.Territory, Seed: seedOf(req.Seed), Stage: "reading",
		Tiers: []TierCount{}, By: actor.Name(), Started: now, Beat: now,
	}
	if adopted != nil {
		round.WhatIf, round.Changes = adopted.ID, &adopted.Changes
	}
	round.tell("asked", actor, now)
	stored, _, err := m.rounds.Create(ctx, round)
	return stored, err
}

func seedOf(seed int64) int64 {
	if seed != 0 {
		return seed
	}
	return rand.Int64N(1<<53-1) + 1 //nolint:gosec // a tie-break, published with the round
}

func (round *Round) tell(verb string, actor people.Actor, at docstore.Millis) {
	round.Record(docstore.Record{
		Kind: "round." + verb, Actor: actor.Name(), At: at, Cause: round.Failure,
		Data: map[string]string{"round": round.ID, "territory": round.Territory},
	})
}

// holding gives the round that holds a territory; nil where it is free.
func (m *Matches) holding(ctx context.Context, territory string) (*Round, error) {
	claim, err := m.claims.Get(ctx, territory)
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // free
	}
	if err != nil {
		return nil, err
	}
	return m.underWay(ctx, claim.Round)
}

// underWay gives a round that has not ended; nil where it has, or is not there.
func (m *Matches) underWay(ctx context.Context, roundID string) (*Round, error) {
	round, err := m.rounds.Get(ctx, roundID)
	if fault.Is(err, fault.NotFound) || err == nil && !round.under() {
		return nil, nil //nolint:nilnil // it holds nothing
	}
	return round, err
}

// TakeUp begins the rounds that wait and whose territory is free; a job calls
// it. One that cannot begin keeps no other from it.
func (m *Matches) TakeUp(ctx context.Context) error {
	query := docstore.Query{Scope: everywhere(), Index: "state", Equal: []docstore.In{docstore.Is(roundWaiting)}, Limit: 100}
	page, err := m.rounds.Find(ctx, query, nil)
	failed := []error{err}
	for _, round := range page.Items {
		_, err := m.takeUp(ctx, round)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// takeUp begins a waiting round here, unless another one holds its territory or
// another process was faster.
func (m *Matches) takeUp(ctx context.Context, round *Round) (*Round, error) {
	free, err := m.claimTerritory(ctx, round)
	if err != nil || !free {
		return round, err
	}
	began := false
	running, err := m.rounds.Update(ctx, round.ID, func(stored *Round) error {
		if began = stored.State == roundWaiting; !began {
			return docstore.Unchanged
		}
		now := docstore.At(m.clock())
		stored.State, stored.Started, stored.Beat = roundRunning, now, now
		stored.tell("started", people.System(), now)
		return nil
	})
	if err != nil || !began {
		return running, err
	}
	shown := *running // the round under way is the conductor's
	if !m.launch(running.ID, func(ctx context.Context, stop func()) { m.conduct(ctx, stop, running) }) {
		return &shown, fault.New(fault.Unavailable, "stopping")
	}
	return &shown, nil
}

// claimTerritory keeps the territory for a round; false while another one that
// has not ended holds it.
func (m *Matches) claimTerritory(ctx context.Context, round *Round) (bool, error) {
	claim, made, err := m.claims.Create(ctx, &roundClaim{Meta: docstore.Meta{ID: round.Territory}, Round: round.ID})
	if err != nil || made || claim.Round == round.ID {
		return err == nil, err
	}
	claim, err = m.claims.Update(ctx, round.Territory, func(c *roundClaim) error {
		if c.Round == round.ID {
			return docstore.Unchanged
		}
		holder, err := m.underWay(ctx, c.Round)
		if err != nil {
			return err
		}
		if holder != nil {
			return docstore.Unchanged
		}
		c.Round = round.ID
		return nil
	})
	if err != nil {
		return false, err
	}
	return claim.Round == round.ID, nil
}

// StopRound ends a round before it proposes anything: one that waits at once,
// one that runs as soon as its process hears of it.
func (m *Matches) StopRound(ctx context.Context, actor people.Actor, req call.Change) (RoundView, error) {
	if _, err := m.seen(ctx, actor, req.ID); err != nil {
		return RoundView{}, err
	}
	round, err := m.rounds.Update(ctx, req.ID, func(r *Round) error {
		if err := docstore.IfVersion(r.Version, req.IfVersion); err != nil {
			return err
		}
		switch r.State {
		case roundWaiting:
			r.end(roundFailed, "stopped", actor, docstore.At(m.clock()))
			return nil
		case roundRunning:
			r.Stopping = true
			return nil
		default:
			return fault.New(fault.Conflict, "wrong_state").With("from", r.State)
		}
	})
	if err != nil {
		return RoundView{}, err
	}
	m.stop(req.ID)
	return round.view(), nil
}

// end notes how a round ended. A failed one proposes nothing.
func (round *Round) end(state, failure string, actor people.Actor, at docstore.Millis) {
	round.State, round.Failure, round.Ended = state, failure, at
	if state == roundFailed {
		round.Proposed = 0
	}
	round.tell(state, actor, at)
}
