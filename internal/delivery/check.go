package delivery

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Check walks every delivery and slot: histories follow the life cycle,
// appointments hold their place, no slot holds more than it has, and device and
// match followed each hand-over.
func (s *Deliveries) Check(ctx context.Context, a *lifecycle.Audit) error {
	err := s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(d *Delivery) error {
		Steps.Audit(a, d.ID, d.History, d.State, Planned)
		if d.LooseSince != 0 {
			a.Saga(d.ID, "a place in "+d.Loose[0].Slot+" was not settled", d.LooseSince.Time())
		}
		if err := s.checkPlace(ctx, d, a); err != nil {
			return err
		}
		return s.checkMatch(ctx, d, a)
	})
	if err != nil {
		return err
	}
	return s.slots.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(slot *Slot) error {
		if len(slot.Taken) > slot.Capacity {
			a.Say("slot", slot.ID, "holds more than its capacity")
		}
		for _, id := range slot.Taken {
			if err := s.checkTaken(ctx, slot, id, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkTaken verifies that whoever holds a place in a slot names it, or notes
// that it is about to.
func (s *Deliveries) checkTaken(ctx context.Context, slot *Slot, id string, a *lifecycle.Audit) error {
	d, err := s.docs.Get(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		a.Say("dangling", slot.ID, "holds a place for unknown delivery "+id)
		return nil
	case err != nil:
		return err
	case d.Slot != slot.ID && !d.loose(slot.ID):
		a.Say("slot", id, "holds a place in "+slot.ID+" and does not name it")
	}
	return nil
}

// checkPlace verifies that an appointment stands in its slot.
func (s *Deliveries) checkPlace(ctx context.Context, d *Delivery, a *lifecycle.Audit) error {
	if d.State != Booked || d.Slot == "" {
		return nil
	}
	slot, err := s.slots.Get(ctx, d.Slot)
	if fault.Is(err, fault.NotFound) {
		a.Say("dangling", d.ID, "booked in unknown slot "+d.Slot)
		return nil
	}
	if err == nil && !slices.Contains(slot.Taken, d.ID) {
		a.Say("slot", d.ID, "is not among those who come to "+d.Slot)
	}
	return err
}

func (s *Deliveries) checkMatch(ctx context.Context, d *Delivery, a *lifecycle.Audit) error {
	m, err := s.matches.Find(ctx, d.Match)
	if fault.Is(err, fault.NotFound) {
		a.Say("dangling", d.ID, "of unknown match "+d.Match)
		return nil
	}
	if err != nil {
		return err
	}
	passed := d.State == HandedOver || d.State == Confirmed || d.State == ClosedUnconfirmed
	switch {
	case d.Unsettled != 0:
		a.Saga(d.ID, string(d.State)+", device and match did not follow", d.Unsettled.Time())
	case passed && m.State != matching.Fulfilled:
		a.Saga(d.ID, "handed over, match is "+string(m.State), d.Since.Time())
	}
	return nil
}
