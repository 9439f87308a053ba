package matching

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

func nowhere(string) string { return "unknown" }

// TestAReportCountsEveryone once in each dimension, and turned away nobody.
func TestAReportCountsEveryone(t *testing.T) {
	p := someProblem(7, 300, 40)
	p.Shares = []allowance{{Left: 1, Code: "household_full"}}
	for _, i := range []int{3, 9} {
		p.Askers[i].Shares = []int32{0}
		p.Askers[i].Need = application.Need{Equipment: "none", Means: "quotient_400"}
		p.Askers[i].Minimum.RAMGB, p.Askers[i].Minimum.DiskGB = 4, 64
	}
	c := chosen(t, p)
	r := c.report(nowhere)
	if r.Aside != 1 || r.All.Asked != 299 || r.All.Served != c.result.Matched {
		t.Errorf("aside %d, all %+v, served %d", r.Aside, r.All, c.result.Matched)
	}
	var names []string
	for _, d := range r.Dimensions {
		names = append(names, d.Name)
		asked, served := 0, 0
		for _, g := range d.Groups {
			asked, served = asked+g.Asked, served+g.Served
			if (g.Waited == nil) != (g.Served == 0) || (g.Waits == nil) != (g.Asked == g.Served) {
				t.Errorf("%s %s: %+v", d.Name, g.Name, g)
			}
		}
		if asked != r.All.Asked || served != r.All.Served {
			t.Errorf("%s: %d of %d", d.Name, served, asked)
		}
	}
	if !slices.Equal(names, []string{"tier", "departement", "age", "level", "neighbourhood", "referral", "specs"}) {
		t.Errorf("by %v", names)
	}
	for n, tier := range c.tiers() {
		if i := slices.IndexFunc(r.Dimensions[0].Groups, func(g Group) bool { return g.Name == strconv.Itoa(n+1) }); i >= 0 {
			if g := r.Dimensions[0].Groups[i]; g.Asked != tier.Waiting || g.Served != tier.Served {
				t.Errorf("tier %d: %+v, %+v", n+1, g, tier)
			}
		}
	}
	stock, given := 0, 0
	for _, g := range r.Devices.Groups {
		stock, given = stock+g.Asked, given+g.Served
	}
	if stock != r.Certificate.Devices || given != c.result.Matched || r.Certificate.Digest != c.digest() {
		t.Errorf("%d given of %d; %+v", given, stock, r.Certificate)
	}
}

func TestTheMedianIsInTheMiddle(t *testing.T) {
	for _, days := range [][]int{{4}, {9, 1, 4}, {8, 0, 3, 5}} {
		if m := median(days); m == nil || *m != 4 {
			t.Errorf("%v: %v", days, m)
		}
	}
	if median(nil) != nil {
		t.Error("of none")
	}
}

// TestTheOptimumIsNotEnvied, and a device that goes around it is: by those who
// come before, and by no others.
func TestTheOptimumIsNotEnvied(t *testing.T) {
	seen := 0
	for seed := range uint64(6) {
		c := chosen(t, someProblem(seed, 150, 30))
		if envy := c.envy(nil); len(envy) != 0 {
			t.Errorf("seed %d: %+v", seed, envy)
		}
		last := c.order[len(c.order)-1]
		if c.result.DeviceOf[last] >= 0 {
			continue
		}
		k := int32(slices.IndexFunc(c.problem.Classes, func(like class) bool { return barrier(&like, &c.problem.Askers[last]) == "" }))
		if k < 0 {
			continue
		}
		before := 0
		for i, own := range c.result.DeviceOf {
			i := int32(i)
			a, arc := c.problem.Askers[i], assign.Arc{}
			if own >= 0 || i == last {
				continue
			}
			if arc, _ = c.arc(i, k); arc.Score == 0 {
				continue
			}
			his, _ := c.arc(last, k)
			if b := c.problem.Askers[last]; a.score.Tier < b.score.Tier || a.score.Tier == b.score.Tier && arc.Score > his.Score {
				before++
			}
		}
		if before == 0 {
			continue
		}
		seen++
		if envy := c.envy([]pair{{last, k}}); len(envy) != 1 || envy[0].Before != before {
			t.Errorf("seed %d: %+v, want %d before", seed, envy, before)
		}
	}
	if seen == 0 {
		t.Error("nobody was passed over: the test shows nothing")
	}
}

// TestALockIsEnvied by those who would have come before, and is told as what
// keeps the others from it.
func TestALockIsEnvied(t *testing.T) {
	p := someProblem(3, 150, 30)
	free := chosen(t, p)
	weak := free.order[len(free.order)-1]
	k := int32(slices.IndexFunc(p.Classes, func(like class) bool { return barrier(&like, &p.Askers[weak]) == "" }))
	lock := p.bound(lockPair, weak, k, "")
	c := chosen(t, p)
	envy := c.envy(nil)
	if free.result.DeviceOf[weak] >= 0 || len(envy) != 1 || envy[0].Before == 0 || envy[0].Tier != p.Askers[weak].score.Tier {
		t.Fatalf("of a lock for the last in line: %+v", envy)
	}
	other := free.order[slices.IndexFunc(free.order, func(i int32) bool { return c.result.DeviceOf[i] < 0 && c.suits(i, lock.Class) })]
	if v := c.verdict(other, lock.Class); v.code != "constraint" {
		t.Errorf("another is told %q", v.code)
	}
}

// TestAWrongChoiceIsEnvied takes a device from who has it by right.
func TestAWrongChoiceIsEnvied(t *testing.T) {
	c := chosen(t, someProblem(1, 100, 20))
	strongest := c.order[slices.IndexFunc(c.order, func(i int32) bool { return c.result.DeviceOf[i] >= 0 })]
	k := c.result.DeviceOf[strongest]
	c.result.DeviceOf[strongest] = -1
	weak := c.order[len(c.order)-1-slices.IndexFunc(reversed(c.order), func(i int32) bool {
		return c.result.DeviceOf[i] < 0 && c.suits(i, k) && c.rank(strongest, k).before(c.rank(i, k))
	})]
	c.result.DeviceOf[weak] = k
	if envy := c.envy(nil); len(envy) == 0 {
		t.Error("nobody minds")
	}
}

func reversed(order []int32) []int32 {
	back := slices.Clone(order)
	slices.Reverse(back)
	return back
}

// TestASwingIsASolutionOfItsOwn compares with a problem that has the weight
// from the start.
func TestASwingIsASolutionOfItsOwn(t *testing.T) {
	moved := 0
	for seed := range uint64(4) {
		p, other := someProblem(seed, 300, 60), someProblem(seed, 300, 60)
		c := chosen(t, p)
		swings, err := c.sensitivity(t.Context())
		if err != nil || len(swings) != 8 {
			t.Fatal(len(swings), err)
		}
		other.Grid.Pair.Distance = other.Grid.Pair.Distance * 110 / 100
		then, want := chosen(t, other), Swing{Weight: "distance", Percent: 10}
		for i, k := range c.result.DeviceOf {
			other := then.result.DeviceOf[i]
			if k < 0 && other >= 0 {
				want.Gained++
			}
			if k >= 0 && other < 0 {
				want.Lost++
			}
			if k >= 0 && other >= 0 && k != other {
				want.Moved++
			}
		}
		for _, s := range swings {
			moved += s.Gained + s.Lost + s.Moved
		}
		if swings[5] != want {
			t.Errorf("seed %d: %+v, want %+v", seed, swings[5], want)
		}
		if p.Grid.Pair != application.DefaultGrid().Pair {
			t.Error("the question changed the problem")
		}
	}
	if moved == 0 {
		t.Error("no weight changes anything: the test shows nothing")
	}
}

// TestOutsideNothingSmallCanBeTold draws dimensions: what is hidden is no small
// group in sum, and never one alone.
func TestOutsideNothingSmallCanBeTold(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	hid := 0
	for range 5000 {
		whole, d := Group{Name: "all"}, Dimension{Name: "level"}
		for n := range 1 + random.IntN(6) {
			g := Group{Name: fmt.Sprint(n), Asked: random.IntN(30) + 1}
			g.Served = random.IntN(g.Asked + 1)
			d.Groups = append(d.Groups, g)
			whole.Asked, whole.Served = whole.Asked+g.Asked, whole.Served+g.Served
		}
		before := slices.Clone(d.Groups)
		told := Report{All: whole, Dimensions: []Dimension{d}}.outside()
		shut, rest := 0, told.All
		for n, g := range told.Dimensions[0].Groups {
			switch {
			case !g.Hidden && (g != before[n] || g.small() || told.All.Hidden):
				t.Fatalf("shown: %+v of %+v", g, before)
			case g.Hidden && (g.Asked != 0 || g.Served != 0 || g.Waited != nil || g.Waits != nil):
				t.Fatalf("hidden and yet told: %+v", g)
			case g.Hidden:
				shut++
			default:
				rest.Asked, rest.Served = rest.Asked-g.Asked, rest.Served-g.Served
			}
		}
		if !slices.Equal(d.Groups, before) {
			t.Fatal("the desk's own report changed")
		}
		if shut == 0 || told.All.Hidden {
			continue
		}
		hid++
		if shut == 1 || rest.small() {
			t.Fatalf("told by subtraction: %+v of %+v", rest, before)
		}
	}
	if hid < 500 {
		t.Errorf("only %d hid something", hid)
	}
}

func TestOutsideNobodyIsNamed(t *testing.T) {
	r := chosen(t, someProblem(7, 300, 40)).report(nowhere)
	r.Overrides, r.Overridden, r.Aside = []Beside{{Reference: "K7F-3Q2"}}, 1, 7
	r.Envy, r.Sensitivity = []Envy{{Tier: 2, Score: 9, Before: 12}}, []Swing{{Weight: "fit", Percent: 10, Gained: 4, Lost: 6, Moved: 13}}
	o := r.outside()
	if len(o.Overrides) != 0 || o.Overridden != 0 || o.Aside != 5 || o.Envy[0] != (Envy{Before: 10}) || o.Sensitivity[0] != (Swing{"fit", 10, 0, 5, 10}) {
		t.Errorf("%+v", o)
	}
	if r.Sensitivity[0].Gained != 4 || r.Envy[0].Tier != 2 || o.Certificate != r.Certificate {
		t.Error("the desk's own report changed, or the certificate is not whole")
	}
}
