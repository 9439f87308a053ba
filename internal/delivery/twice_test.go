package delivery_test

import (
	"sync"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestACodeSentTwiceIsAnsweredTwice: a double click sends the same form several
// times at once, and once more after that; each is answered as the first is.
func TestACodeSentTwiceIsAnsweredTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d := settle(t, store)
		v := d.booked(t)
		req := delivery.HandOver{Change: call.Change{ID: v.ID, IfVersion: v.Version}, Code: d.code(t, v.ID)}
		answers := make([]delivery.GreeterRow, 6)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				var err error
				if answers[i], err = d.deliveries.HandOver(t.Context(), system, req); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		again, err := d.deliveries.HandOver(t.Context(), system, req)
		matchingtest.Must(t, err)
		for _, a := range append(answers, again) {
			if a.State != delivery.HandedOver || a.ID != v.ID {
				t.Errorf("answered %+v", a)
			}
		}
		req.Code = "000000"
		if _, err := d.deliveries.HandOver(t.Context(), system, req); err == nil {
			t.Error("a wrong code is answered as the right one was")
		}
		d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
	})
}
