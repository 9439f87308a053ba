// Package assign finds the best assignment of students to devices: exactly, on
// sparse instances, with a certificate that can be verified without trusting
// the solver.
//
// The objective is lexicographic: as many students as possible of the highest
// tier, then of the next, and so on; then the largest total score. Without
// tiers it is the largest total score. A student gets at most one device, a
// device serves as many students as its capacity, and groups on either side
// bound how many of their members take part.
//
// How it works: devices bid for students as in an auction, which settles most
// of a market roughly and fast; what is not exactly right is undone, and the
// rest is settled exactly along shortest augmenting paths on reduced costs,
// from the side of devices and then from the side of students. With tiers the
// same is done first for the tiers alone, whose prices the second pass starts
// from. Where few devices have many places, or groups of devices bind, the search
// walks devices alone. Instances whose groups of students bind are solved as a
// minimum-cost circulation.
//
// Beside the fastest of LEMON's algorithms on one core, CPU of the solve: .36 at
// 10k students and 5k devices, .13 at 100k and 50k (.15 with tiers), .10 at 100k
// on both sides (.27 with tiers), .20 at 2,000 dense; .66 of scipy at 500 dense.
// deployments/peers takes these figures again.
//
// The proof: a student's price u and a device's price v satisfy u + v >= weight
// on every arc, with equality on the pairs chosen, and are zero for whoever
// stays without. Check verifies it. A Market keeps the prices and follows
// changes one by one.
package assign

import (
	"context"
	"errors"
)

// MaxScore is the largest score of an arc; scores are 1..MaxScore.
const MaxScore = 1_000_000

// MaxTier is the highest tier; tiers are 1..MaxTier, higher is served first.
const MaxTier = 5

// Errors of malformed instances and updates; they come wrapped with the place.
var (
	ErrSize     = errors.New("assign: a size is negative or too large")
	ErrArc      = errors.New("assign: an arc names a student or device out of range")
	ErrScore    = errors.New("assign: a score is outside 1..1,000,000")
	ErrDouble   = errors.New("assign: an arc stands twice")
	ErrTier     = errors.New("assign: tiers must be one per student, 1..5")
	ErrCapacity = errors.New("assign: capacities must be one per device, not negative")
	ErrGroup    = errors.New("assign: a group names a member out of range or twice, or its quota is negative")
	ErrOverlap  = errors.New("assign: groups of one side must be nested or disjoint")
	ErrBound    = errors.New("assign: the instance is beyond what its arithmetic can prove")
)

// Arc says that a device suits a student, and how well.
type Arc struct {
	Student int32
	Device  int32
	Score   int32 // 1..MaxScore
}

// Group bounds how many of its members take part: students who get a device,
// or pairs made with its devices.
type Group struct {
	Members []int32
	Quota   int
}

// Instance is a problem: sizes, arcs in any order (sorted by student they are
// not copied), and what restricts them.
type Instance struct {
	Students int
	Devices  int
	Arcs     []Arc
	Tiers    []uint8 // one per student, 1..5, higher first; nil for none
	Capacity []int32 // how many students each device serves; nil for one each

	// Groups of students (a household's cap, a territory's quota) and of devices
	// (a partner's quota). On each side they are nested or disjoint; anything
	// else is ErrOverlap, as its optimum need not be whole.
	StudentGroups []Group
	DeviceGroups  []Group
}

// Options tune a run; the zero value serves.
type Options struct {
	// Seed orders the devices, which settles ties. The same instance and seed
	// give the same result.
	Seed uint64
	// Progress, where given, is called now and then with the share of work done.
	Progress func(done, total int)
}

// Result is an optimal assignment and its proof.
type Result struct {
	DeviceOf     []int32 // per student: the device, or -1
	Matched      int
	Score        int64       // sum of the scores of the pairs
	TierCounts   map[int]int // served per tier; empty without tiers
	StudentPrice []int64     // u, in weights: Step*tier + score
	DevicePrice  []int64     // v, of one place of the device, with what its groups cost; its worth at the margin is AtMargin's
	Step         int64       // weight of one tier; 0 without tiers

	// DeviceGroupPrice is what a place costs inside each group of devices beyond
	// outside, where groups of devices bind; else nil.
	DeviceGroupPrice []int64

	// Quota holds the prices where groups of students bind, and then replaces
	// the prices above and Step, which are nil and 0.
	Quota *QuotaPrices
}

// QuotaPrices prove an optimum under groups: each pair's weight is at most the
// prices of its student and device and of all groups around them.
type QuotaPrices struct {
	Student, Device           []Wide
	StudentGroup, DeviceGroup []Wide
	Weights                   [MaxTier + 1]Wide // of each tier, added to the score
}

// Gap is how much more an arc would have to weigh before its student were
// served by it, in points of score: 0 on pairs and on those as good. A gap of
// Missing says that no score makes up for it, only a higher tier would. Of an
// arc that the instance left out a gap below 0 is what taking it in would gain.
func (r *Result) Gap(in Instance, a Arc) int64 {
	if q := r.Quota; q != nil {
		return q.gap(in, a)
	}
	gap := r.StudentPrice[a.Student] + r.DevicePrice[a.Device] - r.Weight(in, a)
	if r.Step > 0 && gap >= r.Step-MaxScore {
		return Missing
	}
	return gap
}

// Missing is a Gap that no score can make up for.
const Missing = int64(1) << 62

// Weight is the weight of an arc under a result without binding groups:
// Step*tier + score.
func (r *Result) Weight(in Instance, a Arc) int64 {
	if in.Tiers == nil {
		return int64(a.Score)
	}
	return r.Step*int64(in.Tiers[a.Student]) + int64(a.Score)
}

// Solve finds an optimal assignment. It returns ctx's error when cancelled,
// and one of the errors of this package for a malformed instance.
func Solve(ctx context.Context, in Instance, o Options) (*Result, error) {
	if err := validate(in); err != nil {
		return nil, err
	}
	s, err := newSolver(in, 0)
	if err != nil {
		return nil, err
	}
	if err := s.solve(ctx, o); err != nil {
		return nil, err
	}
	r := s.result(in)
	if r.within(in) {
		return r, nil
	}
	if in.Devices <= poolDevices {
		if r, err := solvePools(ctx, in, o); err != nil || r.within(in) {
			return r, err
		}
	}
	return solveQuota(ctx, in, o)
}

// solvePools keeps to the groups of devices.
func solvePools(ctx context.Context, in Instance, o Options) (*Result, error) {
	s, err := newSolver(in, 0)
	if err != nil {
		return nil, err
	}
	prices, err := s.fillPools(&progress{ctx: ctx, tell: o.Progress}, in.DeviceGroups, o.Seed)
	if err != nil {
		return nil, err
	}
	r := s.result(in)
	r.DeviceGroupPrice = prices
	return r, nil
}

// within tells that a result keeps to all groups, though it was found without
// them: then it is the optimum with them as well.
func (r *Result) within(in Instance) bool {
	for _, g := range in.StudentGroups {
		n := 0
		for _, i := range g.Members {
			if r.DeviceOf[i] >= 0 {
				n++
			}
		}
		if n > g.Quota {
			return false
		}
	}
	if len(in.DeviceGroups) == 0 {
		return true
	}
	served := make([]int, in.Devices)
	for _, d := range r.DeviceOf {
		if d >= 0 {
			served[d]++
		}
	}
	for _, g := range in.DeviceGroups {
		n := 0
		for _, d := range g.Members {
			n += served[d]
		}
		if n > g.Quota {
			return false
		}
	}
	return true
}
