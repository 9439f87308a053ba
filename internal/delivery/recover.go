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
// One that fails does not keep the others from it.
func (s *Deliveries) Sweep(ctx context.Context) error {
	now := docstore.At(s.clock())
	var failed []error
	for state, act := range map[State]func(context.Context, *Delivery) error{
		HandedOver: s.closeUnconfirmed, Planned: s.giveUp,
	} {
		q := docstore.Query{
			Scope: people.System().Desk(), Index: "due", Equal: []docstore.In{docstore.Is(string(state))}, From: 1, To: int64(now), Limit: 200,
		}
		page, err := s.docs.Find(ctx, q, nil)
		failed = append(failed, err)
		for _, d := range page.Items {
			if err := act(ctx, d); !fault.Is(err, fault.Conflict) {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(append(failed, s.remind(ctx))...)
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

// remind tells families of tomorrow's appointments, once.
func (s *Deliveries) remind(ctx context.Context) error {
	now := s.clock()
	q := docstore.Query{
		Scope: people.System().Desk(), Index: "due", Equal: []docstore.In{docstore.Is(string(Booked))},
		From: now.UnixMilli(), To: now.Add(24 * time.Hour).UnixMilli(), Limit: 200,
	}
	page, err := s.docs.Find(ctx, q, nil)
	if err != nil {
		return err
	}
	for _, d := range page.Items {
		_, err := s.docs.Update(ctx, d.ID, func(d *Delivery) error {
			if d.State != Booked || int64(d.Due) != d.Order {
				return docstore.Unchanged
			}
			d.Due = 0
			d.tell("reminded", s.step(d.State, people.System(), ""))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Recover finishes what a crash cut short: deliveries whose device or match did
// not follow on a change before a moment (as matching's Recover), slots held by
// deliveries that are elsewhere. It tells how many it mended.
func (s *Deliveries) Recover(ctx context.Context, before time.Time) (mended int, err error) {
	system := people.System()
	q := docstore.Query{Scope: system.Desk(), Index: "unsettled", From: 1, To: before.UnixMilli()}
	var failed []error
	err = s.docs.Each(ctx, q, func(d *Delivery) error {
		switch err := s.settle(ctx, system, d); {
		case err == nil:
			mended++
		case !fault.Is(err, fault.Conflict): // else somebody is finishing it: the next run looks again
			failed = append(failed, err)
		}
		return nil
	})
	freed, lost := s.freeForgotten(ctx)
	return mended + freed, errors.Join(append(failed, err, lost)...)
}

// freeForgotten frees places in coming slots that no delivery names.
func (s *Deliveries) freeForgotten(ctx context.Context) (freed int, err error) {
	q := docstore.Query{Scope: people.System().Desk(), Index: "coming", From: s.clock().UnixMilli()}
	err = s.slots.Each(ctx, q, func(slot *Slot) error {
		for _, taken := range slot.Taken {
			d, err := s.docs.Get(ctx, taken)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err == nil && (d.Slot == slot.ID || d.State == Planned && s.clock().Sub(d.Since.Time()) < time.Minute) {
				continue
			}
			freed++
			if err := s.free(ctx, slot.ID, taken); err != nil {
				return err
			}
		}
		return nil
	})
	return freed, err
}
