package application

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// MayDecide refuses who would decide on themselves, on a family they declared a
// tie to, or on what they attested.
func (app *Application) MayDecide(actor people.Actor) error {
	switch {
	case actor.IsSystem() || actor.Person == "":
		return nil
	case slices.Contains(app.Owners, actor.Person):
		return fault.New(fault.Forbidden, "own_application")
	case slices.Contains(app.Ties, actor.Person):
		return fault.New(fault.Forbidden, "tie_declared")
	case app.attestedBy(actor):
		return fault.New(fault.Forbidden, "own_attestation")
	}
	return nil
}

// attestedBy tells whether the actor attested. A link does not say who used it,
// so that then nobody of the structure decides.
func (app *Application) attestedBy(actor people.Actor) bool {
	at := app.Attestation
	if at == nil {
		return false
	}
	return at.By == actor.Person || at.By == people.Anyone("").Name() && actor.ActsFor(people.PrescriberOf, at.Prescriber)
}

// refusedBefore tells whether the actor refused the application: after a review
// somebody else decides.
func (app *Application) refusedBefore(actor people.Actor) bool {
	return actor.Person != "" && slices.ContainsFunc(app.History, func(c Change) bool {
		return c.To == Ineligible && c.Actor == actor.Person
	})
}

// DeclareTie notes that somebody of the desk is kin or close to the family, who
// from then on decides nothing about it. It is not taken back.
func (a *Applications) DeclareTie(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	app, err := a.docs.Update(ctx, req.ID, func(app *Application) error {
		if err := people.MustSee(actor.Desk(), app.Territory); err != nil {
			return err
		}
		if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
			return err
		}
		if actor.Person == "" || slices.Contains(app.Ties, actor.Person) {
			return docstore.Unchanged
		}
		app.Ties = append(app.Ties, actor.Person)
		app.tell("tie_declared", actor, a.clock(), "")
		return nil
	})
	if err != nil {
		return View{}, err
	}
	return a.view(ctx, actor, app)
}
