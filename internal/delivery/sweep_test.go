package delivery_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestOneBrokenDeliveryStopsNoOther: of two kept in vain the first names a match
// that is not there; the second is given up, now and after a restart.
func TestOneBrokenDeliveryStopsNoOther(t *testing.T) {
	store := storetest.Open(t)
	d, ctx := settle(t, store), t.Context()
	broken, sound := d.planned(t), d.planned(t)
	beside := docstore.New(store.Engine())
	docs := docstore.Declare[delivery.Delivery](beside, delivery.Spec())
	matchingtest.Must(t, beside.Prepare(ctx))
	_, err := docs.Update(ctx, broken.ID, func(d *delivery.Delivery) error {
		d.Match = "mat_nowhere"
		return nil
	})
	matchingtest.Must(t, err)
	matchingtest.Must(t, store.Prepare(ctx)) // an engine knows the collections that were prepared last
	d.Wait(60 * 24 * time.Hour)
	if err := d.deliveries.Sweep(ctx); err == nil {
		t.Error("nobody is told of the broken one")
	}
	v, err := d.deliveries.Get(ctx, system, call.One{ID: sound.ID})
	matchingtest.Must(t, err)
	if v.State != delivery.Ended {
		t.Errorf("the sound one is still %s", v.State)
	}
	if _, err := d.deliveries.Recover(ctx, d.Now().Add(time.Second)); !fault.Is(err, fault.NotFound) {
		t.Errorf("recovery hides the broken one: %v", err)
	}
}
