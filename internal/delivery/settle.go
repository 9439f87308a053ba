package delivery

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// A delivery's change is stored first; device and match follow it by steps that
// do nothing a second time. Until they have, the delivery stands as unsettled,
// and recovery walks the same steps.

// followed tells the states that device or match must follow.
func (s State) followed() bool {
	switch s {
	case Dispatched, HandedOver, Returned, Lost, Ended:
		return true
	default:
		return false
	}
}

// settle lets device and match follow the state of a stored delivery.
func (s *Deliveries) settle(ctx context.Context, actor people.Actor, d *Delivery) error {
	if d.Unsettled == 0 {
		return nil
	}
	if err := s.follow(ctx, actor, d); err != nil {
		return err
	}
	_, err := s.docs.Update(ctx, d.ID, func(now *Delivery) error {
		if now.Unsettled != d.Unsettled {
			return docstore.Unchanged
		}
		now.Unsettled, now.Handing = 0, false
		return nil
	})
	return err
}

func (s *Deliveries) follow(ctx context.Context, actor people.Actor, d *Delivery) error {
	if d.Handing { // the match says whether the hand-over came about
		m, err := s.matches.Find(ctx, d.Match)
		if err != nil {
			return err
		}
		if m.State == matching.Fulfilled {
			_, err = s.passed(ctx, actor, d.ID)
			return err
		}
	}
	switch d.State {
	case Dispatched:
		return s.devices.Dispatch(ctx, actor, d.Device, d.Match)
	case HandedOver, Confirmed, ClosedUnconfirmed:
		if err := s.devices.Deliver(ctx, actor, d.Device, d.Match); err != nil {
			return err
		}
		return s.matches.Fulfil(ctx, actor, d.Match)
	case Returned:
		return s.devices.Retake(ctx, actor, d.Device, d.Match, "returned")
	case Lost:
		if err := s.devices.Lose(ctx, actor, d.Device, d.Match, "lost"); err != nil {
			return err
		}
		return s.matches.GiveUp(ctx, actor, d.Match, "lost")
	case Ended:
		return s.matches.GiveUp(ctx, actor, d.Match, d.History[len(d.History)-1].Cause)
	default:
		return nil
	}
}
