package matching

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
)

// Report tells how a round served people, by what may be asked about fairness,
// with the proof of its choice. Sex is not in it: it is never asked for.
type Report struct {
	Round       string      `json:"round"`
	Territory   string      `json:"territory"`
	At          time.Time   `json:"at"`
	Certificate Certificate `json:"certificate"`
	All         Group       `json:"all"`
	Aside       int         `json:"aside"` // whose person or household has what it may hold; in no group
	Dimensions  []Dimension `json:"dimensions"`
	Devices     Dimension   `json:"devices"` // asked: in stock; served: given; waits of those who get them
	Absent      []string    `json:"absent"`  // what a report of fairness would have, and is not collected
	Envy        []Envy      `json:"envy"`
	Sensitivity []Swing     `json:"sensitivity"`
	Overridden  int         `json:"overridden"` // how many overrides went around it
	Overrides   []Beside    `json:"overrides"`
	Hidden      bool        `json:"hidden"` // what is about fewer than five is left out
}

// Certificate names what was answered, by which rules, and the proven result.
type Certificate struct {
	Digest       string                  `json:"digest"`
	Certified    bool                    `json:"certified"`
	Seed         int64                   `json:"seed"`
	Grid         int                     `json:"grid"`
	Weights      application.PairWeights `json:"weights"`
	Applications int                     `json:"applications"`
	Devices      int                     `json:"devices"`
	Pairs        int                     `json:"pairs"`
	Score        int64                   `json:"score"`
}

// Dimension is one way to group those who asked.
type Dimension struct {
	Name   string  `json:"name"` // tier, departement, age, level, neighbourhood, referral, specs, device
	Groups []Group `json:"groups"`
}

// Group is how many asked and were served, and the days that half of them had
// waited at most.
type Group struct {
	Name   string `json:"name"`
	Asked  int    `json:"asked"`
	Served int    `json:"served"`
	Waited *int   `json:"waited,omitempty"` // of those served; nil where there are none
	Waits  *int   `json:"waits,omitempty"`  // of those left
	Hidden bool   `json:"hidden,omitempty"`
}

// report is the part of a round's report that follows from its choice alone.
// The département of a commune is for the caller to say.
func (c *choice) report(departement func(commune string) string) Report {
	p := c.problem
	r := Report{
		At: p.At.Time(), Absent: []string{"sex"}, Overrides: []Beside{}, Envy: c.envy(nil), All: Group{Name: "all"},
		Certificate: Certificate{
			Digest: c.digest(), Certified: true, Seed: p.Seed, Grid: p.Grid.Number, Weights: p.Grid.Pair,
			Applications: len(p.Askers), Pairs: len(c.in.Arcs), Score: c.result.Score,
		},
	}
	all := newTally("all")
	dimensions := []struct {
		name  string
		group func(a *asker) string
		names []string // in the order of the page; others come behind
	}{
		{"tier", func(a *asker) string { return strconv.Itoa(a.score.Tier) }, []string{"1", "2", "3", "4", "5"}},
		{"departement", func(a *asker) string { return departement(a.Commune) }, nil},
		{"age", func(a *asker) string { return ageBand(p.At.Time().Year(), a.Born) }, ageBands()},
		{"level", func(a *asker) string { return a.Level }, []string{"college", "lycee", "higher", "job_seeker"}},
		{"neighbourhood", func(a *asker) string {
			return yesNo(slices.Contains(a.Need.Obstacles, "priority_neighbourhood"))
		}, []string{"yes", "no"}},
		{"referral", func(a *asker) string { return yesNo(a.Referred) }, []string{"yes", "no"}},
		{"specs", func(a *asker) string { return strconv.Itoa(a.Minimum.RAMGB) }, []string{"4", "8", "16"}},
	}
	for _, d := range dimensions {
		t := newTally(d.name, d.names...)
		for i := range p.Askers {
			if c.turned[i] == "" {
				t.ask(d.group(&p.Askers[i]), c.result.DeviceOf[i] >= 0, c.waited(int32(i))) //nolint:gosec // askers are fewer than 2^31
			}
		}
		r.Dimensions = append(r.Dimensions, t.dimension())
	}
	for i := range p.Askers {
		if c.turned[i] != "" {
			r.Aside++
			continue
		}
		all.ask("all", c.result.DeviceOf[i] >= 0, c.waited(int32(i))) //nolint:gosec // as above
	}
	if groups := all.dimension().Groups; len(groups) > 0 {
		r.All = groups[0]
	}
	r.Devices = c.given()
	for _, n := range p.Stock {
		r.Certificate.Devices += n
	}
	return r
}

// given groups the stock by the memory of devices.
func (c *choice) given() Dimension {
	t := newTally("device", "4", "8", "16", "32")
	left := slices.Clone(c.problem.Stock)
	for i, k := range c.result.DeviceOf {
		if k >= 0 {
			left[k]--
			t.ask(strconv.Itoa(c.problem.Classes[k].RAM), true, c.waited(int32(i))) //nolint:gosec // as above
		}
	}
	for k, n := range left {
		for range n {
			t.ask(strconv.Itoa(c.problem.Classes[k].RAM), false, 0)
		}
	}
	d := t.dimension()
	for g := range d.Groups {
		d.Groups[g].Waits = nil // a device in stock waits for nobody
	}
	return d
}

// waited is how many whole days an asker had waited when the round began.
func (c *choice) waited(i int32) int {
	at := c.problem.At.Time()
	return max(int(at.Sub(c.problem.Askers[i].Submitted.Time()).Hours()/24), 0)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func ageBands() []string { return []string{"0-14", "15-17", "18-20", "21-25", "26-", "unknown"} }

// ageBand is the band of the age that is reached in a year.
func ageBand(year, born int) string {
	switch age := year - born; {
	case born == 0:
		return "unknown"
	case age < 15:
		return "0-14"
	case age < 18:
		return "15-17"
	case age < 21:
		return "18-20"
	case age < 26:
		return "21-25"
	default:
		return "26-"
	}
}

// tally counts a dimension.
type tally struct {
	name   string
	names  []string
	served map[string][]int // days waited
	left   map[string][]int
}

func newTally(name string, names ...string) *tally {
	return &tally{name: name, names: names, served: map[string][]int{}, left: map[string][]int{}}
}

func (t *tally) ask(group string, served bool, days int) {
	if served {
		t.served[group] = append(t.served[group], days)
	} else {
		t.left[group] = append(t.left[group], days)
	}
}

// dimension lists the groups that somebody is in.
func (t *tally) dimension() Dimension {
	names := slices.Clone(t.names)
	var others []string
	for _, counted := range []map[string][]int{t.served, t.left} {
		for name := range counted {
			if !slices.Contains(names, name) && !slices.Contains(others, name) {
				others = append(others, name)
			}
		}
	}
	slices.Sort(others)
	d := Dimension{Name: t.name, Groups: []Group{}}
	for _, name := range append(names, others...) {
		served, left := t.served[name], t.left[name]
		if len(served)+len(left) > 0 {
			d.Groups = append(d.Groups, Group{
				Name: name, Asked: len(served) + len(left), Served: len(served), Waited: median(served), Waits: median(left),
			})
		}
	}
	return d
}

// median is of days; nil of none.
func median(days []int) *int {
	if len(days) == 0 {
		return nil
	}
	slices.Sort(days)
	m := (days[(len(days)-1)/2] + days[len(days)/2]) / 2
	return &m
}

// Swing is how the choice would change with a weight changed.
type Swing struct {
	Weight  string `json:"weight"`  // point, fit, distance, reach
	Percent int    `json:"percent"` // by how much it is changed
	Gained  int    `json:"gained"`  // students served then and not now
	Lost    int    `json:"lost"`    // and the other way round
	Moved   int    `json:"moved"`   // served with both, by another kind of device
}

// swingBy is how far each weight is changed, in percent.
const swingBy = 10

// sensitivity answers the problem again with each weight a little less and a
// little more.
func (c *choice) sensitivity(ctx context.Context) ([]Swing, error) {
	weights := []struct {
		name string
		of   func(*application.PairWeights) *int
	}{
		{"point", func(w *application.PairWeights) *int { return &w.Point }},
		{"fit", func(w *application.PairWeights) *int { return &w.Fit }},
		{"distance", func(w *application.PairWeights) *int { return &w.Distance }},
		{"reach", func(w *application.PairWeights) *int { return &w.ReachKM }},
	}
	var swings []Swing
	for _, w := range weights {
		for _, percent := range []int{-swingBy, swingBy} {
			p := *c.problem
			p.Askers = slices.Clone(p.Askers) // they are rated anew
			weight := w.of(&p.Grid.Pair)
			*weight = *weight * (100 + percent) / 100
			then, err := p.choose(ctx, func(string, int, int) {})
			if err != nil {
				return nil, err
			}
			s := Swing{Weight: w.name, Percent: percent}
			for i, k := range c.result.DeviceOf {
				switch other := then.result.DeviceOf[i]; {
				case k < 0 && other >= 0:
					s.Gained++
				case k >= 0 && other < 0:
					s.Lost++
				case k != other:
					s.Moved++
				}
			}
			swings = append(swings, s)
		}
	}
	return swings, nil
}
