package assign

import (
	"context"
	"math"
)

// link is an arc as its device sees it: tier, score and student packed into
// one word, so that a list is scanned fast and weighs little.
type link uint64

func newLink(tier uint8, a Arc) link {
	return link(tier)<<52 | link(a.Score)<<32 | link(a.Student) //nolint:gosec // validated
}

func (l link) student() int32 { return int32(l & 0x7fff_ffff) }    //nolint:gosec // 31 bits
func (l link) score() int64   { return int64(l >> 32 & 0xf_ffff) } //nolint:gosec // 20 bits

// student and device hold price, pair and the label of the search at hand in
// one place, as a search reads them together.
type student struct {
	u      int64
	dist   int64
	parent int32  // device from which it was reached
	stamp  uint32 // of the search that labelled it; one more when it is done
	held   int32  // the device, or -1
	place  int32  // where in the solver's places
}

type device struct {
	v          int64
	cold       int64 // no link behind the hot ones has a greater margin
	dist       int64
	lo, hi     int32 // its links
	hot        int32 // how many stand in front, none of them worth less than those behind
	place      int32 // its first in the solver's places
	room, full int32 // places it has, and those taken
	via        int32 // student through whom it was reached
	stamp      uint32
}

// span is a student's arcs.
type span struct{ lo, hi int32 }

// solver holds the graph from both sides, the prices, and the pairs so far.
type solver struct {
	students []student
	devices  []device
	links    []link
	places   []int32 // students by device
	rows     []span
	arcs     []Arc // by student
	tiers    []uint8

	step    int64
	weights [8]int64 // of each tier
	scores  int64    // 1, or 0 while tiers alone count
	top     int32    // the greatest score there is
	keep    bool     // keep cold bounds true when a student's price falls

	// The search at hand.
	epoch   uint32
	queue   heap
	best    int64 // length of the best way out
	reached []int32
	margins []int64
}

// newSolver lays an instance out. A market asks for room to grow: places that
// the weight of a tier allows for beyond those there are.
func newSolver(in Instance, room int) (*solver, error) {
	s := &solver{tiers: in.Tiers, scores: 1}
	if in.Tiers != nil {
		var err error
		if s.step, err = step(places(in) + room); err != nil {
			return nil, err
		}
	}
	s.weigh(s.step, 1)
	s.rowsOf(in)
	if err := noDoubles(s.rows, s.arcs, in.Devices); err != nil {
		return nil, err
	}
	s.linksOf(in)
	s.students = make([]student, in.Students)
	for i := range s.students {
		s.students[i].held = -1
	}
	return s, nil
}

// weigh sets what a tier and a point of score weigh; lists have to be looked
// at anew.
func (s *solver) weigh(step, scores int64) {
	for t := range s.weights {
		s.weights[t] = int64(t) * step
	}
	s.scores = scores
	s.forgetBounds()
}

func (s *solver) forgetBounds() {
	for d := range s.devices {
		s.devices[d].hot = s.devices[d].hi - s.devices[d].lo
		s.devices[d].cold = math.MinInt64
	}
}

func (s *solver) weight(l link) int64 { return s.weights[l>>52&7] + s.scores*l.score() }

// tier of a student, 0 without tiers.
func (s *solver) tier(i int32) uint8 {
	if s.tiers == nil {
		return 0
	}
	return s.tiers[i]
}

// rowsOf finds each student's arcs; they are copied only where they do not lie
// together already.
func (s *solver) rowsOf(in Instance) {
	s.rows = make([]span, in.Students)
	sorted := true
	for i, a := range in.Arcs {
		s.rows[a.Student].hi++
		sorted = sorted && (i == 0 || in.Arcs[i-1].Student <= a.Student)
	}
	at := int32(0)
	for i := range s.rows {
		n := s.rows[i].hi
		s.rows[i] = span{at, at + n}
		at += n
	}
	s.arcs = in.Arcs[:len(in.Arcs):len(in.Arcs)]
	if sorted {
		return
	}
	s.arcs = make([]Arc, len(in.Arcs))
	next := make([]int32, in.Students)
	for i := range next {
		next[i] = s.rows[i].lo
	}
	for _, a := range in.Arcs {
		s.arcs[next[a.Student]] = a
		next[a.Student]++
	}
}

// linksOf lays the arcs out by device.
func (s *solver) linksOf(in Instance) {
	s.devices = make([]device, in.Devices)
	for _, a := range s.arcs {
		s.devices[a.Device].hi++
	}
	at, place := int32(0), 0
	for d := range s.devices {
		room := int32(1)
		if in.Capacity != nil {
			room = min(in.Capacity[d], s.devices[d].hi+1) // one more than can be taken stays open: it has no price
		}
		n := s.devices[d].hi
		s.devices[d] = device{lo: at, hi: at, place: int32(place), room: room} //nolint:gosec // no more places than arcs and devices
		at, place = at+n, place+int(room)
	}
	s.links = make([]link, len(s.arcs))
	for i := range s.arcs {
		a := &s.arcs[i]
		d := &s.devices[a.Device]
		s.links[d.hi] = newLink(s.tier(a.Student), *a)
		d.hi++
		s.top = max(s.top, a.Score)
	}
	s.places = make([]int32, place)
	s.forgetBounds()
}

func (s *solver) list(d *device) []link { return s.links[d.lo:d.hi] }

func (s *solver) holders(d *device) []int32 { return s.places[d.place : d.place+d.full] }

func (s *solver) hold(d, i int32) {
	dev, st := &s.devices[d], &s.students[i]
	st.held, st.place = d, dev.place+dev.full
	s.places[st.place] = i
	dev.full++
}

// release takes a student's device away; the last holder moves into the gap.
func (s *solver) release(i int32) {
	st := &s.students[i]
	dev := &s.devices[st.held]
	dev.full--
	last := s.places[dev.place+dev.full]
	s.places[st.place], s.students[last].place = last, st.place
	st.held = -1
}

// hotPart is how many links of a list are kept in front.
func hotPart(links int) int { return max(16, links/16) }

// organise brings the links of greatest margin to the front, remembers what the
// others are worth at most, and gives the greatest margin. While prices of
// students rise the bound stays true.
func (s *solver) organise(d *device) int64 {
	list := s.list(d)
	margins := s.margins[:0]
	greatest := int64(math.MinInt64)
	for _, l := range list {
		m := s.weight(l) - s.students[l.student()].u
		margins = append(margins, m)
		greatest = max(greatest, m)
	}
	s.margins = margins
	hot := hotPart(len(list))
	if len(list) <= hot+hot/2 {
		d.hot, d.cold = int32(len(list)), math.MinInt64 //nolint:gosec // a list's length
		return greatest
	}
	partition(margins, list, hot)
	d.hot, d.cold = int32(hot), math.MinInt64 //nolint:gosec // a list's length
	for _, m := range margins[hot:] {
		d.cold = max(d.cold, m)
	}
	return greatest
}

// partition moves the k greatest margins, with their links, to the front.
func partition(margins []int64, list []link, k int) {
	lo, hi := 0, len(list)-1
	for lo < hi {
		pivot, i, j := margins[(lo+hi)/2], lo, hi
		for i <= j {
			for margins[i] > pivot {
				i++
			}
			for margins[j] < pivot {
				j--
			}
			if i <= j {
				margins[i], margins[j] = margins[j], margins[i]
				list[i], list[j] = list[j], list[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return
		}
	}
}

// solve settles the whole market.
func (s *solver) solve(ctx context.Context, o Options) error {
	work := &progress{ctx: ctx, tell: o.Progress, total: 3 * len(s.devices)}
	order := shuffled(len(s.devices), o.Seed)
	if s.pooled() {
		_, err := s.fillPools(work, nil, o.Seed)
		return err
	}
	if s.severalTiers() {
		work.total += len(s.devices)
		if err := s.tiersAlone(work, order); err != nil {
			return err
		}
	}
	if err := s.auction(work, order); err != nil {
		return err
	}
	if err := s.insertAll(work, order); err != nil {
		return err
	}
	return s.settleAll(work)
}

func (s *solver) severalTiers() bool {
	for _, t := range s.tiers {
		if t != s.tiers[0] {
			return true
		}
	}
	return false
}

// tiersAlone finds exact prices for the tiers without the scores, and leaves
// them as where the bidding starts: what is decided between tiers need not be
// fought out in points of score.
func (s *solver) tiersAlone(work *progress, order []int32) error {
	s.weigh(1, 0)
	if err := s.insertAll(work, order); err != nil {
		return err
	}
	for i := range s.students {
		s.students[i].u *= s.step
		s.students[i].held = -1
	}
	for d := range s.devices {
		s.devices[d].full, s.devices[d].v = 0, 0
	}
	s.weigh(s.step, 1)
	return nil
}

// progress tells how far a run is and whether it is to stop.
type progress struct {
	ctx         context.Context //nolint:containedctx // lives as long as one call
	tell        func(done, total int)
	done, total int
}

func (p *progress) one() error {
	p.done++
	if p.done%1024 != 0 {
		return nil
	}
	if p.tell != nil {
		p.tell(min(p.done, p.total), p.total)
	}
	return p.ctx.Err()
}

// shuffled is the order of devices: by id under seed 0, else drawn from it.
func shuffled(n int, seed uint64) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i) //nolint:gosec // sizes are checked
	}
	if seed == 0 {
		return order
	}
	state := seed
	for i := n - 1; i > 0; i-- {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		j := int((z ^ z>>31) % uint64(i+1)) //nolint:gosec // below n
		order[i], order[j] = order[j], order[i]
	}
	return order
}

func (s *solver) result(in Instance) *Result {
	r := &Result{
		DeviceOf: make([]int32, len(s.students)), StudentPrice: make([]int64, len(s.students)), DevicePrice: make([]int64, len(s.devices)),
		Step: s.step,
	}
	for i := range s.students {
		r.DeviceOf[i], r.StudentPrice[i] = s.students[i].held, s.students[i].u
	}
	for d := range s.devices {
		r.DevicePrice[d] = s.devices[d].v
	}
	r.Count(in)
	return r
}
