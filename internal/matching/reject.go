package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Reject says no to a proposal; the reason is kept.
type Reject struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=500"`
}

// Reject ends a proposal. A proposal holds nothing, so there is nothing to
// free; the same pair is not proposed again.
func (m *Matches) Reject(ctx context.Context, actor people.Actor, req Reject) (View, error) {
	match, err := m.atDesk(ctx, actor, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := m.mayDecide(ctx, actor, match.Application); err != nil {
		return View{}, err
	}
	words, err := m.sealWords(ctx, match.Application, match.ID, decisionWords, req.Reason)
	if err != nil {
		return View{}, err
	}
	rejected, err := m.docs.Update(ctx, req.ID, func(d *Match) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		return d.decide(Rejected, actor, m.clock(), actionReject, words, "")
	})
	if err != nil {
		return View{}, err
	}
	return m.view(ctx, actor, rejected)
}
