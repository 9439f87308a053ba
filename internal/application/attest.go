package application

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Attest confirms what a prescriber checked, through a one-time link or in
// their own space. Nobody attests for themselves.
func (a *Applications) Attest(ctx context.Context, actor people.Actor, req Attest) (AttestView, error) {
	appID, prescriber, err := a.mayAttest(ctx, actor, req)
	if err != nil {
		return AttestView{}, err
	}
	app, err := a.docs.Update(ctx, appID, func(app *Application) error {
		if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
			return err
		}
		if slices.Contains(app.Owners, actor.Person) && actor.Person != "" {
			return fault.New(fault.Forbidden, "own_application")
		}
		if !app.open() {
			return Steps.Check(app.State, app.State)
		}
		if prescriber == "" {
			prescriber = app.Prescriber
		}
		app.Attestation = &Attestation{Prescriber: prescriber, By: actor.Name(), At: docstore.At(a.clock()), Facts: req.Checked}
		app.Need.SituationChanged, app.Need.GraveObstacle = req.SituationChanged, req.GraveObstacle
		if req.Confidential {
			if err := app.keepAt(prescriber); err != nil {
				return err
			}
		}
		app.clear("needs_information")
		app.tell("attested", actor, a.clock(), prescriber)
		return a.rate(ctx, app)
	})
	if err != nil {
		return AttestView{}, err
	}
	if req.Link != "" { // used up by what it did, not by a try that was refused
		if _, err := a.people.SpendLink(ctx, people.ToAttest, req.Link); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			return AttestView{}, err
		}
	}
	return a.attestView(ctx, app)
}

// mayAttest settles which application, and for which structure: the link says
// it, or the structure that the actor acts for.
func (a *Applications) mayAttest(ctx context.Context, actor people.Actor, req Attest) (appID, prescriber string, err error) {
	if req.Link != "" {
		appID, err = a.people.PeekLink(ctx, people.ToAttest, req.Link)
		return appID, "", err
	}
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return "", "", err
	}
	if !actor.ActsFor(people.PrescriberOf, app.Prescriber) {
		return "", "", notThere()
	}
	return app.ID, app.Prescriber, nil
}

// ToAttest shows what a prescriber is asked to attest.
func (a *Applications) ToAttest(ctx context.Context, _ people.Actor, req Secret) (AttestView, error) {
	appID, err := a.people.PeekLink(ctx, people.ToAttest, req.Link)
	if err != nil {
		return AttestView{}, err
	}
	app, err := a.docs.Get(ctx, appID)
	if err != nil {
		return AttestView{}, err
	}
	return a.attestView(ctx, app)
}

func (a *Applications) attestView(ctx context.Context, app *Application) (AttestView, error) {
	commune, _ := a.places.Commune(app.Commune)
	v := AttestView{
		Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, State: app.State, Territory: app.Territory, Level: app.Level,
		Course: app.Course, School: app.School, Place: commune.Name, Need: app.Need, Attested: app.Attestation != nil, Kept: app.Keeper != "", Unsigned: app.HeldBy("missing_consent"), Since: app.Since.Time(),
	}
	var student PersonView
	parts := append(contactParts("student", &app.Student, &student)[:2], part{"birth_date", &app.BirthDate, &v.BirthDate})
	err := a.openAll(ctx, app.ID, parts)
	v.FirstName, v.LastName = student.FirstName, student.LastName
	return v, err
}

// Referred lists what the actor's structures refer or attest.
func (a *Applications) Referred(ctx context.Context, actor people.Actor, req Referred) (call.Page[AttestView], error) {
	page := call.Page[AttestView]{Items: []AttestView{}}
	structures := actor.Organisations(people.PrescriberOf)
	if len(structures) == 0 {
		return page, actor.Must(people.PrescriberOf)
	}
	states := docstore.In{string(req.State)}
	if req.State == "" {
		states = docstore.In{string(Invited), string(Submitted), string(Eligible), string(Offered), string(Accepted), string(Fulfilled)}
	}
	found, err := a.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "prescriber", Equal: []docstore.In{structures, states}, After: req.After, Limit: req.Limit,
	}, nil)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, app := range found.Items {
		view, err := a.attestView(ctx, app)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, view)
	}
	return page, nil
}

// AskAttestation names the structure that is to attest; the family or the desk.
func (a *Applications) AskAttestation(ctx context.Context, actor people.Actor, req AskAttestation) (Status, error) {
	structure, err := a.partners.Prescriber(ctx, req.Prescriber)
	if fault.Is(err, fault.NotFound) {
		return Status{}, fault.InvalidField("prescriber", "prescriber_unknown")
	}
	if err != nil {
		return Status{}, err
	}
	app, err := a.docs.Update(ctx, req.ID, func(app *Application) error {
		if !actor.Desk().Sees(app.Territory) {
			if err := app.owned(actor, a.clock()); err != nil {
				return err
			}
		}
		if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
			return err
		}
		if structure.Territory != app.Territory {
			return fault.InvalidField("prescriber", "prescriber_unknown")
		}
		app.Prescriber = structure.ID
		if req.Confidential {
			if err := app.keepAt(structure.ID); err != nil {
				return err
			}
		}
		app.tell("attestation_asked", actor, a.clock(), structure.ID)
		return nil
	})
	if err != nil {
		return Status{}, err
	}
	return a.status(ctx, actor, app)
}

// Refer invites students on behalf of a structure: nothing runs until the
// family has agreed; what it does not agree to is forgotten after two weeks.
func (a *Applications) Refer(ctx context.Context, actor people.Actor, req Refer) (ReferredView, error) {
	if !actor.ActsFor(people.PrescriberOf, req.Prescriber) {
		return ReferredView{}, fault.New(fault.Forbidden, "forbidden")
	}
	view := ReferredView{Students: []ReferredRow{}}
	for i, student := range req.Students {
		row, err := a.invite(ctx, actor, req, student, i)
		if err != nil {
			return view, err
		}
		view.Students = append(view.Students, row)
	}
	return view, nil
}

func (a *Applications) invite(ctx context.Context, actor people.Actor, req Refer, s Referral, place int) (ReferredRow, error) {
	commune, territory, err := a.servedBy(ctx, s.Commune)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return ReferredRow{Problem: "not_served"}, nil
	}
	if err != nil {
		return ReferredRow{}, err
	}
	r, err := rules(commune.Country)
	if err != nil {
		return ReferredRow{}, err
	}
	key := ""
	if req.Key != "" {
		key = req.Key + ":" + strconv.Itoa(place)
	}
	form := Submit{
		Commune: s.Commune, For: "self", FirstName: s.FirstName, LastName: s.LastName, BirthDate: s.BirthDate, Level: s.Level,
		Course: s.Course, Email: s.Email, Phone: s.Phone, Prescriber: req.Prescriber, Lang: s.Lang, Equipment: "none", Learners: 1, Means: "unknown", Confidential: s.Confidential,
	}
	app := a.fresh(form, id.For(id.Application, actor.Name(), key), commune, territory)
	app.Agreed, app.Submitted = 0, 0
	born, err := time.Parse(time.DateOnly, s.BirthDate)
	if err != nil {
		return ReferredRow{Problem: "birth_date"}, nil
	}
	// The age of majority is passed so that the guardian's part waits for the
	// family's own form.
	if err := a.fill(ctx, people.System(), app, form, max(years(born, a.clock()), r.Majority), r); err != nil {
		return ReferredRow{}, err
	}
	app.enter(step{Invited, "invited", actor, a.clock(), req.Prescriber})
	stored, _, err := a.docs.Create(ctx, app)
	if err != nil {
		return ReferredRow{}, err
	}
	return ReferredRow{ID: stored.ID, Reference: stored.Reference}, nil
}

// Agree is the family's own form for what a structure referred: invited →
// submitted.
func (a *Applications) Agree(ctx context.Context, actor people.Actor, req Agree) (Receipt, error) {
	invited, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return Receipt{}, err
	}
	if err := invited.owned(actor, a.clock()); err != nil {
		return Receipt{}, err
	}
	if err := docstore.IfVersion(invited.Version, req.IfVersion); err != nil {
		return Receipt{}, err
	}
	if err := Steps.Check(invited.State, Submitted); err != nil {
		return Receipt{}, err
	}
	commune, territory, err := a.servedBy(ctx, req.Commune)
	if err != nil {
		return Receipt{}, err
	}
	r, err := rules(commune.Country)
	if err != nil {
		return Receipt{}, err
	}
	if invited.Prescriber != "" { // whoever referred goes on
		req.Prescriber, req.Confidential = invited.Prescriber, req.Confidential || invited.Keeper != ""
	}
	age, err := a.check(r, req.Submit)
	if err != nil {
		return Receipt{}, err
	}
	if err := a.checkPrescriber(ctx, req.Prescriber, territory); err != nil {
		return Receipt{}, err
	}
	filled := a.fresh(req.Submit, invited.ID, commune, territory)
	filled.Reference = invited.Reference
	if err := a.fill(ctx, actor, filled, req.Submit, age, r); err != nil {
		return Receipt{}, err
	}
	app, err := a.docs.Update(ctx, invited.ID, func(app *Application) error {
		if app.Leaves {
			return fault.New(fault.NotFound, "not_found")
		}
		filled.Meta, filled.History, filled.State, filled.Reference, filled.Created = app.Meta, app.History, app.State, app.Reference, app.Created
		filled.Prescriber, filled.Keeper, filled.Attestation = app.Prescriber, cmp.Or(filled.Keeper, app.Keeper), app.Attestation
		filled.Need.SituationChanged, filled.Need.GraveObstacle = app.Need.SituationChanged, app.Need.GraveObstacle
		*app = *filled
		if err := a.rate(ctx, app); err != nil {
			return err
		}
		return app.take(step{Submitted, "submitted", actor, a.clock(), "referred"})
	})
	if err != nil {
		return Receipt{}, err
	}
	return a.receipt(ctx, app)
}
