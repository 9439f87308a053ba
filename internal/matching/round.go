package matching

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// States of a round.
const (
	roundRunning = "running"
	roundDone    = "done"
	roundFailed  = "failed"
)

// roundClaim keeps a territory to one running round; its id is the territory's.
type roundClaim struct {
	docstore.Meta `json:",inline"`

	Round string          `json:"round"`
	Since docstore.Millis `json:"since"`
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

// lost is how long a running round may be silent before its process counts as
// dead; beatEvery is how often a living one is heard.
const (
	lost      = time.Minute
	beatEvery = 5 * time.Second
)

// StartRound begins a round and returns at once; the one that is running
// already in the territory is returned instead.
func (m *Matches) StartRound(ctx context.Context, actor people.Actor, req StartRound) (RoundView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return RoundView{}, err
	}
	if err := people.MustSee(actor.Desk(), req.Territory); err != nil {
		return RoundView{}, err
	}
	if _, err := m.partners.Territory(ctx, req.Territory); err != nil {
		return RoundView{}, err
	}
	roundID := id.For(id.Round, actor.Name(), req.Key)
	if sent, err := m.rounds.Get(ctx, roundID); !fault.Is(err, fault.NotFound) { // a resend finds what it made
		if err != nil {
			return RoundView{}, err
		}
		return sent.view(), nil
	}
	running, err := m.claimTerritory(ctx, req.Territory, roundID)
	if err != nil {
		return RoundView{}, err
	}
	if running != "" {
		return m.Round(ctx, actor, call.One{ID: running})
	}
	now := docstore.At(m.clock())
	round := &Round{
		Meta: docstore.Meta{ID: roundID}, State: roundRunning, Territory: req.Territory, Seed: seedOf(req.Seed), Stage: "reading",
		Tiers: []TierCount{}, By: actor.Name(), Started: now, Beat: now,
	}
	round.tell("started", actor, now)
	stored, made, err := m.rounds.Create(ctx, round)
	if err != nil {
		return RoundView{}, errors.Join(err, m.freeTerritory(ctx, req.Territory, roundID))
	}
	view := stored.view()
	if made && !m.launch(stored) {
		return RoundView{}, fault.New(fault.Unavailable, "stopping")
	}
	return view, nil
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

// claimTerritory keeps the territory for a round, or tells which one runs. A
// claim whose round ended, or never began, is taken over: its process died
// between two writes.
func (m *Matches) claimTerritory(ctx context.Context, territory, round string) (running string, err error) {
	now := docstore.At(m.clock())
	kept, made, err := m.claims.Create(ctx, &roundClaim{Meta: docstore.Meta{ID: territory}, Round: round, Since: now})
	if err != nil || made {
		return "", err
	}
	stands, err := m.stands(ctx, kept)
	if err != nil || stands {
		return kept.Round, err
	}
	taken, err := m.claims.Update(ctx, territory, func(c *roundClaim) error {
		if c.Round != kept.Round {
			return docstore.Unchanged // somebody else took it over
		}
		c.Round, c.Since = round, now
		return nil
	})
	if err != nil || taken.Round == round {
		return "", err
	}
	return taken.Round, nil
}

// stands tells whether a claim's round runs, or is about to begin.
func (m *Matches) stands(ctx context.Context, c *roundClaim) (bool, error) {
	if c.Round == "" {
		return false, nil
	}
	round, err := m.rounds.Get(ctx, c.Round)
	if fault.Is(err, fault.NotFound) {
		return m.clock().Sub(c.Since.Time()) < lost, nil
	}
	return err == nil && round.State == roundRunning, err
}

// freeClaims frees the territories whose round ended or never began. It tells
// how many.
func (m *Matches) freeClaims(ctx context.Context) (freed int, err error) {
	err = m.claims.Each(ctx, docstore.Query{}, func(c *roundClaim) error {
		if c.Round == "" {
			return nil
		}
		stands, err := m.stands(ctx, c)
		if err != nil || stands {
			return err
		}
		freed++
		return m.freeTerritory(ctx, c.ID, c.Round)
	})
	return freed, err
}

func (m *Matches) freeTerritory(ctx context.Context, territory, round string) error {
	_, err := m.claims.Update(ctx, territory, func(c *roundClaim) error {
		if c.Round != round {
			return docstore.Unchanged
		}
		c.Round = ""
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// launch runs a round beside the request that asked for it, until it ends or
// Close stops it.
func (m *Matches) launch(round *Round) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	ctx, stop := context.WithCancel(context.Background())
	m.stops[round.ID] = stop
	m.running.Go(func() {
		defer func() {
			stop()
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.stops, round.ID)
		}()
		m.conduct(ctx, round)
	})
	return true
}

// Close stops the rounds that run here and waits for them.
func (m *Matches) Close() {
	m.mu.Lock()
	m.closed = true
	for _, stop := range m.stops {
		stop()
	}
	m.mu.Unlock()
	m.running.Wait()
}

// conduct runs a round to its end and notes how it ended. A round that fails
// proposes nothing.
func (m *Matches) conduct(ctx context.Context, round *Round) {
	beating, stopBeat := context.WithCancel(ctx)
	go m.beat(beating, round.ID)
	r := &run{m: m, round: round, started: m.clock()}
	err := r.run(ctx)
	stopBeat()
	ending := context.WithoutCancel(ctx)
	failure := failureOf(err)
	_, _ = m.rounds.Update(ending, round.ID, func(stored *Round) error { // a store that does not answer is what failLost is for
		if stored.State != roundRunning {
			return docstore.Unchanged
		}
		beat := stored.Version
		now := docstore.At(m.clock())
		meta := stored.Meta
		*stored = *round
		stored.Meta = meta
		stored.Version = beat
		stored.State, stored.Ended, stored.Failure = roundDone, now, failure
		if failure != "" {
			stored.State, stored.Proposed = roundFailed, 0
		}
		stored.tell(stored.State, people.System(), now)
		return nil
	})
	_ = m.freeTerritory(ending, round.Territory, round.ID)
}

// failureOf is the code shown for what stopped a round.
func failureOf(err error) string {
	var known *fault.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &known):
		return known.Code
	default:
		return "internal"
	}
}

// beat tells other processes that the round's process lives.
func (m *Matches) beat(ctx context.Context, roundID string) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_, _ = m.rounds.Update(ctx, roundID, func(r *Round) error { // the next beat comes
				r.Beat = docstore.At(m.clock())
				return nil
			})
		}
	}
}

// failLost ends the rounds whose process died, so that the territory is free
// again. It tells how many.
func (m *Matches) failLost(ctx context.Context) (int, error) {
	query := docstore.Query{
		Scope: everywhere(), Index: "state", Equal: []docstore.In{docstore.Is(roundRunning)},
		To: int64(docstore.At(m.clock().Add(-lost))), Limit: 100,
	}
	page, err := m.rounds.Find(ctx, query, nil)
	if err != nil {
		return 0, err
	}
	for _, round := range page.Items {
		_, err := m.rounds.Update(ctx, round.ID, func(r *Round) error {
			if r.State != roundRunning {
				return docstore.Unchanged
			}
			r.State, r.Failure, r.Ended = roundFailed, "lost", docstore.At(m.clock())
			r.tell(roundFailed, people.System(), r.Ended)
			return nil
		})
		if err != nil {
			return 0, err
		}
		if err := m.freeTerritory(ctx, round.Territory, round.ID); err != nil {
			return 0, err
		}
	}
	return len(page.Items), nil
}

// StopRound asks a running round to stop; nothing is proposed then.
func (m *Matches) StopRound(ctx context.Context, actor people.Actor, req call.Change) (RoundView, error) {
	round, err := m.seen(ctx, actor, req.ID)
	if err != nil {
		return RoundView{}, err
	}
	if round.State != roundRunning {
		return RoundView{}, fault.New(fault.Conflict, "wrong_state").With("from", round.State)
	}
	m.mu.Lock()
	stop := m.stops[req.ID]
	m.mu.Unlock()
	if stop == nil {
		return RoundView{}, fault.New(fault.Conflict, "round_elsewhere")
	}
	stop()
	return round.view(), nil
}

func (m *Matches) seen(ctx context.Context, actor people.Actor, roundID string) (*Round, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, err
	}
	round, err := m.rounds.Get(ctx, roundID)
	if err != nil {
		return nil, err
	}
	return round, people.MustSee(actor.Desk(), round.Territory)
}

// Round reads a round and its progress.
func (m *Matches) Round(ctx context.Context, actor people.Actor, req call.One) (RoundView, error) {
	round, err := m.seen(ctx, actor, req.ID)
	if err != nil {
		return RoundView{}, err
	}
	return round.view(), nil
}

// Rounds gives a page of rounds, newest first.
func (m *Matches) Rounds(ctx context.Context, actor people.Actor, req Rounds) (call.Page[RoundView], error) {
	page := call.Page[RoundView]{Items: []RoundView{}}
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return page, err
	}
	scope := actor.Desk()
	if req.Territory != "" {
		scope = actor.Within(req.Territory)
	}
	found, err := m.rounds.Find(ctx, docstore.Query{Scope: scope, Index: "started", After: req.After, Limit: req.Limit}, nil)
	for _, round := range found.Items {
		page.Items = append(page.Items, round.view())
	}
	page.Next = found.Next
	return page, err
}

func (round *Round) view() RoundView {
	return RoundView{
		Tag: call.Tag{ID: round.ID, Version: round.Version}, State: round.State, Territory: round.Territory, Grid: round.Grid,
		Seed: round.Seed, Stage: round.Stage, Done: round.Done, Total: round.Total, Applications: round.Applications,
		Devices: round.Devices, Pairs: round.Pairs, Proposed: round.Proposed, Kept: round.Kept, Score: round.Score, Tiers: round.Tiers,
		Certified: round.Certified, Failure: round.Failure, Started: round.Started.Time(), Ended: moment(round.Ended), Spent: round.Spent,
	}
}
