package application

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Guarding is a dated link: this person acts for a minor until the day of
// majority, when access passes to the student.
type Guarding struct {
	Person string          `json:"person"`
	From   docstore.Millis `json:"from"`
	Until  docstore.Millis `json:"until"`

	Attested string `json:"attested,omitempty"` // the structure that saw them sign
}

// owned refuses who does not act for the student: what is somebody else's is
// not there.
func (app *Application) owned(actor people.Actor, now time.Time) error {
	if actor.IsSystem() || actor.Person != "" && slices.Contains(app.Owners, actor.Person) && !app.outgrown(actor.Person, now) {
		return nil
	}
	if actor.Person == "" {
		return fault.New(fault.Unauthenticated, "sign_in")
	}
	return fault.New(fault.NotFound, "not_found")
}

// outgrown tells a guardian whose link has ended, where the student has an
// account to act with.
func (app *Application) outgrown(person string, now time.Time) bool {
	i := app.guarding(person)
	return i >= 0 && !now.Before(app.Guardians[i].Until.Time()) &&
		slices.ContainsFunc(app.Owners, func(owner string) bool { return app.guarding(owner) < 0 })
}

func (app *Application) guarding(person string) int {
	return slices.IndexFunc(app.Guardians, func(g Guarding) bool { return g.Person == person })
}

// guard links a guardian until the student comes of age.
func (app *Application) guard(person string, now, until time.Time) {
	if app.guarding(person) < 0 {
		app.Guardians = append(app.Guardians, Guarding{Person: person, From: docstore.At(now), Until: docstore.At(until)})
	}
	if !slices.Contains(app.Owners, person) {
		app.Owners = append(app.Owners, person)
	}
}

// MustOwn refuses who does not act for the student.
func (a *Applications) MustOwn(ctx context.Context, actor people.Actor, id string) error {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	return app.owned(actor, a.clock())
}

// MayAccept refuses a minor: under the age of majority a parent or guardian of
// this student accepts an offer.
func (a *Applications) MayAccept(ctx context.Context, actor people.Actor, id string) error {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	if app.Guardian == nil || actor.IsSystem() || app.guarding(actor.Person) >= 0 {
		return nil
	}
	of, err := a.majority(ctx, app)
	if err != nil || !a.clock().Before(of) {
		return err
	}
	return fault.New(fault.Forbidden, "guardian_accepts")
}

// majority is the day on which access passes to the student.
func (a *Applications) majority(ctx context.Context, app *Application) (time.Time, error) {
	r, err := rules(app.Country)
	if err != nil {
		return time.Time{}, err
	}
	text, err := a.box.Open(ctx, app.ID, "birth_date", app.BirthDate)
	if err != nil {
		return time.Time{}, err
	}
	born, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fault.Wrap(fault.Internal, "internal", err)
	}
	return born.AddDate(r.Majority, 0, 0), nil
}

// guardianFaults names what a minor's form lacks of a guardian, or that the
// guardian is the student again.
func (req Submit) guardianFaults(r country.Rules) []fault.Field {
	var fields []fault.Field
	wrong := func(path, code string) { fields = append(fields, fault.Field{Path: path, Code: code}) }
	if req.GuardianFirstName == "" {
		wrong("guardian_first_name", "guardian_required")
	}
	if req.GuardianLastName == "" {
		wrong("guardian_last_name", "guardian_required")
	}
	if req.GuardianEmail == "" && req.GuardianPhone == "" {
		wrong("guardian_email", "guardian_contact")
	}
	if req.For == "child" { // the parent fills the form
		return fields
	}
	if req.GuardianEmail != "" && strings.EqualFold(req.GuardianEmail, req.Email) {
		wrong("guardian_email", "own_contact")
	}
	if req.GuardianPhone != "" && normalPhone(r, req.GuardianPhone) == normalPhone(r, req.Phone) {
		wrong("guardian_phone", "own_contact")
	}
	return fields
}

// AskGuardian names how a minor's parent or guardian is reached, and asks them
// again for their agreement.
type AskGuardian struct {
	call.Change
	FirstName string `json:"guardian_first_name" form:"guardian_first_name" validate:"required,name,max=80"`
	LastName  string `json:"guardian_last_name" form:"guardian_last_name" validate:"required,name,max=80"`
	Email     string `json:"guardian_email,omitempty" form:"guardian_email" validate:"omitempty,email,max=200"`
	Phone     string `json:"guardian_phone,omitempty" form:"guardian_phone" validate:"required_without=Email,omitempty,phone"`
}

// AskGuardian sends a guardian a link to agree by: at the family's request or
// the desk's, as often as one was lost or never came. One without mail signs a
// sheet, for which the structure or the desk sees to it.
func (a *Applications) AskGuardian(ctx context.Context, actor people.Actor, req AskGuardian) (Status, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return Status{}, err
	}
	r, err := rules(app.Country)
	if err != nil {
		return Status{}, err
	}
	req.Phone = normalPhone(r, req.Phone)
	if err := a.mayAskGuardian(ctx, actor, app, req); err != nil {
		return Status{}, err
	}
	until, err := a.majority(ctx, app)
	if err != nil {
		return Status{}, err
	}
	contact := &Contact{}
	view := PersonView{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Phone: req.Phone}
	if err := a.sealAll(ctx, app.ID, contactParts("guardian", contact, &view)); err != nil {
		return Status{}, err
	}
	person, err := a.people.EnsureFamily(ctx, people.Guardian, people.Contact{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Phone: req.Phone, Lang: app.Lang})
	if err != nil {
		return Status{}, err
	}
	app, err = a.docs.Update(ctx, app.ID, func(app *Application) error {
		if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
			return err
		}
		app.Guardian = contact
		app.awaitConsent(req.Email, a.clock())
		app.guard(person.ID, a.clock(), until)
		if term := ownerTerm(person.ID); !slices.Contains(app.Terms, term) {
			app.Terms = append(app.Terms, term)
		}
		app.tell("guardian_asked", actor, a.clock(), "")
		return nil
	})
	if err != nil {
		return Status{}, err
	}
	return a.status(ctx, actor, app)
}

func (a *Applications) mayAskGuardian(ctx context.Context, actor people.Actor, app *Application, req AskGuardian) error {
	if app.owned(actor, a.clock()) != nil {
		if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
			return err
		}
		if err := people.MustSee(actor.Desk(), app.Territory); err != nil {
			return err
		}
	}
	if app.Guardian == nil || !app.HeldBy("missing_consent") {
		return fault.New(fault.Conflict, "wrong_state").With("from", string(app.State))
	}
	var student PersonView
	if err := a.openAll(ctx, app.ID, contactParts("student", &app.Student, &student)); err != nil {
		return err
	}
	switch {
	case app.For == "child":
		return nil
	case req.Email != "" && strings.EqualFold(student.Email, req.Email):
		return fault.InvalidField("guardian_email", "own_contact")
	case req.Phone != "" && student.Phone == req.Phone:
		return fault.InvalidField("guardian_phone", "own_contact")
	}
	return nil
}
