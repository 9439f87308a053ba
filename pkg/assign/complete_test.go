package assign_test

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// TestCompleteIsTheOptimumOfAllArcs keeps two arcs of each student and lets
// Complete find the rest that it needs.
func TestCompleteIsTheOptimumOfAllArcs(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		full := assign.Instance{Students: 40, Devices: 25, Tiers: make([]uint8, 40)}
		all := make([][]assign.Arc, full.Students)
		for i := range int32(40) {
			full.Tiers[i] = uint8(1 + random.IntN(5))
			for _, d := range random.Perm(25)[:12] {
				all[i] = append(all[i], assign.Arc{Student: i, Device: int32(d), Score: int32(1 + random.IntN(1000))})
			}
			full.Arcs = append(full.Arcs, all[i]...)
		}
		if seed%2 == 0 { // a quota that binds
			full.DeviceGroups = []assign.Group{{Members: []int32{0, 1, 2, 3, 4, 5, 6, 7}, Quota: 3}}
		}
		few := full
		few.Arcs = nil
		for _, arcs := range all {
			few.Arcs = append(few.Arcs, arcs[:2]...)
		}
		left := func(_ *assign.Result, i int32) iter.Seq[assign.Arc] { return slices.Values(all[i]) }
		in, got, err := assign.Complete(t.Context(), few, assign.Options{}, left)
		if err != nil {
			t.Fatal(err)
		}
		if err := assign.Check(in, got); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, err := assign.Solve(t.Context(), full, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for tier := 1; tier <= 5; tier++ {
			if got.TierCounts[tier] != want.TierCounts[tier] {
				t.Fatalf("seed %d: tier %d serves %d, all arcs %d", seed, tier, got.TierCounts[tier], want.TierCounts[tier])
			}
		}
		if got.Score != want.Score {
			t.Fatalf("seed %d: score %d, all arcs %d", seed, got.Score, want.Score)
		}
		if seed == 0 && len(in.Arcs) == len(few.Arcs) {
			t.Error("nothing was taken in")
		}
	}
}
