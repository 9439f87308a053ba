package assign

import "math"

// The rough part. A device without a student bids for the one it gains most
// by, as much as makes its second choice as good, and a little more; whoever
// held the student bids elsewhere. The little more keeps bidding short and
// makes the outcome inexact, which exact undoes.

// fineness is the share of the greatest score by which a bid goes further.
// Measured on sparse and dense markets: from 100 to 400 the whole takes about
// as long; coarser leaves more to searches, finer more to bidding.
const fineness = 150

// bidsPerPlace ends a bidding war that score by score would never end; what is
// left open is settled exactly afterwards.
const bidsPerPlace = 200

func (s *solver) auction(work *progress, order []int32) error {
	more := max(1, int64(s.top)/fineness)
	budget := bidsPerPlace * (len(s.places) + 1)
	for _, d := range order {
		if err := work.one(); err != nil {
			return err
		}
		for range s.devices[d].room {
			budget -= s.bid(d, more, budget)
		}
	}
	for d := range s.devices {
		s.exact(&s.devices[d], int32(d)) //nolint:gosec // sizes are checked
	}
	return nil
}

// bid lets a place of d take a student, and whoever loses one take another,
// until a free student is found, nobody gains, or the budget is spent. It
// tells how many bids that took.
func (s *solver) bid(d int32, more int64, budget int) int {
	for n := 1; n <= budget; n++ {
		first, second, i := s.choices(d)
		if i < 0 {
			return n
		}
		st := &s.students[i]
		loser := st.held
		if loser < 0 {
			s.hold(d, i)
			return n
		}
		st.u += min(first-second+more, first)
		s.release(i)
		s.hold(d, i)
		d = loser
	}
	return budget
}

// choices gives the two greatest margins of d over students it does not hold,
// not below 0, and whose the first is; -1 when nobody gains by it.
func (s *solver) choices(d int32) (first, second int64, best int32) {
	dev := &s.devices[d]
	for fresh := false; ; fresh = true {
		first, second, best = 0, 0, -1
		for _, l := range s.links[dev.lo : dev.lo+dev.hot] {
			i := l.student()
			m := s.weight(l) - s.students[i].u
			if m <= second || s.students[i].held == d {
				continue
			}
			if m > first {
				first, second, best = m, first, i
			} else {
				second = m
			}
		}
		if second >= dev.cold || first >= dev.cold && best >= 0 && s.students[best].held < 0 {
			return first, second, best
		}
		if fresh { // the front has no second choice: what stands behind is worth at most this
			if first < dev.cold {
				dev.hot, dev.cold = dev.hi-dev.lo, math.MinInt64
				continue
			}
			return first, dev.cold, best
		}
		s.organise(dev)
	}
}

// exact makes the prices around a device true: it keeps the students that no
// other is better than, at a price that meets them, and gives up the others.
func (s *solver) exact(dev *device, d int32) {
	if dev.hi == dev.lo {
		return
	}
	var best int64
	for _, l := range s.list(dev) {
		if st := &s.students[l.student()]; st.held != d {
			best = max(best, s.weight(l)-st.u)
		}
	}
	kept := int64(-1)
	for _, l := range s.list(dev) {
		st := &s.students[l.student()]
		if st.held != d {
			continue
		}
		if m := s.weight(l) - st.u; m < best {
			s.release(l.student())
		} else if kept < 0 || m < kept {
			kept = m
		}
	}
	dev.v = max(best, kept)
	for _, l := range s.list(dev) {
		if st := &s.students[l.student()]; st.held == d {
			st.u = s.weight(l) - dev.v
		}
	}
}
