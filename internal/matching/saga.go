package matching

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// A decision changes three documents: the match, its device and its
// application. Only the match is written first, with its new state and the
// name of the saga; that write decides every race. The rest follows from it by
// steps that do nothing a second time and never touch what another match
// holds, so a live request and recovery may both walk the same saga.

// sagaTime bounds how long a request works at a saga; grace is how old an
// intent must be before recovery takes it up. The first is shorter, so that
// recovery meets no request still at work.
//
// A process that froze in the middle of a claim may write it when recovery has
// undone the match already. It frees what it claimed as soon as it sees that;
// should it die before, the ended match is looked at once more after watchFor.
const (
	sagaTime = 5 * time.Second
	grace    = 10 * time.Second
	watchFor = 10 * time.Minute
)

// finish does what the last change of a match left to do. It goes on when the
// caller has gone away, as the decision is already stored.
func (m *Matches) finish(ctx context.Context, actor people.Actor, match *Match) (*Match, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sagaTime)
	defer cancel()
	var err error
	switch match.Saga {
	case Approval:
		return m.finishApproval(ctx, actor, match)
	case Acceptance:
		err = m.tellAccepted(ctx, actor, match)
	case Fulfilment:
		err = m.tellFulfilled(ctx, actor, match)
	case Ending:
		err = m.end(ctx, actor, match)
	case Watch:
		err = m.free(ctx, actor, match)
	default:
		return match, nil
	}
	if err != nil {
		return nil, err
	}
	return m.done(ctx, match)
}

// done empties the saga, unless a later change has put another in its place. An
// ended match stays watched for a while.
func (m *Matches) done(ctx context.Context, match *Match) (*Match, error) {
	return m.docs.Update(ctx, match.ID, func(d *Match) error {
		if d.Saga != match.Saga || d.State != match.State {
			return docstore.Unchanged
		}
		d.Saga = ""
		if match.Saga == Ending {
			d.Saga = Watch
		}
		return nil
	})
}

// finishApproval claims the device, then the application, then makes the
// offer. A refusal on the way supersedes the match, frees what it holds, and
// is the answer.
func (m *Matches) finishApproval(ctx context.Context, actor people.Actor, match *Match) (*Match, error) {
	if match.State == Approving {
		if err := m.claim(ctx, actor, match); err != nil {
			return nil, m.undo(ctx, actor, match, err)
		}
		offered, err := m.offer(ctx, actor, match)
		if err != nil {
			return nil, err
		}
		if !offered.State.Live() && offered.State != Fulfilled {
			return m.finish(ctx, actor, ended(offered))
		}
		match = offered
	}
	if match.Saga != Approval {
		return match, nil
	}
	if err := m.supersedeRivals(ctx, actor, match); err != nil {
		return nil, err
	}
	if match.State == Accepted { // a swap: the student accepted the first device already
		if err := m.tellAccepted(ctx, actor, match); err != nil {
			return nil, err
		}
	}
	return m.done(ctx, match)
}

// ended makes a late claim free again: the match ended while somebody was slow.
func ended(match *Match) *Match {
	again := *match
	again.Saga = Ending
	return &again
}

func (m *Matches) claim(ctx context.Context, actor people.Actor, match *Match) error {
	if err := m.devices.Claim(ctx, actor, match.Device, match.ID); err != nil {
		return err
	}
	if match.Decision.Action == actionSwap {
		return m.takeOver(ctx, actor, match)
	}
	return m.applications.Claim(ctx, actor, match.Application, match.ID)
}

// offer makes the claimed match an offer, with its deadline; a swap is
// accepted at once, as the student already said yes.
func (m *Matches) offer(ctx context.Context, actor people.Actor, match *Match) (*Match, error) {
	days, err := m.offerDays(ctx, match.Territory)
	if err != nil {
		return nil, err
	}
	return m.docs.Update(ctx, match.ID, func(d *Match) error {
		if d.State != Approving {
			return docstore.Unchanged
		}
		now := m.clock()
		if err := d.take(step{Offered, actor, now, d.Decision.Action}, Approval); err != nil {
			return err
		}
		if d.Decision.Action == actionSwap {
			return d.take(step{Accepted, actor, now, actionSwap}, Approval)
		}
		d.Deadline = docstore.At(now.AddDate(0, 0, days))
		return nil
	})
}

// undo supersedes a match whose claims were refused and gives back the
// refusal. Any other error leaves the intent for recovery.
func (m *Matches) undo(ctx context.Context, actor people.Actor, match *Match, cause error) error {
	if !refused(cause) {
		return cause
	}
	superseded, err := m.docs.Update(ctx, match.ID, func(d *Match) error {
		if d.State != Approving {
			return docstore.Unchanged
		}
		return d.take(step{Superseded, actor, m.clock(), "refused"}, Ending)
	})
	if err != nil {
		return err
	}
	if superseded.State == Superseded {
		if _, err := m.finish(ctx, actor, ended(superseded)); err != nil {
			return err
		}
	}
	return cause
}

// refused tells a claim that cannot succeed from a store that does not answer.
func refused(err error) bool { return fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) }

func (m *Matches) tellAccepted(ctx context.Context, actor people.Actor, match *Match) error {
	if err := m.applications.Accept(ctx, actor, match.Application, match.ID); err != nil {
		return err
	}
	return m.devices.Allocate(ctx, actor, match.Device, match.ID)
}

func (m *Matches) tellFulfilled(ctx context.Context, actor people.Actor, match *Match) error {
	if err := m.applications.Accept(ctx, actor, match.Application, match.ID); err != nil {
		return err
	}
	return m.applications.Fulfil(ctx, actor, match.Application, match.ID)
}

// end frees what an ended match holds, and proposes the second choice where an
// offer ended unaccepted.
func (m *Matches) end(ctx context.Context, actor people.Actor, match *Match) error {
	if err := m.free(ctx, actor, match); err != nil || !match.unaccepted() {
		return err
	}
	return m.proposeSecond(ctx, actor, match)
}

// free gives back application and device of an ended match.
func (m *Matches) free(ctx context.Context, actor people.Actor, match *Match) error {
	cause := string(match.State)
	if err := m.applications.Release(ctx, actor, match.Application, match.ID, cause); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	unclaim := m.devices.Unclaim
	if match.Swapped() { // nobody swaps a sound device: it is looked at again
		unclaim = m.devices.Recheck
	}
	if err := unclaim(ctx, actor, match.Device, match.ID); err != nil && !refused(err) {
		return err
	}
	return nil
}

// unaccepted tells a match that ended while it was an offer.
func (match *Match) unaccepted() bool {
	last := match.History[len(match.History)-1]
	return last.From == Offered
}
