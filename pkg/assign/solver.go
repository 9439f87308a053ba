package assign

import (
	"cmp"
	"fmt"
	"slices"
)

// half is an arc as its device sees it.
type half struct {
	student int32
	score   int32
}

// solver holds the graph by device, the prices, and the matching so far.
type solver struct {
	start    []int32 // arcs of device d are arcs[start[d]:start[d+1]], best first
	arcs     []half
	base     []int64 // per student: Step*tier
	capacity func(int32) int32

	u, v []int64 // prices of students and devices
	held []int32 // per student: the device, or -1
	step int64

	// Labels of the search at hand, valid where the stamp is this epoch's.
	epoch   uint32
	stamp   []uint32
	dist    []int64
	parent  []int32 // device from which a student was reached
	done    []bool
	queue   heap
	seen    []int32 // students with a label
	via     []int32 // per device: the student through whom it was reached
	reached []stop  // devices that were

	holders [][]int32 // per device: the students it serves
}

func newSolver(in Instance) (*solver, error) {
	if err := validate(in); err != nil {
		return nil, err
	}
	m, err := step(in)
	if err != nil {
		return nil, err
	}
	s := &solver{step: m}
	if err := s.build(in); err != nil {
		return nil, err
	}
	n := in.Students
	s.u, s.v = make([]int64, n), make([]int64, in.Devices)
	s.held, s.stamp = make([]int32, n), make([]uint32, n)
	s.via, s.holders = make([]int32, in.Devices), make([][]int32, in.Devices)
	s.dist, s.parent, s.done = make([]int64, n), make([]int32, n), make([]bool, n)
	for i := range s.held {
		s.held[i] = -1
	}
	s.capacity = func(int32) int32 { return 1 }
	if in.Capacity != nil {
		s.capacity = func(d int32) int32 { return in.Capacity[d] }
	}
	return s, nil
}

// build lays the arcs out by device, the best first, so that a scan can end as
// soon as no later arc can matter.
func (s *solver) build(in Instance) error {
	s.start = make([]int32, in.Devices+1)
	for _, a := range in.Arcs {
		s.start[a.Device+1]++
	}
	for d := range in.Devices {
		s.start[d+1] += s.start[d]
	}
	s.arcs = make([]half, len(in.Arcs))
	next := slices.Clone(s.start)
	for _, a := range in.Arcs {
		s.arcs[next[a.Device]] = half{a.Student, a.Score}
		next[a.Device]++
	}
	s.base = make([]int64, in.Students)
	for i, t := range in.Tiers {
		s.base[i] = s.step * int64(t)
	}
	return s.sort(in.Devices, in.Students)
}

func (s *solver) sort(devices, students int) error {
	last := make([]int32, students)
	for i := range last {
		last[i] = -1
	}
	for d := range devices {
		list := s.arcs[s.start[d]:s.start[d+1]]
		for _, a := range list {
			if last[a.student] == int32(d) { //nolint:gosec // sizes are checked
				return fmt.Errorf("%w: (%d, %d)", ErrDouble, a.student, d)
			}
			last[a.student] = int32(d) //nolint:gosec // sizes are checked
		}
		slices.SortFunc(list, func(a, b half) int {
			return cmp.Or(cmp.Compare(s.weight(b), s.weight(a)), cmp.Compare(a.student, b.student))
		})
	}
	return nil
}

func (s *solver) weight(a half) int64 { return s.base[a.student] + int64(a.score) }

// insert gives one more place of device d to the matching, along the shortest
// augmenting path; false when no student gains by it.
func (s *solver) insert(d int32) bool {
	s.epoch++
	s.queue, s.seen, s.reached = s.queue[:0], s.seen[:0], s.reached[:0]
	if s.v[d] == 0 {
		s.price(d)
	}
	// What ends the path: d keeps the place empty (at its price), a student
	// without a device takes one, or another device gives a place up.
	best, end := s.v[d], int32(-1)
	s.reach(d, -1, 0)
	s.scan(d, 0, best)
	for len(s.queue) > 0 && s.queue[0].dist < best {
		top := s.queue.pop()
		if s.done[top.student] || s.dist[top.student] != top.dist {
			continue
		}
		s.done[top.student] = true
		other := s.held[top.student]
		if other < 0 {
			best, end = top.dist, top.student
			break
		}
		if through := top.dist + s.v[other]; through < best {
			best, end = through, top.student
		}
		s.reach(other, top.student, top.dist)
		s.scan(other, top.dist, best)
	}
	s.reprice(best)
	if end >= 0 {
		s.augment(d, end)
	}
	return end >= 0
}

// price gives a device its first price: the most that any student would gain.
func (s *solver) price(d int32) {
	var most int64
	for _, a := range s.arcs[s.start[d]:s.start[d+1]] {
		w := s.weight(a)
		if w <= most {
			break
		}
		most = max(most, w-s.u[a.student])
	}
	s.v[d] = most
}

// reach notes that the path may pass device d, got to through a student it
// holds; all whom it holds move with its price.
func (s *solver) reach(d, through int32, at int64) {
	s.reached = append(s.reached, stop{d, at})
	s.via[d] = through
	for _, i := range s.holders[d] {
		if i != through {
			s.label(i, at)
			s.done[i] = true
		}
	}
}

func (s *solver) label(i int32, at int64) {
	if s.stamp[i] != s.epoch {
		s.stamp[i], s.done[i] = s.epoch, false
		s.seen = append(s.seen, i)
	}
	s.dist[i] = at
}

// scan labels the students whom device d could serve instead, at distance from
// on; arcs are sorted, so it ends at the first that cannot beat best.
func (s *solver) scan(d int32, from, best int64) {
	base := from + s.v[d]
	for _, a := range s.arcs[s.start[d]:s.start[d+1]] {
		w := s.weight(a)
		if base-w >= best {
			break
		}
		i, at := a.student, base-w+s.u[a.student]
		if at >= best || s.held[i] == d || s.stamp[i] == s.epoch && (s.done[i] || at >= s.dist[i]) {
			continue
		}
		s.label(i, at)
		s.parent[i] = d
		s.queue.push(node{at, i})
	}
}

// reprice moves the prices of what the search passed, so that the path becomes
// tight and no arc is broken.
func (s *solver) reprice(best int64) {
	for _, r := range s.reached {
		if r.dist < best {
			s.v[r.device] -= best - r.dist
		}
	}
	for _, i := range s.seen {
		if s.done[i] && s.dist[i] < best {
			s.u[i] += best - s.dist[i]
		}
	}
}

// augment moves the students along the path that ends at one.
func (s *solver) augment(d, end int32) {
	if old := s.held[end]; old >= 0 {
		s.drop(old, end)
	}
	for {
		to := s.parent[end]
		next := s.via[to]
		if to != d {
			s.drop(to, next)
		}
		s.held[end] = to
		s.holders[to] = append(s.holders[to], end)
		if to == d {
			return
		}
		end = next
	}
}

func (s *solver) drop(d, student int32) {
	list := s.holders[d]
	i := slices.Index(list, student)
	list[i] = list[len(list)-1]
	s.holders[d] = list[:len(list)-1]
}

func (s *solver) result(in Instance) *Result {
	r := &Result{DeviceOf: s.held, TierCounts: map[int]int{}, StudentPrice: s.u, DevicePrice: s.v, Step: s.step}
	for d := range in.Devices {
		for _, a := range s.arcs[s.start[d]:s.start[d+1]] {
			if s.held[a.student] != int32(d) { //nolint:gosec // sizes are checked
				continue
			}
			r.Matched++
			r.Score += int64(a.score)
			if in.Tiers != nil {
				r.TierCounts[int(in.Tiers[a.student])]++
			}
		}
	}
	return r
}

// stop is a device that a search passed, and how far along.
type stop struct {
	device int32
	dist   int64
}

// node is a student in the queue.
type node struct {
	dist    int64
	student int32
}

// heap is a binary heap of nodes, the nearest first; ties go by student, so
// that the same instance gives the same result.
type heap []node

func (a node) before(b node) bool {
	return a.dist < b.dist || a.dist == b.dist && a.student < b.student
}

func (h *heap) push(n node) {
	q := append(*h, n)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !n.before(q[up]) {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = n
	*h = q
}

func (h *heap) pop() node {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	for i := 0; len(q) > 0; {
		child := 2*i + 1
		if child+1 < len(q) && q[child+1].before(q[child]) {
			child++
		}
		if child >= len(q) || !q[child].before(last) {
			q[i] = last
			break
		}
		q[i] = q[child]
		i = child
	}
	*h = q
	return top
}
