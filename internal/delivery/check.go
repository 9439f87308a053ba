package delivery

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

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

// settledAfter is how old a change is before device and match must have
// followed: a younger one may be under way, or waits for recovery.
const settledAfter = 2 * grace

func (s *Deliveries) checkMatch(ctx context.Context, d *Delivery, say func(rule, id, fact string)) error {
	m, err := s.matches.Find(ctx, d.Match)
	if err != nil {
		return err
	}
	passed := d.State == HandedOver || d.State == Confirmed || d.State == ClosedUnconfirmed
	switch {
	case s.clock().Sub(d.Since.Time()) < settledAfter:
	case d.Unsettled != 0:
		say("saga", d.ID, string(d.State)+", device and match did not follow")
	case passed && m.State != matching.Fulfilled:
		say("saga", d.ID, "handed over, match is "+string(m.State))
	}
	return nil
}
