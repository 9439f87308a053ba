package delivery

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// GivenUp is the cause of what ends because the family said so.
const GivenUp = "given_up"

// GiveUp is a family that no longer needs the device it accepted: it goes to
// somebody else, and the application keeps its place until it is withdrawn.
func (s *Deliveries) GiveUp(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := s.owned(ctx, actor, d); err != nil {
		return View{}, err
	}
	slot := ""
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		slot = d.Slot
		s.clear(d)
		d.Due = 0
		return d.take(s.step(Ended, actor, GivenUp))
	})
	if err != nil {
		return View{}, err
	}
	if err := s.tidy(ctx, d.ID, slot); err != nil {
		return View{}, err
	}
	if err := s.settle(ctx, actor, d); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}
