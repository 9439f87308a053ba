package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Accept is the student's yes to an offer, or that of a parent or guardian
// under the age of majority. The id is the match's.
func (m *Matches) Accept(ctx context.Context, actor people.Actor, req call.Change) (OfferView, error) {
	match, err := m.answered(ctx, actor, req.ID)
	if err != nil {
		return OfferView{}, err
	}
	if err := m.applications.MayAccept(ctx, actor, match.Application); err != nil {
		return OfferView{}, err
	}
	accepted, err := m.docs.Update(ctx, req.ID, func(d *Match) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		now := m.clock()
		if d.State == Offered && d.Deadline < docstore.At(now) {
			return fault.New(fault.Conflict, "offer_expired")
		}
		return d.take(step{Accepted, actor, now, ""}, Acceptance)
	})
	if err != nil {
		return OfferView{}, err
	}
	return m.finishedOffer(ctx, actor, accepted)
}

// answered reads a match for those who may answer its offer: to all others it
// is not there.
func (m *Matches) answered(ctx context.Context, actor people.Actor, id string) (*Match, error) {
	if err := actor.Must(people.Student, people.Guardian); err != nil {
		return nil, err
	}
	match, err := m.docs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return match, m.applications.MustOwn(ctx, actor, match.Application)
}

func (m *Matches) finishedOffer(ctx context.Context, actor people.Actor, match *Match) (OfferView, error) {
	match, err := m.finish(ctx, actor, match)
	if err != nil {
		return OfferView{}, err
	}
	return m.offerView(ctx, actor, match)
}
