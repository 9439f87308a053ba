package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

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
	view := round.view()
	view.Constraints = round.Constraints
	return view, nil
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
		Constrained: len(round.Constraints), WhatIf: round.WhatIf, Changes: round.Changes,
	}
}
