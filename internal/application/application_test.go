package application_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var system = people.System() //nolint:gochecknoglobals // a constant

// form is what an adult student of Cergy sends.
func form() application.Submit {
	return application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Inès", LastName: "Kaci", BirthDate: "2004-05-14",
		Level: "higher", Course: "bts", Equipment: "none", Learners: 2, Means: "quotient_400", Email: "ines@example.org", Agree: true, Lang: "fr",
	}
}

// minor is the same for somebody of sixteen.
func minor() application.Submit {
	f := form()
	f.BirthDate, f.Level, f.Course = "2010-03-01", "lycee", "lycee"
	f.GuardianFirstName, f.GuardianLastName, f.GuardianEmail = "Nadia", "Kaci", "nadia@example.org"
	return f
}

func submit(t *testing.T, w *matchingtest.Town, f application.Submit) application.Receipt {
	t.Helper()
	receipt, err := w.Applications.Submit(t.Context(), people.Anyone("fr"), f)
	matchingtest.Must(t, err)
	return receipt
}

func state(t *testing.T, w *matchingtest.Town, id string) *application.Application {
	t.Helper()
	app, err := w.Applications.Find(t.Context(), id)
	matchingtest.Must(t, err)
	return app
}

func TestAResendIsOneApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := matchingtest.Settle(t, store)
		f := form()
		f.SetKey("k1")
		first := submit(t, w, f)
		if again := submit(t, w, f); again.ID != first.ID || again.Reference != first.Reference {
			t.Errorf("sent again: %+v, first %+v", again, first)
		}
		f.SetKey("k2")
		if other := submit(t, w, f); other.ID == first.ID {
			t.Error("another form found the first")
		}
	})
}

func TestBadAnswersNameTheirField(t *testing.T) {
	w := matchingtest.Settle(t, storetest.Open(t))
	for name, c := range map[string]struct {
		change func(*application.Submit)
		field  string
	}{
		"no such commune":            {func(f *application.Submit) { f.Commune = "99999" }, "commune"},
		"born tomorrow":              {func(f *application.Submit) { f.BirthDate = "2026-09-02" }, "birth_date"},
		"too young":                  {func(f *application.Submit) { f.BirthDate = "2022-01-01" }, "birth_date"},
		"no such course":             {func(f *application.Submit) { f.Course = "alchemy" }, "course"},
		"a course of another level":  {func(f *application.Submit) { f.Level = "college" }, "course"},
		"a minor without a guardian": {func(f *application.Submit) { f.BirthDate = "2010-01-01" }, "guardian_first_name guardian_last_name guardian_email"},
		"a guardian nobody reaches": {func(f *application.Submit) {
			f.BirthDate, f.GuardianFirstName, f.GuardianLastName = "2010-01-01", "Nadia", "Kaci"
		}, "guardian_email"},
		"no such structure":       {func(f *application.Submit) { f.Prescriber = "pre_1" }, "prescriber"},
		"nobody's reference":      {func(f *application.Submit) { f.Household = "AAA-AAA" }, "household"},
		"a deadline that is past": {func(f *application.Submit) { f.Deadline = "2026-08-31" }, "deadline"},
		"computers among none":    {func(f *application.Submit) { f.Computers = 2 }, "computers"},
		"a scholarship elsewhere": {func(f *application.Submit) { f.Scholarship = "12" }, "scholarship"},
	} {
		f := form()
		c.change(&f)
		_, err := w.Applications.Submit(t.Context(), people.Anyone("fr"), f)
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Kind != fault.Invalid || paths(refused) != c.field {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
}

func paths(refused *fault.Error) string {
	var all []string
	for _, f := range refused.Fields {
		all = append(all, f.Path)
	}
	return strings.Join(all, " ")
}

func TestAClosedTerritoryAsksNothingMore(t *testing.T) {
	w := matchingtest.Settle(t, storetest.Open(t))
	f := form()
	f.Commune, f.Postcode = "13055", "13001"
	_, err := w.Applications.Submit(t.Context(), people.Anyone("fr"), f)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("nobody serves Marseille: %v", err)
	}
	_, err = w.Partners.SetOpen(t.Context(), system, partner.SetOpen{Change: call.Change{ID: w.Territory}, Open: new(bool)})
	matchingtest.Must(t, err)
	if _, err := w.Applications.Submit(t.Context(), people.Anyone("fr"), form()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a closed territory took an application: %v", err)
	}
}

// TestAMinorWaitsForTheirGuardian: no decision before the guardian's yes, which
// comes by a link that works once.
func TestAMinorWaitsForTheirGuardian(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	f := minor()
	f.BirthDate = "2013-03-01" // under fifteen: child and guardian agree together
	receipt := submit(t, w, f)
	if len(receipt.Waiting) != 1 || receipt.Waiting[0] != "missing_consent" {
		t.Fatalf("%+v", receipt)
	}
	verify := application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true}
	if _, err := w.Applications.Verify(ctx, system, verify); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided without the guardian: %v", err)
	}
	link, err := w.Applications.GuardianLink(ctx, receipt.ID)
	matchingtest.Must(t, err)
	agree := application.GuardianAgree{Link: link, FirstName: "Nadia", LastName: "Kaci", Agree: true}
	view, err := w.Applications.GuardianAgree(ctx, people.Anyone("fr"), agree)
	if err != nil || !view.Agreed || view.FirstName != "Inès" {
		t.Fatalf("%+v: %v", view, err)
	}
	if _, err := w.Applications.GuardianAgree(ctx, people.Anyone("fr"), agree); err == nil {
		t.Error("the link worked twice")
	}
	_, err = w.Applications.Verify(ctx, system, verify)
	matchingtest.Must(t, err)
}

// TestUnderEighteenAParentAccepts, and on the birthday access passes on.
func TestUnderEighteenAParentAccepts(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	f := minor()
	f.BirthDate = "2008-09-20"
	id := submit(t, w, f).ID
	student, guardian := w.SignIn(t, "ines@example.org"), w.SignIn(t, "nadia@example.org")
	if err := w.Applications.MayAccept(ctx, student, id); !fault.Is(err, fault.Forbidden) {
		t.Errorf("at seventeen: %v", err)
	}
	matchingtest.Must(t, w.Applications.MayAccept(ctx, guardian, id))
	w.Wait(20 * 24 * time.Hour)
	matchingtest.Must(t, w.Applications.MayAccept(ctx, student, id))
}

func TestAnAttestationByLinkWorksOnce(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	school, err := w.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: w.Territory, Name: "Lycée Kastler", Kind: "school", Commune: "95127"})
	matchingtest.Must(t, err)
	f := form()
	f.Prescriber = school.ID
	id := submit(t, w, f).ID
	link, err := w.Applications.AttestLink(ctx, id)
	matchingtest.Must(t, err)
	shown, err := w.Applications.ToAttest(ctx, people.Anyone("fr"), application.Secret{Link: link})
	if err != nil || shown.FirstName != "Inès" || shown.Attested {
		t.Fatalf("%+v: %v", shown, err)
	}
	attest := application.Attest{Link: link, Name: "M. Roux", Checked: []string{"equipment", "means"}, SituationChanged: true}
	_, err = w.Applications.Attest(ctx, people.Anyone("fr"), attest)
	matchingtest.Must(t, err)
	app := state(t, w, id)
	if app.Attestation == nil || app.Attestation.Prescriber != school.ID || !app.Need.SituationChanged {
		t.Errorf("%+v", app.Attestation)
	}
	if _, err := w.Applications.Attest(ctx, people.Anyone("fr"), attest); err == nil {
		t.Error("the link worked twice")
	}
}

// TestARefusalIsLookedAtAgainOnceBySomebodyElse walks the second look.
func TestARefusalIsLookedAtAgainOnceBySomebodyElse(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	change := call.Change{ID: submit(t, w, form()).ID}
	first, second := w.Staff(t, people.Coordinator), w.Staff(t, people.Coordinator)
	refuse := application.Verify{Change: change, Reason: "not_proven"}
	_, err := w.Applications.Verify(ctx, first, refuse)
	matchingtest.Must(t, err)
	review := application.Review{Change: change, Reason: "new papers"}
	if _, err := w.Applications.Review(ctx, first, review); !fault.Is(err, fault.Forbidden) {
		t.Errorf("who refused looks again: %v", err)
	}
	_, err = w.Applications.Review(ctx, second, review)
	matchingtest.Must(t, err)
	_, err = w.Applications.Verify(ctx, second, refuse)
	matchingtest.Must(t, err)
	if _, err := w.Applications.Review(ctx, first, review); !fault.Is(err, fault.Conflict) {
		t.Errorf("a third look: %v", err)
	}
}

// TestDuplicatesAreShownAtTheDeskOnly: the same person is found whatever the
// spelling and the order of names, a household where it was declared, and no family reads of it.
func TestDuplicatesAreShownAtTheDeskOnly(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	first := submit(t, w, form())
	again := form()
	again.FirstName, again.LastName, again.Email, again.Phone = "KACI", "ines ", "", "0601020304"
	same := submit(t, w, again)
	sister := form()
	sister.FirstName, sister.BirthDate, sister.Email, sister.Household = "Lila", "2005-01-01", "lila@example.org", first.Reference
	home := submit(t, w, sister)
	_, err := w.Applications.AnswerHousehold(ctx, w.SignIn(t, "ines@example.org"), application.AnswerHousehold{Change: call.Change{ID: home.ID}, Agree: new(true)})
	matchingtest.Must(t, err)
	_, err = w.Partners.AddTerritory(ctx, system, partner.AddTerritory{Country: "FR", Name: "Yvelines", Zone: "Europe/Paris", Areas: []string{"78"}, Open: true, OfferDays: 7, Household: 2})
	matchingtest.Must(t, err)
	away := form()
	away.Postcode, away.Commune = "78000", "78646"
	submit(t, w, away) // the same person, in a territory that the coordinator does not see

	why := map[string]string{}
	view, err := w.Applications.Get(ctx, w.Staff(t, people.Coordinator), call.One{ID: first.ID})
	matchingtest.Must(t, err)
	for _, s := range view.Similar {
		why[s.ID] = s.Why
	}
	if why[same.ID] != "same_person" || why[home.ID] != "household" || len(why) != 2 {
		t.Errorf("found %v", why)
	}
	student := w.SignIn(t, "ines@example.org")
	if _, err := w.Applications.Duplicates(ctx, student, call.One{ID: first.ID}); err == nil {
		t.Error("a family reads of duplicates")
	}
	if _, err := w.Applications.Status(ctx, student, call.One{ID: same.ID}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a name and a date of birth open somebody's file: %v", err)
	}
}

// TestAHouseholdIsJoinedByItsWord: who names somebody's household is of it once
// that family has said so, and nobody else may say it.
func TestAHouseholdIsJoinedByItsWord(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	first := submit(t, w, form())
	family := w.SignIn(t, "ines@example.org")
	ask := func(email string) application.Receipt {
		f := form()
		f.FirstName, f.Email, f.Phone, f.Household = email[:4], email, "", first.Reference
		return submit(t, w, f)
	}
	answer := func(who people.Actor, id string, agree bool) error {
		_, err := w.Applications.AnswerHousehold(ctx, who, application.AnswerHousehold{Change: call.Change{ID: id}, Agree: &agree})
		return err
	}
	sister, stranger := ask("lila@example.org"), ask("noam@example.org")
	if app := state(t, w, sister.ID); app.Household != "" || state(t, w, first.ID).Household != "" {
		t.Fatalf("joined unasked: %+v", app)
	}
	status, err := w.Applications.Status(ctx, family, call.One{ID: first.ID})
	if err != nil || len(status.Joining) != 2 {
		t.Fatalf("the family is asked %v, %v", status.Joining, err)
	}
	if err := answer(w.SignIn(t, "lila@example.org"), sister.ID, true); !fault.Is(err, fault.NotFound) {
		t.Errorf("who asks answered: %v", err)
	}
	matchingtest.Must(t, answer(family, sister.ID, true))
	matchingtest.Must(t, answer(family, stranger.ID, false))
	joined, alone, named := state(t, w, sister.ID), state(t, w, stranger.ID), state(t, w, first.ID)
	if joined.Household == "" || joined.Household != named.Household || alone.Household != "" {
		t.Errorf("households %q, %q, %q", named.Household, joined.Household, alone.Household)
	}
	if err := answer(family, stranger.ID, true); !fault.Is(err, fault.NotFound) {
		t.Errorf("a refusal was turned round: %v", err)
	}
	status, err = w.Applications.Status(ctx, family, call.One{ID: first.ID})
	if err != nil || len(status.Joining) != 0 {
		t.Errorf("still asked %v, %v", status.Joining, err)
	}
}

// TestAStructureRefersAndTheFamilyAgrees: nothing runs before the family's yes.
func TestAStructureRefersAndTheFamilyAgrees(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	school, err := w.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: w.Territory, Name: "Lycée Kastler", Kind: "school", Commune: "95127"})
	matchingtest.Must(t, err)
	_, err = w.People.AddStaff(ctx, system, people.AddStaff{Email: "roux@example.org", FirstName: "Jean", LastName: "Roux", Role: people.PrescriberOf, Organisation: school.ID, Territories: []string{w.Territory}})
	matchingtest.Must(t, err)
	roux := w.SignIn(t, "roux@example.org")
	refer := application.Refer{Prescriber: school.ID, Students: []application.Referral{
		{FirstName: "Inès", LastName: "Kaci", BirthDate: "2004-05-14", Email: "ines@example.org", Commune: "95127", Level: "higher", Course: "bts"},
		{FirstName: "Tom", LastName: "Blanc", BirthDate: "2004-05-14", Email: "tom@example.org", Commune: "13055", Level: "higher", Course: "bts"},
	}}
	refer.SetKey("k1")
	for range 2 {
		rows, err := w.Applications.Refer(ctx, roux, refer)
		if err != nil || len(rows.Students) != 2 || rows.Students[0].ID == "" || rows.Students[1].Problem != "not_served" {
			t.Fatalf("%+v: %v", rows, err)
		}
	}
	page, err := w.Applications.Referred(ctx, roux, application.Referred{})
	if err != nil || len(page.Items) != 1 || page.Items[0].State != application.Invited {
		t.Fatalf("%+v: %v", page, err)
	}
	change := call.Change{ID: page.Items[0].ID}
	if _, err := w.Applications.Verify(ctx, system, application.Verify{Change: change, Eligible: true}); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided before the family agreed: %v", err)
	}
	// The structure attests before the family has agreed: both must stand after.
	_, err = w.Applications.Attest(ctx, roux, application.Attest{Change: change, Checked: []string{"equipment"}, GraveObstacle: true})
	matchingtest.Must(t, err)
	reference := page.Items[0].Reference
	stranger := w.SignIn(t, "roux@example.org")
	if _, err := w.Applications.Agree(ctx, stranger, application.Agree{Change: change, Submit: form()}); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else agreed: %v", err)
	}
	_, err = w.Applications.Agree(ctx, w.SignIn(t, "ines@example.org"), application.Agree{Change: change, Submit: form()})
	matchingtest.Must(t, err)
	app := state(t, w, change.ID)
	if app.State != application.Submitted || app.Prescriber != school.ID || app.Agreed == 0 {
		t.Errorf("%+v", app)
	}
	if app.Attestation == nil || !app.Need.GraveObstacle || app.Reference != reference {
		t.Errorf("agreeing lost what the structure attested, or the reference: %+v", app)
	}
	found, err := w.Applications.List(ctx, system, application.List{Words: reference})
	if err != nil || len(found.Items) != 1 {
		t.Errorf("not found by its reference: %v, %v", found.Items, err)
	}
}

// TestEveryPairOfStates walks the life cycle.
func TestEveryPairOfStates(t *testing.T) {
	lifecycletest.Walk(t, application.Steps, `
invited → draft submitted
draft → submitted
submitted → eligible ineligible withdrawn
eligible → offered withdrawn ineligible
ineligible → submitted
offered → eligible accepted
accepted → eligible fulfilled
fulfilled → replaced
`)
}

// Who accepts for a minor is a guardian of this student: not the student under
// another hat, nor somebody's else parent.
func TestAGuardianIsThisStudentsOwn(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	f := minor()
	f.GuardianEmail = f.Email
	_, err := w.Applications.Submit(ctx, people.Anyone("fr"), f)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("the student is their own guardian: %v", err)
	}
	other := minor()
	other.FirstName, other.Email, other.GuardianEmail = "Lou", "lou@example.org", minor().Email
	submit(t, w, other) // the student of the first application is a parent of this one
	mine := submit(t, w, minor())
	if err := w.Applications.MayAccept(ctx, w.SignIn(t, minor().Email), mine.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a guardian of somebody else accepts for themself: %v", err)
	}
}

// From fifteen a student agrees alone to the use of their data.
func TestFromFifteenNoAgreementIsMissing(t *testing.T) {
	w := matchingtest.Settle(t, storetest.Open(t))
	if receipt := submit(t, w, minor()); len(receipt.Waiting) > 0 {
		t.Errorf("at sixteen it waits for %v", receipt.Waiting)
	}
}

// A guardian whose link was lost is asked again, by the family or the desk.
func TestAGuardianIsAskedAgain(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	f := minor()
	f.BirthDate, f.GuardianEmail, f.GuardianPhone = "2013-03-01", "", "0612345678"
	receipt := submit(t, w, f)
	ask := application.AskGuardian{Change: call.Change{ID: receipt.ID}, FirstName: "Nadia", LastName: "Kaci", Email: f.Email}
	student := w.SignIn(t, f.Email)
	if _, err := w.Applications.AskGuardian(ctx, student, ask); !fault.Is(err, fault.Invalid) {
		t.Errorf("asked at the student's own address: %v", err)
	}
	ask.Email = "nadia@example.org"
	if _, err := w.Applications.AskGuardian(ctx, people.Actor{}, ask); err == nil {
		t.Error("anybody asks")
	}
	_, err := w.Applications.AskGuardian(ctx, student, ask)
	matchingtest.Must(t, err)
	reach, err := w.Applications.GuardianReach(ctx, receipt.ID)
	if err != nil || reach.Email != ask.Email {
		t.Errorf("the guardian is reached at %+v: %v", reach, err)
	}
	if err := w.Applications.MustOwn(ctx, w.SignIn(t, ask.Email), receipt.ID); err != nil {
		t.Errorf("the guardian does not act: %v", err)
	}
}

// At eighteen access passes to the student.
func TestAtEighteenAGuardianActsNoMore(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	receipt := submit(t, w, minor())
	guardian := w.SignIn(t, minor().GuardianEmail)
	matchingtest.Must(t, w.Applications.MustOwn(ctx, guardian, receipt.ID))
	w.Wait(3 * 365 * 24 * time.Hour)
	guardian, student := w.SignIn(t, minor().GuardianEmail), w.SignIn(t, minor().Email)
	if err := w.Applications.MustOwn(ctx, guardian, receipt.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the parent of an adult still acts: %v", err)
	}
	matchingtest.Must(t, w.Applications.MustOwn(ctx, student, receipt.ID))
}
