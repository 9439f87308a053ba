package assign_test

import (
	"math/rand/v2"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// TestAtMarginPricesAreWhatAPlaceIsWorth takes one place of each device away
// and solves again; and the prices are still a proof.
func TestAtMarginPricesAreWhatAPlaceIsWorth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		in := random(r)
		in.StudentGroups, in.DeviceGroups = nil, nil
		result, err := assign.Solve(t.Context(), in, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		margin := result.AtMargin(in)
		if err := assign.Check(in, margin); err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		for d := range in.Devices {
			less := in
			less.Capacity = make([]int32, in.Devices)
			for i := range less.Capacity {
				less.Capacity[i] = 1
				if in.Capacity != nil {
					less.Capacity[i] = in.Capacity[i]
				}
			}
			if less.Capacity[d] == 0 {
				continue
			}
			less.Capacity[d]--
			without, err := assign.Solve(t.Context(), less, assign.Options{})
			if err != nil {
				t.Fatal(err)
			}
			lost := result.Score - without.Score
			for tier, n := range result.TierCounts {
				lost += result.Step * int64(tier) * int64(n)
			}
			for tier, n := range without.TierCounts {
				lost -= result.Step * int64(tier) * int64(n)
			}
			if lost != margin.DevicePrice[d] {
				t.Fatalf("%+v: device %d is priced %d, a place is worth %d", in, d, margin.DevicePrice[d], lost)
			}
		}
	}
}
