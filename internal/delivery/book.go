package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Book chooses a window; again, another one.
type Book struct {
	call.Change
	Slot string `json:"slot" form:"slot" validate:"required,max=120"`
}

// Book takes a place in a slot for a delivery: the slot is noted, claimed, then
// named, and the old one is given back.
func (s *Deliveries) Book(ctx context.Context, actor people.Actor, req Book) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if !actor.Desk().Sees(d.Territory) {
		if err := s.owned(ctx, actor, d); err != nil {
			return View{}, err
		}
	}
	if req.Slot == "" {
		return View{}, fault.InvalidField("slot", "slot_required")
	}
	if d.Kept {
		return View{}, fault.New(fault.Conflict, "structure_hands_over")
	}
	if err := s.wish(ctx, req); err != nil {
		return View{}, err
	}
	slot, err := s.claim(ctx, req.Slot, d)
	if err != nil {
		return View{}, errors.Join(err, s.tidy(ctx, d.ID, req.Slot))
	}
	site, err := s.partners.Site(ctx, slot.Site)
	if err != nil {
		return View{}, errors.Join(err, s.tidy(ctx, d.ID, req.Slot))
	}
	old := ""
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if !d.loose(slot.ID) { // recovery took this request for dead
			return fault.New(fault.Conflict, "under_way")
		}
		old = d.Slot
		d.fasten(slot.ID)
		if old != slot.ID {
			d.loosen(old, s.clock())
		}
		d.Way, d.Site, d.Slot, d.Day, d.From, d.To, d.Order = pickUp, slot.Site, slot.ID, slot.Day, slot.From, slot.To, slot.Order
		d.Keeper = site.Keeper
		d.Due = docstore.Millis(slot.Order)
		if d.State == Booked {
			d.tell("booked", s.step(Booked, actor, "moved"))
			return nil
		}
		return d.take(s.step(Booked, actor, slot.ID))
	})
	if err != nil {
		return View{}, errors.Join(err, s.tidy(ctx, req.ID, slot.ID))
	}
	if err := s.tidy(ctx, d.ID, old); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// wish notes the slot that is about to be claimed.
func (s *Deliveries) wish(ctx context.Context, req Book) error {
	_, err := s.docs.Update(ctx, req.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		if d.State != Planned && d.State != Booked {
			return Steps.Check(d.State, Booked)
		}
		if d.loose(req.Slot) {
			return docstore.Unchanged
		}
		d.loosen(req.Slot, s.clock())
		return nil
	})
	return err
}

// changeable is how long before its window a family can still cancel alone.
const changeable = 2 * time.Hour

// Unbook gives the appointment up: booked → planned.
func (s *Deliveries) Unbook(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	desk := actor.Desk().Sees(d.Territory)
	if !desk {
		if err := s.owned(ctx, actor, d); err != nil {
			return View{}, err
		}
	}
	slot := ""
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		slot = d.Slot
		if !desk && s.clock().Add(changeable).After(time.UnixMilli(d.Order)) {
			return fault.New(fault.Conflict, "too_late")
		}
		s.wait(d)
		return d.take(s.step(Planned, actor, "cancelled"))
	})
	if err != nil {
		return View{}, err
	}
	if err := s.tidy(ctx, d.ID, slot); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// wait gives the family time to choose a window; the place is kept after it.
func (s *Deliveries) wait(d *Delivery) {
	s.clear(d)
	d.Due = docstore.At(s.clock().Add(keepFor))
}

// clear forgets the appointment; an address that a family gave stays.
func (s *Deliveries) clear(d *Delivery) {
	d.loosen(d.Slot, s.clock())
	d.Slot, d.Site, d.Day, d.From, d.To = "", "", "", "", ""
	if !d.Kept {
		d.Keeper = ""
	}
}

// Dispatch notes that the device left for its way.
type Dispatch struct {
	call.Change
	Carrier  string `json:"carrier,omitempty" form:"carrier" validate:"plain,max=120"`
	Tracking string `json:"tracking,omitempty" form:"tracking" validate:"plain,max=120"`
}

// Dispatch sends a booked device on its way.
func (s *Deliveries) Dispatch(ctx context.Context, actor people.Actor, req Dispatch) (View, error) {
	d, err := s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Delivery) error {
		d.Carrier, d.Tracking = req.Carrier, req.Tracking
		return d.take(s.step(Dispatched, actor, ""))
	})
	if err != nil {
		return View{}, err
	}
	if err := s.settle(ctx, actor, d); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}
