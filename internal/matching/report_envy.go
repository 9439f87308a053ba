package matching

import "cmp"

// rank is what a pair is chosen by: the published tier, 1 the strongest,
// then the score of the pair.
type rank struct {
	tier  int
	score int64
}

// before tells the stronger one.
func (s rank) before(other rank) bool {
	return cmp.Or(cmp.Compare(s.tier, other.tier), cmp.Compare(other.score, s.score)) < 0
}

// rank is that of an asker with a class by the rules of the grid alone.
func (c *choice) rank(i, k int32) rank {
	p := c.problem
	asker := &p.Askers[i]
	return rank{asker.score.Tier, worth(p.Grid.Pair, &p.Classes[k], asker, c.apart.km(i, k))}
}

// suits tells whether a class suits an asker, whatever constraints say.
func (c *choice) suits(i, k int32) bool {
	return barrier(&c.problem.Classes[k], &c.problem.Askers[i]) == "" && !c.bonds.saidNo(i, k)
}

// Envy is a device held by somebody whom students left without would have come
// before. The optimum has none of it, but where a constraint or an override
// went around it.
type Envy struct {
	RAM    int   `json:"ram"`
	Disk   int   `json:"disk"`
	Tier   int   `json:"tier"` // of who holds it, the weakest of its class
	Score  int64 `json:"score"`
	Before int   `json:"before"` // how many come before
}

// envy compares everyone left without with the weakest that holds a device of
// a class: it trusts neither the solver nor its prices. What was given beside
// the choice counts as held, instead of what the choice gave.
func (c *choice) envy(beside []pair) []Envy {
	held := c.held(beside)
	weakest := map[int32]int32{} // of a class, who holds it
	for i, k := range held {
		if k < 0 {
			continue
		}
		other, known := weakest[k]
		if !known || c.rank(other, k).before(c.rank(int32(i), k)) { //nolint:gosec // askers are fewer than 2^31
			weakest[k] = int32(i) //nolint:gosec // as above
		}
	}
	envy := []Envy{}
	for k := range int32(len(c.problem.Classes)) { //nolint:gosec // classes are fewer than 2^31
		holder, given := weakest[k]
		if !given {
			continue
		}
		if n := c.outrun(held, holder, k); n > 0 {
			s, class := c.rank(holder, k), &c.problem.Classes[k]
			envy = append(envy, Envy{RAM: class.RAM, Disk: class.Disk, Tier: s.tier, Score: s.score, Before: n})
		}
	}
	return envy
}

// held is the class that each asker has, or -1.
func (c *choice) held(beside []pair) []int32 {
	held := append([]int32(nil), c.result.DeviceOf...)
	for _, b := range beside {
		held[b.Asker] = b.Class
	}
	return held
}

// outrun counts the askers left without whom a class suits and who come before
// who holds it.
func (c *choice) outrun(held []int32, holder, k int32) (n int) {
	his := c.rank(holder, k)
	for i := range int32(len(held)) { //nolint:gosec // askers are fewer than 2^31
		if held[i] >= 0 || c.turned[i] != "" || c.problem.Askers[i].score.Tier > his.tier {
			continue
		}
		if c.suits(i, k) && c.rank(i, k).before(his) {
			n++
		}
	}
	return n
}
