package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// A place in a slot and the delivery that names it are two documents. A
// delivery notes a slot as loose before it claims a place there, and in the
// write that leaves it; the note goes once the place is settled. What a crash
// leaves is found by the notes alone.

// Loose is a slot in which a delivery may hold a place that it does not name.
type Loose struct {
	Slot  string          `json:"slot"`
	Since docstore.Millis `json:"since"`
}

func (d *Delivery) loosen(slot string, at time.Time) {
	if slot == "" || d.loose(slot) {
		return
	}
	d.Loose = append(d.Loose, Loose{slot, docstore.At(at)})
	d.LooseSince = d.Loose[0].Since
}

func (d *Delivery) loose(slot string) bool {
	return slices.ContainsFunc(d.Loose, func(l Loose) bool { return l.Slot == slot })
}

// fasten forgets the note of a slot.
func (d *Delivery) fasten(slot string) {
	d.Loose = slices.DeleteFunc(d.Loose, func(l Loose) bool { return l.Slot == slot })
	d.LooseSince = 0
	if len(d.Loose) > 0 {
		d.LooseSince = d.Loose[0].Since
	}
}

// tidy gives a loose place back, unless the delivery names its slot again.
func (s *Deliveries) tidy(ctx context.Context, id, slot string) error {
	if slot == "" {
		return nil
	}
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	if d.Slot != slot {
		if err := s.free(ctx, slot, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	_, err = s.docs.Update(ctx, id, func(d *Delivery) error {
		if !d.loose(slot) {
			return docstore.Unchanged
		}
		d.fasten(slot)
		return nil
	})
	return err
}

// tidyAll gives back the places that were loose before a moment.
func (s *Deliveries) tidyAll(ctx context.Context, before time.Time) (mended int, err error) {
	q := docstore.Query{Scope: people.System().Desk(), Index: "loose", From: 1, To: before.UnixMilli()}
	err = s.docs.EachApart(ctx, q, func(d *Delivery) error {
		var failed error
		for _, l := range d.Loose {
			if l.Since < docstore.At(before) {
				failed = errors.Join(failed, s.tidy(ctx, d.ID, l.Slot))
				mended++
			}
		}
		return failed
	})
	return mended, err
}
