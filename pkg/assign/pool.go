package assign

import (
	"math"
	"slices"
)

// Where few devices have many places each, as classes of like machines do, the
// students of one device are alike to a search that passes through it: all that
// counts is who of them loses least by going elsewhere. So the search walks
// devices alone, and the groups around them, which bound how many places are
// given: a tree whose root is the whole stock. One place after another leaves
// the root for the student to whom the shortest way leads.
//
// For each ordered pair of devices the students of the first stand in a heap by
// what they lose in the second; who has moved on meanwhile is skipped.
//
// Groups of devices keep the students that can be served a matroid, so that
// tiers weigh what they weigh without groups.

// poolDevices bounds the pairs of devices that there is a heap for.
const poolDevices = 1500

// pool is the search over devices of a solver. Its nodes are the devices by id,
// then their groups, then the root.
type pool struct {
	*solver
	nodes   []poolNode
	moves   []heap     // by from*devices+to: holders of from, the least loss first
	least   []int64    // by to*devices+from: no loss of the heap is smaller; read in a row
	waiting [][]uint64 // by device: links with ranks for students, the greatest weight last
	of      []int32    // student by rank
}

type poolNode struct {
	price      int64 // of a place here, with what the groups around it cost
	room, used int32
	parent     int32 // -1 at the root
	inside     []int32

	// The search at hand.
	dist  int64
	stamp uint32
	prev  int32 // the node before, and the student who moves between two devices
	via   int32
}

// pooled tells whether the market has few devices with many places.
func (s *solver) pooled() bool {
	return len(s.devices) <= poolDevices && len(s.places) >= 4*len(s.devices)
}

// fillPools settles such a market under groups of devices, and gives the prices
// of these.
func (s *solver) fillPools(work *progress, groups []Group, seed uint64) ([]int64, error) {
	tree, err := nest(groups, len(s.devices))
	if err != nil {
		return nil, err
	}
	p := s.newPool(groups, tree, seed)
	work.total = len(s.places)
	for {
		if err := work.one(); err != nil {
			return nil, err
		}
		at, enters := p.search()
		if enters < 0 {
			break
		}
		p.shift(at, enters)
	}
	return p.prices(len(groups)), nil
}

func (s *solver) newPool(groups []Group, tree forest, seed uint64) *pool {
	n := len(s.devices)
	p := &pool{
		solver: s, nodes: make([]poolNode, n+len(groups)+1),
		moves: make([]heap, n*n), least: slices.Repeat([]int64{math.MaxInt64}, n*n), waiting: make([][]uint64, n),
	}
	p.plant(groups, tree, shuffled(n, seed))
	p.of = shuffled(len(s.students), seed)
	slices.Reverse(p.of)
	rank := make([]uint64, len(p.of))
	for r, i := range p.of {
		rank[i] = uint64(r) //nolint:gosec // not negative
	}
	top := int64(0)
	for d := range s.devices {
		list := make([]uint64, 0, s.devices[d].hi-s.devices[d].lo)
		for _, l := range s.list(&s.devices[d]) {
			list = append(list, uint64(l)&^0x7fff_ffff|rank[l.student()])
			top = max(top, s.weight(l))
		}
		slices.Sort(list)
		p.waiting[d] = list
	}
	for x := range p.nodes {
		p.nodes[x].price = top // nobody asks for anything yet
	}
	return p
}

// plant lays the tree out, the devices in an order that settles ties.
func (p *pool) plant(groups []Group, tree forest, order []int32) {
	n := int32(len(p.devices)) //nolint:gosec // few devices
	root := int32(len(p.nodes)) - 1
	p.nodes[root] = poolNode{room: math.MaxInt32, parent: -1}
	join := func(x, group, room int32) {
		parent := root
		if group >= 0 {
			parent = n + group
		}
		p.nodes[x].parent, p.nodes[x].room = parent, room
		p.nodes[parent].inside = append(p.nodes[parent].inside, x)
	}
	for g := range groups {
		join(n+int32(g), tree.parent[g], quota(groups[g])) //nolint:gosec // fewer than nodes
	}
	for _, d := range order {
		join(d, tree.inner(d), p.devices[d].room)
	}
}

// search finds the shortest way from the root to a student who is not served
// yet: the device where the student enters, or -1 where every place left is
// better left empty. Prices fall to keep every way at no less than nothing.
func (p *pool) search() (at, enters int32) {
	p.epoch++
	p.reached, p.queue = p.reached[:0], p.queue[:0]
	root := int32(len(p.nodes)) - 1 //nolint:gosec // few devices
	p.best, at, enters = p.nodes[root].price, root, -1
	label := func(x int32, dist int64, prev, via int32) {
		node := &p.nodes[x]
		if dist >= p.best || node.stamp == p.epoch && dist >= node.dist {
			return
		}
		if node.stamp != p.epoch {
			p.reached = append(p.reached, x)
		}
		node.stamp, node.dist, node.prev, node.via = p.epoch, dist, prev, via
		p.queue.push(newNode(dist, x))
		if int(x) >= len(p.devices) {
			return
		}
		if j, w := p.first(x); j >= 0 && dist+node.price-w < p.best {
			p.best, at, enters = dist+node.price-w, x, j
		}
	}
	label(root, 0, -1, -1)
	for len(p.queue) > 0 && p.queue[0].dist < p.best {
		if top := p.queue.pop(); top.dist <= p.nodes[top.id].dist {
			p.relax(top.id, label)
		}
	}
	for _, x := range p.reached {
		if node := &p.nodes[x]; node.dist < p.best {
			node.price -= p.best - node.dist
		}
	}
	return at, enters
}

func newNode(dist int64, id int32) node { return node{dist: dist, id: id} }

// relax goes on from a node: into what has room inside it, out of it where it
// holds somebody, and to the devices whose students would move here.
func (p *pool) relax(x int32, label func(x int32, dist int64, prev, via int32)) {
	here := &p.nodes[x]
	base := here.dist + here.price
	for _, c := range here.inside {
		if child := &p.nodes[c]; child.used < child.room {
			label(c, base-child.price, x, -1)
		}
	}
	if here.parent >= 0 && here.used > 0 {
		label(here.parent, base-p.nodes[here.parent].price, x, -1)
	}
	n := len(p.devices)
	if int(x) >= n {
		return
	}
	for y, least := range p.least[int(x)*n : (int(x)+1)*n] {
		if least == math.MaxInt64 || base-p.nodes[y].price+least >= p.best {
			continue
		}
		if i, loss := p.loser(int32(y), x); i >= 0 { //nolint:gosec // few devices
			label(int32(y), base-p.nodes[y].price+loss, x, i) //nolint:gosec // few devices
		}
	}
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

// shift sends a place along the way that was found: who moves on it leaves
// first, then all enter.
func (p *pool) shift(at, enters int32) {
	type entry struct{ student, device int32 }
	entries := []entry{{enters, at}}
	for x := at; p.nodes[x].prev >= 0; x = p.nodes[x].prev {
		node, prev := &p.nodes[x], p.nodes[x].prev
		switch {
		case node.via >= 0:
			p.release(node.via)
			entries = append(entries, entry{node.via, prev})
		case node.parent == prev:
			node.used++
		default:
			p.nodes[prev].used--
		}
	}
	for _, e := range entries {
		p.enter(e.student, e.device)
	}
}

// enter gives a student a place of a device; until prices are read off, u holds
// what the pair weighs.
func (p *pool) enter(i, d int32) {
	p.hold(d, i)
	st, arcs := &p.students[i], p.arcs[p.rows[i].lo:p.rows[i].hi]
	tier := p.weights[p.tier(i)&7]
	for k := range arcs {
		if arcs[k].Device == d {
			st.u = tier + int64(arcs[k].Score)
		}
	}
	for k := range arcs {
		if to := arcs[k].Device; to != d {
			loss := st.u - tier - int64(arcs[k].Score)
			moves, least := p.between(d, to)
			moves.push(newNode(loss, i))
			*least = min(*least, loss)
		}
	}
}

// prices reads the prices of students off those of devices, and gives those of
// groups: what a place costs inside beyond outside.
func (p *pool) prices(groups int) []int64 {
	for d := range p.devices {
		p.devices[d].v = p.nodes[d].price
	}
	for i := range p.students {
		if st := &p.students[i]; st.held >= 0 {
			st.u -= p.devices[st.held].v
		}
	}
	list := make([]int64, groups)
	for g := range list {
		node := &p.nodes[len(p.devices)+g]
		list[g] = node.price - p.nodes[node.parent].price
	}
	return list
}
