package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// PaperCode makes a sign-in code on paper for a family without mail: the desk
// of the territory, or the structure that refers or attests. Where a guardian
// acts, the code is theirs.
func (a *Applications) PaperCode(ctx context.Context, actor people.Actor, req call.Change) (people.Paper, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return people.Paper{}, err
	}
	if !actor.Desk().Sees(app.Territory) && !actor.ActsFor(people.PrescriberOf, app.Prescriber) {
		return people.Paper{}, notThere()
	}
	if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
		return people.Paper{}, err
	}
	if len(app.Owners) == 0 {
		return people.Paper{}, fault.New(fault.Conflict, "erased")
	}
	return a.people.PaperCode(ctx, actor, app.Owners[len(app.Owners)-1], app.Reference)
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
