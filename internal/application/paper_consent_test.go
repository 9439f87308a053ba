package application_test

import (
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestAGuardianWithAPhoneAlone signs on paper, which the structure notes, and
// then acts with a code on paper that names them.
func TestAGuardianWithAPhoneAlone(t *testing.T) {
	w := matchingtest.Settle(t, storetest.Open(t))
	ctx, system := t.Context(), people.System()
	school, err := w.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: w.Territory, Name: "Collège", Kind: "school", Commune: "95127"})
	matchingtest.Must(t, err)
	_, err = w.People.AddStaff(ctx, system, people.AddStaff{
		Email: "roux@example.org", FirstName: "Jean", LastName: "Roux", Role: people.PrescriberOf, Organisation: school.ID, Territories: []string{w.Territory},
	})
	matchingtest.Must(t, err)
	teacher := w.SignIn(t, "roux@example.org")
	receipt, err := w.Applications.Submit(ctx, people.Anyone("fr"), application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Yanis", LastName: "Haddad", BirthDate: "2013-05-14", Level: "college", Course: "college",
		Equipment: "none", Learners: 2, Means: "rsa", Phone: "06 12 34 56 78", GuardianFirstName: "Samia", GuardianLastName: "Haddad",
		GuardianPhone: "06 98 76 54 32", Prescriber: school.ID, Agree: true,
	})
	matchingtest.Must(t, err)
	change := call.Change{ID: receipt.ID}
	status, err := w.Applications.Status(ctx, system, call.One{ID: receipt.ID})
	matchingtest.Must(t, err)
	if status.Next.Code != "hold_prescriber" || len(receipt.Waiting) != 1 {
		t.Errorf("who acts: %+v, told %v", status.Next, receipt.Waiting)
	}
	asked, err := w.Applications.AskGuardian(ctx, system, application.AskGuardian{Change: change, FirstName: "Samia", LastName: "Haddad", Phone: "+33 6 98 76 54 32"})
	matchingtest.Must(t, err)
	if asked.Next.Who != "prescriber" {
		t.Errorf("asked again: %+v", asked.Next)
	}
	if _, err = w.Applications.AskGuardian(ctx, system, application.AskGuardian{Change: change, FirstName: "Samia", LastName: "Haddad", Phone: "0612345678"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("the student's own number: %v", err)
	}
	sheet, err := w.Applications.ConsentSheet(ctx, teacher, call.One{ID: receipt.ID})
	matchingtest.Must(t, err)
	if sheet.Guardian.FirstName != "Samia" || sheet.Student.FirstName != "Yanis" || sheet.Student.Phone != "" {
		t.Errorf("sheet: %+v", sheet)
	}
	noted := application.PaperConsent{Change: change, FirstName: "Samia", LastName: "Haddad", Signed: w.Now().Format("2006-01-02"), Text: sheet.Text}
	if _, err = w.Applications.PaperConsent(ctx, w.Staff(t, people.Greeter), noted); !fault.Is(err, fault.NotFound) {
		t.Errorf("noted by a stranger: %v", err)
	}
	_, err = w.Applications.PaperConsent(ctx, teacher, noted)
	matchingtest.Must(t, err)
	app, err := w.Applications.Find(ctx, receipt.ID)
	matchingtest.Must(t, err)
	if app.HeldBy("missing_consent") || app.OnPaper.By != teacher.Person || app.OnPaper.Text != sheet.Text || app.Guardians[0].Attested != school.ID {
		t.Errorf("noted: %+v, guardians %+v", app.OnPaper, app.Guardians)
	}
	paper, err := w.Applications.PaperCode(ctx, teacher, change)
	matchingtest.Must(t, err)
	session, err := w.People.SignIn(ctx, people.Anyone("fr"), people.SignIn{Reference: paper.Reference, Code: paper.Code})
	matchingtest.Must(t, err)
	guardian, err := w.People.Resume(ctx, session.Token)
	matchingtest.Must(t, err)
	if paper.FirstName != "Samia" || w.Applications.MayAccept(ctx, guardian, receipt.ID) != nil {
		t.Errorf("the code of a minor opens for %s", paper.FirstName)
	}
	w.Wait(6 * 365 * 24 * 3600 * 1e9) // of age
	paper, err = w.Applications.PaperCode(ctx, teacher, change)
	matchingtest.Must(t, err)
	if paper.FirstName != "Yanis" {
		t.Errorf("the code of an adult opens for %s", paper.FirstName)
	}
}
