package assign

import (
	"math"
	"slices"
)

// Where few devices have many places each, as classes of like machines do, the
// students of one device are alike to a search that passes through it: all that
// counts is who of them loses least by going elsewhere. So the search walks
// devices alone. It opens one place after another and fills each along the
// shortest way there: from a student who is not served yet, or from a place
// that is better left empty.
//
// For each ordered pair of devices the students of the first stand in a heap by
// what they lose in the second; who has moved on meanwhile is skipped.

// poolDevices bounds the pairs of devices that there is a heap for.
const poolDevices = 1500

// pool is the search over devices of a solver.
type pool struct {
	*solver
	moves   []heap     // by from*devices+to: holders of from, the least loss first
	least   []int64    // by to*devices+from: no loss of the heap is smaller; read in a row
	waiting [][]uint64 // by device: links with ranks for students, the greatest weight last
	of      []int32    // student by rank
	next    []int32    // device towards the place to fill, of those reached
}

// pooled tells whether the market has few devices with many places.
func (s *solver) pooled() bool {
	return len(s.devices) <= poolDevices && len(s.places) >= 4*len(s.devices)
}

// fillPools settles such a market, a place of each device in turn.
func (s *solver) fillPools(work *progress, order []int32, seed uint64) error {
	p := s.newPool(seed)
	work.total = len(s.places)
	for open := slices.Clone(order); len(open) > 0; {
		still := open[:0]
		for _, d := range open {
			if err := work.one(); err != nil {
				return err
			}
			if p.fill(d) {
				still = append(still, d)
			}
		}
		open = still
	}
	p.price()
	return nil
}

func (s *solver) newPool(seed uint64) *pool {
	n := len(s.devices)
	p := &pool{solver: s, moves: make([]heap, n*n), least: slices.Repeat([]int64{math.MaxInt64}, n*n), waiting: make([][]uint64, n), next: make([]int32, n), of: shuffled(len(s.students), seed)}
	rank := make([]uint64, len(p.of))
	for r, i := range p.of {
		rank[i] = uint64(len(p.of) - 1 - r) //nolint:gosec // below 2^31
	}
	slices.Reverse(p.of)
	for d := range s.devices {
		list := make([]uint64, 0, s.devices[d].hi-s.devices[d].lo)
		for _, l := range s.list(&s.devices[d]) {
			list = append(list, uint64(l)&^0x7fff_ffff|rank[l.student()])
		}
		slices.Sort(list)
		p.waiting[d] = list
	}
	return p
}

// fill opens a place of a device; false when it has no more, or when the place
// is better left empty.
func (p *pool) fill(d int32) bool {
	dev := &p.devices[d]
	if dev.full == dev.room {
		return false
	}
	if dev.full == 0 {
		dev.v = p.asked(dev)
	}
	if dev.v == 0 {
		return false
	}
	from, enters := p.search(d)
	if from == d && enters < 0 {
		return false
	}
	p.shift(from, d, enters)
	return true
}

// asked is the least price at which nobody wants a device.
func (p *pool) asked(dev *device) (v int64) {
	for _, l := range p.list(dev) {
		st := &p.students[l.student()]
		u := int64(0)
		if st.held >= 0 {
			u = st.u - p.devices[st.held].v
		}
		v = max(v, p.weight(l)-u)
	}
	return v
}

// search finds the shortest way to a place of device d: where it begins, and
// the student who enters there, or -1 for a place left empty. Prices fall to
// keep every way at no less than nothing.
func (p *pool) search(d int32) (from, enters int32) {
	p.epoch++
	p.reached, p.queue, p.best = p.reached[:0], p.queue[:0], math.MaxInt64
	label := func(x int32, dist int64, next, via int32) {
		dev := &p.devices[x]
		if dist >= p.best || dev.stamp == p.epoch && dist >= dev.dist {
			return
		}
		if dev.stamp != p.epoch {
			p.reached = append(p.reached, x)
		}
		dev.stamp, dev.dist, dev.via, p.next[x] = p.epoch, dist, via, next
		p.queue.push(node{dist, x})
		if end := dist + dev.v; end < p.best {
			p.best, from, enters = end, x, -1
		}
		if j, w := p.first(x); j >= 0 && dist+dev.v-w < p.best {
			p.best, from, enters = dist+dev.v-w, x, j
		}
	}
	label(d, 0, -1, -1)
	for len(p.queue) > 0 {
		at := p.queue.pop()
		x := at.id
		if at.dist >= p.best {
			break
		}
		if at.dist > p.devices[x].dist {
			continue
		}
		base := at.dist + p.devices[x].v
		for y, least := range p.least[int(x)*len(p.devices) : (int(x)+1)*len(p.devices)] {
			if least == math.MaxInt64 || base-p.devices[y].v+least >= p.best {
				continue
			}
			if i, loss := p.loser(int32(y), x); i >= 0 { //nolint:gosec // few devices
				label(int32(y), base-p.devices[y].v+loss, x, i) //nolint:gosec // few devices
			}
		}
	}
	for _, x := range p.reached {
		if dev := &p.devices[x]; dev.dist < p.best {
			dev.v -= p.best - dev.dist
		}
	}
	return from, enters
}

// first is the unserved student who weighs most in a device; -1 for none.
func (p *pool) first(d int32) (i int32, weight int64) {
	list := p.waiting[d]
	for len(list) > 0 {
		l := link(list[len(list)-1])
		if i := p.of[l.student()]; p.students[i].held < 0 {
			p.waiting[d] = list
			return i, p.weight(l)
		}
		list = list[:len(list)-1]
	}
	p.waiting[d] = list
	return -1, 0
}

// loser is the student who loses least by going from one device to another; -1
// where nobody can.
func (p *pool) loser(from, to int32) (i int32, loss int64) {
	moves, least := p.between(from, to)
	for len(*moves) > 0 {
		top := (*moves)[0]
		if *least = top.dist; p.students[top.id].held == from {
			return top.id, top.dist
		}
		moves.pop()
	}
	*least = math.MaxInt64
	return -1, 0
}

func (p *pool) between(from, to int32) (moves *heap, least *int64) {
	n := len(p.devices)
	return &p.moves[int(from)*n+int(to)], &p.least[int(to)*n+int(from)]
}

// shift moves the students on the way from a device to d one on, the last
// first, and lets one in where it begins.
func (p *pool) shift(from, d, enters int32) {
	var way []int32
	for x := from; x != d; x = p.next[x] {
		way = append(way, x)
	}
	for _, x := range slices.Backward(way) {
		i := p.devices[x].via
		p.release(i)
		p.enter(i, p.next[x])
	}
	if enters >= 0 {
		p.enter(enters, from)
	}
}

// enter gives a student a place of a device; until prices are read off, u holds
// what the pair weighs.
func (p *pool) enter(i, d int32) {
	p.hold(d, i)
	st, arcs := &p.students[i], p.arcs[p.rows[i].lo:p.rows[i].hi]
	for k := range arcs {
		if arcs[k].Device == d {
			st.u = p.weights[p.tier(i)&7] + int64(arcs[k].Score)
		}
	}
	for k := range arcs {
		if to := arcs[k].Device; to != d {
			loss := st.u - p.weights[p.tier(i)&7] - int64(arcs[k].Score)
			moves, least := p.between(d, to)
			moves.push(node{loss, i})
			*least = min(*least, loss)
		}
	}
}

// price reads the prices of students off those of devices, and gives devices
// without a place the price at which nobody asks for them.
func (p *pool) price() {
	for i := range p.students {
		if st := &p.students[i]; st.held >= 0 {
			st.u -= p.devices[st.held].v
		}
	}
	for d := range p.devices {
		dev := &p.devices[d]
		if dev.room > 0 {
			continue
		}
		for _, l := range p.list(dev) {
			dev.v = max(dev.v, p.weight(l)-p.students[l.student()].u)
		}
	}
}
