package assign_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// solved is an instance with its optimum.
func solved(t testing.TB, in assign.Instance) *assign.Result {
	t.Helper()
	r, err := assign.Solve(t.Context(), in, assign.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := assign.Check(in, r); err != nil {
		t.Fatalf("%+v: %v", in, err)
	}
	return r
}

// TestNobodyHasReasonToEnvy: whoever goes without would have had no more, by
// tier and then score, at any device that serves somebody else.
func TestNobodyHasReasonToEnvy(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for range 3000 {
		in := random(r)
		result := solved(t, in)
		worth := func(a assign.Arc) [2]int32 {
			if in.Tiers == nil {
				return [2]int32{0, a.Score}
			}
			return [2]int32{int32(in.Tiers[a.Student]), a.Score}
		}
		for _, wanted := range in.Arcs {
			if result.DeviceOf[wanted.Student] >= 0 {
				continue
			}
			for _, held := range in.Arcs {
				if held.Device == wanted.Device && result.DeviceOf[held.Student] == held.Device &&
					slices.Compare(sliceOf(worth(wanted)), sliceOf(worth(held))) > 0 {
					t.Fatalf("%+v: student %d is worth more at device %d than student %d who has it", in, wanted.Student, wanted.Device, held.Student)
				}
			}
		}
	}
}

func sliceOf(pair [2]int32) []int32 { return pair[:] }

// TestHidingSuitableDevicesServesNobody: who is not served is not served either
// where some of what suits them is left out, ties aside.
func TestHidingSuitableDevicesServesNobody(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for range 2000 {
		in := random(r)
		for k := range in.Arcs { // no two totals are the same
			in.Arcs[k].Score = int32(1 + (k*k*7919+r.IntN(900_000))%assign.MaxScore)
		}
		result := solved(t, in)
		for i := range int32(in.Students) {
			if result.DeviceOf[i] >= 0 {
				continue
			}
			less := in
			less.Arcs = slices.DeleteFunc(slices.Clone(in.Arcs), func(a assign.Arc) bool { return a.Student == i && r.IntN(2) == 0 })
			if got := solved(t, less); got.DeviceOf[i] >= 0 && valueOf(less, got) != valueOf(in, result) {
				t.Fatalf("%+v: student %d is served for hiding", in, i)
			}
		}
	}
}

// TestKnownOptima makes assignment problems as the OR-Library has them, square
// and dense with costs of 1 to 100, around prices and a permutation that are
// known: their sum is the optimum.
func TestKnownOptima(t *testing.T) {
	const offset = 101 // what is least for costs is most for offset - cost
	for _, n := range []int{100, 200, 300, 400} {
		r := rand.New(rand.NewPCG(uint64(n), 25))
		rows, columns, to := make([]int32, n), make([]int32, n), r.Perm(n)
		least := int64(0)
		for i := range n {
			rows[i], columns[i] = int32(1+r.IntN(40)), int32(r.IntN(30))
		}
		in := assign.Instance{Students: n, Devices: n}
		for i := range n {
			for j := range n {
				cost := rows[i] + columns[j]
				if to[i] != j {
					cost += int32(r.IntN(int(101 - cost)))
				} else {
					least += int64(cost)
				}
				in.Arcs = append(in.Arcs, assign.Arc{Student: int32(i), Device: int32(j), Score: offset - cost})
			}
		}
		result := solved(t, in)
		if result.Matched != n || int64(offset)*int64(n)-result.Score != least {
			t.Errorf("%d × %d: %d pairs cost %d, known %d", n, n, result.Matched, int64(offset)*int64(n)-result.Score, least)
		}
	}
}

// FuzzMarket lets a market follow a sequence of changes drawn from bytes, and
// compares with a fresh solve at the end of each.
func FuzzMarket(f *testing.F) {
	f.Add(uint64(1), []byte{0, 1, 2, 3, 4, 5, 6})
	f.Add(uint64(7), []byte{6, 6, 0, 0, 1, 1, 5, 5, 3, 2, 4, 0, 255, 9})
	f.Fuzz(func(t *testing.T, seed uint64, steps []byte) {
		r := rand.New(rand.NewPCG(seed, 26))
		start := random(r)
		if seed%2 == 0 {
			start = roomy(r)
		}
		m, err := assign.NewMarket(t.Context(), start, assign.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps[:min(len(steps), 64)] {
			_ = change(rand.New(rand.NewPCG(seed, uint64(step))), m) // some name what is not there
			now, result := m.Instance(), m.Result()
			if err := assign.Check(now, result); err != nil {
				t.Fatal(err)
			}
			if fresh := solved(t, now); valueOf(now, fresh) != valueOf(now, result) {
				t.Fatalf("%v, fresh %v", valueOf(now, result), valueOf(now, fresh))
			}
		}
	})
}
