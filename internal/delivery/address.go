package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// The ways a device comes to a student.
const (
	pickUp    = "pick_up"
	home      = "home"
	structure = "structure"
)

// AskHome is a family that cannot come, and where it may be found.
type AskHome struct {
	call.Change
	Address string `json:"address" form:"address" validate:"required,plain,max=240"`
}

// AskHome asks for a delivery at home, where the territory offers it; the
// address is sealed, and read by who delivers there alone. A coordinator then
// plans the day.
func (s *Deliveries) AskHome(ctx context.Context, actor people.Actor, req AskHome) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := s.owned(ctx, actor, d); err != nil {
		return View{}, err
	}
	territory, err := s.partners.Territory(ctx, d.Territory)
	if err != nil {
		return View{}, err
	}
	if !territory.Home {
		return View{}, fault.New(fault.Conflict, "no_home_delivery")
	}
	address, err := s.box.Seal(ctx, d.Application, "delivery_address", strings.TrimSpace(req.Address))
	if err != nil {
		return View{}, err
	}
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		if d.State != Planned {
			return Steps.Check(d.State, Planned)
		}
		if d.Kept {
			return fault.New(fault.Conflict, "structure_hands_over")
		}
		d.Way, d.Address = home, address
		d.tell("home_asked", s.step(d.State, actor, ""))
		return nil
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// BookHome is the day on which somebody brings the device to an address.
type BookHome struct {
	call.Change
	Day     string `json:"day" form:"day" validate:"required,datetime=2006-01-02"`
	From    string `json:"from" form:"from" validate:"required,datetime=15:04"`
	To      string `json:"to" form:"to" validate:"required,datetime=15:04"`
	Carrier string `json:"carrier,omitempty" form:"carrier" validate:"plain,max=120"`
	Address string `json:"address,omitempty" form:"address" validate:"plain,max=240"` // empty: as the family gave it
}

// BookHome plans a delivery to an address, at the desk: planned or booked →
// booked. The place in a slot, where there was one, is freed.
func (s *Deliveries) BookHome(ctx context.Context, actor people.Actor, req BookHome) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	at, err := s.moment(ctx, d.Territory, req.Day, req.From, req.To)
	if err != nil {
		return View{}, err
	}
	address := d.Address
	if req.Address != "" {
		if address, err = s.box.Seal(ctx, d.Application, "delivery_address", req.Address); err != nil {
			return View{}, err
		}
	}
	old := ""
	d, err = s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Delivery) error {
		if d.Kept {
			return fault.New(fault.Conflict, "structure_hands_over")
		}
		if address == "" {
			return fault.InvalidField("address", "required")
		}
		old = d.Slot
		s.clear(d)
		d.Way, d.Address, d.Day, d.From, d.To, d.Carrier = home, address, req.Day, req.From, req.To, req.Carrier
		d.Order, d.Due = at.UnixMilli(), docstore.At(at)
		if d.State == Booked {
			d.tell("booked", s.step(Booked, actor, "moved"))
			return nil
		}
		return d.take(s.step(Booked, actor, home))
	})
	if err != nil {
		return View{}, err
	}
	if err := s.tidy(ctx, d.ID, old); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// moment is when an appointment begins where a territory lies: to come, and
// before its end.
func (s *Deliveries) moment(ctx context.Context, territory, day, from, to string) (time.Time, error) {
	if to <= from {
		return time.Time{}, fault.InvalidField("to", "before_from")
	}
	zone, err := s.partners.Zone(ctx, territory)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+from, zone)
	if err != nil {
		return time.Time{}, fault.InvalidField("day", "date")
	}
	if at.Before(s.clock()) {
		return time.Time{}, fault.InvalidField("day", "past_day")
	}
	return at, nil
}
