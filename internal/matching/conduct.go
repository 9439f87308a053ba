package matching

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// lost is how long a running round may be silent before its process counts as
// dead; beatEvery is how often a living one is heard.
const (
	lost      = time.Minute
	beatEvery = time.Second
)

// progress is how far a stage has come: the stage counts, the beat writes it
// down for those who watch.
type progress struct {
	mu          sync.Mutex
	stage       string
	done, total int
}

func (p *progress) at(stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage, p.done, p.total = stage, done, total
}

func (p *progress) now() (stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stage, p.done, p.total
}

func (p *progress) show(round *Round) { round.Stage, round.Done, round.Total = p.now() }

// launch runs a round or a what-if beside the request that asked for it, until it ends or
// Close stops it.
func (m *Matches) launch(own string, work func(ctx context.Context, stop func())) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	ctx, stop := context.WithCancel(context.Background())
	m.stops[own] = stop
	m.running.Go(func() {
		defer func() {
			stop()
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.stops, own)
		}()
		work(ctx, stop)
	})
	return true
}

// stop stops a round that runs here.
func (m *Matches) stop(roundID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if stop := m.stops[roundID]; stop != nil {
		stop()
	}
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

// conduct runs a round to its end and notes how it ended. What a store that
// does not answer leaves unsaid is for failLost.
func (m *Matches) conduct(ctx context.Context, stop func(), round *Round) {
	r := &run{m: m, round: round, started: m.clock(), progress: &progress{stage: round.Stage}}
	beating, stopBeat := context.WithCancel(ctx)
	var beats sync.WaitGroup
	beats.Go(func() {
		m.beat(beating, stop, func(ctx context.Context) (bool, error) { return m.beatRound(ctx, round.ID, r.progress) })
	})
	err := r.run(ctx)
	stopBeat()
	beats.Wait()
	_ = m.conclude(context.WithoutCancel(ctx), r, failureOf(err))
}

// conclude notes how a round ended. What a failed one had proposed already is
// superseded before that, so that it counts as running until all is undone, and
// after it, for what was on its way meanwhile.
func (m *Matches) conclude(ctx context.Context, r *run, failure string) error {
	if failure != "" {
		return m.fail(ctx, r.round.ID, failure)
	}
	ended, err := m.rounds.Update(ctx, r.round.ID, func(stored *Round) error {
		if stored.State != roundRunning {
			return docstore.Unchanged
		}
		meta, beat := stored.Meta, stored.Beat
		*stored = *r.round
		stored.Meta, stored.Beat = meta, beat
		r.show(stored)
		stored.end(roundDone, "", people.System(), docstore.At(m.clock()))
		return nil
	})
	if err == nil && ended.State == roundFailed { // given up for lost while it was frozen
		return m.withdraw(ctx, r.round.ID)
	}
	return err
}

// fail ends a running round that proposes nothing.
func (m *Matches) fail(ctx context.Context, roundID, failure string) error {
	if err := m.withdraw(ctx, roundID); err != nil {
		return err
	}
	_, err := m.rounds.Update(ctx, roundID, func(stored *Round) error {
		if stored.State != roundRunning {
			return docstore.Unchanged
		}
		stored.end(roundFailed, failure, people.System(), docstore.At(m.clock()))
		return nil
	})
	return errors.Join(err, m.withdraw(ctx, roundID))
}

// withdraw supersedes what a round had proposed.
func (m *Matches) withdraw(ctx context.Context, roundID string) error {
	var open []string
	query := docstore.Query{Scope: everywhere(), Index: "round", Equal: []docstore.In{docstore.Is(roundID), docstore.Is(string(Proposed))}}
	err := m.docs.Each(ctx, query, func(d *Match) error {
		open = append(open, d.ID)
		return nil
	})
	failed := []error{err}
	for _, id := range open {
		failed = append(failed, m.supersede(ctx, people.System(), id, roundID))
	}
	return errors.Join(failed...)
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

// beat writes down how far the work has come, which tells other processes that
// its own one lives, and stops it once write says that it is over.
func (m *Matches) beat(ctx context.Context, stop func(), write func(context.Context) (on bool, err error)) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if on, err := write(ctx); err == nil && !on { // after an error the next beat comes
			stop()
		}
	}
}

// beatRound is a sign of life of a round; false once it was asked to stop or
// was given up.
func (m *Matches) beatRound(ctx context.Context, roundID string, p *progress) (bool, error) {
	round, err := m.rounds.Update(ctx, roundID, func(r *Round) error {
		if r.Stopping || r.State != roundRunning {
			return docstore.Unchanged
		}
		r.Beat = docstore.At(m.clock())
		p.show(r)
		return nil
	})
	return err != nil || !round.Stopping && round.State == roundRunning, err
}

// failLost ends the rounds whose process died, so that their territories are
// free again. It tells how many.
func (m *Matches) failLost(ctx context.Context) (int, error) {
	query := docstore.Query{
		Scope: everywhere(), Index: "state", Equal: []docstore.In{docstore.Is(roundRunning)},
		To: int64(docstore.At(m.clock().Add(-lost))), Limit: 100,
	}
	page, err := m.rounds.Find(ctx, query, nil)
	failed := []error{err}
	ended := 0
	for _, round := range page.Items {
		if err := m.fail(ctx, round.ID, "lost"); err != nil {
			failed = append(failed, err)
			continue
		}
		ended++
	}
	return ended, errors.Join(failed...)
}
