package assign

import "slices"

// AtMargin is the same assignment with the highest device prices that prove it.
// Each is then what the optimum would lose without one place of the device, and
// a Gap is exact: an unserved student whose arc weighs one point more than its
// gap is served by it. Under binding groups the result comes back as it is, and
// a gap is what is missing at least.
//
// A device's price can rise until one of those it serves would rather go
// without, or to another device, whose price may rise in turn: shortest paths
// from what cannot rise.
func (r *Result) AtMargin(in Instance) *Result {
	if r.Quota != nil || r.DeviceGroupPrice != nil {
		return r
	}
	rise := r.rises(in)
	m := *r
	m.StudentPrice, m.DevicePrice = slices.Clone(r.StudentPrice), slices.Clone(r.DevicePrice)
	for d, by := range rise {
		if by < Missing {
			m.DevicePrice[d] += by
		}
	}
	for i, d := range r.DeviceOf {
		if d >= 0 {
			m.StudentPrice[i] -= rise[d]
		}
	}
	for _, a := range in.Arcs {
		if rise[a.Device] == Missing {
			m.DevicePrice[a.Device] = max(m.DevicePrice[a.Device], r.Weight(in, a)-m.StudentPrice[a.Student])
		}
	}
	return &m
}

// rises tells how far the price of each device can rise: Missing where it has
// no place, and so holds nobody back.
func (r *Result) rises(in Instance) []int64 {
	rise := make([]int64, in.Devices)
	served := make([]int32, in.Devices)
	for d := range rise {
		rise[d] = Missing
	}
	for i, d := range r.DeviceOf {
		if d >= 0 {
			served[d]++
			rise[d] = min(rise[d], r.StudentPrice[i])
		}
	}
	var queue heap
	for d := range rise {
		places := int32(1)
		if in.Capacity != nil {
			places = in.Capacity[d]
		}
		if served[d] < places { // nobody loses anything
			rise[d] = 0
		}
		if places > 0 {
			queue.push(node{rise[d], int32(d)}) //nolint:gosec // Solve checked the size
		}
	}
	wanted, start := wantedBy(in, r.DeviceOf)
	for len(queue) > 0 {
		next := queue.pop()
		if next.dist > rise[next.id] {
			continue
		}
		for _, a := range wanted[start[next.id]:start[next.id+1]] {
			from := r.DeviceOf[a.Student]
			if from == a.Device {
				continue
			}
			if by := next.dist + r.StudentPrice[a.Student] + r.DevicePrice[a.Device] - r.Weight(in, a); by < rise[from] {
				rise[from] = by
				queue.push(node{by, from})
			}
		}
	}
	return rise
}

// wantedBy sorts the arcs of served students by device: those of device d are
// arcs[start[d]:start[d+1]].
func wantedBy(in Instance, deviceOf []int32) (arcs []Arc, start []int32) {
	start = make([]int32, in.Devices+1)
	for _, a := range in.Arcs {
		if deviceOf[a.Student] >= 0 {
			start[a.Device+1]++
		}
	}
	for d := range in.Devices {
		start[d+1] += start[d]
	}
	arcs = make([]Arc, start[in.Devices])
	next := slices.Clone(start)
	for _, a := range in.Arcs {
		if deviceOf[a.Student] >= 0 {
			arcs[next[a.Device]] = a
			next[a.Device]++
		}
	}
	return arcs, start
}
