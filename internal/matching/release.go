package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// Release ends a live match: it failed for good, or was a mistake.
type Release struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=500"`
}

// Release frees device and application; the place is kept.
func (m *Matches) Release(ctx context.Context, actor people.Actor, req Release) (View, error) {
	match, err := m.atDesk(ctx, actor, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := m.mayDecide(ctx, actor, match.Application); err != nil {
		return View{}, err
	}
	words, err := m.sealWords(ctx, match.Application, match.ID, releaseWords, req.Reason)
	if err != nil {
		return View{}, err
	}
	released, err := m.release(ctx, actor, req.ID, req.IfVersion, ending{actionRelease, words})
	if err != nil {
		return View{}, err
	}
	return m.view(ctx, actor, released)
}

// GiveUp releases a match for a delivery that failed for good; the delivery
// has checked who may say so. It does nothing when the match has ended.
func (m *Matches) GiveUp(ctx context.Context, actor people.Actor, id, cause string) error {
	match, err := m.docs.Get(ctx, id)
	if err != nil || !match.State.Live() {
		return err
	}
	_, err = m.release(ctx, actor, id, 0, ending{cause: cause})
	return err
}

// ending is why a match is released: a code, and a coordinator's words.
type ending struct {
	cause string
	words seal.Text
}

func (m *Matches) release(ctx context.Context, actor people.Actor, id string, version int64, why ending) (*Match, error) {
	released, err := m.docs.Update(ctx, id, func(d *Match) error {
		if err := docstore.IfVersion(d.Version, version); err != nil {
			return err
		}
		d.ReleaseWords = why.words
		return d.take(step{Released, actor, m.clock(), why.cause}, Ending)
	})
	if err != nil {
		return nil, err
	}
	return m.finish(ctx, actor, released)
}
