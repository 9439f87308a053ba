package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
)

// checkRounds verifies that each territory is kept by a round that there is,
// that what runs keeps its territory and is heard of, and that a failed round
// proposes nothing.
func (m *Matches) checkRounds(ctx context.Context, a *lifecycle.Audit) error {
	err := m.claims.Each(ctx, docstore.Query{}, func(c *roundClaim) error {
		if c.Round == "" {
			return nil
		}
		if _, err := m.rounds.Get(ctx, c.Round); !fault.Is(err, fault.NotFound) {
			return err
		}
		a.Say("dangling", c.ID, "is kept for unknown round "+c.Round)
		return nil
	})
	if err != nil {
		return err
	}
	return m.rounds.Each(ctx, docstore.Query{Scope: everywhere()}, func(r *Round) error {
		switch r.State {
		case roundWaiting:
			a.Saga(r.ID, "waits to be taken up", r.Beat.Time())
		case roundRunning:
			holder, err := m.holding(ctx, r.Territory)
			if err == nil && (holder == nil || holder.ID != r.ID) {
				a.Saga(r.ID, "runs in a territory that is not kept for it", r.Beat.Time())
			}
			a.Saga(r.ID, "runs", r.Beat.Time())
			return err
		case roundFailed:
			return m.checkFailed(ctx, r, a)
		}
		return nil
	})
}

func (m *Matches) checkFailed(ctx context.Context, r *Round, a *lifecycle.Audit) error {
	query := docstore.Query{Scope: everywhere(), Index: "round", Equal: []docstore.In{docstore.Is(r.ID), docstore.Is(string(Proposed))}}
	return m.docs.Each(ctx, query, func(d *Match) error {
		if d.History[0].Cause == r.ID {
			a.Say("live", d.ID, "is proposed by round "+r.ID+", which failed")
		}
		return nil
	})
}
