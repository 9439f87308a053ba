package donation

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// A lot and its devices are many documents. What a change of the lot owes to
// them, or their changes to its counts, is noted in the lot (unsettled) before
// it is begun, and done by steps that do nothing a second time; recovery looks
// at what is noted alone.

// over tells the states in which no device of a lot is awaited any more: its
// counts stay as they were, whatever comes with a later lot.
func (s State) over() bool {
	return slices.Contains([]State{Reconciled, Closed, Declined, Cancelled}, s)
}

// mark notes that the counts of a lot are about to fall behind its devices.
func (s *Donations) mark(ctx context.Context, id string) error {
	_, err := s.docs.Update(ctx, id, func(d *Donation) error {
		if d.Unsettled != 0 || d.State.over() {
			return docstore.Unchanged
		}
		d.Unsettled = docstore.At(s.clock())
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// settleTries bounds how often a lot is counted anew because it changed
// meanwhile.
const settleTries = 5

// settle lets devices follow a lot that is over, and counts the lot from its
// devices; tell is called where that changed what it counts.
func (s *Donations) settle(ctx context.Context, actor people.Actor, id string, tell func(*Donation)) (*Donation, error) {
	for range settleTries {
		d, err := s.docs.Get(ctx, id)
		if err != nil || d.Unsettled == 0 {
			return d, err
		}
		if err := s.missRest(ctx, actor, d); err != nil {
			return nil, err
		}
		counts, ticking, err := s.counts(ctx, d)
		if err != nil {
			return nil, err
		}
		counted := false
		settled, err := s.docs.Update(ctx, id, func(now *Donation) error {
			if counted = now.Version == d.Version; !counted {
				return docstore.Unchanged
			}
			changed := now.Counts != counts
			now.Counts, now.Ticking, now.Unsettled = counts, ticking, 0
			if changed && tell != nil {
				tell(now)
			}
			return nil
		})
		if err != nil || counted {
			return settled, err
		}
	}
	return nil, fault.New(fault.Unavailable, "busy")
}

// missRest notes the devices of a lot that is over and did not bring them.
func (s *Donations) missRest(ctx context.Context, actor people.Actor, d *Donation) error {
	if !d.State.over() {
		return nil
	}
	return s.devices.OfDonation(ctx, d.ID, func(dev *device.Device) error {
		if dev.State != device.Declared {
			return nil
		}
		return s.devices.Miss(ctx, actor, dev.ID, d.ID, string(d.State))
	})
}

// counts counts a lot from its devices; it gives the scans that have not ticked
// anything off yet.
func (s *Donations) counts(ctx context.Context, d *Donation) (Counts, []string, error) {
	c := Counts{Lines: d.Counts.Lines}
	var ticking []string
	if !d.State.over() {
		ticking = slices.Clone(d.Ticking)
	}
	err := s.devices.OfDonation(ctx, d.ID, func(dev *device.Device) error {
		ticking = slices.DeleteFunc(ticking, func(tick string) bool { return tick == dev.Tick })
		c.expect(dev)
		c.meet(dev)
		return nil
	})
	return c, ticking, err
}

// expect counts a device that a list names.
func (c *Counts) expect(dev *device.Device) {
	if !dev.Extra {
		c.Declared++
	}
}

// meet counts what became of a device at the count of its lot.
func (c *Counts) meet(dev *device.Device) {
	if dev.State == device.Declared {
		return
	}
	if dev.Extra {
		c.Extra++
	}
	switch {
	case dev.State == device.NotReceived:
		c.Missing++
	case dev.TurnedAway():
		c.Refused++
	default:
		c.Received++
	}
}

// Recover settles the lots that a crash left behind before a moment, and tells
// how many. One that cannot be settled keeps no other.
func (s *Donations) Recover(ctx context.Context, before time.Time) (mended int, err error) {
	q := docstore.Query{Scope: people.System().Desk(), Index: "unsettled", From: 1, To: before.UnixMilli()}
	err = s.docs.EachApart(ctx, q, func(d *Donation) error {
		if _, err := s.settle(ctx, people.System(), d.ID, nil); err != nil {
			return err
		}
		mended++
		return nil
	})
	return mended, err
}
