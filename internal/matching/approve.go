package matching

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// What a coordinator decided, as a Decision names it and a history has it for
// its cause.
const (
	actionApprove  = "approve"
	actionOverride = "override"
	actionReject   = "reject"
	actionSwap     = "swap"
	actionRelease  = "release"
)

// Approve says yes to a proposal.
type Approve struct {
	call.Change
	Reason string `json:"reason,omitempty" form:"reason" validate:"plain,max=500"`
	Until  string `json:"until,omitempty" form:"until" validate:"omitempty,datetime=2006-01-02"` // lent until; given when empty
}

// Approve makes an offer of a proposal, or is the second person's yes to an
// override. Conflict when device or application
// are not free any more: the proposal is superseded then.
func (m *Matches) Approve(ctx context.Context, actor people.Actor, req Approve) (View, error) {
	match, err := m.atDesk(ctx, actor, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := m.mayApprove(ctx, actor, match); err != nil {
		return View{}, err
	}
	words, err := m.sealWords(ctx, match.Application, match.ID, decisionWords, req.Reason)
	if err != nil {
		return View{}, err
	}
	approving, err := m.docs.Update(ctx, req.ID, func(d *Match) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		if d.chosenBy(actor) {
			return fault.New(fault.Forbidden, "second_approver")
		}
		d.lend(req.Until)
		if d.Decision.Action == actionOverride {
			return d.confirm(actor, m.clock())
		}
		return d.decide(Approving, actor, m.clock(), actionApprove, words, Approval)
	})
	if err != nil {
		return View{}, err
	}
	return m.finished(ctx, actor, approving)
}

// mayApprove refuses who may not decide, and a pair that a constraint keeps
// apart by now.
func (m *Matches) mayApprove(ctx context.Context, actor people.Actor, match *Match) error {
	app, err := m.applications.Find(ctx, match.Application)
	if err != nil {
		return err
	}
	if err := app.MayDecide(actor); err != nil {
		return err
	}
	return m.unbarred(ctx, match.Device, app)
}

// decide writes a coordinator's decision and the state it leads to.
func (match *Match) decide(to State, actor people.Actor, at time.Time, action string, words seal.Text, saga Saga) error {
	d := &match.Decision
	d.By, d.Action, d.Words, d.At = actor.Name(), action, words, docstore.At(at)
	return match.take(step{to, actor, at, action}, saga)
}

// chosenBy tells whether the actor chose the pair of an override that waits for
// a second person.
func (match *Match) chosenBy(actor people.Actor) bool {
	return match.State == Proposed && match.Decision.Action == actionOverride && match.Decision.By == actor.Name()
}

// confirm is the second person's yes to an override; its reason stays that of
// who chose it.
func (match *Match) confirm(actor people.Actor, at time.Time) error {
	match.Decision.First = match.Decision.By
	return match.decide(Approving, actor, at, actionOverride, match.Decision.Words, Approval)
}

// lend makes the match a loan until a day; without one it stays as proposed.
func (match *Match) lend(until string) {
	if until != "" {
		match.Given, match.Until = false, until
	}
}

// finished walks the saga of a decision and shows the match.
func (m *Matches) finished(ctx context.Context, actor people.Actor, match *Match) (View, error) {
	match, err := m.finish(ctx, actor, match)
	if err != nil {
		return View{}, err
	}
	return m.view(ctx, actor, match)
}
