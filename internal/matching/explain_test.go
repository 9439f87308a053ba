package matching

import (
	"reflect"
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// everyPair is a choice's instance with all that suits, so that one score can
// be changed and all solved anew.
func (c *choice) everyPair() assign.Instance {
	in := c.instance()
	for i := range int32(len(c.problem.Askers)) {
		for k := range int32(len(c.problem.Classes)) {
			if arc, suits := c.arc(i, k); suits && c.turned[i] == "" {
				in.Arcs = append(in.Arcs, arc)
			}
		}
	}
	return in
}

// serves solves an instance with one pair's score changed, and tells whether it
// is made.
func serves(t *testing.T, in assign.Instance, i, k int32, by int64) bool {
	t.Helper()
	in.Arcs = slices.Clone(in.Arcs)
	for n := range in.Arcs {
		if in.Arcs[n].Student == i && in.Arcs[n].Device == k {
			in.Arcs[n].Score += int32(by)
		}
	}
	r, err := assign.Solve(t.Context(), in, assign.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r.DeviceOf[i] == k
}

// TestAVerdictIsWhatWasMissing takes students left without and classes that
// suit them, near candidates and beyond, and solves again with the pair's score
// raised by a point less and a point more than the verdict says.
func TestAVerdictIsWhatWasMissing(t *testing.T) {
	tried, beyond := 0, 0
	for seed := range uint64(5) {
		c := chosen(t, someProblem(seed, 200, candidates+40))
		in := c.everyPair()
		known := map[pair]bool{}
		for _, a := range c.in.Arcs {
			known[pair{a.Student, a.Device}] = true
		}
		perProblem := map[bool]int{}
		for n, a := range in.Arcs {
			v := c.verdict(a.Student, a.Device)
			if n%7 != 0 || v.code != "stronger_need" || v.gap < 2 || v.gap == assign.Missing || int64(a.Score)+v.gap+1 > assign.MaxScore {
				continue
			}
			near := known[pair{a.Student, a.Device}]
			if perProblem[near]++; perProblem[near] > 8 {
				continue
			}
			tried++
			if !near {
				beyond++
			}
			if serves(t, in, a.Student, a.Device, v.gap-1) || !serves(t, in, a.Student, a.Device, v.gap+1) {
				t.Errorf("seed %d: asker %d, class %d: a gap of %d is not what is missing", seed, a.Student, a.Device, v.gap)
			}
		}
	}
	if tried < 30 || beyond == 0 {
		t.Fatalf("%d verdicts tried, %d beyond the candidates: the test shows little", tried, beyond)
	}
}

// TestPairsLeftOutCountAtTheMargin gives a choice no pairs but those it makes:
// its prices are those of all pairs all the same.
func TestPairsLeftOutCountAtTheMargin(t *testing.T) {
	for seed := range uint64(4) {
		c := chosen(t, someProblem(seed, 200, candidates+40))
		all := c.everyPair()
		bare := &choice{problem: c.problem, turned: c.turned, bonds: c.bonds, apart: c.apart, in: c.in, result: c.result}
		bare.in.Arcs = slices.DeleteFunc(slices.Clone(all.Arcs), func(a assign.Arc) bool { return c.result.DeviceOf[a.Student] != a.Device })
		want := c.result.AtMargin(all).DevicePrice
		if got := bare.margin().DevicePrice; !slices.Equal(got, want) || slices.Equal(want, bare.result.AtMargin(bare.in).DevicePrice) {
			t.Errorf("seed %d: prices at the margin are not those of all pairs", seed)
		}
	}
}

// TestNothingLessThanTheNearestServes compares the cut-off with every pair.
func TestNothingLessThanTheNearestServes(t *testing.T) {
	for seed := range uint64(4) {
		c := chosen(t, someProblem(seed, 300, candidates+40))
		for _, cut := range c.cutOffs() {
			least := assign.Missing
			for k := range int32(len(c.problem.Classes)) {
				if arc, suits := c.arc(cut.Asker, k); suits {
					least = min(least, c.gap(arc))
				}
			}
			if near, suited := c.nearest(cut.Asker); suited && near.gap != least || least < assign.Missing && cut.CutScore != least {
				t.Errorf("seed %d, asker %d: nearest %d, cut-off %d, least %d", seed, cut.Asker, near.gap, cut.CutScore, least)
			}
		}
	}
}

// TestAPriceIsWhatAPlaceIsWorth takes one device of each class away.
func TestAPriceIsWhatAPlaceIsWorth(t *testing.T) {
	dear := 0
	for seed := range uint64(6) {
		c := chosen(t, someProblem(seed, 80, 24))
		for k := range c.problem.Classes {
			p := *c.problem
			p.Askers, p.Stock = slices.Clone(p.Askers), slices.Clone(p.Stock)
			p.Stock[k]--
			without := chosen(t, &p)
			tiers := map[int]int{}
			for tier, n := range c.result.TierCounts {
				if lost := n - without.result.TierCounts[tier]; lost != 0 {
					tiers[int(solverTier(tier))] = lost
				}
			}
			price, exact := c.price(int32(k))
			want := map[int]int{}
			if price.Tier > 0 {
				want[price.Tier] = 1
				dear++
			}
			if !exact || !reflect.DeepEqual(tiers, want) || price.Score != c.result.Score-without.result.Score {
				t.Errorf("seed %d, class %d: %+v, without it %v and %d", seed, k, price, tiers, c.result.Score-without.result.Score)
			}
		}
	}
	if dear == 0 {
		t.Error("no place was worth a student: the test shows nothing")
	}
}

// TestTheRunnerUpComesFirstOfThoseLeft and is served once the score makes up
// for what is missing.
func TestTheRunnerUpComesFirstOfThoseLeft(t *testing.T) {
	tried := 0
	for seed := range uint64(6) {
		c := chosen(t, someProblem(seed, 120, 20))
		in := c.everyPair()
		for k := range int32(len(c.problem.Classes)) {
			first, found := c.runnerUp(k)
			if !found {
				continue
			}
			for _, a := range in.Arcs {
				if a.Device == k && c.result.DeviceOf[a.Student] < 0 && c.rank(a.Student, k).before(c.rank(first, k)) {
					t.Errorf("seed %d, class %d: %d comes before %d", seed, k, a.Student, first)
				}
			}
			v := c.verdict(first, k)
			if v.gap < 2 || v.mine.score+v.gap+1 > assign.MaxScore {
				continue
			}
			tried++
			if serves(t, in, first, k, v.gap-1) || !serves(t, in, first, k, v.gap+1) {
				t.Errorf("seed %d, class %d: the runner-up does not lack %d", seed, k, v.gap)
			}
		}
	}
	if tried == 0 {
		t.Error("nobody ran up")
	}
}

// TestABarrierIsWhatKeepsThemApart builds each barrier in front of a pair that
// is made, then takes it away.
func TestABarrierIsWhatKeepsThemApart(t *testing.T) {
	free := someProblem(2, 60, 10)
	for k := range free.Stock {
		free.Stock[k] = 1
	}
	made := chosen(t, free)
	i := int32(slices.IndexFunc(made.result.DeviceOf, func(k int32) bool { return k >= 0 }))
	k := made.result.DeviceOf[i]
	for want, with := range map[string]func(c *class, p *problem){
		"ram":           func(c *class, _ *problem) { c.RAM = 1 },
		"disk":          func(c *class, _ *problem) { c.Solid = false },
		"equipment":     func(c *class, _ *problem) { c.Equipped = false },
		"layout":        func(c *class, _ *problem) { c.Layout = "qwerty" },
		"earmark":       func(c *class, _ *problem) { c.Earmark = device.Earmark{Kind: "award"} },
		"accessibility": func(_ *class, p *problem) { p.Askers[i].Need.Accessibility = []string{"large_screen"} },
		"refused":       func(_ *class, p *problem) { p.Refused = []pair{{i, k}} },
		"household_full": func(_ *class, p *problem) {
			p.Shares, p.Askers[i].Shares = []allowance{{0, "household_full"}}, []int32{0}
		},
	} {
		p := *free
		p.Askers, p.Classes = slices.Clone(p.Askers), slices.Clone(p.Classes)
		with(&p.Classes[k], &p)
		c := chosen(t, &p)
		if v := c.verdict(i, k); v.code != want || c.result.DeviceOf[i] == k {
			t.Errorf("%q, want %q; it has %d", v.code, want, c.result.DeviceOf[i])
		}
	}
	if v := made.verdict(i, k); v.code != "" {
		t.Errorf("a pair that is made has the verdict %q", v.code)
	}
	lone := someProblem(3, 1, 6)
	lone.Askers[0].Minimum.RAMGB = 64
	for n := range lone.Classes {
		lone.Classes[n].RAM, lone.Classes[n].Equipped = 16, true
	}
	if cuts := chosen(t, lone).cutOffs(); len(cuts) != 1 || cuts[0].Code != "no_compatible" || !slices.Equal(cuts[0].Barriers, []string{"ram"}) {
		t.Errorf("nothing strong enough: %+v", cuts[0])
	}
}
