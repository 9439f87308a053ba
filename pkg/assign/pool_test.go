package assign_test

import (
	"math/rand/v2"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// roomy draws an instance of few devices with many places, full of ties.
func roomy(r *rand.Rand) assign.Instance {
	in := assign.Instance{Students: 20 + r.IntN(60), Devices: 2 + r.IntN(7)}
	top := []int{1, 5, 1000}[r.IntN(3)]
	for s := range in.Students {
		for d := range in.Devices {
			if r.IntN(3) > 0 {
				in.Arcs = append(in.Arcs, assign.Arc{Student: int32(s), Device: int32(d), Score: int32(1 + r.IntN(top))})
			}
		}
	}
	in.Capacity = make([]int32, in.Devices)
	for d := range in.Capacity {
		in.Capacity[d] = int32(r.IntN(16))
	}
	if r.IntN(3) > 0 {
		in.Tiers = make([]uint8, in.Students)
		for i := range in.Tiers {
			in.Tiers[i] = uint8(1 + r.IntN(assign.MaxTier))
		}
	}
	return in
}

// apart gives each place a device of its own, which leaves nothing to pool.
func apart(in assign.Instance) assign.Instance {
	out := assign.Instance{Students: in.Students, Tiers: in.Tiers}
	first := make([]int32, in.Devices)
	for d, c := range in.Capacity {
		first[d] = int32(out.Devices)
		out.Devices += int(c)
	}
	for _, a := range in.Arcs {
		for k := range in.Capacity[a.Device] {
			out.Arcs = append(out.Arcs, assign.Arc{Student: a.Student, Device: first[a.Device] + k, Score: a.Score})
		}
	}
	return out
}

func TestPoolsHaveTheOptimumOfTheirPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	pooled := 0
	for n := range 1500 {
		in := roomy(r)
		got, err := assign.Solve(t.Context(), in, assign.Options{Seed: uint64(n)})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign.Check(in, got); err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		alone := apart(in)
		want, err := assign.Solve(t.Context(), alone, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if valueOf(in, got) != valueOf(alone, want) {
			t.Fatalf("%+v: %v, place by place %v", in, valueOf(in, got), valueOf(alone, want))
		}
		if alone.Devices >= 4*in.Devices {
			pooled++
		}
	}
	if pooled < 500 {
		t.Errorf("%d of 1500 instances are pools", pooled)
	}
}

// TestPoolsStayOpenForChanges lets a market that begins as pools follow changes.
func TestPoolsStayOpenForChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	for range 100 {
		m, err := assign.NewMarket(t.Context(), roomy(r), assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			_ = change(r, m) // some name what is not there
			now, result := m.Instance(), m.Result()
			if err := assign.Check(now, result); err != nil {
				t.Fatal(err)
			}
			fresh, err := assign.Solve(t.Context(), now, assign.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if valueOf(now, fresh) != valueOf(now, result) {
				t.Fatalf("%v, fresh %v", valueOf(now, result), valueOf(now, fresh))
			}
		}
	}
}
