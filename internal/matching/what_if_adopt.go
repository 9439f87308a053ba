package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// AdoptWhatIf starts a real round under the changes, over what is available
// now. Open proposals that nobody decided on are superseded by it. Weights are
// an administrator's to adopt.
func (m *Matches) AdoptWhatIf(ctx context.Context, actor people.Actor, req call.Change) (RoundView, error) {
	w, err := m.atWhatIf(ctx, actor, req.ID)
	if err != nil {
		return RoundView{}, err
	}
	if err := docstore.IfVersion(w.Version, req.IfVersion); err != nil {
		return RoundView{}, err
	}
	if w.State != roundDone && w.State != whatIfAdopted {
		return RoundView{}, fault.New(fault.Conflict, "wrong_state").With("from", w.State)
	}
	if w.Changes.Rules != nil || len(w.Changes.Quotas) > 0 {
		if err := actor.Must(people.Administrator); err != nil {
			return RoundView{}, err
		}
	}
	for _, add := range w.Changes.Add {
		if _, _, err := m.pair(ctx, actor, add.Device, add.Application); err != nil {
			return RoundView{}, err
		}
	}
	round, err := m.ask(ctx, actor, StartRound{Territory: w.Territory}, w)
	if err != nil {
		return RoundView{}, err
	}
	if round.ID != w.round() {
		return RoundView{}, fault.New(fault.Conflict, "round_under_way")
	}
	_, err = m.whatIfs.Update(ctx, w.ID, func(w *WhatIf) error {
		if w.State != roundDone {
			return docstore.Unchanged
		}
		w.State, w.AdoptedBy, w.AdoptedAs = whatIfAdopted, actor.Name(), round.ID
		w.tell("adopted", actor, docstore.At(m.clock()))
		return nil
	})
	if err != nil || round.State != roundWaiting {
		return round.view(), err
	}
	round, err = m.takeUp(ctx, round)
	if err != nil {
		return RoundView{}, err
	}
	return round.view(), nil
}

// round is the id of the round that adopts a what-if: there is one at most.
func (w *WhatIf) round() string { return id.Derived(id.Round, w.ID, "adopt") }

// replace ends the proposals that an adopted round takes the place of, before
// it proposes.
func (r *run) replace(ctx context.Context) error {
	for _, match := range r.replaced {
		if err := r.m.supersede(ctx, people.System(), match, r.round.ID); err != nil {
			return err
		}
	}
	return nil
}

// changed are the constraints of a round under its changes.
func (r *run) changed(standing []*Constraint) []*Constraint {
	ch := r.round.Changes
	if ch == nil {
		return standing
	}
	var all []*Constraint
	for _, c := range standing {
		if !ch.dropped(c.ID) {
			all = append(all, c)
		}
	}
	for _, add := range ch.Add {
		all = append(all, &Constraint{Kind: add.Kind, Device: add.Device, Application: add.Application, By: r.round.By})
	}
	return all
}
