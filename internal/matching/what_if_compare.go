package matching

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Difference is what changes from one answer to another for the same askers.
type Difference struct {
	Served   int     `json:"served"` // more than before
	Score    int64   `json:"score"`  // more than before, in points as before
	Moved    int     `json:"moved"`  // served by both, each with another device
	Tiers    []Shift `json:"tiers"`
	Communes []Shift `json:"communes"`
	Levels   []Shift `json:"levels"`
}

// Shift is how many of a group are served after and were not before, and the
// other way round.
type Shift struct {
	Of   string `json:"of"`             // a tier as before, the code of a commune, a level
	Name string `json:"name,omitempty"` // the commune's
	Gain int    `json:"gain"`
	Lose int    `json:"lose"`
}

// compare tells who gains and who loses. Both answers have the same askers, and
// classes that stand in both have the same places.
func compare(before, after *choice) Difference {
	d := Difference{Served: after.result.Matched - before.result.Matched, Score: -before.result.Score}
	tiers, communes, levels := shifts{}, shifts{}, shifts{}
	for i, was := range before.result.DeviceOf {
		a, is := &before.problem.Askers[i], after.result.DeviceOf[i]
		if is >= 0 {
			d.Score += worth(before.problem.Grid.Pair, &after.problem.Classes[is], a, after.apart.km(int32(i), is)) //nolint:gosec // askers are fewer than 2^31
		}
		if was >= 0 && is >= 0 && was != is {
			d.Moved++
		}
		if (was >= 0) != (is >= 0) {
			tiers.count(strconv.Itoa(a.score.Tier), is >= 0)
			communes.count(a.Commune, is >= 0)
			levels.count(a.Level, is >= 0)
		}
	}
	d.Tiers, d.Communes, d.Levels = tiers.list(), communes.list(), levels.list()
	return d
}

// shifts collects those of each group.
type shifts map[string]Shift

func (s shifts) count(of string, gains bool) {
	shift := s[of]
	shift.Of = of
	if gains {
		shift.Gain++
	} else {
		shift.Lose++
	}
	s[of] = shift
}

func (s shifts) list() []Shift {
	list := slices.AppendSeq([]Shift{}, maps.Values(s))
	slices.SortFunc(list, func(a, b Shift) int { return cmp.Compare(a.Of, b.Of) })
	return list
}
