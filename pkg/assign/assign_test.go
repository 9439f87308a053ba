package assign_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// random makes a small instance with ties, isolated students and spare places.
func random(r *rand.Rand) assign.Instance {
	in := assign.Instance{Students: r.IntN(7), Devices: r.IntN(5)}
	top := []int{1, 3, 50, assign.MaxScore}[r.IntN(4)]
	for s := range in.Students {
		for d := range in.Devices {
			if r.IntN(3) > 0 {
				in.Arcs = append(in.Arcs, assign.Arc{Student: int32(s), Device: int32(d), Score: int32(1 + r.IntN(top))})
			}
		}
	}
	if r.IntN(2) == 0 {
		in.Tiers = make([]uint8, in.Students)
		for i := range in.Tiers {
			in.Tiers[i] = uint8(1 + r.IntN(assign.MaxTier))
		}
	}
	if r.IntN(2) == 0 {
		in.Capacity = make([]int32, in.Devices)
		for i := range in.Capacity {
			in.Capacity[i] = int32(r.IntN(4))
		}
	}
	return in
}

// value orders assignments: served per tier from the highest, then the score.
type value [assign.MaxTier + 1]int64

func (a value) less(b value) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// brute tries every assignment.
func brute(in assign.Instance) value {
	capacity := make([]int32, in.Devices)
	for d := range capacity {
		capacity[d] = 1
		if in.Capacity != nil {
			capacity[d] = in.Capacity[d]
		}
	}
	score := map[[2]int32]int32{}
	for _, a := range in.Arcs {
		score[[2]int32{a.Student, a.Device}] = a.Score
	}
	var best, current value
	students, devices := make([]int, in.Students), make([]int, in.Devices)
	var try func(s int)
	try = func(s int) {
		if s == in.Students {
			if best.less(current) && within(in.StudentGroups, students) && within(in.DeviceGroups, devices) {
				best = current
			}
			return
		}
		try(s + 1)
		for d := range in.Devices {
			w, ok := score[[2]int32{int32(s), int32(d)}]
			if !ok || capacity[d] == 0 {
				continue
			}
			before := current
			capacity[d]--
			students[s]++
			devices[d]++
			if in.Tiers != nil {
				current[assign.MaxTier-in.Tiers[s]]++
			}
			current[assign.MaxTier] += int64(w)
			try(s + 1)
			capacity[d]++
			students[s]--
			devices[d]--
			current = before
		}
	}
	try(0)
	return best
}

func within(groups []assign.Group, used []int) bool {
	for _, g := range groups {
		n := 0
		for _, i := range g.Members {
			n += used[i]
		}
		if n > g.Quota {
			return false
		}
	}
	return true
}

func valueOf(in assign.Instance, r *assign.Result) value {
	var v value
	for tier, n := range r.TierCounts {
		v[assign.MaxTier-tier] = int64(n)
	}
	v[assign.MaxTier] = r.Score
	return v
}

func TestOptimalOnSmallInstances(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 6000 {
		in := random(r)
		got, err := assign.Solve(context.Background(), in, assign.Options{Seed: uint64(i % 3)})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign.Check(in, got); err != nil {
			t.Fatalf("instance %d %+v: %v", i, in, err)
		}
		if want := brute(in); valueOf(in, got) != want {
			t.Fatalf("instance %d %+v: got %v, want %v", i, in, valueOf(in, got), want)
		}
	}
}

func TestCheckSeesThroughFalseResults(t *testing.T) {
	in := assign.Instance{Students: 2, Devices: 1, Arcs: []assign.Arc{{0, 0, 5}, {1, 0, 9}}}
	good, err := assign.Solve(t.Context(), in, assign.Options{})
	if err != nil || good.DeviceOf[1] != 0 {
		t.Fatal(good, err)
	}
	worse := &assign.Result{DeviceOf: []int32{0, -1}, Matched: 1, Score: 5, StudentPrice: []int64{0, 0}, DevicePrice: []int64{5}}
	twice := &assign.Result{DeviceOf: []int32{0, 0}, Matched: 2, Score: 14, StudentPrice: []int64{0, 4}, DevicePrice: []int64{5}}
	for _, r := range []*assign.Result{worse, twice} {
		if err := assign.Check(in, r); !errors.Is(err, assign.ErrNotOptimal) {
			t.Errorf("%+v passed: %v", r, err)
		}
	}
}

func TestRefusesMalformedInstances(t *testing.T) {
	for name, c := range map[string]struct {
		in   assign.Instance
		want error
	}{
		"arc out of range": {assign.Instance{Students: 1, Devices: 1, Arcs: []assign.Arc{{1, 0, 1}}}, assign.ErrArc},
		"negative arc":     {assign.Instance{Students: 1, Devices: 1, Arcs: []assign.Arc{{0, -1, 1}}}, assign.ErrArc},
		"score of zero":    {assign.Instance{Students: 1, Devices: 1, Arcs: []assign.Arc{{0, 0, 0}}}, assign.ErrScore},
		"score too large":  {assign.Instance{Students: 1, Devices: 1, Arcs: []assign.Arc{{0, 0, 1_000_001}}}, assign.ErrScore},
		"arc twice":        {assign.Instance{Students: 1, Devices: 1, Arcs: []assign.Arc{{0, 0, 1}, {0, 0, 2}}}, assign.ErrDouble},
		"tiers missing":    {assign.Instance{Students: 2, Tiers: []uint8{1}}, assign.ErrTier},
		"tier out":         {assign.Instance{Students: 1, Tiers: []uint8{6}}, assign.ErrTier},
		"capacity missing": {assign.Instance{Devices: 2, Capacity: []int32{1}}, assign.ErrCapacity},
		"negative size":    {assign.Instance{Students: -1}, assign.ErrSize},
		"beyond the bound": {assign.Instance{Students: 2_000_000, Devices: 2_000_000, Tiers: make([]uint8, 2_000_000)}, assign.ErrTier},
	} {
		if _, err := assign.Solve(t.Context(), c.in, assign.Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// groups adds a few nested or disjoint groups to a side of n members.
func groups(r *rand.Rand, n int) (list []assign.Group) {
	order := r.Perm(n)
	for from := 0; from < n; {
		to := min(n, from+1+r.IntN(3))
		if r.IntN(3) > 0 {
			g := assign.Group{Quota: r.IntN(3)}
			for _, i := range order[from:to] {
				g.Members = append(g.Members, int32(i))
			}
			list = append(list, g)
		}
		from = to
	}
	if n > 0 && r.IntN(2) == 0 {
		whole := assign.Group{Quota: r.IntN(n + 1)}
		for i := range n {
			whole.Members = append(whole.Members, int32(i))
		}
		list = append(list, whole)
	}
	r.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	return list
}

func TestOptimalUnderGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	bound := 0
	for i := range 6000 {
		in := random(r)
		if r.IntN(4) > 0 {
			in.StudentGroups = groups(r, in.Students)
		}
		if r.IntN(4) > 0 {
			in.DeviceGroups = groups(r, in.Devices)
		}
		got, err := assign.Solve(t.Context(), in, assign.Options{Seed: uint64(i % 3)})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign.Check(in, got); err != nil {
			t.Fatalf("instance %d %+v: %v", i, in, err)
		}
		if want := brute(in); valueOf(in, got) != want {
			t.Fatalf("instance %d %+v: got %v, want %v", i, in, valueOf(in, got), want)
		}
		if got.Quota != nil {
			bound++
		}
	}
	if bound < 1000 {
		t.Errorf("groups bound in %d instances only", bound)
	}
}
