package application

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// PaperCode makes a sign-in code on paper for a family without mail: the desk
// of the territory, or the structure that refers or attests. The sheet names
// whose it is: the student's, or of a minor the guardian's.
func (a *Applications) PaperCode(ctx context.Context, actor people.Actor, req call.Change) (people.Paper, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return people.Paper{}, err
	}
	if err := app.mayHelp(actor); err != nil {
		return people.Paper{}, err
	}
	if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
		return people.Paper{}, err
	}
	person, guardian := app.acting(a.clock())
	if person == "" {
		return people.Paper{}, fault.New(fault.Conflict, "erased")
	}
	paper, err := a.people.PaperCode(ctx, actor, person, app.Reference)
	if err != nil {
		return people.Paper{}, err
	}
	contact, prefix := &app.Student, "student"
	if guardian {
		contact, prefix = app.Guardian, "guardian"
	}
	var who PersonView
	err = a.openAll(ctx, app.ID, contactParts(prefix, contact, &who)[:2])
	paper.FirstName, paper.LastName = who.FirstName, who.LastName
	return paper, err
}

// acting is the account that a code on paper opens: the guardian's who was
// named last while the student is a minor, else the student's own.
func (app *Application) acting(now time.Time) (person string, guardian bool) {
	for _, g := range slices.Backward(app.Guardians) {
		if app.Guardian != nil && now.Before(g.Until.Time()) {
			return g.Person, true
		}
	}
	for _, owner := range app.Owners {
		if app.guarding(owner) < 0 {
			return owner, false
		}
	}
	if len(app.Owners) == 0 {
		return "", false
	}
	return app.Owners[0], app.Guardian != nil // came of age without an account of their own
}

// Invitation gives the owner of a referred application what the structure
// wrote, to begin their own form with.
func (a *Applications) Invitation(ctx context.Context, actor people.Actor, req call.One) (Submit, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return Submit{}, err
	}
	if err := app.owned(actor, a.clock()); err != nil {
		return Submit{}, err
	}
	if err := Steps.Check(app.State, Submitted); err != nil {
		return Submit{}, err
	}
	var student PersonView
	s := Submit{Commune: app.Commune, For: "self", Level: app.Level, Course: app.Course, School: app.School, Lang: app.Lang}
	err = a.openAll(ctx, app.ID, append(contactParts("student", &app.Student, &student), part{"birth_date", &app.BirthDate, &s.BirthDate}))
	s.FirstName, s.LastName, s.Email, s.Phone = student.FirstName, student.LastName, student.Email, student.Phone
	return s, err
}
