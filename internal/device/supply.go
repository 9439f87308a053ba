package device

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// unrecorded is the reference of a new drive from before its invoice was asked
// for, as the bench reads it.
const unrecorded = "facture non relevée"

// SupplyMarked gives a page of devices the supply of the drives that an older
// store marks as new: without it none of them could leave the bench. A migration
// calls it.
func (s *Devices) SupplyMarked(ctx context.Context, after string) (next string, err error) {
	page, err := s.docs.Find(ctx, docstore.Query{Scope: people.System().Desk(), After: after, Limit: 200}, nil)
	if err != nil {
		return "", err
	}
	for _, d := range page.Items {
		if !d.marked() {
			continue
		}
		_, err := s.docs.Update(ctx, d.ID, func(d *Device) error {
			if !d.marked() {
				return docstore.Unchanged
			}
			d.supplyMarked()
			d.tell("changed", s.step(d.State, people.System(), "migration"))
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return page.Next, nil
}

func (d *Device) marked() bool {
	return slices.ContainsFunc(d.Drives, func(drive Drive) bool { return drive.Marked })
}

// supplyMarked turns marks into supplies: said by whoever made the device ready
// last, or audited it.
func (d *Device) supplyMarked() {
	said := Change{At: d.Created}
	for _, c := range d.History {
		if c.To == Ready || c.To == Audited && said.To != Ready {
			said = c
		}
	}
	for i := range d.Drives {
		drive := &d.Drives[i]
		if drive.Marked && drive.Supply == nil {
			drive.Supply = &Supply{Reference: unrecorded, By: said.Actor, At: said.At}
		}
		drive.Marked = false
	}
}
