package matching

import (
	"context"
	"errors"
	"sync"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// try answers a round's problem as it was and under changes, and notes what
// differs. What a store that does not answer leaves unsaid is for failLost.
func (m *Matches) try(ctx context.Context, stop func(), w *WhatIf, round *Round, p *problem, more []binding) {
	shown := &progress{stage: w.Stage}
	beating, stopBeat := context.WithCancel(ctx)
	var beats sync.WaitGroup
	beats.Go(func() {
		m.beat(beating, stop, func(ctx context.Context) (bool, error) { return m.beatWhatIf(ctx, w.ID, shown) })
	})
	before, after, err := m.answers(ctx, round, p, &w.Changes, more, shown.at)
	stopBeat()
	beats.Wait()
	_, _ = m.whatIfs.Update(context.WithoutCancel(ctx), w.ID, func(stored *WhatIf) error {
		if stored.State != roundRunning {
			return docstore.Unchanged
		}
		stored.Ended = docstore.At(m.clock())
		if stored.Failure = failureOf(err); err != nil {
			stored.State = roundFailed
			return nil
		}
		d := compare(before, after)
		for n, s := range d.Communes {
			commune, _ := m.places.Commune(s.Of)
			d.Communes[n].Name = commune.Name
		}
		stored.State, stored.Before, stored.After, stored.Difference = roundDone, before.answer(), after.answer(), &d
		return nil
	})
}

// answers gives both choices.
func (m *Matches) answers(ctx context.Context, round *Round, p *problem, ch *Changes, more []binding, at func(string, int, int)) (before, after *choice, err error) {
	if before, err = p.copied().choose(ctx, at); err != nil {
		return nil, nil, err
	}
	if before.digest() != round.Digest {
		return nil, nil, fault.New(fault.Internal, "replay_differs")
	}
	after, err = p.with(ch, more).choose(ctx, at)
	return before, after, err
}

func (c *choice) answer() Answer {
	return Answer{Served: c.result.Matched, Score: c.result.Score, Tiers: c.tiers()}
}

// beatWhatIf writes down how far a what-if has come; false once it is over.
func (m *Matches) beatWhatIf(ctx context.Context, whatIfID string, p *progress) (bool, error) {
	w, err := m.whatIfs.Update(ctx, whatIfID, func(w *WhatIf) error {
		if w.State != roundRunning {
			return docstore.Unchanged
		}
		w.Beat = docstore.At(m.clock())
		w.Stage, w.Done, w.Total = p.now()
		return nil
	})
	return err != nil || w.State == roundRunning, err
}

// failLostWhatIfs says of those whose process died that they are lost.
func (m *Matches) failLostWhatIfs(ctx context.Context) error {
	page, err := m.whatIfs.Find(ctx, docstore.Query{
		Scope: everywhere(), Index: "state", Equal: []docstore.In{docstore.Is(roundRunning)},
		To: int64(docstore.At(m.clock().Add(-lost))), Limit: 100,
	}, nil)
	failed := []error{err}
	for _, w := range page.Items {
		_, err := m.whatIfs.Update(ctx, w.ID, func(w *WhatIf) error {
			if w.State != roundRunning {
				return docstore.Unchanged
			}
			w.State, w.Failure, w.Ended = roundFailed, "lost", docstore.At(m.clock())
			return nil
		})
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// added puts the constraints that a what-if adds into the round's problem, by
// places: what the round did not have is refused with the field.
func (m *Matches) added(ctx context.Context, actor people.Actor, round *Round, p *problem, wished []AddedConstraint) ([]binding, error) {
	var more []binding
	for _, wish := range wished {
		dev, app, err := m.pair(ctx, actor, wish.Device, wish.Application)
		if err != nil {
			return nil, err
		}
		i, err := m.askerIn(ctx, round.ID, app.ID)
		if err != nil {
			return nil, err
		}
		k, err := m.classIn(ctx, p, dev.ID, classOf(dev))
		if err != nil {
			return nil, err
		}
		more = append(more, binding{Kind: wish.Kind, Asker: i, Class: k})
	}
	return more, nil
}

// askerIn is the place of an application in a round's problem: its proposal or
// its cut-off says it.
func (m *Matches) askerIn(ctx context.Context, roundID, applicationID string) (int32, error) {
	cut, err := m.cutOffs.Get(ctx, roundID+":"+applicationID)
	if err == nil {
		return cut.Asker, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return nobody, err
	}
	page, err := m.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "application", Equal: []docstore.In{docstore.Is(applicationID)}, Limit: 1,
	}, func(d *Match) bool { return d.Round == roundID && d.History[0].Cause == roundID })
	if err == nil && len(page.Items) == 0 {
		err = fault.InvalidField("application", "not_in_round")
	}
	if err != nil {
		return nobody, err
	}
	return page.Items[0].Asker, nil
}

// classIn is the place of a device in a problem: a class of its own where a
// constraint names it, else that of devices like it.
func (m *Matches) classIn(ctx context.Context, p *problem, deviceID string, like class) (int32, error) {
	for _, b := range p.Constraints {
		c, err := m.constraints.Get(ctx, b.Constraint)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nobody, err
		}
		if err == nil && c.Device == deviceID && b.Class != nobody {
			return b.Class, nil
		}
	}
	for k := range p.Classes {
		if p.Classes[k] == like && p.Stock[k] > 0 && !p.ownClass(int32(k)) { //nolint:gosec // classes are fewer than 2^31
			return int32(k), nil //nolint:gosec // as above
		}
	}
	return nobody, fault.InvalidField("device", "not_in_round")
}
