package device

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// unlockDays is how long a donor has to unlock a device.
const unlockDays = 30

// UnlockBy is until when the donor of a locked device may unlock it.
func (d *Device) UnlockBy() time.Time { return d.Since.Time().AddDate(0, 0, unlockDays) }

// Sweep refuses the devices that their donor did not unlock in time. One that
// cannot be refused does not keep the others.
func (s *Devices) Sweep(ctx context.Context) error {
	q := docstore.Query{
		Scope: people.System().Desk(), Index: "state", Equal: []docstore.In{docstore.Is(string(Locked))},
		To: s.clock().AddDate(0, 0, -unlockDays).UnixMilli(),
	}
	return s.docs.EachApart(ctx, q, func(d *Device) error { return s.refuseLocked(ctx, d.ID) })
}

func (s *Devices) refuseLocked(ctx context.Context, id string) error {
	_, err := s.docs.Update(ctx, id, func(d *Device) error {
		if d.State != Locked || d.UnlockBy().After(s.clock()) {
			return docstore.Unchanged
		}
		return d.take(s.step(Refused, people.System(), "lock_kept"))
	})
	return err
}
