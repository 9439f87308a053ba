package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
)

// Check verifies what must hold between matches, devices and applications:
// histories follow the life cycles, no saga is left over, each live match holds
// its device and application, nothing is held by anything else, no device or
// application has two live matches, shares are held by what lives, and rounds are what their states say.
func (m *Matches) Check(ctx context.Context, a *lifecycle.Audit) error {
	live := map[string]string{} // device or application → match
	err := m.docs.Each(ctx, docstore.Query{Scope: everywhere()}, func(d *Match) error {
		Steps.Audit(a, d.ID, d.History, d.State, Proposed)
		if d.unsettled() {
			a.Saga(d.ID, string(d.Saga)+" unfinished", d.Since.Time())
		}
		if !d.State.Live() {
			return nil
		}
		if d.State != Approving { // one that claims may yet be refused
			for _, side := range []string{d.Device, d.Application} {
				if other := live[side]; other != "" {
					a.Say("live", d.ID, side+" has another live match "+other)
				}
				live[side] = d.ID
			}
		}
		if d.unsettled() {
			return nil
		}
		return m.checkClaims(ctx, d, a)
	})
	if err != nil {
		return err
	}
	err = m.devices.EachIn(ctx, []device.State{device.Reserved, device.Allocated, device.Dispatched}, func(d *device.Device) error {
		return m.checkHolder(ctx, claimed{d.ID, d.Match, d.Since}, func(match *Match) string { return match.Device }, a)
	})
	if err != nil {
		return err
	}
	err = m.applications.Each(ctx, func(app *application.Application) error {
		application.Steps.Audit(a, app.ID, app.History, app.State, application.Draft, application.Invited, application.Submitted)
		if app.State != application.Offered && app.State != application.Accepted {
			return nil
		}
		return m.checkHolder(ctx, claimed{app.ID, app.Match, app.Since}, func(match *Match) string { return match.Application }, a)
	})
	if err != nil {
		return err
	}
	if err := m.checkShares(ctx, a); err != nil {
		return err
	}
	return m.checkRounds(ctx, a)
}

// checkShares verifies that a part of a share is taken by a match that lives or
// was fulfilled.
func (m *Matches) checkShares(ctx context.Context, a *lifecycle.Audit) error {
	return m.applications.EachShare(ctx, func(id, match string, since docstore.Millis) error {
		d, err := m.docs.Get(ctx, match)
		switch {
		case fault.Is(err, fault.NotFound):
			a.Say("dangling", id, "is held by unknown match "+match)
		case err != nil:
			return err
		case !d.State.Live() && !d.unsettled() && d.State != Fulfilled:
			a.Saga(id, "is held by match "+match+", which is "+string(d.State), since.Time())
		}
		return nil
	})
}

// unsettled tells that a saga has work to do in other documents.
func (match *Match) unsettled() bool { return match.Saga != "" && match.Saga != Watch }

// checkClaims verifies that a settled live match holds both sides.
func (m *Matches) checkClaims(ctx context.Context, d *Match, a *lifecycle.Audit) error {
	dev, err := m.devices.Find(ctx, d.Device)
	switch {
	case fault.Is(err, fault.NotFound):
		a.Say("dangling", d.ID, "of unknown device "+d.Device)
	case err != nil:
		return err
	case dev.Match != d.ID:
		a.Say("claim", d.ID, "its device is held by "+dev.Match)
	}
	app, err := m.applications.Find(ctx, d.Application)
	switch {
	case fault.Is(err, fault.NotFound):
		a.Say("dangling", d.ID, "of unknown application "+d.Application)
	case err != nil:
		return err
	case app.Match != d.ID:
		a.Say("claim", d.ID, "its application is held by "+app.Match)
	}
	return nil
}

// claimed is a device or an application, and the match that it stores.
type claimed struct {
	id, match string
	since     docstore.Millis
}

// checkHolder verifies that what is held is held by a live match of its own, or
// by one that is being settled.
func (m *Matches) checkHolder(ctx context.Context, held claimed, side func(*Match) string, a *lifecycle.Audit) error {
	d, err := m.docs.Get(ctx, held.match)
	switch {
	case fault.Is(err, fault.NotFound):
		a.Say("claim", held.id, "held by unknown match "+held.match)
	case err != nil:
		return err
	case side(d) != held.id:
		a.Say("claim", held.id, "held by match "+held.match+", which is of "+side(d))
	case !d.State.Live() && !d.unsettled() && d.State != Fulfilled:
		a.Saga(held.id, "held by match "+held.match+", which is "+string(d.State), held.since.Time())
	}
	return nil
}

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
