package impact_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestAnInstitutionReadsGroups: its students through its structures by state,
// and the devices kept for it, never fewer than five of anybody; counted anew,
// all is alike.
func TestAnInstitutionReadsGroups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w, figures := town(t, store)
		ctx, system := t.Context(), people.System()
		own, err := w.Partners.AddPartner(ctx, system, partner.AddPartner{Name: "Section", Kind: "association", Territories: []string{w.Territory}})
		matchingtest.Must(t, err)
		school, err := w.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: w.Territory, Name: "Lycée", Kind: "school", Commune: "95127"})
		matchingtest.Must(t, err)
		var devices []string
		for range 6 {
			id := w.Student(t)
			_, err := w.Applications.AskAttestation(ctx, system, application.AskAttestation{Change: call.Change{ID: id}, Prescriber: school.ID})
			matchingtest.Must(t, err)
			devices = append(devices, w.DeviceFor(t, device.Earmark{Kind: "partner", ID: own.ID}))
		}
		refused := w.Student(t)
		_, err = w.Applications.AskAttestation(ctx, system, application.AskAttestation{Change: call.Change{ID: refused}, Prescriber: school.ID})
		matchingtest.Must(t, err)
		_, err = w.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: refused}, Reason: "has_device"})
		matchingtest.Must(t, err)
		for _, id := range devices {
			matchingtest.Must(t, w.Devices.Claim(ctx, system, id, "mat_"+id))
			matchingtest.Must(t, w.Devices.Allocate(ctx, system, id, "mat_"+id))
			matchingtest.Must(t, w.Devices.Deliver(ctx, system, id, "mat_"+id))
		}
		read := func() (states map[string]int, received, handed int) {
			t.Helper()
			w.Relay(t)
			v, err := figures.Institution(ctx, system, call.One{ID: own.ID})
			matchingtest.Must(t, err)
			states = map[string]int{}
			for _, s := range v.Applications {
				states[s.State] = s.Count
			}
			return states, v.Received, v.HandedOver
		}
		if states, _, _ := read(); states["eligible"] != 0 {
			t.Error("it reads of a structure that is not its own")
		}
		_, err = w.Partners.JoinPartner(ctx, system, partner.JoinPartner{Change: call.Change{ID: school.ID}, Partner: own.ID})
		matchingtest.Must(t, err)
		expect := func(when string, handed int) {
			t.Helper()
			states, received, got := read()
			if states["eligible"] != 5 || states["ineligible"] != 0 || received != 6 || got != handed {
				t.Errorf("%s: %v, %d received, %d handed over", when, states, received, got)
			}
		}
		expect("this month", 0)
		w.Wait(31 * 24 * time.Hour)
		expect("next month", 5)
		matchingtest.Must(t, figures.Rebuild(ctx))
		expect("counted anew", 5)
	})
}
