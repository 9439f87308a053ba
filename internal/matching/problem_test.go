package matching

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

func quiet(string, int, int) {}

// someProblem draws a territory: every kind of need, classes all over it.
func someProblem(seed uint64, askers, classes int) *problem {
	random := rand.New(rand.NewPCG(seed, 1))
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	p := &problem{Format: problemFormat, At: docstore.At(at), Seed: int64(seed) + 1, Grid: application.DefaultGrid()}
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	point := func() place.Point { return place.Point{Lat: 49 + random.Float64()/5, Lon: 2 + random.Float64()/2} }
	for range askers {
		p.Askers = append(p.Askers, asker{
			Kind: application.Personal, Territory: "ter_a", Level: "lycee", Keyboard: "azerty", Point: point(),
			Minimum: country.Spec{RAMGB: 4 << random.IntN(3), DiskGB: 64 << random.IntN(3)},
			Need: application.Need{
				Equipment: pick("none", "shared", "own"), Learners: 1 + random.IntN(4), Computers: 1,
				Means: pick("quotient_400", "quotient_600", "quotient_800", "none"),
			},
			Submitted: docstore.At(at.AddDate(0, -random.IntN(9), -random.IntN(28))), Born: 2000 + random.IntN(12), Referred: random.IntN(2) == 0,
		})
	}
	for range classes {
		p.Classes = append(p.Classes, class{
			RAM: 4 << random.IntN(3), Disk: 128 << random.IntN(3), Solid: true, Layout: "azerty", Equipped: true, Point: point(),
		})
		p.Stock = append(p.Stock, 1+random.IntN(3))
	}
	return p
}

func chosen(t *testing.T, p *problem) *choice {
	t.Helper()
	c, err := p.choose(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTheOptimumHoldsForAllClasses compares with an instance that has every
// pair: a round begins with the nearest classes alone.
func TestTheOptimumHoldsForAllClasses(t *testing.T) {
	grew := false
	for seed := range uint64(8) {
		p := someProblem(seed, 400, 3*candidates)
		c := chosen(t, p)
		few, err := p.pairs(t.Context(), quiet)
		if err != nil {
			t.Fatal(err)
		}
		grew = grew || len(c.in.Arcs) > len(few.in.Arcs)
		full := few.instance()
		for i := range p.Askers {
			for k := range p.Classes {
				if arc, suits := c.arc(int32(i), int32(k)); suits {
					full.Arcs = append(full.Arcs, arc)
				}
			}
		}
		best, err := assign.Solve(t.Context(), full, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(best.TierCounts, c.result.TierCounts) || best.Score != c.result.Score {
			t.Errorf("seed %d: %v %d, with all pairs %v %d", seed, c.result.TierCounts, c.result.Score, best.TierCounts, best.Score)
		}
	}
	if !grew {
		t.Error("no problem needed more than its candidates: the test shows nothing")
	}
}

func TestAProblemComesBackFromTheStoreAndHasTheSameAnswer(t *testing.T) {
	p := someProblem(3, 300, 80)
	p.Shares = []allowance{{Left: 1, Code: "household_full"}}
	p.Askers[4].Shares, p.Askers[9].Shares = []int32{0}, []int32{0}
	p.Refused = []pair{{1, 2}}
	stored, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := decodeProblem(stored)
	if err != nil {
		t.Fatal(err)
	}
	one, two := chosen(t, p), chosen(t, again)
	if one.digest() != two.digest() {
		t.Error("another answer")
	}
	again.Seed++
	if third := chosen(t, again); third.result.Score != one.result.Score {
		t.Error("the seed settles more than ties")
	}
	if _, err := decodeProblem(stored[:len(stored)/2]); err == nil {
		t.Error("half a problem is taken for one")
	}
}

// TestAHouseholdSendsItsStrongestNeed whom anything suits.
func TestAHouseholdSendsItsStrongestNeed(t *testing.T) {
	p := someProblem(5, 40, 30)
	p.Shares = []allowance{{Left: 1, Code: "household_full"}}
	for _, i := range []int{3, 7, 11} {
		p.Askers[i].Shares = []int32{0}
		p.Askers[i].Need = application.Need{Equipment: "none", Means: "quotient_400"}
	}
	p.Askers[7].Submitted -= docstore.Millis(400 * 24 * time.Hour / time.Millisecond)
	p.Askers[7].Minimum.RAMGB = 1024 // nothing suits the one who waits longest
	c := chosen(t, p)
	served := 0
	for _, i := range []int{3, 7, 11} {
		if c.result.DeviceOf[i] >= 0 {
			served++
		}
	}
	if served != 1 || c.turned[7] != "" {
		t.Errorf("%d served, turned away: %q %q %q", served, c.turned[3], c.turned[7], c.turned[11])
	}
}

func TestAPartnersQuotaBindsWhichOfItsDevicesAreGiven(t *testing.T) {
	p := someProblem(6, 200, 40)
	q := quota{Partner: "par_a", Most: 3}
	for k := range int32(10) {
		p.Classes[k].Earmark = device.Earmark{Kind: "partner", ID: "par_a"}
		q.Classes = append(q.Classes, k)
	}
	free := chosen(t, p)
	p.Quotas = []quota{q}
	bound := chosen(t, p)
	given := func(c *choice) (n int) {
		for _, k := range c.result.DeviceOf {
			if k >= 0 && k < 10 {
				n++
			}
		}
		return n
	}
	if given(free) <= 3 || given(bound) != 3 {
		t.Errorf("given %d without, %d with a quota of 3", given(free), given(bound))
	}
	if cuts := bound.cutOffs(); len(cuts) != len(p.Askers)-bound.result.Matched {
		t.Errorf("%d cut-offs", len(cuts))
	}
}

// TestACutOffIsWhatWasMissing raises the worth of a pair beyond the cut-off and
// solves again: then, and only then, the student is served.
func TestACutOffIsWhatWasMissing(t *testing.T) {
	tried := 0
	for seed := range uint64(6) {
		c := chosen(t, someProblem(seed, 60, 12))
		for _, cut := range c.cutOffs() {
			if cut.Code != "stronger_need" || cut.CutScore == 0 {
				continue
			}
			for k, a := range c.in.Arcs {
				if a.Student != cut.Asker || c.result.AtMargin(c.in).Gap(c.in, a) != cut.CutScore || int64(a.Score)+cut.CutScore+1 > assign.MaxScore {
					continue
				}
				tried++
				for _, more := range []int64{-1, 1} {
					in := c.in
					in.Arcs = append([]assign.Arc(nil), c.in.Arcs...)
					in.Arcs[k].Score += int32(cut.CutScore + more)
					r, err := assign.Solve(t.Context(), in, assign.Options{Seed: 1})
					if err != nil {
						t.Fatal(err)
					}
					if served := r.DeviceOf[cut.Asker] == a.Device; served != (more > 0) {
						t.Errorf("seed %d, asker %d: served %v with %+d beyond the cut-off", seed, cut.Asker, served, more)
					}
				}
			}
		}
	}
	if tried < 20 {
		t.Errorf("%d cut-offs tried", tried)
	}
}
