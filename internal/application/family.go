package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// act runs one change of the family on its own application.
func (a *Applications) act(ctx context.Context, actor people.Actor, id string, version int64, change func(*Application) error) (Status, error) {
	app, err := a.docs.Update(ctx, id, func(app *Application) error {
		if err := app.owned(actor, a.clock()); err != nil {
			return err
		}
		if err := docstore.IfVersion(app.Version, version); err != nil {
			return err
		}
		return change(app)
	})
	if err != nil {
		return Status{}, err
	}
	return a.status(ctx, actor, app)
}

// Withdraw takes an application back.
func (a *Applications) Withdraw(ctx context.Context, actor people.Actor, req Withdraw) (Status, error) {
	return a.act(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		return app.take(step{Withdrawn, "withdrawn", actor, a.clock(), req.Reason})
	})
}

// CorrectContact changes how the family is reached.
func (a *Applications) CorrectContact(ctx context.Context, actor people.Actor, req CorrectContact) (Status, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return Status{}, err
	}
	r, err := rules(app.Country)
	if err != nil {
		return Status{}, err
	}
	var changed Application
	phone := normalPhone(r, req.Phone)
	if err := a.sealAll(ctx, app.ID, []part{
		{"student.email", &changed.Student.Email, &req.Email}, {"student.phone", &changed.Student.Phone, &phone},
		{"address", &changed.Address, &req.Address},
	}); err != nil {
		return Status{}, err
	}
	return a.act(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		var who PersonView
		born := ""
		parts := append(contactParts("student", &app.Student, &who), part{"birth_date", &app.BirthDate, &born})
		if err := a.openAll(ctx, app.ID, parts); err != nil {
			return err
		}
		app.Student.Email, app.Student.Phone = changed.Student.Email, changed.Student.Phone
		if req.Address != "" && app.Keeper == "" {
			app.Address = changed.Address
		}
		app.Terms = a.terms(app, identity{who.FirstName, who.LastName, req.Email, phone, born})
		app.clear("unreachable")
		app.tell("contact_corrected", actor, a.clock(), "")
		return nil
	})
}

// Mine lists the applications that the actor acts for.
func (a *Applications) Mine(ctx context.Context, actor people.Actor, req call.List) (call.Page[Status], error) {
	page := call.Page[Status]{Items: []Status{}}
	if err := actor.Must(people.Student, people.Guardian); err != nil {
		return page, err
	}
	found, err := a.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Terms: []string{ownerTerm(actor.Person)}, After: req.After, Limit: req.Limit,
	}, func(app *Application) bool { return !app.outgrown(actor.Person, a.clock()) })
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, app := range found.Items {
		status, err := a.status(ctx, actor, app)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, status)
	}
	return page, nil
}

// OnItsWay notes where the delivery of an application's device stands, for the
// family's line of steps.
func (a *Applications) OnItsWay(ctx context.Context, id, way string) error {
	_, err := a.docs.Update(ctx, id, func(app *Application) error {
		if app.Way == way {
			return docstore.Unchanged
		}
		app.Way = way
		return nil
	})
	return err
}

// ownerTerm finds the applications of an account; an id is not personal.
func ownerTerm(person string) string { return "owner:" + person }
