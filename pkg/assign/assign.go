// Package assign finds the best one-to-one assignment of students to devices:
// exactly, on sparse instances, with a certificate.
//
// The objective is lexicographic: as many students as possible of the highest
// tier, then of the next, and so on; then the largest total score. Without
// tiers it is the largest total score.
//
// Devices are inserted one by one along shortest augmenting paths on reduced
// costs, keeping dual prices. A student's price u and a device's price v
// satisfy u + v >= weight on every arc, with equality on the pairs chosen, and
// are zero for whoever stays without: that proves the optimum, and Check
// verifies it without trusting Solve. After Solve a device's price is its
// marginal value: what the optimum would lose without it.
package assign

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxScore is the largest score of an arc; scores are 1..MaxScore.
const MaxScore = 1_000_000

// MaxTier is the highest tier; tiers are 1..MaxTier, higher is served first.
const MaxTier = 5

// Errors of malformed instances; Solve wraps them with the place.
var (
	ErrSize     = errors.New("assign: a size is negative or too large")
	ErrArc      = errors.New("assign: an arc names a student or device out of range")
	ErrScore    = errors.New("assign: a score is outside 1..1,000,000")
	ErrDouble   = errors.New("assign: an arc stands twice")
	ErrTier     = errors.New("assign: tiers must be one per student, 1..5")
	ErrCapacity = errors.New("assign: capacities must be one per device, not negative")
	ErrBound    = errors.New("assign: the instance is beyond what 64 bits can prove")
)

// Arc says that a device suits a student, and how well.
type Arc struct {
	Student int32
	Device  int32
	Score   int32 // 1..MaxScore
}

// Instance is a problem: sizes, arcs in any order, and what restricts them.
type Instance struct {
	Students int
	Devices  int
	Arcs     []Arc
	Tiers    []uint8 // one per student, 1..5, higher first; nil for none
	Capacity []int32 // how many students each device serves; nil for one each
}

// Options tune a run; the zero value serves.
type Options struct {
	// Seed orders the insertion of devices, which settles ties. The same
	// instance and seed give the same result.
	Seed uint64
	// Progress, where given, is called now and then with the devices inserted.
	Progress func(done, total int)
}

// Result is an optimal assignment and its proof.
type Result struct {
	DeviceOf     []int32 // per student: the device, or -1
	Matched      int
	Score        int64       // sum of the scores of the pairs
	TierCounts   map[int]int // served per tier; empty without tiers
	StudentPrice []int64     // u, in weights: Step*tier + score
	DevicePrice  []int64     // v, the device's marginal value
	Step         int64       // weight of one tier; 0 without tiers
}

// Weight is the weight of an arc under this result: Step*tier + score.
func (r *Result) Weight(in Instance, a Arc) int64 {
	if in.Tiers == nil {
		return int64(a.Score)
	}
	return r.Step*int64(in.Tiers[a.Student]) + int64(a.Score)
}

// step gives the weight of one tier: with linear tiers more than what all
// scores together can differ by is enough, because the sets of students that
// can be served form a matroid. It refuses what would overflow.
func step(in Instance) (int64, error) {
	small := int64(min(in.Students, places(in)))
	if in.Tiers == nil {
		return 0, nil
	}
	if small > 0 && float64(MaxTier)*MaxScore*float64(small+1)*float64(small+1) > math.MaxInt64/2 {
		return 0, fmt.Errorf("%w: %d places", ErrBound, small)
	}
	return small*MaxScore + 1, nil
}

func places(in Instance) int {
	if in.Capacity == nil {
		return in.Devices
	}
	total := 0
	for _, c := range in.Capacity {
		total += int(min(c, int32(min(in.Students, math.MaxInt32)))) //nolint:gosec // bounded above
	}
	return total
}

// Solve finds an optimal assignment. It returns ctx's error when cancelled.
func Solve(ctx context.Context, in Instance, o Options) (*Result, error) {
	s, err := newSolver(in)
	if err != nil {
		return nil, err
	}
	order := shuffled(in.Devices, o.Seed)
	for done, d := range order {
		if done%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if o.Progress != nil {
				o.Progress(done, in.Devices)
			}
		}
		for range s.capacity(d) {
			if !s.insert(d) {
				break
			}
		}
	}
	// A device without a place is worth what its first place would be.
	for d := range int32(in.Devices) { //nolint:gosec // sizes are checked
		if s.capacity(d) == 0 {
			s.price(d)
		}
	}
	if o.Progress != nil {
		o.Progress(in.Devices, in.Devices)
	}
	return s.result(in), nil
}

// shuffled is the order of insertion: by id under seed 0, else drawn from it.
func shuffled(n int, seed uint64) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i) //nolint:gosec // sizes are checked
	}
	if seed == 0 {
		return order
	}
	state := seed
	for i := n - 1; i > 0; i-- {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		j := int((z ^ z>>31) % uint64(i+1)) //nolint:gosec // below n
		order[i], order[j] = order[j], order[i]
	}
	return order
}

func validate(in Instance) error {
	if in.Students < 0 || in.Devices < 0 || in.Students > math.MaxInt32 || in.Devices > math.MaxInt32 {
		return fmt.Errorf("%w: %d students, %d devices", ErrSize, in.Students, in.Devices)
	}
	if in.Tiers != nil && len(in.Tiers) != in.Students {
		return fmt.Errorf("%w: %d for %d students", ErrTier, len(in.Tiers), in.Students)
	}
	for i, t := range in.Tiers {
		if t < 1 || t > MaxTier {
			return fmt.Errorf("%w: student %d has %d", ErrTier, i, t)
		}
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
	return nil
}
