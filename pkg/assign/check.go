package assign

import (
	"errors"
	"fmt"
	"math/big"
)

// ErrNotOptimal is what Check returns, wrapped with the first fact that fails.
var ErrNotOptimal = errors.New("assign: the result is not a proven optimum")

// Check verifies a result against its instance and trusts nothing of Solve,
// with which it shares no code but the refusal of malformed instances: the
// pairs are arcs, nobody has two, capacities and groups hold; prices are not
// negative, cover every arc, meet the weight on every pair, and are zero for
// whoever and whatever is not used up. By complementary slackness the
// assignment is then optimal for the weights; and the weights let no score, and
// no number of lower tiers, outweigh a tier.
func Check(in Instance, r *Result) error {
	if err := validate(in); err != nil {
		return err
	}
	if len(r.DeviceOf) != in.Students {
		return refuse("sizes differ from the instance's")
	}
	served, err := feasible(in, r)
	if err != nil {
		return err
	}
	if err := totals(in, r); err != nil {
		return err
	}
	if r.Quota != nil {
		return proveQuota(in, r, served)
	}
	return prove(in, r, served)
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotOptimal, fmt.Sprintf(format, args...))
}

// feasible counts whom each device serves.
func feasible(in Instance, r *Result) ([]int32, error) {
	served := make([]int32, in.Devices)
	for i, d := range r.DeviceOf {
		if d < -1 || int(d) >= in.Devices {
			return nil, refuse("student %d has device %d", i, d)
		}
		if d >= 0 {
			served[d]++
		}
	}
	for d, n := range served {
		if n > capacityOf(in, d) {
			return nil, refuse("device %d serves %d", d, n)
		}
	}
	for g, group := range in.StudentGroups {
		if n := usedByStudents(group, r); n > group.Quota {
			return nil, refuse("%d of student group %d are served", n, g)
		}
	}
	for g, group := range in.DeviceGroups {
		if n := usedByDevices(group, served); n > group.Quota {
			return nil, refuse("devices of group %d serve %d", g, n)
		}
	}
	return served, nil
}

func capacityOf(in Instance, d int) int32 {
	if in.Capacity == nil {
		return 1
	}
	return in.Capacity[d]
}

func usedByStudents(g Group, r *Result) (n int) {
	for _, i := range g.Members {
		if r.DeviceOf[i] >= 0 {
			n++
		}
	}
	return n
}

func usedByDevices(g Group, served []int32) (n int) {
	for _, d := range g.Members {
		n += int(served[d])
	}
	return n
}

// totals compares what the result says of itself with its pairs.
func totals(in Instance, r *Result) error {
	matched, score := 0, int64(0)
	tiers := map[int]int{}
	for _, a := range in.Arcs {
		if r.DeviceOf[a.Student] != a.Device {
			continue
		}
		matched++
		score += int64(a.Score)
		if in.Tiers != nil {
			tiers[int(in.Tiers[a.Student])]++
		}
	}
	pairs := 0
	for _, d := range r.DeviceOf {
		if d >= 0 {
			pairs++
		}
	}
	if matched != pairs || matched != r.Matched || score != r.Score {
		return refuse("%d pairs on arcs of score %d, said %d of %d", matched, score, r.Matched, r.Score)
	}
	for t := 1; t <= MaxTier && in.Tiers != nil; t++ {
		if tiers[t] != r.TierCounts[t] {
			return refuse("tier %d has %d, said %d", t, tiers[t], r.TierCounts[t])
		}
	}
	return nil
}

// mostPairs is the most pairs that any assignment has.
func mostPairs(in Instance) int64 {
	total := int64(0)
	for d := range in.Devices {
		total += int64(capacityOf(in, d))
	}
	return min(total, int64(in.Students))
}

// prove verifies prices where no group of students binds.
func prove(in Instance, r *Result, served []int32) error {
	if len(r.StudentPrice) != in.Students || len(r.DevicePrice) != in.Devices {
		return refuse("sizes differ from the instance's")
	}
	if in.Tiers != nil && r.Step <= mostPairs(in)*MaxScore {
		return refuse("the step %d between tiers is too small", r.Step)
	}
	for i, u := range r.StudentPrice {
		if u < 0 || u > 0 && r.DeviceOf[i] < 0 {
			return refuse("student %d has price %d and device %d", i, u, r.DeviceOf[i])
		}
	}
	own, err := ownPrices(in, r, served)
	if err != nil {
		return err
	}
	for d, v := range own {
		if v < 0 || v > 0 && served[d] < capacityOf(in, d) {
			return refuse("device %d has price %d and serves %d", d, v, served[d])
		}
	}
	for _, a := range in.Arcs {
		prices, weight := r.StudentPrice[a.Student]+r.DevicePrice[a.Device], r.Weight(in, a)
		if prices < weight || r.DeviceOf[a.Student] == a.Device && prices != weight {
			return refuse("arc (%d, %d) weighs %d, priced %d", a.Student, a.Device, weight, prices)
		}
	}
	return nil
}

// ownPrices are those of devices without what their groups cost, whose prices
// are verified.
func ownPrices(in Instance, r *Result, served []int32) ([]int64, error) {
	own := append([]int64(nil), r.DevicePrice...)
	if r.DeviceGroupPrice == nil {
		return own, nil
	}
	if len(r.DeviceGroupPrice) != len(in.DeviceGroups) {
		return nil, refuse("%d prices for %d groups of devices", len(r.DeviceGroupPrice), len(in.DeviceGroups))
	}
	for g, group := range in.DeviceGroups {
		price := r.DeviceGroupPrice[g]
		if price < 0 || price > 0 && usedByDevices(group, served) < group.Quota {
			return nil, refuse("device group %d has price %d and room", g, price)
		}
		for _, d := range group.Members {
			own[d] -= price
		}
	}
	return own, nil
}

// proveQuota verifies prices where groups bind, in numbers without bounds.
func proveQuota(in Instance, r *Result, served []int32) error {
	q := r.Quota
	if len(q.Student) != in.Students || len(q.Device) != in.Devices ||
		len(q.StudentGroup) != len(in.StudentGroups) || len(q.DeviceGroup) != len(in.DeviceGroups) {
		return refuse("sizes differ from the instance's")
	}
	if err := outweighs(in, q); err != nil {
		return err
	}
	student, device := bigs(q.Student), bigs(q.Device)
	for i, d := range r.DeviceOf {
		if !paid(student[i], d < 0) {
			return refuse("student %d has price %s and device %d", i, q.Student[i], d)
		}
	}
	for d, n := range served {
		if !paid(device[d], n < capacityOf(in, d)) {
			return refuse("device %d has price %s and serves %d", d, q.Device[d], n)
		}
	}
	for g, group := range in.StudentGroups {
		price := q.StudentGroup[g].Big()
		if !paid(price, usedByStudents(group, r) < group.Quota) {
			return refuse("student group %d has price %s and room", g, price)
		}
		for _, i := range group.Members {
			student[i].Add(student[i], price)
		}
	}
	for g, group := range in.DeviceGroups {
		price := q.DeviceGroup[g].Big()
		if !paid(price, usedByDevices(group, served) < group.Quota) {
			return refuse("device group %d has price %s and room", g, price)
		}
		for _, d := range group.Members {
			device[d].Add(device[d], price)
		}
	}
	return coverQuota(in, r, student, device)
}

func coverQuota(in Instance, r *Result, student, device []*big.Int) error {
	prices, weight := new(big.Int), new(big.Int)
	for _, a := range in.Arcs {
		prices.Add(student[a.Student], device[a.Device])
		weight.SetInt64(int64(a.Score))
		if in.Tiers != nil {
			weight.Add(weight, r.Quota.Weights[in.Tiers[a.Student]].Big())
		}
		if c := prices.Cmp(weight); c < 0 || r.DeviceOf[a.Student] == a.Device && c != 0 {
			return refuse("arc (%d, %d) weighs %s, priced %s", a.Student, a.Device, weight, prices)
		}
	}
	return nil
}

// paid tells that a price is right for what is used up (or not: room).
func paid(price *big.Int, room bool) bool {
	return price.Sign() == 0 || price.Sign() > 0 && !room
}

func bigs(list []Wide) []*big.Int {
	out := make([]*big.Int, len(list))
	for i, n := range list {
		out[i] = n.Big()
	}
	return out
}

// outweighs verifies that a pair of a tier is worth more than all pairs of
// lower tiers together could be.
func outweighs(in Instance, q *QuotaPrices) error {
	if in.Tiers == nil {
		return nil
	}
	var present [MaxTier + 1]bool
	for _, t := range in.Tiers {
		present[t] = true
	}
	below, n := new(big.Int), big.NewInt(mostPairs(in))
	for t := 1; t <= MaxTier; t++ {
		if !present[t] {
			continue
		}
		least := new(big.Int).Add(below, big.NewInt(MaxScore))
		if least.Mul(least, n); q.Weights[t].Big().Cmp(least) <= 0 {
			return refuse("tier %d weighs %s, not above %s", t, q.Weights[t], least)
		}
		below = q.Weights[t].Big()
	}
	return nil
}
