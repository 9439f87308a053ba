package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Sweep does what time asks for: hand-overs nobody confirmed are closed,
// appointments of tomorrow are reminded of, places kept in vain are given up.
// One that cannot go on keeps no other.
func (s *Deliveries) Sweep(ctx context.Context) error {
	now := s.clock()
	return errors.Join(
		s.due(ctx, HandedOver, 1, now.UnixMilli(), s.closeUnconfirmed),
		s.due(ctx, Planned, 1, now.UnixMilli(), s.giveUp),
		s.due(ctx, Booked, now.UnixMilli(), now.Add(24*time.Hour).UnixMilli(), s.remind),
	)
}

// due acts on the deliveries of a state whose time lies between two moments.
func (s *Deliveries) due(ctx context.Context, state State, from, to int64, act func(context.Context, *Delivery) error) error {
	q := docstore.Query{Scope: people.System().Desk(), Index: "due", Equal: []docstore.In{docstore.Is(string(state))}, From: from, To: to}
	return s.docs.EachApart(ctx, q, func(d *Delivery) error {
		if err := act(ctx, d); !fault.Is(err, fault.Conflict) { // else somebody is at it
			return err
		}
		return nil
	})
}

func (s *Deliveries) closeUnconfirmed(ctx context.Context, d *Delivery) error {
	_, err := s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if d.State != HandedOver {
			return docstore.Unchanged
		}
		d.Due = 0
		return d.take(s.step(ClosedUnconfirmed, people.System(), "no_answer"))
	})
	return err
}

func (s *Deliveries) giveUp(ctx context.Context, d *Delivery) error {
	d, err := s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if d.State != Planned {
			return docstore.Unchanged
		}
		d.Due = 0
		return d.take(s.step(Ended, people.System(), "no_answer"))
	})
	if err != nil || d.State != Ended {
		return err
	}
	return s.settle(ctx, people.System(), d)
}

// remind tells a family of tomorrow's appointment, once.
func (s *Deliveries) remind(ctx context.Context, d *Delivery) error {
	_, err := s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if d.State != Booked || int64(d.Due) != d.Order {
			return docstore.Unchanged
		}
		d.Due = 0
		d.tell("reminded", s.step(d.State, people.System(), ""))
		return nil
	})
	return err
}

// Recover finishes what a crash cut short: deliveries whose device or match did
// not follow on a change before a moment (as matching's Recover), places held
// in slots that a delivery left or never came to. It tells how many it mended,
// and goes on behind one that it cannot mend.
func (s *Deliveries) Recover(ctx context.Context, before time.Time) (mended int, err error) {
	system := people.System()
	q := docstore.Query{Scope: system.Desk(), Index: "unsettled", From: 1, To: before.UnixMilli()}
	err = s.docs.EachApart(ctx, q, func(d *Delivery) error {
		switch err := s.settle(ctx, system, d); {
		case err == nil:
			mended++
			return nil
		case fault.Is(err, fault.Conflict): // somebody is finishing it: the next run looks again
			return nil
		default:
			return err
		}
	})
	tidied, more := s.tidyAll(ctx, before)
	return mended + tidied, errors.Join(err, more)
}
