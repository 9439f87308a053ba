package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Decline is the student's no: the place is kept.
type Decline struct {
	call.Change
	Reason string `json:"reason,omitempty" form:"reason" validate:"omitempty,oneof=has_one not_suitable too_far later other"`
}

// Decline ends the offer; the prepared second choice is proposed.
func (m *Matches) Decline(ctx context.Context, actor people.Actor, req Decline) (OfferView, error) {
	if _, err := m.answered(ctx, actor, req.ID); err != nil {
		return OfferView{}, err
	}
	declined, err := m.docs.Update(ctx, req.ID, func(d *Match) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		d.Declined = req.Reason
		return d.take(step{Declined, actor, m.clock(), req.Reason}, Ending)
	})
	if err != nil {
		return OfferView{}, err
	}
	return m.finishedOffer(ctx, actor, declined)
}
