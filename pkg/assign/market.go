package assign

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Market is a solved instance that follows changes one by one: each costs a
// search or two around it, and leaves an optimum with its prices. Ids are never
// given twice; what is removed stays as a student or device without arcs. It is
// not safe for concurrent use. Groups are refused: where they bind, solve anew.
type Market struct {
	s     *solver
	seed  uint64
	limit int // places that the weight of a tier allows for
	rooms int // places there are
}

// NewMarket solves an instance and keeps it open for changes.
func NewMarket(ctx context.Context, in Instance, o Options) (*Market, error) {
	if len(in.StudentGroups)+len(in.DeviceGroups) > 0 {
		return nil, fmt.Errorf("%w: a market has none", ErrGroup)
	}
	if err := validate(in); err != nil {
		return nil, err
	}
	m := &Market{seed: o.Seed}
	return m, m.open(ctx, in, o)
}

// spare is how many places a market may grow by before it is laid out anew:
// half as many again.
func spare(in Instance) int { return places(in)/2 + 64 }

func (m *Market) open(ctx context.Context, in Instance, o Options) error {
	in.Tiers = slices.Clone(in.Tiers)
	s, err := newSolver(in, spare(in))
	if err != nil {
		return err
	}
	if err := s.solve(ctx, o); err != nil {
		return err
	}
	s.reserve()
	s.keep = true
	s.forgetBounds()
	m.s, m.limit, m.rooms = s, places(in)+spare(in), 0
	for d := range s.devices {
		m.rooms += int(s.devices[d].room)
	}
	return nil
}

// reserve makes room for what is added, so that the first change does not copy
// the whole market, and so that the caller's arcs stay theirs.
func (s *solver) reserve() {
	s.arcs, s.links = roomier(s.arcs), roomier(s.links)
	s.students, s.rows = roomier(s.students), roomier(s.rows)
	s.devices, s.places = roomier(s.devices), roomier(s.places)
}

func roomier[T any](list []T) []T {
	return append(make([]T, 0, len(list)+len(list)/8+1024), list...)
}

// Instance is the market as an instance of its own, for Check or a fresh Solve.
func (m *Market) Instance() Instance {
	s := m.s
	in := Instance{Students: len(s.students), Devices: len(s.devices), Tiers: slices.Clone(s.tiers), Capacity: make([]int32, len(s.devices))}
	for d := range s.devices {
		in.Capacity[d] = s.devices[d].room
	}
	for _, row := range s.rows {
		in.Arcs = append(in.Arcs, s.arcs[row.lo:row.hi]...)
	}
	return in
}

// Result is the optimum as it stands.
func (m *Market) Result() *Result { return m.s.result(m.Instance()) }

// DeviceOf is a student's device, or -1.
func (m *Market) DeviceOf(student int32) int32 { return m.s.students[student].held }

// Holders lists whom a device serves, in no order.
func (m *Market) Holders(d int32) ([]int32, error) {
	if err := m.known(0, d, false, true); err != nil {
		return nil, err
	}
	return slices.Clone(m.s.holders(&m.s.devices[d])), nil
}

// AddDevice adds a device that serves so many of the students its arcs name;
// the arcs' Device is set. It gives the device's id.
func (m *Market) AddDevice(capacity int32, arcs []Arc) (int32, error) {
	s := m.s
	d := int32(len(s.devices)) //nolint:gosec // ids are 32 bits, checked below
	if capacity < 0 {
		return 0, fmt.Errorf("%w: %d", ErrCapacity, capacity)
	}
	for i := range arcs {
		arcs[i].Device = d
	}
	if err := m.checkArcs(arcs, len(s.students), len(s.devices)+1); err != nil {
		return 0, err
	}
	s.devices = append(s.devices, device{lo: int32(len(s.links)), hi: int32(len(s.links)), place: int32(len(s.places)), cold: math.MinInt64}) //nolint:gosec // as above
	for _, a := range arcs {
		m.addToRow(a)
		m.addLink(a)
	}
	return d, m.SetCapacity(d, capacity)
}

// RemoveDevice takes a device and its arcs away.
func (m *Market) RemoveDevice(d int32) error {
	if err := m.known(0, d, false, true); err != nil {
		return err
	}
	if err := m.SetCapacity(d, 0); err != nil {
		return err
	}
	dev := &m.s.devices[d]
	for _, l := range m.s.list(dev) {
		m.dropFromRow(l.student(), d)
	}
	dev.hi, dev.hot, dev.v = dev.lo, 0, 0
	return nil
}

// SetCapacity changes how many students a device serves; those beyond it find
// another device where they can.
func (m *Market) SetCapacity(d, capacity int32) error {
	if err := m.known(0, d, false, true); err != nil {
		return err
	}
	if capacity < 0 {
		return fmt.Errorf("%w: %d", ErrCapacity, capacity)
	}
	if err := m.grow(int(capacity) - int(m.s.devices[d].room)); err != nil {
		return err
	}
	s := m.s
	dev := &s.devices[d]
	if capacity > dev.room {
		held := slices.Clone(s.holders(dev))
		dev.place = int32(len(s.places)) //nolint:gosec // grow keeps it in bounds
		s.places = append(s.places, make([]int32, capacity)...)
		for i, holder := range held {
			s.places[int(dev.place)+i] = holder
			s.students[holder].place = dev.place + int32(i) //nolint:gosec // below capacity
		}
	}
	var losers []int32
	for dev.full > capacity {
		loser := s.places[dev.place+dev.full-1]
		s.release(loser)
		losers = append(losers, loser)
	}
	dev.room = capacity
	for _, i := range losers {
		s.settle(i)
	}
	s.insertOpen(d)
	return nil
}

// AddStudent adds a student; the arcs' Student is set. The tier is not looked
// at in a market without tiers. It gives the student's id.
func (m *Market) AddStudent(tier uint8, arcs []Arc) (int32, error) {
	s := m.s
	i := int32(len(s.students)) //nolint:gosec // ids are 32 bits, checked below
	if s.tiers != nil && (tier < 1 || tier > MaxTier) {
		return 0, fmt.Errorf("%w: %d", ErrTier, tier)
	}
	for k := range arcs {
		arcs[k].Student = i
	}
	if err := m.checkArcs(arcs, len(s.students)+1, len(s.devices)); err != nil {
		return 0, err
	}
	s.students = append(s.students, student{held: -1})
	if s.tiers != nil {
		s.tiers = append(s.tiers, tier)
	}
	at := int32(len(s.arcs)) //nolint:gosec // as above
	s.rows = append(s.rows, span{at, at})
	for _, a := range arcs {
		m.addToRow(a)
		m.addLink(a)
	}
	m.enter(i)
	return i, m.grow(0)
}

// RemoveStudent takes a student and their arcs away; their device finds another.
func (m *Market) RemoveStudent(i int32) error {
	if err := m.known(i, 0, true, false); err != nil {
		return err
	}
	d := m.leave(i)
	for _, a := range slices.Clone(m.s.arcs[m.s.rows[i].lo:m.s.rows[i].hi]) {
		m.dropLink(i, a.Device)
	}
	m.s.rows[i].hi, m.s.students[i].u = m.s.rows[i].lo, 0
	if d >= 0 {
		m.s.insertOpen(d)
	}
	return nil
}

// SetArc adds an arc, or changes its score.
func (m *Market) SetArc(a Arc) error {
	if err := m.checkArcs([]Arc{a}, len(m.s.students), len(m.s.devices)); err != nil {
		return err
	}
	return m.reconsider(a.Student, func() {
		m.dropFromRow(a.Student, a.Device)
		m.dropLink(a.Student, a.Device)
		m.addToRow(a)
		m.addLink(a)
	})
}

// RemoveArc takes an arc away; without one it does nothing.
func (m *Market) RemoveArc(student, device int32) error {
	if err := m.known(student, device, true, true); err != nil {
		return err
	}
	return m.reconsider(student, func() {
		m.dropFromRow(student, device)
		m.dropLink(student, device)
	})
}

// Worth is what the optimum would lose without one place of a device, in
// weights: Step*tier + score. The market stays as it is.
func (m *Market) Worth(d int32) (int64, error) {
	if err := m.known(0, d, false, true); err != nil {
		return 0, err
	}
	s := m.s
	if s.devices[d].room == 0 {
		return 0, nil
	}
	before := s.total()
	students, devices, all := slices.Clone(s.students), slices.Clone(s.devices), slices.Clone(s.places)
	err := m.SetCapacity(d, s.devices[d].room-1)
	worth := before - s.total()
	s.students, s.devices, s.places, m.rooms = students, devices, all, m.rooms+1
	s.forgetBounds()
	return worth, err
}

// total is the weight of the optimum, by its prices.
func (s *solver) total() (sum int64) {
	for i := range s.students {
		sum += s.students[i].u
	}
	for d := range s.devices {
		sum += s.devices[d].v * int64(s.devices[d].room)
	}
	return sum
}

// reconsider takes a student out of the market, changes what suits them, and
// lets them in again.
func (m *Market) reconsider(i int32, change func()) error {
	d := m.leave(i)
	change()
	m.enter(i)
	if d >= 0 {
		m.s.insertOpen(d)
	}
	return nil
}

// leave frees a student's device and price; it gives the device, or -1. Its
// price stands, which is above every margin: the place is to be filled again.
func (m *Market) leave(i int32) int32 {
	d := m.s.students[i].held
	if d >= 0 {
		m.s.release(i)
	}
	return d
}

// enter lets a student without a device in: at the price that their best arc
// asks for, brought down to where they belong.
func (m *Market) enter(i int32) {
	s := m.s
	st := &s.students[i]
	before := st.u
	st.u = 0
	for _, a := range s.arcs[s.rows[i].lo:s.rows[i].hi] {
		st.u = max(st.u, s.weights[s.tier(i)&7]+int64(a.Score)-s.devices[a.Device].v)
	}
	if st.u < before {
		s.lower(i, 0) // mends the bounds of lists that knew a higher price
	}
	if st.u > 0 {
		s.settle(i)
	}
}

// grow counts places, and lays the market out anew where it has more of them
// than the weight of a tier was made for.
func (m *Market) grow(more int) error {
	if m.s.tiers != nil && min(m.rooms+more, len(m.s.students)) > m.limit {
		if err := m.open(context.Background(), m.Instance(), Options{Seed: m.seed}); err != nil {
			return err
		}
	}
	m.rooms += more
	return nil
}

func (m *Market) known(i, d int32, student, device bool) error {
	if student && (i < 0 || int(i) >= len(m.s.students)) || device && (d < 0 || int(d) >= len(m.s.devices)) {
		return fmt.Errorf("%w: (%d, %d)", ErrArc, i, d)
	}
	return nil
}

func (m *Market) checkArcs(arcs []Arc, students, devices int) error {
	if len(m.s.arcs)+len(m.s.links)+len(arcs) > most {
		return fmt.Errorf("%w: %d arcs", ErrSize, len(m.s.arcs))
	}
	seen := map[[2]int32]bool{}
	for k, a := range arcs {
		pair := [2]int32{a.Student, a.Device}
		switch {
		case a.Student < 0 || int(a.Student) >= students || a.Device < 0 || int(a.Device) >= devices:
			return fmt.Errorf("%w: arc %d (%d, %d)", ErrArc, k, a.Student, a.Device)
		case a.Score < 1 || a.Score > MaxScore:
			return fmt.Errorf("%w: arc %d has %d", ErrScore, k, a.Score)
		case seen[pair]:
			return fmt.Errorf("%w: (%d, %d)", ErrDouble, a.Student, a.Device)
		}
		seen[pair] = true
	}
	return nil
}

// addToRow appends an arc to its student's; a row that does not end the store
// of arcs moves there.
func (m *Market) addToRow(a Arc) {
	s := m.s
	row := &s.rows[a.Student]
	if int(row.hi) != len(s.arcs) {
		at := int32(len(s.arcs)) //nolint:gosec // checkArcs keeps it in bounds
		s.arcs = append(s.arcs, s.arcs[row.lo:row.hi]...)
		*row = span{at, at + row.hi - row.lo}
	}
	s.arcs = append(s.arcs, a)
	row.hi++
}

// addLink appends an arc to its device's, in front: nothing is known of it.
func (m *Market) addLink(a Arc) {
	s := m.s
	dev := &s.devices[a.Device]
	if int(dev.hi) != len(s.links) {
		at := int32(len(s.links)) //nolint:gosec // checkArcs keeps it in bounds
		s.links = append(s.links, s.list(dev)...)
		dev.lo, dev.hi = at, at+dev.hi-dev.lo
	}
	s.links = append(s.links, newLink(s.tier(a.Student), a))
	dev.hi++
	last, hot := dev.hi-1, dev.lo+dev.hot
	s.links[last], s.links[hot] = s.links[hot], s.links[last]
	dev.hot++
}

func (m *Market) dropFromRow(i, d int32) {
	s := m.s
	row := &s.rows[i]
	for k := row.lo; k < row.hi; k++ {
		if s.arcs[k].Device == d {
			row.hi--
			s.arcs[k] = s.arcs[row.hi]
			return
		}
	}
}

// dropLink takes an arc off its device's list; the front stays in front.
func (m *Market) dropLink(i, d int32) {
	s := m.s
	dev := &s.devices[d]
	for k := dev.lo; k < dev.hi; k++ {
		if s.links[k].student() != i {
			continue
		}
		if front := dev.lo + dev.hot; k < front {
			dev.hot--
			s.links[k], k = s.links[front-1], front-1
		}
		dev.hi--
		s.links[k] = s.links[dev.hi]
		return
	}
}
