package assign

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// most is the largest number of students, devices or arcs: ids are 32 bits.
const most = math.MaxInt32

func validate(in Instance) error {
	if in.Students < 0 || in.Devices < 0 || in.Students > most || in.Devices > most || len(in.Arcs)+in.Devices > most {
		return fmt.Errorf("%w: %d students, %d devices, %d arcs", ErrSize, in.Students, in.Devices, len(in.Arcs))
	}
	if in.Tiers != nil && len(in.Tiers) != in.Students {
		return fmt.Errorf("%w: %d for %d students", ErrTier, len(in.Tiers), in.Students)
	}
	if i := slices.IndexFunc(in.Tiers, func(t uint8) bool { return t < 1 || t > MaxTier }); i >= 0 {
		return fmt.Errorf("%w: student %d has %d", ErrTier, i, in.Tiers[i])
	}
	if in.Capacity != nil && len(in.Capacity) != in.Devices {
		return fmt.Errorf("%w: %d for %d devices", ErrCapacity, len(in.Capacity), in.Devices)
	}
	if i := slices.IndexFunc(in.Capacity, func(c int32) bool { return c < 0 }); i >= 0 {
		return fmt.Errorf("%w: device %d has %d", ErrCapacity, i, in.Capacity[i])
	}
	for i, a := range in.Arcs {
		if a.Student < 0 || int(a.Student) >= in.Students || a.Device < 0 || int(a.Device) >= in.Devices {
			return fmt.Errorf("%w: arc %d (%d, %d)", ErrArc, i, a.Student, a.Device)
		}
		if a.Score < 1 || a.Score > MaxScore {
			return fmt.Errorf("%w: arc %d has %d", ErrScore, i, a.Score)
		}
	}
	if _, err := nest(in.StudentGroups, in.Students); err != nil {
		return fmt.Errorf("%w (students)", err)
	}
	if _, err := nest(in.DeviceGroups, in.Devices); err != nil {
		return fmt.Errorf("%w (devices)", err)
	}
	return nil
}

// forest is how the groups of one side lie in one another.
type forest struct {
	of     []int32 // per member: its innermost group, or -1; nil without groups
	parent []int32 // per group: the next one around it, or -1
}

// nest orders groups of one side, n members strong, by what they hold. From
// the smallest to the largest, each must swallow whole what it meets.
func nest(groups []Group, n int) (forest, error) {
	f := forest{parent: make([]int32, len(groups))}
	if len(groups) == 0 {
		return f, nil
	}
	f.of = filled(n, -1)
	outer := filled(n, -1) // per member: the outermost group so far
	order := make([]int, len(groups))
	for g := range groups {
		order[g], f.parent[g] = g, -1
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(groups[a].Members), len(groups[b].Members)) })
	seen := make([]int32, n) // group+1 that named the member last
	for _, g := range order {
		if groups[g].Quota < 0 {
			return f, fmt.Errorf("%w: group %d has quota %d", ErrGroup, g, groups[g].Quota)
		}
		met := map[int32]int{}
		for _, i := range groups[g].Members {
			if i < 0 || int(i) >= n || seen[i] == int32(g)+1 { //nolint:gosec // fewer groups than members of 32 bits
				return f, fmt.Errorf("%w: group %d, member %d", ErrGroup, g, i)
			}
			seen[i] = int32(g) + 1 //nolint:gosec // as above
			if outer[i] >= 0 {
				met[outer[i]]++
			} else {
				f.of[i] = int32(g) //nolint:gosec // as above
			}
			outer[i] = int32(g) //nolint:gosec // as above
		}
		for inner, count := range met {
			if count != len(groups[inner].Members) {
				return f, fmt.Errorf("%w: groups %d and %d", ErrOverlap, min(int(inner), g), max(int(inner), g))
			}
			f.parent[inner] = int32(g) //nolint:gosec // as above
		}
	}
	return f, nil
}

func filled(n int, with int32) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = with
	}
	return list
}

// places is how many pairs the capacities allow at most, no more than students.
func places(in Instance) int {
	if in.Capacity == nil {
		return min(in.Devices, in.Students)
	}
	total := 0
	for _, c := range in.Capacity {
		total = min(total+int(c), in.Students)
	}
	return total
}

// step gives the weight of one tier for so many places: with linear tiers more
// than what all scores together can differ by is enough, because the sets of
// students that can be served form a matroid. It refuses what would overflow.
func step(places int) (int64, error) {
	if float64(MaxTier)*MaxScore*float64(places+1)*float64(places+1) > math.MaxInt64/2 {
		return 0, fmt.Errorf("%w: %d places", ErrBound, places)
	}
	return int64(places)*MaxScore + 1, nil
}

// noDoubles refuses an arc that stands twice among a student's.
func noDoubles(rows []span, arcs []Arc, devices int) error {
	last := filled(devices, -1)
	for i, row := range rows {
		for _, a := range arcs[row.lo:row.hi] {
			if last[a.Device] == int32(i) { //nolint:gosec // sizes are checked
				return fmt.Errorf("%w: (%d, %d)", ErrDouble, i, a.Device)
			}
			last[a.Device] = int32(i) //nolint:gosec // sizes are checked
		}
	}
	return nil
}
