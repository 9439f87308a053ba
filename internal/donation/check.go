package donation

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Check walks every donation: its history follows the life cycle up to its
// state, and what was signed is stored.
func (s *Donations) Check(ctx context.Context, a *lifecycle.Audit) error {
	return s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(d *Donation) error {
		Steps.Audit(a, d.ID, d.History, d.State, Declared)
		switch d.State {
		case Accepted, CollectionPlanned, Collected, Reconciled, Closed:
			if d.Convention == nil || d.Convention.Text == "" {
				a.Say("convention", d.ID, "is "+string(d.State)+" without a signed text")
			}
		default:
		}
		return nil
	})
}
