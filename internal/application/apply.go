package application

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// holdDays is how long a family has to answer before somebody asks again.
const holdDays = 14

// Submit takes the family's form. The commune comes first: where no territory
// serves it, nothing else matters. A resend with the same key finds what the
// first made.
func (a *Applications) Submit(ctx context.Context, actor people.Actor, req Submit) (Receipt, error) {
	commune, territory, err := a.servedBy(ctx, req.Commune)
	if err != nil {
		return Receipt{}, err
	}
	r, err := rules(commune.Country)
	if err != nil {
		return Receipt{}, err
	}
	age, err := a.check(r, req)
	if err != nil {
		return Receipt{}, err
	}
	if err := a.checkPrescriber(ctx, req.Prescriber, territory); err != nil {
		return Receipt{}, err
	}
	app := a.fresh(req, id.For(id.Application, actor.Name()+a.box.Lookup("email", req.Email)+a.box.Lookup("phone", req.Phone), req.Key), commune, territory)
	if stored, err := a.docs.Get(ctx, app.ID); err == nil {
		return a.receipt(ctx, stored)
	}
	if err := a.fill(ctx, actor, app, req, age, r); err != nil {
		return Receipt{}, err
	}
	app.enter(step{Submitted, "submitted", actor, a.clock(), ""})
	stored, _, err := a.docs.Create(ctx, app)
	if err != nil {
		return Receipt{}, err
	}
	return a.receipt(ctx, stored)
}

func (a *Applications) servedBy(ctx context.Context, insee string) (place.Commune, *partner.Territory, error) {
	commune, ok := a.places.Commune(insee)
	if !ok {
		return commune, nil, fault.InvalidField("commune", "commune_unknown")
	}
	territory, err := a.partners.TerritoryOf(ctx, commune.INSEE, commune.Departement)
	return commune, territory, err
}

// check settles the age, and refuses what the form leaves open, all at once.
func (a *Applications) check(r country.Rules, req Submit) (age int, err error) {
	if fields := req.Faults(r, a.clock()); len(fields) > 0 {
		return 0, fault.InvalidFields(fields)
	}
	born, err := time.Parse(time.DateOnly, req.BirthDate)
	return years(born, a.clock()), err
}

// Faults names what no tag can: an age, who must agree at that age, and what
// goes with the level. Whoever binds the form asks for them beside the tags,
// so that a family reads everything at once.
func (req Submit) Faults(r country.Rules, now time.Time) []fault.Field {
	var fields []fault.Field
	wrong := func(path, code string) { fields = append(fields, fault.Field{Path: path, Code: code}) }
	born, err := time.Parse(time.DateOnly, req.BirthDate)
	switch {
	case err != nil || born.After(now) || now.Year()-born.Year() > 110:
		wrong("birth_date", "birth_date")
	case years(born, now) < 6:
		wrong("birth_date", "too_young")
	case years(born, now) < r.Majority:
		fields = append(fields, req.guardianFaults(r)...)
	}
	if !r.Offers(req.Level, req.Course) {
		wrong("course", "course_unknown")
	}
	if req.Deadline != "" && req.Deadline < now.UTC().Format(time.DateOnly) {
		wrong("deadline", "past_day")
	}
	if req.Equipment == "none" && req.Computers > 0 {
		wrong("computers", "computers_none")
	}
	if req.Confidential && req.Prescriber == "" {
		wrong("prescriber", "keeper_required")
	}
	if req.Scholarship != "" && !r.HasScholarship(req.Level, req.Scholarship) {
		wrong("scholarship", "scholarship_unknown")
	}
	return fields
}

func years(born, now time.Time) int {
	n := now.Year() - born.Year()
	if now.Before(born.AddDate(n, 0, 0)) {
		n--
	}
	return n
}

func (a *Applications) checkPrescriber(ctx context.Context, structure string, territory *partner.Territory) error {
	if structure == "" {
		return nil
	}
	p, err := a.partners.Prescriber(ctx, structure)
	if fault.Is(err, fault.NotFound) || err == nil && p.Territory != territory.ID {
		return fault.InvalidField("prescriber", "prescriber_unknown")
	}
	return err
}

// fresh is the part of an application that is not sealed.
func (a *Applications) fresh(req Submit, appID string, commune place.Commune, territory *partner.Territory) *Application {
	now := docstore.At(a.clock())
	lang := req.Lang
	if lang == "" {
		lang = "fr"
	}
	app := &Application{
		Meta: docstore.Meta{ID: appID}, Kind: Personal, Country: commune.Country, Territory: territory.ID, Commune: commune.INSEE, Area: commune.Departement,
		Lat: commune.Point.Lat, Lon: commune.Point.Lon, Lang: lang, For: req.For, Level: req.Level, Course: req.Course,
		School: req.School, Stage: req.Level, Prescriber: req.Prescriber, Agreed: now, Submitted: now, Created: now,
		Need: Need{
			Equipment: req.Equipment, Learners: req.Learners, Computers: req.Computers, Means: req.Means, Scholarship: req.Scholarship,
			Obstacles: req.Obstacles, Deadline: req.Deadline, Accessibility: req.Accessibility,
		},
	}
	if req.Confidential {
		app.Keeper = req.Prescriber
	}
	return app
}

// fill seals what is personal, finds accounts, and notes the household named and what
// must still be agreed.
func (a *Applications) fill(ctx context.Context, actor people.Actor, app *Application, req Submit, age int, r country.Rules) error {
	if err := a.askHousehold(ctx, app, req.Household); err != nil {
		return err
	}
	if app.Keeper != "" {
		req.Address = ""
	}
	student := PersonView{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Phone: normalPhone(r, req.Phone)}
	parts := append(contactParts("student", &app.Student, &student),
		part{"birth_date", &app.BirthDate, &req.BirthDate}, part{"address", &app.Address, &req.Address}, part{"reason", &app.Reason, &req.Reason})
	if age < r.Majority {
		app.Guardian = &Contact{}
		guardian := PersonView{FirstName: req.GuardianFirstName, LastName: req.GuardianLastName, Email: req.GuardianEmail, Phone: normalPhone(r, req.GuardianPhone)}
		parts = append(parts, contactParts("guardian", app.Guardian, &guardian)...)
		a.needConsent(app, req, age < r.DigitalConsent)
	}
	if err := a.sealAll(ctx, app.ID, parts); err != nil {
		return err
	}
	born, _ := time.Parse(time.DateOnly, req.BirthDate)
	app.BirthYear = born.Year()
	if err := a.owners(ctx, actor, app, req, age, r); err != nil {
		return err
	}
	if app.Reference == "" { // a referred one keeps what its structure was told
		var err error
		if app.Reference, err = a.newReference(ctx, app.ID); err != nil {
			return err
		}
	}
	app.Terms = a.terms(app, identity{req.FirstName, req.LastName, req.Email, student.Phone, req.BirthDate})
	app.Person = a.box.Lookup(seal.Person, req.FirstName+" "+req.LastName+" "+req.BirthDate)
	return a.rate(ctx, app)
}

func normalPhone(r country.Rules, typed string) string {
	if number, ok := r.Phone(typed); ok {
		return number
	}
	return typed
}

// needConsent notes a guardian's agreement: given here when the guardian fills
// the form, else asked for by a link of their own where the child is too young
// to agree alone to the use of its data.
func (a *Applications) needConsent(app *Application, req Submit, young bool) {
	now := docstore.At(a.clock())
	if req.For == "child" && req.AgreeGuardian {
		app.GuardianAgreed = now
		return
	}
	if !young {
		return
	}
	app.awaitConsent(req.GuardianEmail, a.clock())
}

// owners finds or makes the accounts that act for the student.
func (a *Applications) owners(ctx context.Context, actor people.Actor, app *Application, req Submit, age int, r country.Rules) error {
	if actor.Has(people.Student, people.Guardian) && actor.Person != "" {
		app.Owners = append(app.Owners, actor.Person)
	}
	born, _ := time.Parse(time.DateOnly, req.BirthDate)
	until := born.AddDate(r.Majority, 0, 0)
	add := func(role people.Role, c people.Contact) error {
		p, err := a.people.EnsureFamily(ctx, role, c)
		if err != nil {
			return err
		}
		if role == people.Guardian && age < r.Majority {
			app.guard(p.ID, a.clock(), until)
		} else if !slices.Contains(app.Owners, p.ID) {
			app.Owners = append(app.Owners, p.ID)
		}
		return nil
	}
	role := people.Student
	if req.For == "child" {
		role = people.Guardian
	}
	err := add(role, people.Contact{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Phone: normalPhone(r, req.Phone), Lang: app.Lang})
	if err != nil || age >= r.Majority {
		return err
	}
	return add(people.Guardian, people.Contact{
		FirstName: req.GuardianFirstName, LastName: req.GuardianLastName, Email: req.GuardianEmail, Phone: normalPhone(r, req.GuardianPhone), Lang: app.Lang,
	})
}

func (a *Applications) receipt(ctx context.Context, app *Application) (Receipt, error) {
	link, err := a.people.IssueStatusLink(ctx, app.ID)
	r := Receipt{Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, State: app.State, Link: link}
	for _, h := range app.Holds {
		if h.Waiting == "family" || h.Type == "missing_consent" {
			r.Waiting = append(r.Waiting, h.Type)
		}
	}
	return r, err
}
