package matching

import (
	"reflect"
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
)

// bound adds a constraint on a device of a class, apart from the others.
func (p *problem) bound(kind string, i, k int32, structure string) binding {
	c := binding{Constraint: "con_" + kind, Kind: kind, Asker: i, Class: p.single(k), For: structure}
	p.Constraints = append(p.Constraints, c)
	return c
}

// TestALockedPairIsAsIfTakenOutAndCountedIn compares with a problem that has
// neither the asker nor the device.
func TestALockedPairIsAsIfTakenOutAndCountedIn(t *testing.T) {
	for seed := range uint64(20) {
		p := someProblem(seed, 120, 30)
		p.Quotas = []quota{{Partner: "par_a", Classes: []int32{0, 1, 2, 3}, Most: 2}}
		lock := p.bound(lockPair, int32(seed), int32(seed)%30, "")
		locked := chosen(t, p)
		if locked.bonds.idle[0] != "" || locked.result.DeviceOf[lock.Asker] != lock.Class {
			t.Fatalf("seed %d: not honoured: %q", seed, locked.bonds.idle[0])
		}
		rest := p.without(0)
		rest.Stock = slices.Clone(p.Stock)
		rest.Stock[lock.Class] = 0
		rest.Askers[lock.Asker].Minimum.RAMGB = 1 << 20
		if slices.Contains(p.Quotas[0].Classes, lock.Class) {
			rest.Quotas = []quota{{Partner: "par_a", Classes: p.Quotas[0].Classes, Most: 1}}
		}
		apart := chosen(t, rest)
		own, _ := locked.arc(lock.Asker, lock.Class)
		tier := int(solverTier(locked.problem.Askers[lock.Asker].score.Tier))
		apart.result.TierCounts[tier]++
		if !reflect.DeepEqual(locked.result.TierCounts, apart.result.TierCounts) || locked.result.Score != apart.result.Score+int64(own.Score) {
			t.Errorf("seed %d: %v %d, apart %v %d and %d", seed, locked.result.TierCounts, locked.result.Score, apart.result.TierCounts, apart.result.Score, own.Score)
		}
	}
}

// TestAForbiddenPairIsNeverMade forbids what the optimum has.
func TestAForbiddenPairIsNeverMade(t *testing.T) {
	p := someProblem(1, 60, 10)
	for k := range p.Stock {
		p.Stock[k] = 1
	}
	free := chosen(t, p)
	i := int32(slices.IndexFunc(free.result.DeviceOf, func(k int32) bool { return k >= 0 }))
	k := free.result.DeviceOf[i]
	p.Constraints = []binding{{Constraint: "con_a", Kind: forbidPair, Asker: i, Class: k}}
	c := chosen(t, p)
	if c.result.DeviceOf[i] == k {
		t.Error("made all the same")
	}
	if c.result.Matched != free.result.Matched {
		t.Errorf("%d served, %d without", c.result.Matched, free.result.Matched)
	}
}

// TestAReservedDeviceServesItsStructureAlone reserves one of twenty devices for
// a structure whose applications have the weakest need, then two of them.
func TestAReservedDeviceServesItsStructureAlone(t *testing.T) {
	p := someProblem(2, 80, 20)
	for k := range p.Stock {
		p.Stock[k] = 1
	}
	p.Askers[7].Structure = "pre_a"
	p.Askers[7].Need = application.Need{Equipment: "own", Computers: 1, Learners: 1}
	p.Askers[7].Minimum.RAMGB, p.Askers[7].Minimum.DiskGB = 4, 64
	c := p.bound(reserveDevice, nobody, 3, "pre_a")
	first := chosen(t, p)
	if first.result.DeviceOf[7] != c.Class {
		t.Errorf("it went to %d", slices.Index(first.result.DeviceOf, c.Class))
	}
	p.Askers[7].Structure = ""
	if k := chosen(t, p).result.DeviceOf; slices.Contains(k, c.Class) {
		t.Error("somebody else has it")
	}
	p.bound(reserveDevice, nobody, 4, "pre_a")
	if idle := chosen(t, p).bonds.idle; idle[0] != "" || idle[1] != "reserves_full" {
		t.Errorf("two of twenty: %q", idle)
	}
}

// TestAConstraintThatCannotHoldSaysWhy walks the reasons.
func TestAConstraintThatCannotHoldSaysWhy(t *testing.T) {
	for want, with := range map[string]func(p *problem){
		"device_away": func(p *problem) {
			p.Constraints = []binding{{Kind: lockPair, Asker: 1, Class: nobody, Away: "device_away"}}
		},
		"said_no":   func(p *problem) { p.Refused = []pair{{1, p.bound(lockPair, 1, 0, "").Class}} },
		"earmarked": func(p *problem) { p.Classes[0].Earmark = device.Earmark{Kind: "award"}; p.bound(lockPair, 1, 0, "") },
		"household_full": func(p *problem) {
			p.Shares, p.Askers[1].Shares = []allowance{{0, "household_full"}}, []int32{0}
			p.bound(lockPair, 1, 0, "")
		},
		"reserves_full": func(p *problem) {
			p.Stock = slices.Repeat([]int{1}, len(p.Stock))
			p.bound(reserveDevice, nobody, 0, "pre_a")
		},
		"application_away": func(p *problem) {
			p.Constraints = []binding{{Kind: forbidPair, Asker: nobody, Class: 0, Away: "application_away"}}
		},
		"conflict": func(p *problem) {
			p.bound(lockPair, 1, 0, "")
			p.bound(lockPair, 1, 1, "")
		},
		"quota_full": func(p *problem) {
			p.Quotas = []quota{{Partner: "par_a", Classes: []int32{0}, Most: 1}}
			p.bound(lockPair, 2, 0, "")
			p.bound(lockPair, 1, 0, "")
		},
	} {
		p := someProblem(4, 12, 6)
		with(p)
		before := chosen(t, p)
		if idle := before.bonds.idle; idle[len(idle)-1] != want {
			t.Errorf("%q, want %q", idle, want)
		}
		after := chosen(t, p.without(len(p.Constraints)-1))
		if after.result.Score != before.result.Score || after.result.Matched != before.result.Matched {
			t.Errorf("%s: without effect, and yet something changes", want)
		}
	}
}

// TestALockTakesItsShareFirst before a sister of stronger need.
func TestALockTakesItsShareFirst(t *testing.T) {
	p := someProblem(5, 30, 40)
	p.Shares = []allowance{{Left: 1, Code: "household_full"}}
	p.Askers[3].Shares, p.Askers[4].Shares = []int32{0}, []int32{0}
	p.Askers[3].Need = application.Need{Equipment: "own", Computers: 1, Learners: 1}
	p.Askers[4].Need = application.Need{Equipment: "none", Means: "quotient_400"}
	lock := p.bound(lockPair, 3, 0, "")
	c := chosen(t, p)
	if c.result.DeviceOf[3] != lock.Class || c.turned[4] != "household_full" {
		t.Errorf("locked: %d, sister: %q", c.result.DeviceOf[3], c.turned[4])
	}
}

// TestACostIsWhatIsServedWithout compares with problems that never had the
// constraint, whose devices stand in their classes.
func TestACostIsWhatIsServedWithout(t *testing.T) {
	dear := 0
	for seed := range uint64(12) {
		free := someProblem(seed, 80, 25)
		best := chosen(t, free)
		p := someProblem(seed, 80, 25)
		weak := best.order[len(best.order)-1]
		p.bound(lockPair, weak, int32(seed), "")
		c := chosen(t, p)
		costs, err := c.costs(t.Context(), quiet)
		if err != nil {
			t.Fatal(err)
		}
		cost := costs[0]
		if cost.Served != best.result.Matched-c.result.Matched || cost.Score != best.result.Score-c.result.Score {
			t.Errorf("seed %d: %+v, without %d %d, with %d %d", seed, cost, best.result.Matched, best.result.Score, c.result.Matched, c.result.Score)
		}
		if len(cost.Tiers) > 0 {
			dear++
		}
	}
	if dear == 0 {
		t.Error("no lock cost anything: the test shows nothing")
	}
}

// TestWhoGainsAndWhoLoses gives the same askers less stock.
func TestWhoGainsAndWhoLoses(t *testing.T) {
	p := someProblem(8, 100, 20)
	for i := range p.Askers {
		p.Askers[i].Commune = []string{"95127", "95018"}[i%2]
	}
	less := p.copied()
	less.Stock = slices.Repeat([]int{1}, len(p.Stock))
	before, after := chosen(t, p), chosen(t, less)
	d, back := compare(before, after), compare(after, before)
	if same := compare(before, before); same.Served != 0 || same.Score != 0 || same.Moved != 0 || len(same.Tiers) != 0 {
		t.Errorf("against itself: %+v", same)
	}
	if d.Served >= 0 || d.Served != -back.Served || d.Score != -back.Score || d.Score != after.result.Score-before.result.Score {
		t.Errorf("there %+v, back %+v", d, back)
	}
	for name, groups := range map[string][]Shift{"tiers": d.Tiers, "communes": d.Communes, "levels": d.Levels} {
		net := 0
		for _, s := range groups {
			net += s.Gain - s.Lose
		}
		if net != d.Served {
			t.Errorf("%s come to %d of %d", name, net, d.Served)
		}
	}
}
