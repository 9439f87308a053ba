package matching_test

import (
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestWhoIsTiedDecidesNothing has a coordinator declare a tie, then try every
// decision on that family; a colleague may take each.
func TestWhoIsTiedDecidesNothing(t *testing.T) {
	w := town(t, storetest.Open(t), 2, 1)
	w.Round(t)
	tied, colleague := w.Staff(t, people.Coordinator), w.Staff(t, people.Coordinator)
	row := w.Proposals(t)[0]
	change, app := call.Change{ID: row.ID}, call.Change{ID: row.Application}
	_, err := w.Applications.DeclareTie(t.Context(), tied, app)
	matchingtest.Must(t, err)
	decisions := map[string]func(people.Actor) error{
		"approve": func(a people.Actor) error {
			_, err := w.Matches.Approve(t.Context(), a, matching.Approve{Change: change})
			return err
		},
		"reject": func(a people.Actor) error {
			_, err := w.Matches.Reject(t.Context(), a, matching.Reject{Change: change, Reason: "non"})
			return err
		},
		"release": func(a people.Actor) error {
			_, err := w.Matches.Release(t.Context(), a, matching.Release{Change: change, Reason: "non"})
			return err
		},
		"override": func(a people.Actor) error {
			_, err := w.Matches.Override(t.Context(), a, matching.Override{Device: spare(t, w, row.ID), Application: row.Application, Reason: "oui"})
			return err
		},
		"hold": func(a people.Actor) error {
			_, err := w.Applications.Hold(t.Context(), a, application.PutHold{Change: app, Type: "other", Waiting: "coordinator", Days: 3})
			return err
		},
	}
	w.Device(t)
	w.Student(t)
	w.Round(t)
	for name, decide := range decisions {
		if err := decide(tied); code(err) != "tie_declared" {
			t.Errorf("%s by who is tied: %v", name, err)
		}
	}
	for _, name := range []string{"approve", "release"} {
		if err := decisions[name](colleague); err != nil {
			t.Errorf("%s by a colleague: %v", name, err)
		}
	}
}

// TestAnOverrideWaitsForASecondPersonWhereAsked also has a round in between:
// the pair that waits stands.
func TestAnOverrideWaitsForASecondPersonWhereAsked(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	two := true
	_, err := w.Partners.SetApprovers(t.Context(), w.Staff(t, people.Coordinator), partner.SetApprovers{Change: call.Change{ID: w.Territory}, Two: &two})
	if code(err) != "forbidden" {
		t.Errorf("a coordinator sets who approves: %v", err)
	}
	_, err = w.Partners.SetApprovers(t.Context(), system, partner.SetApprovers{Change: call.Change{ID: w.Territory}, Two: &two})
	matchingtest.Must(t, err)
	first, second := w.Staff(t, people.Coordinator), w.Staff(t, people.Coordinator)
	w.Round(t)
	row := w.Proposals(t)[0]
	waits, err := w.Matches.Override(t.Context(), first, matching.Override{Device: row.Device, Application: row.Application, Reason: "concours demain"})
	matchingtest.Must(t, err)
	if waits.State != matching.Proposed {
		t.Fatalf("one person's override is %s", waits.State)
	}
	approve := matching.Approve{Change: call.Change{ID: waits.ID}}
	if _, err := w.Matches.Approve(t.Context(), first, approve); code(err) != "second_approver" {
		t.Errorf("the same person approves: %v", err)
	}
	offered, err := w.Matches.Approve(t.Context(), second, approve)
	matchingtest.Must(t, err)
	if offered.State != matching.Offered || offered.Action != "override" || offered.Reason != "concours demain" {
		t.Errorf("approved by a second person: %+v", offered)
	}
	w.Clean(t)
}

// TestAfterAReviewSomebodyElseDecides refuses, has it reviewed, and has the
// first coordinator try again.
func TestAfterAReviewSomebodyElseDecides(t *testing.T) {
	w := town(t, storetest.Open(t), 0, 1)
	first, second := w.Staff(t, people.Coordinator), w.Staff(t, people.Coordinator)
	var app string
	matchingtest.Must(t, w.Applications.Each(t.Context(), func(a *application.Application) error {
		app = a.ID
		return nil
	}))
	_, err := w.Applications.Hold(t.Context(), first, application.PutHold{Change: call.Change{ID: app}, Type: "other", Waiting: "coordinator", Days: 3})
	matchingtest.Must(t, err)
	refuse := application.Verify{Change: call.Change{ID: app}, Reason: "not_proven"}
	_, err = w.Applications.Verify(t.Context(), first, refuse)
	matchingtest.Must(t, err)
	_, err = w.Applications.Review(t.Context(), second, application.Review{Change: call.Change{ID: app}, Reason: "pièces reçues"})
	matchingtest.Must(t, err)
	if _, err := w.Applications.Verify(t.Context(), first, refuse); code(err) != "second_coordinator" {
		t.Errorf("who refused refuses again: %v", err)
	}
	_, err = w.Applications.Verify(t.Context(), second, refuse)
	matchingtest.Must(t, err)
}

// TestWhoAttestedDecidesNothing has a coordinator who works for a structure as
// well attest there, in their space.
func TestWhoAttestedDecidesNothing(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	w.Round(t)
	row := w.Proposals(t)[0]
	structure, err := w.Partners.AddPrescriber(t.Context(), system, partner.AddPrescriber{Territory: w.Territory, Name: "Mission locale", Kind: "association", Commune: "95127"})
	matchingtest.Must(t, err)
	_, err = w.People.AddStaff(t.Context(), system, people.AddStaff{
		Email: "both@example.org", FirstName: "Ada", LastName: "Roy", Role: people.PrescriberOf, Organisation: structure.ID, Territories: []string{w.Territory},
	})
	matchingtest.Must(t, err)
	_, err = w.People.AddStaff(t.Context(), system, people.AddStaff{
		Email: "both@example.org", FirstName: "Ada", LastName: "Roy", Role: people.Coordinator, Territories: []string{w.Territory},
	})
	matchingtest.Must(t, err)
	both := w.SignIn(t, "both@example.org")
	_, err = w.Applications.AskAttestation(t.Context(), system, application.AskAttestation{Change: call.Change{ID: row.Application}, Prescriber: structure.ID})
	matchingtest.Must(t, err)
	_, err = w.Applications.Attest(t.Context(), both, application.Attest{Change: call.Change{ID: row.Application}, Checked: []string{"equipment"}})
	matchingtest.Must(t, err)
	_, err = w.Matches.Approve(t.Context(), both, matching.Approve{Change: call.Change{ID: row.ID}})
	if code(err) != "own_attestation" {
		t.Errorf("who attested approves: %v", err)
	}
	_, err = w.Matches.Override(t.Context(), both, matching.Override{Device: row.Device, Application: row.Application, Reason: "oui"})
	if code(err) != "own_attestation" {
		t.Errorf("who attested overrides: %v", err)
	}
}
