package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// decide runs one change of the desk on one application. Nobody decides on
// their own, their kin's, or what they attested.
func (a *Applications) decide(ctx context.Context, actor people.Actor, id string, version int64, change func(*Application) error) (View, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	app, err := a.docs.Update(ctx, id, func(app *Application) error {
		if err := people.MustSee(actor.Desk(), app.Territory); err != nil {
			return err
		}
		if err := docstore.IfVersion(app.Version, version); err != nil {
			return err
		}
		if err := app.MayDecide(actor); err != nil {
			return err
		}
		return change(app)
	})
	if err != nil {
		return View{}, err
	}
	return a.view(ctx, actor, app)
}

// Verify decides whether an application may be served; after a review, somebody
// else than who refused it.
func (a *Applications) Verify(ctx context.Context, actor people.Actor, req Verify) (View, error) {
	note, err := a.box.Seal(ctx, req.ID, "decision_note", req.Note)
	if err != nil {
		return View{}, err
	}
	return a.decide(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		if app.refusedBefore(actor) {
			return fault.New(fault.Forbidden, "second_coordinator")
		}
		app.DecisionNote = note
		if !req.Eligible {
			app.Decision = req.Reason
			return app.take(step{Ineligible, "ineligible", actor, a.clock(), req.Reason})
		}
		if app.HeldBy("missing_consent") {
			return fault.New(fault.Conflict, "consent_missing")
		}
		app.Decision = ""
		if err := app.take(step{Eligible, "eligible", actor, a.clock(), "verified"}); err != nil {
			return err
		}
		return a.rate(ctx, app)
	})
}

// Review looks at a refusal again, once, by somebody else: ineligible →
// submitted.
func (a *Applications) Review(ctx context.Context, actor people.Actor, req Review) (View, error) {
	note, err := a.box.Seal(ctx, req.ID, "decision_note", req.Reason)
	if err != nil {
		return View{}, err
	}
	return a.decide(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		if err := Steps.Check(app.State, Submitted); err != nil {
			return err
		}
		if app.Reviews > 0 {
			return fault.New(fault.Conflict, "reviewed_already")
		}
		if app.refusedBefore(actor) {
			return fault.New(fault.Forbidden, "second_coordinator")
		}
		app.Reviews++
		app.DecisionNote = note
		return app.take(step{Submitted, "reviewed", actor, a.clock(), "review"})
	})
}

// Hold notes a problem beside the state: who must act, and by when.
func (a *Applications) Hold(ctx context.Context, actor people.Actor, req PutHold) (View, error) {
	var note, question seal.Text
	if req.Type != needsInformation || req.Waiting != "family" {
		req.Question = ""
	}
	if err := a.sealAll(ctx, req.ID, []part{{"hold." + req.Type, &note, &req.Note}, {"question", &question, &req.Question}}); err != nil {
		return View{}, err
	}
	return a.decide(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		if !app.open() {
			return fault.New(fault.Conflict, "wrong_state").With("from", string(app.State))
		}
		app.clear(req.Type)
		now := a.clock()
		app.Holds = append(app.Holds, Hold{
			Type: req.Type, Waiting: req.Waiting, Since: docstore.At(now), Due: docstore.At(now.AddDate(0, 0, req.Days)),
			Actor: actor.Name(), Note: note, Question: question,
		})
		app.tell("held", actor, now, req.Type)
		return nil
	})
}

// ClearHold notes that a problem is solved.
func (a *Applications) ClearHold(ctx context.Context, actor people.Actor, req ClearHold) (View, error) {
	return a.decide(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		if req.Type == "missing_consent" && app.Guardian != nil && app.GuardianAgreed == 0 {
			return fault.New(fault.Conflict, "consent_missing")
		}
		if !app.clear(req.Type) {
			return docstore.Unchanged
		}
		app.tell("hold_cleared", actor, a.clock(), req.Type)
		return nil
	})
}
