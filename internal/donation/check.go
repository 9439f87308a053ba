package donation

import (
	"context"
	"fmt"

	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Check walks every donation: its history follows the life cycle up to its
// state, what was signed is stored, and its counts are those of its devices.
func (s *Donations) Check(ctx context.Context, a *lifecycle.Audit) error {
	lots := map[string]bool{}
	err := s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(d *Donation) error {
		Steps.Audit(a, d.ID, d.History, d.State, Declared)
		switch d.State {
		case Accepted, CollectionPlanned, Collected, Reconciled, Closed:
			if d.Convention == nil || d.Convention.Text == "" {
				a.Say("convention", d.ID, "is "+string(d.State)+" without a signed text")
			}
		default:
		}
		lots[d.ID] = true
		return s.checkCounts(ctx, d.ID, a)
	})
	if err != nil {
		return err
	}
	return s.devices.Each(ctx, func(dev *device.Device) error {
		if dev.Donation != "" && !lots[dev.Donation] {
			a.Say("dangling", dev.ID, "of unknown donation "+dev.Donation)
		}
		return nil
	})
}

// checkCounts compares the counts of a lot with its devices. A lot that is over
// may have lost devices that came with a later one; one that changes while it is
// counted is left to the next check.
func (s *Donations) checkCounts(ctx context.Context, id string, a *lifecycle.Audit) error {
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	if d.Unsettled != 0 {
		a.Saga(d.ID, string(d.State)+", devices or counts did not follow", d.Unsettled.Time())
		return nil
	}
	counts, ticking, err := s.counts(ctx, d)
	if err != nil {
		return err
	}
	now, err := s.docs.Get(ctx, id)
	if err != nil || now.Version != d.Version {
		return err
	}
	said := d.Counts
	if d.State.over() {
		counts.Declared, counts.Missing, counts.Extra = max(counts.Declared, said.Declared), max(counts.Missing, said.Missing), max(counts.Extra, said.Extra)
	}
	if len(ticking) == len(d.Ticking) && said != counts {
		a.Say("count", d.ID, fmt.Sprintf("says %+v, its devices %+v", said, counts))
	}
	return nil
}
