package partner_test

import (
	"errors"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestAClaimOfADeadEditCountsForMinutes: an edit dies after it claimed an area
// and before its territory lists it, or before it lets one go; both can be had by
// another territory afterwards, and a listed area by nobody.
func TestAClaimOfADeadEditCountsForMinutes(t *testing.T) {
	for writes, free := range map[int64]string{1: "78", 2: "95"} { // claimed alone; stored, not let go
		engine := &storetest.Dying{Engine: storetest.Open(t).Engine()}
		engine.Left.Store(-1)
		h := openOn(t, docstore.New(engine))
		own, other := h.territory(t, "Val d'Oise", true, "95"), h.territory(t, "Oise", true, "60")
		edit := func(id string, areas ...string) error {
			_, err := h.EditTerritory(t.Context(), people.System(), partner.EditTerritory{
				Change: call.Change{ID: id}, Name: "N", Zone: "Europe/Paris", Areas: areas, OfferDays: 9, Household: 3,
			})
			return err
		}
		engine.Left.Store(writes)
		if err := edit(own.ID, "78"); !errors.Is(err, storetest.ErrDied) {
			t.Fatal("it lived", err)
		}
		engine.Left.Store(-1)
		if err := edit(other.ID, "60", "78"); !fault.Is(err, fault.Conflict) {
			t.Errorf("after %d writes: what an edit may be about to list was taken: %v", writes, err)
		}
		h.now.Add(int64(11 * time.Minute))
		if err := edit(other.ID, "60", free); err != nil {
			t.Errorf("after %d writes: %s stays claimed: %v", writes, free, err)
		}
		listed := map[string]string{"78": "95", "95": "78"}[free]
		if err := edit(other.ID, "60", free, listed); !fault.Is(err, fault.Conflict) {
			t.Errorf("after %d writes: %s was taken from who lists it: %v", writes, listed, err)
		}
	}
}
