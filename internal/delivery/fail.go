package delivery

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Fail is a hand-over that did not take place.
type Fail struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,oneof=no_show refused wrong_address dead_device other"`
}

// keepFor is how long a delivery without appointment keeps its device.
const keepFor = 14 * 24 * time.Hour

// Fail notes why, and lets the family book again for two weeks. A second
// no-show frees the device; the place is kept.
func (s *Deliveries) Fail(ctx context.Context, actor people.Actor, req Fail) (GreeterRow, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return GreeterRow{}, err
	}
	if err := mayHandOver(actor, d); err != nil {
		return GreeterRow{}, err
	}
	slot := ""
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		slot = d.Slot
		return s.fail(d, actor, req.Reason)
	})
	if err != nil {
		return GreeterRow{}, err
	}
	if err := s.tidy(ctx, d.ID, slot); err != nil {
		return GreeterRow{}, err
	}
	if err := s.settle(ctx, actor, d); err != nil {
		return GreeterRow{}, err
	}
	return s.greeterRow(ctx, d)
}

// fail goes through failed to planned, or to the end.
func (s *Deliveries) fail(d *Delivery, actor people.Actor, reason string) error {
	if err := d.take(s.step(Failed, actor, reason)); err != nil {
		return err
	}
	if reason == "no_show" {
		d.NoShows++
	}
	s.wait(d)
	if d.NoShows > 1 || reason == "refused" {
		return d.take(s.step(Ended, actor, reason))
	}
	return d.take(s.step(Planned, actor, reason))
}
