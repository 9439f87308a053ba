package delivery_test

import (
	"errors"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestABrokenDeviceIsReplaced: once it came back, the student waits for another
// in a linked application, in the same stage of schooling, and gets it. A death
// before any write is made good by the event.
func TestABrokenDeviceIsReplaced(t *testing.T) {
	for n := int64(0); ; n++ {
		engine := &storetest.Dying{Engine: storetest.Open(t).Engine()}
		engine.Left.Store(-1)
		d, ctx := settle(t, docstore.New(engine)), t.Context()
		v := d.booked(t)
		d.handOver(t, v.ID)
		d.Relay(t)
		replace := func() (application.View, error) {
			return d.Applications.Replace(ctx, system, call.Change{ID: v.Application})
		}
		if _, err := replace(); !fault.Is(err, fault.Conflict) {
			t.Fatalf("replaced while the student has it: %v", err)
		}
		_, err := d.deliveries.Return(ctx, system, delivery.After{Change: call.Change{ID: v.ID}, Reason: "ne démarre plus"})
		matchingtest.Must(t, err)
		d.Relay(t)
		engine.Left.Store(n)
		_, died := replace()
		engine.Left.Store(-1)
		if died != nil && !errors.Is(died, storetest.ErrDied) {
			t.Fatal(died)
		}
		d.Relay(t)
		old, err := d.Applications.Find(ctx, v.Application)
		matchingtest.Must(t, err)
		if old.State == application.Fulfilled { // it died before its first write: the coordinator tries again
			_, err = replace()
			matchingtest.Must(t, err)
		}
		var fresh []*application.Application
		matchingtest.Must(t, d.Applications.Each(ctx, func(app *application.Application) error {
			if app.Replaces == v.Application {
				fresh = append(fresh, app)
			}
			return nil
		}))
		if len(fresh) != 1 || fresh[0].State != application.Eligible || fresh[0].Reference == old.Reference {
			t.Fatalf("before write %d: followed by %+v", n, fresh)
		}
		name, err := d.Applications.FirstName(ctx, fresh[0].ID)
		if err != nil || name == "" {
			t.Errorf("the name is %q: %v", name, err)
		}
		match, err := d.Matches.Override(ctx, system, matching.Override{Device: d.Device(t), Application: fresh[0].ID, Reason: "échange"})
		matchingtest.Must(t, err)
		if match.State != matching.Offered {
			t.Errorf("the second match is %s", match.State)
		}
		d.recovered(t)
		d.clean(t)
		if died == nil {
			if n < 4 {
				t.Errorf("%d writes only", n)
			}
			return
		}
	}
}
