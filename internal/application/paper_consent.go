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

// ConsentText is the version of the text on the sheet that a guardian signs;
// another text is another version.
const ConsentText = "2026-11"

// OnPaper is a guardian's agreement signed on a sheet: of which text, on which
// day, and who noted it when.
type OnPaper struct {
	Text   string          `json:"text"`
	Signed string          `json:"signed"` // YYYY-MM-DD
	By     string          `json:"by"`
	At     docstore.Millis `json:"at"`
}

// ConsentView is a guardian's agreement as the desk and the family read it.
type ConsentView struct {
	At       time.Time `json:"at"`
	Paper    bool      `json:"paper"`
	Text     string    `json:"text,omitempty"`   // version of the sheet
	Signed   string    `json:"signed,omitempty"` // day on the sheet
	Attested bool      `json:"attested"`         // a structure saw the guardian sign
}

func (app *Application) consent() *ConsentView {
	if app.GuardianAgreed == 0 {
		return nil
	}
	v := &ConsentView{
		At: app.GuardianAgreed.Time(), Attested: slices.ContainsFunc(app.Guardians, func(g Guarding) bool { return g.Attested != "" }),
	}
	if app.OnPaper != nil {
		v.Paper, v.Text, v.Signed = true, app.OnPaper.Text, app.OnPaper.Signed
	}
	return v
}

// awaitConsent holds the application until a guardian agrees. One with mail
// answers a link; for one without, the structure or the desk has a sheet signed.
func (app *Application) awaitConsent(email string, now time.Time) {
	waiting := "family"
	switch {
	case email != "":
	case app.Prescriber != "":
		waiting = "prescriber"
	default:
		waiting = "coordinator"
	}
	app.clear("missing_consent")
	app.Holds = append(app.Holds, Hold{
		Type: "missing_consent", Waiting: waiting, Since: docstore.At(now), Due: docstore.At(now.AddDate(0, 0, holdDays)), Actor: "system",
	})
}

// ConsentSheet is what is printed for a guardian to sign.
type ConsentSheet struct {
	call.Tag
	Reference string       `json:"reference"`
	Text      string       `json:"text"`
	Level     string       `json:"level"`
	Student   PersonView   `json:"student"`  // the name alone
	Guardian  PersonView   `json:"guardian"` // the name alone
	Consent   *ConsentView `json:"consent,omitempty"`
}

// ConsentSheet gives the sheet to the desk of the territory, or to the
// structure that refers or attests.
func (a *Applications) ConsentSheet(ctx context.Context, actor people.Actor, req call.One) (ConsentSheet, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return ConsentSheet{}, err
	}
	if err := app.mayHelp(actor); err != nil {
		return ConsentSheet{}, err
	}
	return a.consentSheet(ctx, app)
}

func (a *Applications) consentSheet(ctx context.Context, app *Application) (ConsentSheet, error) {
	s := ConsentSheet{Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, Text: ConsentText, Level: app.Level, Consent: app.consent()}
	if app.Guardian == nil {
		return s, fault.New(fault.Conflict, "no_guardian")
	}
	parts := append(contactParts("student", &app.Student, &s.Student)[:2], contactParts("guardian", app.Guardian, &s.Guardian)[:2]...)
	return s, a.openAll(ctx, app.ID, parts)
}

// mayHelp refuses who is neither of the desk nor of the family's structure.
func (app *Application) mayHelp(actor people.Actor) error {
	if actor.Desk().Sees(app.Territory) || actor.ActsFor(people.PrescriberOf, app.Prescriber) {
		return nil
	}
	return notThere()
}

// PaperConsent notes a sheet that a guardian has signed.
type PaperConsent struct {
	call.Change
	FirstName string `json:"guardian_first_name" form:"guardian_first_name" validate:"required,name,max=80"`
	LastName  string `json:"guardian_last_name" form:"guardian_last_name" validate:"required,name,max=80"`
	Signed    string `json:"signed" form:"signed" validate:"required,datetime=2006-01-02"`
	Text      string `json:"text" form:"text" validate:"required,oneof=2026-11"` // version on the sheet
}

// PaperConsent records who agreed on paper, when, and to which text. Where the
// structure saw them sign, it attests the guardian. Nobody notes their own.
func (a *Applications) PaperConsent(ctx context.Context, actor people.Actor, req PaperConsent) (ConsentSheet, error) {
	if req.Signed > a.clock().AddDate(0, 0, 1).Format(time.DateOnly) {
		return ConsentSheet{}, fault.InvalidField("signed", "future_day")
	}
	name, err := a.box.Seal(ctx, req.ID, "guardian_name", req.FirstName+" "+req.LastName)
	if err != nil {
		return ConsentSheet{}, err
	}
	app, err := a.docs.Update(ctx, req.ID, func(app *Application) error {
		if err := app.mayHelp(actor); err != nil {
			return err
		}
		if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
			return err
		}
		if slices.Contains(app.Owners, actor.Person) {
			return fault.New(fault.Forbidden, "own_application")
		}
		if app.Guardian == nil || !app.open() {
			return fault.New(fault.Conflict, "no_guardian")
		}
		now := docstore.At(a.clock())
		app.GuardianAgreed, app.GuardianName = now, name
		app.OnPaper = &OnPaper{Text: req.Text, Signed: req.Signed, By: actor.Name(), At: now}
		for i := range app.Guardians {
			if actor.Person != "" && actor.ActsFor(people.PrescriberOf, app.Prescriber) && now < app.Guardians[i].Until {
				app.Guardians[i].Attested = app.Prescriber
			}
		}
		app.clear("missing_consent")
		app.tell("consented", actor, a.clock(), "paper")
		return nil
	})
	if err != nil {
		return ConsentSheet{}, err
	}
	return a.consentSheet(ctx, app)
}
