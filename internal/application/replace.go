package application

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// replaceable tells a student whose device came back or is gone.
func (app *Application) replaceable() bool {
	return app.State == Fulfilled && (app.Way == "returned" || app.Way == "lost")
}

// Replace lets a student whose device broke, was lost or was stolen wait for
// another, without a form: fulfilled → replaced, and a linked application that
// is eligible. What the first took of the stage's share is given back. It reads
// the new application.
func (a *Applications) Replace(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	_, err := a.decide(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		if app.State == Fulfilled && !app.replaceable() {
			return fault.New(fault.Conflict, "device_not_back")
		}
		return app.take(step{Replaced, "replaced", actor, a.clock(), "replacement"})
	})
	if err != nil {
		return View{}, err
	}
	fresh, err := a.succeed(ctx, actor, req.ID)
	if err != nil {
		return View{}, err
	}
	return a.view(ctx, actor, fresh)
}

// Subscriber makes what follows a replaced application, where its request died.
func (a *Applications) Subscriber() event.Subscriber {
	return event.Subscriber{
		Name: "replacement", Kinds: []string{"application.replaced"},
		Handle: func(ctx context.Context, e event.Envelope) error {
			_, err := a.succeed(ctx, people.System(), e.Document)
			if fault.Is(err, fault.NotFound) || seal.Erased(err) { // forgotten meanwhile
				return nil
			}
			return err
		},
	}
}

// succeed gives the shares of a replaced application back and makes the one that
// follows it; again it finds the first.
func (a *Applications) succeed(ctx context.Context, actor people.Actor, oldID string) (*Application, error) {
	old, err := a.docs.Get(ctx, oldID)
	if err != nil {
		return nil, err
	}
	if err := a.giveShares(ctx, old, old.Match); err != nil {
		return nil, err
	}
	freshID := id.Derived(id.Application, "replace", old.ID)
	if stored, err := a.docs.Get(ctx, freshID); !fault.Is(err, fault.NotFound) {
		return stored, err
	}
	fresh, err := a.copied(ctx, old, freshID)
	if err != nil {
		return nil, err
	}
	if fresh.Reference, err = a.newReference(ctx, fresh.ID); err != nil {
		return nil, err
	}
	fresh.Terms = append(slices.Clone(old.Terms), a.box.Lookup("reference", plainReference(fresh.Reference)))
	if err := a.rate(ctx, fresh); err != nil {
		return nil, err
	}
	fresh.enter(step{Submitted, "renewed", actor, a.clock(), old.ID})
	if err := fresh.take(step{Eligible, "eligible", actor, a.clock(), "replacement"}); err != nil {
		return nil, err
	}
	stored, _, err := a.docs.Create(ctx, fresh)
	return stored, err
}

// copied is an application with what another says, sealed under its own key. It
// waits from now.
func (a *Applications) copied(ctx context.Context, old *Application, freshID string) (*Application, error) {
	now := docstore.At(a.clock())
	fresh := &Application{
		Meta: docstore.Meta{ID: freshID}, Replaces: old.ID, Kind: old.Kind, Country: old.Country, Territory: old.Territory, Commune: old.Commune, Area: old.Area,
		Lat: old.Lat, Lon: old.Lon, Lang: old.Lang, For: old.For, BirthYear: old.BirthYear, Owners: slices.Clone(old.Owners),
		Guardians: slices.Clone(old.Guardians), Person: old.Person, Household: old.Household, Level: old.Level, Course: old.Course,
		School: old.School, Stage: old.Stage, Need: old.Need, Agreed: old.Agreed, GuardianAgreed: old.GuardianAgreed, OnPaper: old.OnPaper,
		Attestation: old.Attestation, Ties: slices.Clone(old.Ties), Prescriber: old.Prescriber, Keeper: old.Keeper, Submitted: now, Created: now,
	}
	if old.Guardian != nil {
		fresh.Guardian = &Contact{}
	}
	to := fresh.personal()
	for i, p := range old.personal() {
		text, err := a.box.Open(ctx, old.ID, p.name, *p.into)
		if err != nil {
			return nil, err
		}
		if *to[i].into, err = a.box.Seal(ctx, fresh.ID, p.name, text); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// personal names what is sealed of an application from its first day.
func (app *Application) personal() []part {
	var student, guardian PersonView // of names and places alone
	parts := append(contactParts("student", &app.Student, &student),
		part{"birth_date", &app.BirthDate, nil}, part{"address", &app.Address, nil},
		part{"reason", &app.Reason, nil}, part{"guardian_name", &app.GuardianName, nil})
	if app.Guardian != nil {
		parts = append(parts, contactParts("guardian", app.Guardian, &guardian)...)
	}
	return parts
}
