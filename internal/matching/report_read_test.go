package matching_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestAReportNamesWhatWentAroundIt gives the last in line a device past those
// who come before.
func TestAReportNamesWhatWentAroundIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 3, 6)
		round := w.Round(t)
		one := call.One{ID: round.ID}
		report, err := w.Matches.Report(t.Context(), system, one)
		matchingtest.Must(t, err)
		c := report.Certificate
		if report.All.Asked != 6 || report.All.Served != 3 || len(report.Envy) != 0 || report.Overridden != 0 || len(report.Sensitivity) != 8 {
			t.Errorf("after the round: %+v", report)
		}
		if !c.Certified || c.Seed != round.Seed || c.Digest == "" || c.Grid != 1 || c.Devices != 3 || c.Applications != 6 || c.Pairs != round.Pairs {
			t.Errorf("certificate: %+v of %+v", c, round)
		}
		area := report.Dimensions[1]
		if area.Name != "departement" || len(area.Groups) != 1 || !strings.HasSuffix(area.Groups[0].Name, "(95)") {
			t.Errorf("by place: %+v", area)
		}

		late := w.Student(t) // had no part in it
		var last string
		for _, row := range left(t, w) {
			if row != late {
				last = row
			}
		}
		for _, app := range []string{last, late} {
			_, err = w.Matches.Override(t.Context(), system, matching.Override{Device: w.Device(t), Application: app, Reason: "urgence"})
			matchingtest.Must(t, err)
		}
		report, err = w.Matches.Report(t.Context(), system, one)
		matchingtest.Must(t, err)
		if report.Overridden != 2 || len(report.Overrides) != 2 {
			t.Fatalf("overrides: %+v", report.Overrides)
		}
		for _, o := range report.Overrides {
			if o.InRound != (o.Application == last) || o.Reference == "" || o.By != "system" {
				t.Errorf("override: %+v", o)
			}
		}
	})
}

// left lists the applications without a proposal, the strongest need first.
func left(t *testing.T, w *matchingtest.Town) []string {
	t.Helper()
	proposed := map[string]bool{}
	for _, row := range w.Proposals(t) {
		proposed[row.Application] = true
	}
	var ids []string
	page, err := w.Applications.List(t.Context(), system, applicationsWaiting())
	matchingtest.Must(t, err)
	for _, row := range page.Items {
		if !proposed[row.ID] {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// TestAnInstitutionReadsOfItsTerritoryAlone, and nothing that is small.
func TestAnInstitutionReadsOfItsTerritoryAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 3, 6)
		round := call.One{ID: w.Round(t).ID}
		delegate := func(territories ...string) people.Actor {
			p, err := w.Partners.AddPartner(t.Context(), system, partner.AddPartner{Name: "Section " + territories[0], Kind: "association", Territories: territories})
			matchingtest.Must(t, err)
			email := strings.ToLower(p.ID) + "@example.org"
			_, err = w.People.AddStaff(t.Context(), system, people.AddStaff{
				Email: email, FirstName: "Driss", LastName: "Idrissi", Role: people.PartnerOf, Organisation: p.ID, Territories: territories,
			})
			matchingtest.Must(t, err)
			return w.SignIn(t, email)
		}
		away, err := w.Partners.AddTerritory(t.Context(), system, partner.AddTerritory{
			Country: "FR", Name: "Yvelines", Zone: "Europe/Paris", Areas: []string{"78"}, Open: true, OfferDays: 7, Household: 2,
		})
		matchingtest.Must(t, err)
		own, other := delegate(w.Territory), delegate(away.ID)
		told, err := w.Matches.OutsideReport(t.Context(), own, round)
		matchingtest.Must(t, err)
		if !told.Hidden || !told.All.Hidden || told.Certificate.Applications != 0 || told.Certificate.Digest == "" {
			t.Errorf("three of six were served, and that is told: %+v", told)
		}
		if _, err := w.Matches.OutsideReport(t.Context(), other, round); !fault.Is(err, fault.NotFound) {
			t.Errorf("another territory's institution reads it: %v", err)
		}
		for _, actor := range []people.Actor{own, people.Anyone("fr"), w.Staff(t, people.Technician)} {
			if _, err := w.Matches.Report(t.Context(), actor, round); err == nil {
				t.Errorf("%v reads the whole report", actor.Grants())
			}
		}
		if _, err := w.Matches.OutsideReport(t.Context(), people.Anyone("fr"), round); err == nil {
			t.Error("anybody reads it")
		}
	})
}

func TestAReportAsATable(t *testing.T) {
	w := town(t, storetest.Open(t), 3, 6)
	report, err := w.Matches.Report(t.Context(), system, call.One{ID: w.Round(t).ID})
	matchingtest.Must(t, err)
	var text bytes.Buffer
	matchingtest.Must(t, report.CSV(&text))
	rows, err := csv.NewReader(&text).ReadAll()
	matchingtest.Must(t, err)
	for _, want := range [][]string{
		{"all", "all", "asked", "6"}, {"all", "all", "served", "3"}, {"tier", "1", "served", "3"}, {"sex", "", "asked", "not collected"},
		{"certificate", "", "digest", report.Certificate.Digest}, {"device", "8", "asked", "3"},
	} {
		if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row, want) }) {
			t.Errorf("no line %v in %v", want, rows)
		}
	}
}

// TestARoundThatFailedHasNoReport, nor one whose problem is gone.
func TestARoundThatFailedHasNoReport(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	round, err := w.Matches.AskRound(t.Context(), system, matching.StartRound{Territory: w.Territory})
	matchingtest.Must(t, err)
	_, err = w.Matches.StopRound(t.Context(), system, call.Change{ID: round.ID})
	matchingtest.Must(t, err)
	if _, err := w.Matches.Report(t.Context(), system, call.One{ID: round.ID}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a stopped round: %v", err)
	}
}
