package impact_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestADonorReadsHandOversByTheMonth: the desk reads each stage as it is; its
// donor reads what passed the bench as one number, which no hand-over moves, and
// hand-overs of the months before, in groups of five. Counted anew, all is alike.
func TestADonorReadsHandOversByTheMonth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w, figures, donations := lots(t, store)
		ctx, system := t.Context(), people.System()
		receipt, err := donations.Declare(ctx, people.Anyone("fr"), donation.Declare{
			SIREN: "732829320", Name: "Ateliers du Vexin", Address: "3 place des Arts", Postcode: "95000", Commune: "95127",
			ContactName: "Claire Morel", ContactEmail: "claire@vexin.example", Lines: []donation.Line{{Model: "T480", Quantity: 8, Condition: "working"}},
		})
		matchingtest.Must(t, err)
		donor := w.SignIn(t, "claire@vexin.example")
		var ids []string
		for range 8 {
			ids = append(ids, w.DeviceOf(t, receipt.ID))
		}
		_, _, err = w.Devices.Announce(ctx, system, device.Origin{Country: "FR", Territory: w.Territory, Donation: receipt.ID, Company: "com_1"}, device.Announced{Serial: "LATE"})
		matchingtest.Must(t, err)
		for i, id := range ids[:7] {
			match := fmt.Sprintf("mat_%d", i)
			matchingtest.Must(t, w.Devices.Claim(ctx, system, id, match))
			matchingtest.Must(t, w.Devices.Allocate(ctx, system, id, match))
			matchingtest.Must(t, w.Devices.Deliver(ctx, system, id, match))
		}
		read := func(who people.Actor) (stages map[string]int, delivered int) {
			t.Helper()
			w.Relay(t)
			o, err := figures.Outcome(ctx, who, call.One{ID: receipt.ID})
			matchingtest.Must(t, err)
			stages = map[string]int{}
			for _, s := range o.Stages {
				stages[s.Stage] = s.Count
			}
			return stages, o.Delivered
		}
		expect := func(when string, want int) {
			t.Helper()
			if desk, _ := read(system); desk["delivered"] != 7 || desk["stock"] != 1 || desk["announced"] != 1 {
				t.Errorf("%s the desk reads %v", when, desk)
			}
			stages, delivered := read(donor)
			if _, told := stages["delivered"]; told || stages["passed"] != 8 || stages["announced"] != 1 || delivered != want {
				t.Errorf("%s the donor reads %v, %d delivered", when, stages, delivered)
			}
		}
		expect("in the same month", 0)
		w.Wait(31 * 24 * time.Hour)
		expect("in the next month", 5)
		matchingtest.Must(t, figures.Rebuild(ctx))
		expect("counted anew", 5)
		if _, err := figures.Outcome(ctx, w.Staff(t, people.Greeter), call.One{ID: receipt.ID}); err == nil {
			t.Error("a greeter reads it")
		}
	})
}
