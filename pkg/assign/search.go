package assign

// The exact part: shortest augmenting paths on reduced costs u + v - weight,
// which are never negative and zero on pairs. A search ends at its best way
// out; the prices of what it passed then move by what is left to there, so
// that the path becomes tight and nothing else breaks.

// insertAll settles the open places of all devices.
func (s *solver) insertAll(work *progress, order []int32) error {
	for _, d := range order {
		if err := work.one(); err != nil {
			return err
		}
		s.insertOpen(d)
	}
	return nil
}

// insertOpen gives a student to each open place of a device that gains by it.
func (s *solver) insertOpen(d int32) {
	dev := &s.devices[d]
	if dev.full == 0 {
		dev.v = 0
		if dev.hi > dev.lo {
			dev.v = max(0, s.organise(dev))
		}
	}
	for dev.full < dev.room && dev.v > 0 && s.insert(d) {
	}
}

// insert gives one more place of device d to the market along the shortest
// path that ends at a free student or at a place given up: another device's,
// or this one, at its price; false when it is this one, whose price is then 0.
func (s *solver) insert(d int32) bool {
	s.begin()
	end := int32(-1)
	s.best = s.devices[d].v
	s.reach(d, -1, 0)
	for len(s.queue) > 0 && s.queue[0].dist <= s.best {
		top := s.queue.pop()
		if top.id < 0 {
			if top.dist < s.best {
				s.lookBehind(^top.id)
			}
			continue
		}
		st := &s.students[top.id]
		if st.stamp != s.epoch || st.dist != top.dist {
			continue
		}
		if st.held < 0 {
			end = top.id
			break
		}
		other := &s.devices[st.held]
		if top.dist >= s.best || other.stamp == s.epoch {
			continue
		}
		st.stamp++
		if out := top.dist + other.v; out < s.best {
			s.best, end = out, top.id
		}
		s.reach(st.held, top.id, top.dist)
	}
	for _, x := range s.reached {
		s.reprice(&s.devices[x])
	}
	if end >= 0 {
		s.augment(end)
	}
	return end >= 0
}

// begin makes all labels void.
func (s *solver) begin() {
	if s.epoch > 1<<31 {
		for i := range s.students {
			s.students[i].stamp = 0
		}
		for d := range s.devices {
			s.devices[d].stamp = 0
		}
		s.epoch = 0
	}
	s.epoch += 2
	s.queue, s.reached = s.queue[:0], s.reached[:0]
}

// reach goes on from a device, got to through a student that it holds.
func (s *solver) reach(d, through int32, at int64) {
	dev := &s.devices[d]
	dev.stamp, dev.dist, dev.via = s.epoch, at, through
	s.reached = append(s.reached, d)
	base := at + dev.v
	s.look(d, s.links[dev.lo:dev.lo+dev.hot], base)
	if behind := base - dev.cold; int(dev.hot) < int(dev.hi-dev.lo) && behind < s.best {
		s.queue.push(node{behind, ^d})
	}
}

// lookBehind looks at the whole list of a device, whose links behind the front
// have come into question.
func (s *solver) lookBehind(d int32) {
	dev := &s.devices[d]
	s.organise(dev)
	s.look(d, s.list(dev), dev.dist+dev.v)
}

// look labels the students at the end of links that are shorter than what is
// known.
func (s *solver) look(d int32, list []link, base int64) {
	for _, l := range list {
		st := &s.students[l.student()]
		at := base - s.weight(l) + st.u
		if at >= s.best || st.held == d || st.stamp > s.epoch || st.stamp == s.epoch && at >= st.dist {
			continue
		}
		st.stamp, st.dist, st.parent = s.epoch, at, d
		if st.held < 0 {
			s.best = at
		}
		s.queue.push(node{at, l.student()})
	}
}

// reprice lowers the price of a device that the search passed, and raises
// those of the students it holds.
func (s *solver) reprice(dev *device) {
	by := s.best - dev.dist
	if by <= 0 {
		return
	}
	dev.v -= by
	for _, i := range s.holders(dev) {
		s.students[i].u += by
	}
}

// augment moves the students along the path that ends at one.
func (s *solver) augment(end int32) {
	if s.students[end].held >= 0 {
		s.release(end)
	}
	for end >= 0 {
		d := s.students[end].parent
		next := s.devices[d].via
		if next >= 0 {
			s.release(next)
		}
		s.hold(d, end)
		end = next
	}
}

// settleAll brings the students that stayed without a device at a price down
// to no price, or to a device.
func (s *solver) settleAll(work *progress) error {
	share := len(s.students)/max(len(s.devices), 1) + 1 // students for a step of progress
	for i := range s.students {
		if i%share == 0 {
			if err := work.one(); err != nil {
				return err
			}
		}
		if s.students[i].held < 0 && s.students[i].u > 0 {
			s.settle(int32(i)) //nolint:gosec // sizes are checked
		}
	}
	if work.tell != nil {
		work.tell(work.total, work.total)
	}
	return nil
}

// settle lowers the price of a student without a device along the shortest
// path that ends at an open place, at a student who gives theirs up, at their
// price, or at this one.
func (s *solver) settle(i int32) {
	s.begin()
	end, loser := int32(-1), int32(-1)
	s.best = s.students[i].u
	s.wish(i, 0)
	for len(s.queue) > 0 && s.queue[0].dist <= s.best {
		top := s.queue.pop()
		dev := &s.devices[top.id]
		if dev.stamp != s.epoch || dev.dist != top.dist {
			continue
		}
		if dev.full < dev.room {
			end, loser = top.id, -1
			break
		}
		if top.dist >= s.best {
			continue
		}
		dev.stamp++
		s.reached = append(s.reached, top.id)
		for _, holder := range s.holders(dev) {
			if out := top.dist + s.students[holder].u; out < s.best {
				s.best, end, loser = out, top.id, holder
			}
		}
		for _, holder := range s.holders(dev) {
			s.wish(holder, top.dist)
		}
	}
	s.lower(i, s.best)
	for _, d := range s.reached {
		if dev := &s.devices[d]; s.best > dev.dist {
			dev.v += s.best - dev.dist
			for _, holder := range s.holders(dev) {
				s.lower(holder, s.best-dev.dist)
			}
		}
	}
	if end < 0 {
		return
	}
	if loser >= 0 {
		s.release(loser)
	}
	for {
		taker := s.devices[end].via
		from := s.students[taker].held
		if from >= 0 {
			s.release(taker)
		}
		s.hold(end, taker)
		if from < 0 {
			return
		}
		end = from
	}
}

// wish labels the devices that a student could have instead.
func (s *solver) wish(i int32, at int64) {
	st := &s.students[i]
	base := at + st.u - s.weights[s.tier(i)&7]
	row := s.rows[i]
	for k := row.lo; k < row.hi; k++ {
		a := &s.arcs[k]
		dev := &s.devices[a.Device]
		dist := base + dev.v - s.scores*int64(a.Score)
		if dist >= s.best || dev.stamp > s.epoch || dev.stamp == s.epoch && dist >= dev.dist || a.Device == st.held {
			continue
		}
		dev.stamp, dev.dist, dev.via = s.epoch, dist, i
		if dev.full < dev.room {
			s.best = dist
		}
		s.queue.push(node{dist, a.Device})
	}
}

// lower takes from a student's price. Where lists will be searched again, the
// bounds of those in which the student stands are mended.
func (s *solver) lower(i int32, by int64) {
	st := &s.students[i]
	st.u -= by
	if !s.keep {
		return
	}
	for _, a := range s.arcs[s.rows[i].lo:s.rows[i].hi] {
		if dev := &s.devices[a.Device]; dev.hot < dev.hi-dev.lo {
			dev.cold = max(dev.cold, s.weights[s.tier(i)&7]+s.scores*int64(a.Score)-st.u)
		}
	}
}
