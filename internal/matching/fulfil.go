package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Fulfil closes a match: the device is in the student's hands. Delivery calls
// it, and has checked who may say so; a second time it does nothing.
func (m *Matches) Fulfil(ctx context.Context, actor people.Actor, id string) error {
	fulfilled, err := m.docs.Update(ctx, id, func(d *Match) error {
		if d.State == Fulfilled {
			return docstore.Unchanged
		}
		return d.take(step{Fulfilled, actor, m.clock(), ""}, Fulfilment)
	})
	if err != nil {
		return err
	}
	_, err = m.finish(ctx, actor, fulfilled)
	return err
}
