package matching

import (
	"cmp"
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Swap gives another device in place of an accepted one, in one scan at the
// hand-over: the accepted match is released and the new one approved and
// accepted, as the student said yes already. Delivery calls it, and has
// checked who may. It gives the new match; the same swap again gives it again.
func (m *Matches) Swap(ctx context.Context, actor people.Actor, from, deviceID string) (*Match, error) {
	old, err := m.docs.Get(ctx, from)
	if err != nil {
		return nil, err
	}
	dev, err := m.devices.Find(ctx, deviceID)
	if err != nil {
		return nil, err
	}
	app, err := m.applications.Find(ctx, old.Application)
	if err != nil {
		return nil, err
	}
	match, err := m.pairing(ctx, app, dev)
	if err != nil {
		return nil, err
	}
	match.ID = id.Derived(id.Match, old.ID, deviceID)
	match.Given, match.Until = old.Given, old.Until
	match.Decision.Replaces, match.Decision.Origin = old.ID, old.Origin()
	now := m.clock()
	if err := match.take(step{Proposed, actor, now, actionSwap}, ""); err != nil {
		return nil, err
	}
	if err := match.decide(Approving, actor, now, actionSwap, "", Approval); err != nil {
		return nil, err
	}
	stored, made, err := m.docs.Create(ctx, match)
	if err != nil {
		return nil, err
	}
	if made && old.State != Accepted {
		return nil, m.undo(ctx, actor, stored, fault.New(fault.Conflict, "wrong_state").With("from", string(old.State)).With("to", string(Released)))
	}
	return m.finish(ctx, actor, stored)
}

// takeOver ends the match that a swap replaces and passes its application on.
// It runs once the new device is claimed; a refusal means that the old match
// ended otherwise, and undoes the swap.
func (m *Matches) takeOver(ctx context.Context, actor people.Actor, match *Match) error {
	old, err := m.docs.Update(ctx, match.Decision.Replaces, func(d *Match) error {
		if d.State == Released && d.endedBy() == match.ID {
			return docstore.Unchanged
		}
		if d.State != Accepted {
			return fault.New(fault.Conflict, "wrong_state").With("from", string(d.State)).With("to", string(Released))
		}
		return d.take(step{Released, actor, m.clock(), match.ID}, Ending)
	})
	if err != nil {
		return err
	}
	if err := m.applications.Exchange(ctx, actor, match.Application, old.ID, match.ID); err != nil {
		return err
	}
	_, err = m.finish(ctx, actor, old)
	return err
}

// endedBy is the cause of the last change: of a swap, the match that took over.
func (match *Match) endedBy() string { return match.History[len(match.History)-1].Cause }

// Swapped tells whether another match took this one's place.
func (match *Match) Swapped() bool {
	return match.State == Released && id.Is(id.Match, match.endedBy())
}

// Origin is the match whose offer the student accepted: of a swap, where it
// began. The way of the device is named after it.
func (match *Match) Origin() string { return cmp.Or(match.Decision.Origin, match.ID) }
