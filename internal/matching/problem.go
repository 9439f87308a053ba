package matching

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
	"github.com/digitalfranceschool/passerelle/pkg/nearest"
)

// problem is all that the choice of a round depends on, and nothing of who it
// is about. It is stored with the round, so that the round can be computed
// again, questioned, and tried under other rules.
type problem struct {
	Format  int              `json:"format"`
	At      docstore.Millis  `json:"at"` // waiting and deadlines count up to here
	Seed    int64            `json:"seed"`
	Grid    application.Grid `json:"grid"`
	Askers  []asker          `json:"askers"`
	Classes []class          `json:"classes"`
	Stock   []int            `json:"stock"`   // devices of each class
	Shares  []allowance      `json:"shares"`  // of persons and households
	Quotas  []quota          `json:"quotas"`  // of partners
	Refused []pair           `json:"refused"` // pairs of which no device may be proposed

	Constraints []binding `json:"constraints,omitempty"`
}

// problemFormat is the version of what is stored: a change of the rules in code
// that would give an old problem another answer raises it.
const problemFormat = 1

// allowance is how many devices a share has left, and the code of the refusal
// when there are none.
type allowance struct {
	Left int    `json:"left"`
	Code string `json:"code"`
}

// quota bounds how many devices of its classes a round gives.
type quota struct {
	Partner string  `json:"partner"`
	Classes []int32 `json:"classes"`
	Most    int     `json:"most"`
}

// pair is an asker and a class, by their places.
type pair struct {
	Asker int32 `json:"asker"`
	Class int32 `json:"class"`
}

// choice is the best answer to a problem, with its proof.
type choice struct {
	problem *problem
	order   []int32  // askers, the strongest need first
	turned  []string // of each asker: the share that is used up, or ""
	in      assign.Instance
	result  *assign.Result
	bonds   *bonds
	apart   distances

	priced   sync.Once
	atMargin *assign.Result // by margin
}

// nearby is how many classes an asker is compared with at first, the nearest;
// candidates is how many of these the solver is given, the best. The prices then
// tell which others would gain.
const (
	nearby     = 512
	candidates = 64
)

// choose answers a problem. It depends on nothing else, so that the same
// problem has the same answer, whenever and wherever.
func (p *problem) choose(ctx context.Context, at func(stage string, done, total int)) (*choice, error) {
	c, err := p.pairs(ctx, at)
	if err != nil {
		return nil, err
	}
	return c, c.solve(ctx, at)
}

// pairs rates the askers, finds which classes suit them, and turns away who is
// beyond a share.
func (p *problem) pairs(ctx context.Context, at func(stage string, done, total int)) (*choice, error) {
	c := &choice{problem: p, turned: make([]string, len(p.Askers)), bonds: p.bind()}
	for i := range p.Askers {
		p.Askers[i].rate(p.Grid, p.At)
	}
	c.order = p.byNeed()
	c.in = c.instance()
	c.apart = p.distances()
	index := nearest.New(p.points())
	var near []nearest.Neighbor
	var arcs []assign.Arc
	for i := range p.Askers {
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at("candidates", i, len(p.Askers))
		if k := c.bonds.classOf[i]; k != nobody {
			arc, _ := c.arc(int32(i), k) //nolint:gosec // askers are fewer than 2^31
			c.in.Arcs = append(c.in.Arcs, arc)
			continue
		}
		from := nearest.Point{Lat: p.Askers[i].Point.Lat, Lon: p.Askers[i].Point.Lon}
		near, arcs = index.Nearest(from, nearby, math.Inf(1), near[:0]), arcs[:0]
		for _, n := range near {
			if arc, suits := c.arc(int32(i), n.Index); suits { //nolint:gosec // askers are fewer than 2^31
				arcs = append(arcs, arc)
			}
		}
		c.in.Arcs = append(c.in.Arcs, best(arcs)...)
	}
	c.turnAway()
	return c, nil
}

// best keeps the candidates of greatest score.
func best(arcs []assign.Arc) []assign.Arc {
	if len(arcs) <= candidates {
		return arcs
	}
	slices.SortFunc(arcs, func(a, b assign.Arc) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Device, b.Device))
	})
	return arcs[:candidates]
}

func (p *problem) byNeed() []int32 {
	order := make([]int32, len(p.Askers))
	priority := make([]int64, len(p.Askers))
	for i := range order {
		order[i] = int32(i) //nolint:gosec // askers are fewer than 2^31
		priority[i] = application.Priority(p.Askers[i].score, p.Askers[i].Submitted)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(priority[a], priority[b]), cmp.Compare(a, b)) })
	return order
}

// instance is what the solver is given, without arcs.
func (c *choice) instance() assign.Instance {
	p := c.problem
	in := assign.Instance{
		Students: len(p.Askers), Devices: len(p.Classes), Tiers: make([]uint8, len(p.Askers)), Capacity: make([]int32, len(p.Classes)),
	}
	for i := range p.Askers {
		in.Tiers[i] = solverTier(p.Askers[i].score.Tier)
	}
	for k, n := range p.Stock {
		in.Capacity[k] = int32(min(n, math.MaxInt32)) //nolint:gosec // bounded
	}
	for n, q := range p.Quotas {
		free := slices.DeleteFunc(slices.Clone(q.Classes), func(k int32) bool { return c.bonds.askerOf[k] != nobody })
		in.DeviceGroups = append(in.DeviceGroups, assign.Group{Members: free, Quota: c.bonds.most[n]})
	}
	return in
}

// solverTier is what the solver calls a published tier: it serves the highest
// first. It is its own inverse.
func solverTier(tier int) uint8 { return uint8(application.Tiers + 1 - tier) } //nolint:gosec // 1..5

func (p *problem) points() []nearest.Point {
	points := make([]nearest.Point, len(p.Classes))
	for k := range p.Classes {
		points[k] = nearest.Point{Lat: p.Classes[k].Point.Lat, Lon: p.Classes[k].Point.Lon}
	}
	return points
}

// arc scores a class for an asker; false where it does not suit.
func (c *choice) arc(i, k int32) (assign.Arc, bool) {
	p := c.problem
	class, asker := &p.Classes[k], &p.Askers[i]
	if c.bonds.bars(i, k) || !c.bonds.locked(i, k) && (barrier(class, asker) != "" || c.bonds.saidNo(i, k)) {
		return assign.Arc{}, false
	}
	return assign.Arc{Student: i, Device: k, Score: int32(worth(p.Grid.Pair, class, asker, c.apart.km(i, k)))}, true //nolint:gosec // 1..1e6
}

// turnAway keeps persons and households to what they may hold: those with the
// strongest need come first, of those whom anything suits. Who is turned away
// takes no part in the round.
func (c *choice) turnAway() {
	p := c.problem
	suited := c.suited()
	left := slices.Clone(c.bonds.left)
	for _, i := range c.order {
		if c.bonds.classOf[i] != nobody {
			continue // its part is taken
		}
		shares := p.Askers[i].Shares
		if s := slices.IndexFunc(shares, func(s int32) bool { return left[s] <= 0 }); s >= 0 {
			c.turned[i] = p.Shares[shares[s]].Code
			continue
		}
		if suited[i] {
			for _, s := range shares {
				left[s]--
			}
		}
	}
	c.in.Arcs = slices.DeleteFunc(c.in.Arcs, func(a assign.Arc) bool { return c.turned[a.Student] != "" })
}

// suited tells whom any class suits, among the candidates or beyond.
func (c *choice) suited() []bool {
	suited := make([]bool, len(c.problem.Askers))
	for _, a := range c.in.Arcs {
		suited[a.Student] = true
	}
	for i, known := range suited {
		if !known {
			for range c.left(nil, int32(i)) { //nolint:gosec // askers are fewer than 2^31
				suited[i] = true
				break
			}
		}
	}
	return suited
}

// solve finds the optimum over all pairs that suit, and has it verified by code
// that does not trust it.
func (c *choice) solve(ctx context.Context, at func(stage string, done, total int)) error {
	options := assign.Options{
		Seed:     uint64(c.problem.Seed), //nolint:gosec // not negative
		Progress: func(done, total int) { at("solving", done, total) },
	}
	var err error
	if c.in, c.result, err = assign.Complete(ctx, c.in, options, c.left); err != nil {
		return roundFault(err, "instance")
	}
	if err := assign.Check(c.in, c.result); err != nil {
		return roundFault(err, "certificate")
	}
	return nil
}

// left gives the pairs of an asker that may be beyond the candidates and that,
// where there is a result, could gain; none where the candidates are all there
// is.
func (c *choice) left(so *assign.Result, i int32) iter.Seq[assign.Arc] {
	most := assign.Arc{Student: i, Score: int32(worthAtMost(c.problem.Grid.Pair, &c.problem.Askers[i]))} //nolint:gosec // 1..1e6
	return func(yield func(assign.Arc) bool) {
		if len(c.problem.Classes) <= candidates || c.turned[i] != "" {
			return
		}
		for k := range int32(len(c.problem.Classes)) { //nolint:gosec // classes are fewer than 2^31
			if most.Device = k; so != nil && so.Gap(c.in, most) >= 0 {
				continue
			}
			if arc, suits := c.arc(i, k); suits && !yield(arc) {
				return
			}
		}
	}
}

// encode is a problem as it is stored.
func (p *problem) encode() ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(json.NewEncoder(zip).Encode(p), zip.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decodeProblem(stored []byte) (*problem, error) {
	zip, err := gzip.NewReader(bytes.NewReader(stored))
	if err != nil {
		return nil, fmt.Errorf("problem: %w", err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		return nil, fmt.Errorf("problem: %w", err)
	}
	p := &problem{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("problem: %w", err)
	}
	if p.Format != problemFormat {
		return nil, fmt.Errorf("problem: format %d is not %d", p.Format, problemFormat)
	}
	return p, nil
}
