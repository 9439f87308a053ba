package matching

import "context"

// costsAtMost is how many constraints of a round are counted out: each is a
// round of its own.
const costsAtMost = 30

// Cost is what a constraint costs: what would be without it.
type Cost struct {
	Served int     `json:"served"` // more students, or fewer where it is below 0
	Score  int64   `json:"score"`  // more score
	Tiers  []Shift `json:"tiers"`  // who would be served without it, and who only is with it
}

// costs answers the problem without each constraint that has an effect, the
// first of them. The cost of one that has none, or that is beyond the bound, is
// nil.
func (c *choice) costs(ctx context.Context, at func(stage string, done, total int)) ([]*Cost, error) {
	costs := make([]*Cost, len(c.bonds.idle))
	var counted []int
	for n, idle := range c.bonds.idle {
		if idle == "" && len(counted) < costsAtMost {
			counted = append(counted, n)
		}
	}
	for done, n := range counted {
		at("costing", done, len(counted))
		without, err := c.problem.without(n).choose(ctx, func(string, int, int) {})
		if err != nil {
			return nil, err
		}
		d := compare(c, without)
		costs[n] = &Cost{Served: d.Served, Score: d.Score, Tiers: d.Tiers}
	}
	return costs, nil
}
