package delivery

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// After is why a device came back or is gone, in a coordinator's words. They may
// name people, so they are sealed with the family's own.
type After struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=300"`
}

// Return brings a device back to the bench after the hand-over.
func (s *Deliveries) Return(ctx context.Context, actor people.Actor, req After) (View, error) {
	return s.after(ctx, actor, req, Returned)
}

// Lost notes that a device is gone: on its way, or after the hand-over where the
// family reported it lost or stolen.
func (s *Deliveries) Lost(ctx context.Context, actor people.Actor, req After) (View, error) {
	return s.after(ctx, actor, req, Lost)
}

func (s *Deliveries) after(ctx context.Context, actor people.Actor, req After, to State) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	words, err := s.applications.SealWords(ctx, d.Application, wordsOf(d.ID), req.Reason)
	if err != nil {
		return View{}, err
	}
	d, err = s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Delivery) error {
		if to == Lost && d.passed() && !d.goneAfter() {
			return fault.New(fault.Conflict, "loss_unreported")
		}
		d.Words = words
		return d.take(s.step(to, actor, string(to)))
	})
	if err != nil {
		return View{}, err
	}
	if err := s.settle(ctx, actor, d); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

func wordsOf(id string) string { return "delivery." + id + ".words" }

// passed tells whether the student has had the device in hand.
func (d *Delivery) passed() bool {
	return slices.Contains([]State{HandedOver, Confirmed, ClosedUnconfirmed}, d.State)
}

// goneAfter tells whether the family reported that the device is gone.
func (d *Delivery) goneAfter() bool { return d.Problem == "lost" || d.Problem == "stolen" }
