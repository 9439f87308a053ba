package matching

import (
	"cmp"
	"maps"
	"slices"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// margin is the result with the prices at which every gap is exact. A price can
// rise until one of those whom the device serves would rather have another: of
// pairs that the instance left out, too, so that what becomes better at these
// prices is taken in until there is nothing left.
func (c *choice) margin() *assign.Result {
	c.priced.Do(func() {
		in := c.in
		in.Arcs = slices.Clip(in.Arcs)
		for {
			c.atMargin = c.result.AtMargin(in)
			before := len(in.Arcs)
			for i := range int32(len(c.problem.Askers)) { //nolint:gosec // askers are fewer than 2^31
				if c.result.DeviceOf[i] < 0 {
					continue // who has nothing keeps no price down
				}
				for arc := range c.left(c.atMargin, i) {
					if c.atMargin.Gap(c.in, arc) < 0 {
						in.Arcs = append(in.Arcs, arc)
					}
				}
			}
			if len(in.Arcs) == before {
				return
			}
		}
	})
	return c.atMargin
}

// gap is how much more a pair would have to score before an asker left without
// is served by it: exactly, but where quotas bind, at least.
func (c *choice) gap(arc assign.Arc) int64 { return max(c.margin().Gap(c.in, arc), 0) }

// cut is a pair of an asker left without, and what it lacks.
type cut struct {
	class int32
	score int64
	gap   int64 // assign.Missing where only a stronger tier would do
}

// nearest is the pair that lacks the least to serve an asker left without;
// false where nothing suits.
func (c *choice) nearest(i int32) (best cut, suited bool) {
	best.gap = assign.Missing + 1
	most := assign.Arc{Student: i, Score: int32(worthAtMost(c.problem.Grid.Pair, &c.problem.Askers[i]))} //nolint:gosec // 1..1e6
	for k := range int32(len(c.problem.Classes)) {                                                       //nolint:gosec // classes are fewer than 2^31
		if most.Device = k; c.gap(most) >= best.gap {
			continue
		}
		if arc, suits := c.arc(i, k); suits && c.gap(arc) < best.gap {
			best, suited = cut{k, int64(arc.Score), c.gap(arc)}, true
		}
	}
	return best, suited
}

// barriers names what keeps the stock from an asker whom nothing suits, the
// commonest first.
func (c *choice) barriers(i int32) []string {
	counts := map[string]int{}
	for k := range int32(len(c.problem.Classes)) { //nolint:gosec // classes are fewer than 2^31
		if why := c.barrier(i, k); why != "" {
			counts[why] += c.problem.Stock[k]
		}
	}
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// barrier names what keeps an asker and a class apart: a hard rule, a no that
// was said, or a constraint; empty where nothing does.
func (c *choice) barrier(i, k int32) string {
	if c.bonds.bars(i, k) {
		return "constraint"
	}
	if c.bonds.locked(i, k) {
		return ""
	}
	if why := barrier(&c.problem.Classes[k], &c.problem.Askers[i]); why != "" {
		return why
	}
	if c.bonds.saidNo(i, k) {
		return "refused"
	}
	return ""
}

// Price is what a place of a device is worth: what the round would lose without
// one of its kind.
type Price struct {
	Tier  int   `json:"tier"`  // of the student who would go without; 0 where nobody would
	Score int64 `json:"score"` // what the total would lose beside; below 0 it would gain
}

// price is of a class; false where quotas bind, whose prices stand for more
// than places.
func (c *choice) price(k int32) (Price, bool) {
	m := c.margin()
	if m.Quota != nil {
		return Price{}, false
	}
	worth, step := m.DevicePrice[k], m.Step
	tier := (worth + step/2) / step
	p := Price{Score: worth - tier*step}
	if tier > 0 {
		p.Tier = int(solverTier(int(tier)))
	}
	return p, true
}

// runnerUp is the asker left without who comes first at a class.
func (c *choice) runnerUp(k int32) (first int32, found bool) {
	for i, other := range c.result.DeviceOf {
		i := int32(i) //nolint:gosec // askers are fewer than 2^31
		if other >= 0 || c.turned[i] != "" || found && c.problem.Askers[i].score.Tier > c.problem.Askers[first].score.Tier {
			continue
		}
		if _, suits := c.arc(i, k); suits && (!found || c.rank(i, k).before(c.rank(first, k))) {
			first, found = i, true
		}
	}
	return first, found
}

// weakest is who comes last of those that a class serves.
func (c *choice) weakest(k int32) (last int32, found bool) {
	for i, own := range c.result.DeviceOf {
		i := int32(i) //nolint:gosec // as above
		if own == k && (!found || c.rank(last, k).before(c.rank(i, k))) {
			last, found = i, true
		}
	}
	return last, found
}

// verdict is why an asker did not get a device of a class.
type verdict struct {
	code string // a barrier, a share that is used up, other_device, stronger_need, or "" where it did
	mine rank
	gap  int64 // of stronger_need
	last *rank // of those whom the class serves
}

func (c *choice) verdict(i, k int32) verdict {
	v := verdict{mine: c.rank(i, k)}
	if last, serves := c.weakest(k); serves {
		s := c.rank(last, k)
		v.last = &s
	}
	switch own := c.result.DeviceOf[i]; {
	case own == k:
	case c.barrier(i, k) != "":
		v.code = c.barrier(i, k)
	case c.turned[i] != "":
		v.code = c.turned[i]
	case own >= 0:
		v.code = "other_device"
	default:
		v.code = "stronger_need"
		v.gap = c.gap(assign.Arc{Student: i, Device: k, Score: int32(v.mine.score)}) //nolint:gosec // 1..1e6
	}
	return v
}
