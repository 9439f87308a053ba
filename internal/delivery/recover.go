package delivery

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Sweep does what time asks for: hand-overs nobody confirmed are closed,
// appointments of tomorrow are reminded of, places kept in vain are given up.
func (s *Deliveries) Sweep(ctx context.Context) error {
	now := docstore.At(s.clock())
	for state, act := range map[State]func(context.Context, *Delivery) error{
		HandedOver: s.closeUnconfirmed, Planned: s.giveUp,
	} {
		q := docstore.Query{
			Scope: people.System().Desk(), Index: "due", Equal: []docstore.In{docstore.Is(string(state))}, From: 1, To: int64(now), Limit: 200,
		}
		page, err := s.docs.Find(ctx, q, nil)
		if err != nil {
			return err
		}
		for _, d := range page.Items {
			if err := act(ctx, d); err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
	}
	return s.remind(ctx)
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
	return s.release(ctx, people.System(), d, "no_answer")
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

// Recover finishes what a crash cut short: hand-overs whose match did not
// follow, deliveries given up whose match lives on, slots held by deliveries
// that are elsewhere. It tells how many it mended.
func (s *Deliveries) Recover(ctx context.Context) (mended int, err error) {
	system := people.System()
	for _, state := range []State{HandedOver, Ended} {
		q := docstore.Query{
			Scope: system.Desk(), Index: "recent", From: s.clock().Add(-48 * time.Hour).UnixMilli(),
			Equal: []docstore.In{docstore.Is(string(state))},
		}
		err := s.docs.Each(ctx, q, func(d *Delivery) error {
			m, err := s.matches.Find(ctx, d.Match)
			if err != nil || m.State != matching.Accepted {
				return err
			}
			if d.State == HandedOver {
				err = s.finish(ctx, system, d)
			} else {
				err = s.release(ctx, system, d, "recovered")
			}
			if fault.Is(err, fault.Conflict) {
				return nil // somebody else is finishing it: the next run looks again
			}
			mended++
			return err
		})
		if err != nil {
			return mended, err
		}
	}
	freed, err := s.freeForgotten(ctx)
	return mended + freed, err
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

// Breach is a rule that a stored delivery breaks.
type Breach struct {
	Rule string `json:"rule"`
	ID   string `json:"id"`
	Fact string `json:"fact"`
}

// Check walks every delivery and slot: histories follow the life cycle,
// appointments hold their place, no slot holds more than it has.
func (s *Deliveries) Check(ctx context.Context) ([]Breach, error) {
	var found []Breach
	say := func(rule, id, fact string) { found = append(found, Breach{rule, id, fact}) }
	err := s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(d *Delivery) error {
		var last State
		for i, c := range d.History {
			if c.From != last || i > 0 && !Steps.Allows(c.From, c.To) {
				say("history", d.ID, string(c.From)+" → "+string(c.To))
			}
			last = c.To
		}
		if last != d.State {
			say("history", d.ID, "ends in "+string(last)+", is "+string(d.State))
		}
		return s.checkMatch(ctx, d, say)
	})
	if err != nil {
		return found, err
	}
	err = s.slots.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(slot *Slot) error {
		if len(slot.Taken) > slot.Capacity {
			say("slot", slot.ID, "holds more than its capacity")
		}
		return nil
	})
	return found, err
}

// settledAfter is how old a hand-over is before its match must have followed:
// a younger one may be under way, or waits for recovery.
const settledAfter = 20 * time.Second

func (s *Deliveries) checkMatch(ctx context.Context, d *Delivery, say func(rule, id, fact string)) error {
	m, err := s.matches.Find(ctx, d.Match)
	if err != nil {
		return err
	}
	passed := d.State == HandedOver || d.State == Confirmed || d.State == ClosedUnconfirmed
	if passed && m.State != matching.Fulfilled && s.clock().Sub(d.Since.Time()) > settledAfter {
		say("saga", d.ID, "handed over, match is "+string(m.State))
	}
	return nil
}
