package device

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// The methods of this file are called by matching and delivery alone. Each is
// one atomic write, does nothing a second time, and never touches what another
// match holds, so that a saga can be finished or undone by calling it again.

// Claim takes an available device for a match: available → reserved. Conflict
// when it is not free.
func (s *Devices) Claim(ctx context.Context, actor people.Actor, id, match string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.Match == match {
			return docstore.Unchanged
		}
		if d.State != Available || d.Match != "" {
			return fault.New(fault.Conflict, "device_taken").With("state", string(d.State))
		}
		d.Match = match
		return d.take(s.step(Reserved, actor, match))
	})
	return err
}

// Unclaim frees what the match holds: reserved or allocated → available. What
// comes back from the road goes over the bench again: dispatched → audited.
func (s *Devices) Unclaim(ctx context.Context, actor people.Actor, id, match string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		to := Available
		switch {
		case d.Match != match || d.State != Reserved && d.State != Allocated && d.State != Dispatched:
			return docstore.Unchanged
		case d.State == Dispatched:
			to = Audited
		}
		err := d.take(s.step(to, actor, match))
		d.Match = ""
		return err
	})
	return err
}

// Recheck frees a claimed device for the bench to look at: → audited, where
// Unclaim leaves it in stock.
func (s *Devices) Recheck(ctx context.Context, actor people.Actor, id, match string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.Match != match || d.State != Reserved && d.State != Allocated && d.State != Dispatched {
			return docstore.Unchanged
		}
		if d.State == Reserved { // the student's acceptance had not reached it yet
			if err := d.take(s.step(Allocated, actor, match)); err != nil {
				return err
			}
		}
		err := d.take(s.step(Audited, actor, match))
		d.Match = ""
		return err
	})
	return err
}

// Allocate notes that the student accepted: reserved → allocated.
func (s *Devices) Allocate(ctx context.Context, actor people.Actor, id, match string) error {
	return s.follow(ctx, actor, id, match, Allocated)
}

// Dispatch notes that the device is on its way: allocated → dispatched.
func (s *Devices) Dispatch(ctx context.Context, actor people.Actor, id, match string) error {
	return s.follow(ctx, actor, id, match, Dispatched)
}

// Deliver notes that the student has it: dispatched → delivered. At a pick-up
// point the hand-over is both steps at once.
func (s *Devices) Deliver(ctx context.Context, actor people.Actor, id, match string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.Match != match {
			return fault.New(fault.Conflict, "device_taken").With("state", string(d.State))
		}
		if d.State == Delivered {
			return docstore.Unchanged
		}
		if d.State == Allocated {
			if err := d.take(s.step(Dispatched, actor, match)); err != nil {
				return err
			}
		}
		return d.take(s.step(Delivered, actor, match))
	})
	return err
}

func (s *Devices) follow(ctx context.Context, actor people.Actor, id, match string, to State) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.Match != match {
			return fault.New(fault.Conflict, "device_taken").With("state", string(d.State))
		}
		if d.State == to {
			return docstore.Unchanged
		}
		return d.take(s.step(to, actor, match))
	})
	return err
}

// Retake brings a device that failed, was swapped out or came back to the
// bench: allocated, dispatched or returned → audited, free of its match.
func (s *Devices) Retake(ctx context.Context, actor people.Actor, id, match, cause string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.Match != match {
			return docstore.Unchanged
		}
		if d.State == Delivered {
			if err := d.take(s.step(Returned, actor, cause)); err != nil {
				return err
			}
		}
		err := d.take(s.step(Audited, actor, cause))
		d.Match = ""
		return err
	})
	return err
}

// Lose notes that a device is gone: dispatched or delivered → lost.
func (s *Devices) Lose(ctx context.Context, actor people.Actor, id, match, cause string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.State == Lost || d.Match != match {
			return docstore.Unchanged
		}
		err := d.take(s.step(Lost, actor, cause))
		d.Match = ""
		return err
	})
	return err
}
