package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// AskReview is a family's wish that somebody else reads its refused application
// again, with why.
type AskReview struct {
	call.Change
	Reason string `json:"review_reason" form:"review_reason" validate:"required,plain,max=1000"`
}

// AskReview is asked once; it changes no state, as only the desk takes a refusal
// up again.
func (a *Applications) AskReview(ctx context.Context, actor people.Actor, req AskReview) (Status, error) {
	reason, err := a.box.Seal(ctx, req.ID, "review_reason", req.Reason)
	if err != nil {
		return Status{}, err
	}
	return a.act(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		if err := Steps.Check(app.State, Submitted); err != nil {
			return err
		}
		if !app.mayAskReview() {
			return fault.New(fault.Conflict, "reviewed_already")
		}
		now := a.clock()
		app.ReviewReason, app.ReviewAsked = reason, docstore.At(now)
		app.tell("review_asked", actor, now, "")
		return nil
	})
}

func (app *Application) mayAskReview() bool {
	return app.State == Ineligible && app.Reviews == 0 && app.ReviewAsked == 0
}

// asks tells that a family waits for a word of the desk which no state shows.
func (app *Application) asks() bool {
	if h := app.question(); h != nil && h.Answered != 0 {
		return true
	}
	return app.State == Ineligible && app.Reviews == 0 && app.ReviewAsked != 0
}

// askingTerm finds the applications whose family waits for a word of the desk.
const askingTerm = "asking"

// mark keeps the term in step with what the family asks.
func (app *Application) mark() {
	app.Terms = without(app.Terms, askingTerm)
	if app.asks() {
		app.Terms = append(app.Terms, askingTerm)
	}
}
