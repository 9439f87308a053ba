package assign

import (
	"context"
	"fmt"
	"math"
)

// Where groups bind, the market is a circulation of least cost: units flow from
// a source down the groups of devices to a device, over an arc to a student,
// and down the groups of students to a sink, which leads back to the source.
// Each place of a device is opened in turn: if a cycle of gain leads through
// it, a unit flows along the best one. Potentials keep all residual edges at a
// reduced cost of at least zero, and the prices are read off them.

// edge leads to a node; its twin, the way back, stands beside it (index ^ 1).
type edge struct {
	to, from int32
	left     int32 // what can still flow
	cost     Wide
}

const unbounded = math.MaxInt32 / 2

type circulation struct {
	edges     []edge
	out       [][]int32 // edges by node
	potential []Wide

	dist  []Wide
	stamp []uint32
	by    []int32 // edge through which a node was reached
	epoch uint32
	queue wideHeap
	done  []int32
}

// layout says where students, devices and groups stand among the nodes, and
// where their edges begin.
type layout struct {
	student, device, studentGroup, deviceGroup, sink int32
	studentEdge, deviceEdge                          []int32 // of a student, of a device
	studentGroupEdge, deviceGroupEdge                []int32
	arcs                                             int32
}

func solveQuota(ctx context.Context, in Instance, o Options) (*Result, error) {
	weights, err := quotaWeights(in)
	if err != nil {
		return nil, err
	}
	c, at, err := lay(in, weights)
	if err != nil {
		return nil, err
	}
	work := &progress{ctx: ctx, tell: o.Progress, total: in.Devices}
	for _, d := range shuffled(in.Devices, o.Seed) {
		if err := work.one(); err != nil {
			return nil, err
		}
		capacity := int32(1)
		if in.Capacity != nil {
			capacity = in.Capacity[d]
		}
		// One place more than can be taken stays open: it has no price.
		c.open(at.deviceEdge[d], min(capacity, int32(len(c.out[at.device+d])))) //nolint:gosec // fewer arcs than 2^31
	}
	if o.Progress != nil {
		o.Progress(in.Devices, in.Devices)
	}
	return c.result(in, at, weights), nil
}

// lay builds the network with all devices closed.
func lay(in Instance, weights [MaxTier + 1]Wide) (*circulation, *layout, error) {
	students, err := nest(in.StudentGroups, in.Students)
	if err != nil {
		return nil, nil, err
	}
	devices, err := nest(in.DeviceGroups, in.Devices)
	if err != nil {
		return nil, nil, err
	}
	nodes := in.Students + in.Devices + len(in.StudentGroups) + len(in.DeviceGroups) + 2
	if nodes > most || 2*(nodes+len(in.Arcs)) > most {
		return nil, nil, fmt.Errorf("%w: %d nodes", ErrSize, nodes)
	}
	n, m, g := int32(in.Students), int32(in.Devices), int32(len(in.StudentGroups)) //nolint:gosec // checked above
	at := &layout{student: 1, device: 1 + n, studentGroup: 1 + n + m, deviceGroup: 1 + n + m + g, sink: int32(nodes) - 1}
	c := &circulation{
		out: make([][]int32, nodes), potential: make([]Wide, nodes),
		dist: make([]Wide, nodes), stamp: make([]uint32, nodes), by: make([]int32, nodes),
	}
	c.join(at.sink, 0, unbounded, Wide{})
	for i, q := range in.DeviceGroups {
		at.deviceGroupEdge = append(at.deviceGroupEdge,
			c.join(node32(devices.parent[i], at.deviceGroup, 0), at.deviceGroup+int32(i), quota(q), Wide{})) //nolint:gosec // checked above
	}
	for i, q := range in.StudentGroups {
		at.studentGroupEdge = append(at.studentGroupEdge,
			c.join(at.studentGroup+int32(i), node32(students.parent[i], at.studentGroup, at.sink), quota(q), Wide{})) //nolint:gosec // checked above
	}
	for i := range n {
		at.studentEdge = append(at.studentEdge, c.join(at.student+i, node32(students.inner(i), at.studentGroup, at.sink), 1, Wide{}))
	}
	for d := range m {
		at.deviceEdge = append(at.deviceEdge, c.join(node32(devices.inner(d), at.deviceGroup, 0), at.device+d, 0, Wide{}))
	}
	at.arcs = int32(len(c.edges)) //nolint:gosec // checked above
	for _, a := range in.Arcs {
		w := wide(int64(a.Score))
		if in.Tiers != nil {
			w = w.plus(weights[in.Tiers[a.Student]])
		}
		c.join(at.device+a.Device, at.student+a.Student, unbounded, Wide{}.minus(w))
		if p := &c.potential[at.device+a.Device]; p.less(w) {
			*p = w
		}
	}
	return c, at, nil
}

// inner is the innermost group around a member, or -1.
func (f forest) inner(i int32) int32 {
	if f.of == nil {
		return -1
	}
	return f.of[i]
}

// node32 is the node of a group, or another where there is none.
func node32(group, first, otherwise int32) int32 {
	if group < 0 {
		return otherwise
	}
	return first + group
}

func quota(g Group) int32 { return int32(min(g.Quota, unbounded)) } //nolint:gosec // bounded

// join adds an edge and its way back; it gives the edge's index.
func (c *circulation) join(from, to, room int32, cost Wide) int32 {
	e := int32(len(c.edges)) //nolint:gosec // checked in lay
	c.edges = append(c.edges, edge{to: to, from: from, left: room, cost: cost}, edge{to: from, from: to, cost: Wide{}.minus(cost)})
	c.out[from], c.out[to] = append(c.out[from], e), append(c.out[to], e+1)
	return e
}

// reduced is an edge's cost under the potentials.
func (c *circulation) reduced(e *edge) Wide {
	return e.cost.plus(c.potential[e.from]).minus(c.potential[e.to])
}

// open lets units flow through an edge while cycles of gain lead through it.
func (c *circulation) open(e int32, room int32) {
	for ; room > 0; room-- {
		if gain := c.reduced(&c.edges[e]); gain.Sign() >= 0 || !c.cycle(e, Wide{}.minus(gain)) {
			break
		}
	}
	c.edges[e].left = room
}

// cycle sends a unit through edge e and back along the shortest path, if that
// is shorter than the gain; potentials follow either way.
func (c *circulation) cycle(e int32, gain Wide) bool {
	from, target := c.edges[e].to, c.edges[e].from
	c.epoch++
	c.queue, c.done = c.queue[:0], c.done[:0]
	c.label(from, Wide{}, -1)
	limit, found := gain, false
	for len(c.queue) > 0 && c.queue[0].dist.less(limit) {
		top := c.queue.pop()
		if c.dist[top.id].less(top.dist) {
			continue
		}
		if top.id == target {
			limit, found = top.dist, true
			break
		}
		c.done = append(c.done, top.id)
		for _, k := range c.out[top.id] {
			next := &c.edges[k]
			if next.left == 0 {
				continue
			}
			if at := top.dist.plus(c.reduced(next)); at.less(limit) && (c.stamp[next.to] != c.epoch || at.less(c.dist[next.to])) {
				c.label(next.to, at, k)
			}
		}
	}
	for _, x := range c.done {
		if c.dist[x].less(limit) {
			c.potential[x] = c.potential[x].minus(limit.minus(c.dist[x]))
		}
	}
	if !found {
		return false
	}
	c.edges[e^1].left++
	for x := target; x != from; x = c.edges[c.by[x]].from {
		c.edges[c.by[x]].left--
		c.edges[c.by[x]^1].left++
	}
	return true
}

func (c *circulation) label(x int32, at Wide, by int32) {
	c.stamp[x], c.dist[x], c.by[x] = c.epoch, at, by
	c.queue.push(wideNode{at, x})
}

// price is what an edge's bound is worth: zero while it has room.
func (c *circulation) price(e int32) Wide {
	if p := c.reduced(&c.edges[e]); p.Sign() < 0 {
		return Wide{}.minus(p)
	}
	return Wide{}
}

func (c *circulation) prices(edges []int32) []Wide {
	list := make([]Wide, len(edges))
	for i, e := range edges {
		list[i] = c.price(e)
	}
	return list
}

func (c *circulation) result(in Instance, at *layout, weights [MaxTier + 1]Wide) *Result {
	r := &Result{DeviceOf: filled(in.Students, -1), Quota: &QuotaPrices{
		Student: c.prices(at.studentEdge), Device: c.prices(at.deviceEdge),
		StudentGroup: c.prices(at.studentGroupEdge), DeviceGroup: c.prices(at.deviceGroupEdge), Weights: weights,
	}}
	for i, a := range in.Arcs {
		if c.edges[at.arcs+2*int32(i)+1].left > 0 { //nolint:gosec // checked in lay
			r.DeviceOf[a.Student] = a.Device
		}
	}
	r.Count(in)
	return r
}

// gap is Result.Gap under groups.
func (q *QuotaPrices) gap(in Instance, a Arc) int64 {
	total := q.Student[a.Student].plus(q.Device[a.Device])
	for g, group := range in.StudentGroups {
		if holds(group, a.Student) {
			total = total.plus(q.StudentGroup[g])
		}
	}
	for g, group := range in.DeviceGroups {
		if holds(group, a.Device) {
			total = total.plus(q.DeviceGroup[g])
		}
	}
	weight := wide(int64(a.Score))
	if in.Tiers != nil {
		weight = weight.plus(q.Weights[in.Tiers[a.Student]])
	}
	gap := total.minus(weight)
	switch {
	case gap.less(wide(-Missing)):
		return -Missing
	case wide(MaxScore).less(gap):
		return Missing
	default:
		return int64(gap.Lo) //nolint:gosec // two's complement of a small number
	}
}

func holds(g Group, member int32) bool {
	for _, i := range g.Members {
		if i == member {
			return true
		}
	}
	return false
}

type wideNode struct {
	dist Wide
	id   int32
}

// wideHeap is a binary heap, the nearest first.
type wideHeap []wideNode

func (h *wideHeap) push(n wideNode) {
	q := append(*h, n)
	i := len(q) - 1
	for i > 0 && n.dist.less(q[(i-1)/2].dist) {
		q[i] = q[(i-1)/2]
		i = (i - 1) / 2
	}
	q[i] = n
	*h = q
}

func (h *wideHeap) pop() wideNode {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	i := 0
	for child := 1; child < len(q); child = 2*i + 1 {
		if child+1 < len(q) && q[child+1].dist.less(q[child].dist) {
			child++
		}
		if !q[child].dist.less(last.dist) {
			break
		}
		q[i] = q[child]
		i = child
	}
	if len(q) > 0 {
		q[i] = last
	}
	*h = q
	return top
}
