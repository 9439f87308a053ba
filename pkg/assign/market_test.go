package assign_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// town makes an instance of some hundreds a side: local, with ties, lots and
// tiers as they come.
func town(r *rand.Rand) assign.Instance {
	in := assign.Instance{Students: 1 + r.IntN(300), Devices: 1 + r.IntN(150)}
	near, top := 1+r.IntN(40), []int{2, 100, assign.MaxScore}[r.IntN(3)]
	for s := range in.Students {
		for k := range near {
			if d := s*in.Devices/in.Students + k - near/2; d >= 0 && d < in.Devices && r.IntN(4) > 0 {
				in.Arcs = append(in.Arcs, assign.Arc{Student: int32(s), Device: int32(d), Score: int32(1 + r.IntN(top))})
			}
		}
	}
	if r.IntN(2) == 0 {
		in.Tiers = make([]uint8, in.Students)
		for i := range in.Tiers {
			in.Tiers[i] = uint8(1 + r.IntN(1+r.IntN(assign.MaxTier)))
		}
	}
	if r.IntN(2) == 0 {
		in.Capacity = make([]int32, in.Devices)
		for i := range in.Capacity {
			in.Capacity[i] = int32(r.IntN(5))
		}
	}
	r.Shuffle(len(in.Arcs), func(a, b int) { in.Arcs[a], in.Arcs[b] = in.Arcs[b], in.Arcs[a] })
	return in
}

func TestProvenOnTowns(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 400 {
		in := town(r)
		got, err := assign.Solve(t.Context(), in, assign.Options{Seed: uint64(i)})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign.Check(in, got); err != nil {
			t.Fatalf("town %d: %v", i, err)
		}
	}
}

// Groups that bind nowhere change nothing of the optimum; the circulation finds
// the same score as the market where it is made to.
func TestTheCirculationAgreesWithTheMarket(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for i := range 60 {
		in := town(r)
		free, err := assign.Solve(t.Context(), in, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		in.StudentGroups = []assign.Group{{Quota: max(0, free.Matched-1)}}
		for s := range in.Students {
			in.StudentGroups[0].Members = append(in.StudentGroups[0].Members, int32(s))
		}
		bound, err := assign.Solve(t.Context(), in, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign.Check(in, bound); err != nil {
			t.Fatalf("town %d: %v", i, err)
		}
		if bound.Matched != max(0, free.Matched-1) {
			t.Fatalf("town %d: %d served under a quota of %d", i, bound.Matched, free.Matched-1)
		}
	}
}

// change makes one random update of a market and of the instance beside it.
func change(r *rand.Rand, m *assign.Market) error {
	in := m.Instance()
	s, d := int32(r.IntN(max(in.Students, 1))), int32(r.IntN(max(in.Devices, 1)))
	score := int32(1 + r.IntN(50))
	switch r.IntN(7) {
	case 0:
		var arcs []assign.Arc
		for i := range in.Students {
			if r.IntN(3) == 0 {
				arcs = append(arcs, assign.Arc{Student: int32(i), Score: int32(1 + r.IntN(50))})
			}
		}
		_, err := m.AddDevice(int32(r.IntN(3)), arcs)
		return err
	case 1:
		var arcs []assign.Arc
		for i := range in.Devices {
			if r.IntN(3) == 0 {
				arcs = append(arcs, assign.Arc{Device: int32(i), Score: int32(1 + r.IntN(50))})
			}
		}
		_, err := m.AddStudent(uint8(1+r.IntN(assign.MaxTier)), arcs)
		return err
	case 2:
		return m.RemoveDevice(d)
	case 3:
		return m.RemoveStudent(s)
	case 4:
		return m.SetCapacity(d, int32(r.IntN(3)))
	case 5:
		return m.RemoveArc(s, d)
	default:
		return m.SetArc(assign.Arc{Student: s, Device: d, Score: score})
	}
}

// After any sequence of updates a market is proven, and worth what a fresh
// solve finds.
func TestAMarketFollowsEveryChange(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for i := range 300 {
		in := random(r)
		m, err := assign.NewMarket(t.Context(), in, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for step := range 30 {
			if err := change(r, m); err != nil && !errors.Is(err, assign.ErrArc) {
				t.Fatalf("market %d, step %d: %v", i, step, err)
			}
			now, result := m.Instance(), m.Result()
			if err := assign.Check(now, result); err != nil {
				t.Fatalf("market %d, step %d, %+v: %v", i, step, now, err)
			}
			fresh, err := assign.Solve(t.Context(), now, assign.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if valueOf(now, fresh) != valueOf(now, result) {
				t.Fatalf("market %d, step %d: %v, fresh %v", i, step, valueOf(now, result), valueOf(now, fresh))
			}
		}
	}
}

// What a device is worth is what the optimum loses without it.
func TestWorthIsMarginalValue(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		in := random(r)
		in.Tiers, in.Capacity = nil, nil
		m, err := assign.NewMarket(t.Context(), in, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		whole := m.Result()
		for d := range in.Devices {
			worth, err := m.Worth(int32(d))
			if err != nil {
				t.Fatal(err)
			}
			without := in
			without.Capacity = make([]int32, in.Devices)
			for i := range without.Capacity {
				without.Capacity[i] = 1
			}
			without.Capacity[d] = 0
			less, err := assign.Solve(t.Context(), without, assign.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if whole.Score-less.Score != worth {
				t.Fatalf("%+v: device %d is worth %d, says %d", in, d, whole.Score-less.Score, worth)
			}
			if after := m.Result(); valueOf(in, after) != valueOf(in, whole) {
				t.Fatal("asking what a device is worth changed the market")
			}
		}
	}
}
