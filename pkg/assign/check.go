package assign

import (
	"errors"
	"fmt"
)

// ErrNotOptimal is what Check returns, wrapped with the first fact that fails.
var ErrNotOptimal = errors.New("assign: the result is not a proven optimum")

// Check verifies a result against its instance and trusts nothing of Solve:
// the pairs are arcs, nobody has two, capacities hold; prices are not negative,
// cover every arc, meet the weight on every pair, and are zero for whoever
// stays without. By complementary slackness the assignment is then optimal.
func Check(in Instance, r *Result) error {
	if err := validate(in); err != nil {
		return err
	}
	if len(r.DeviceOf) != in.Students || len(r.StudentPrice) != in.Students || len(r.DevicePrice) != in.Devices {
		return refuse("sizes differ from the instance's")
	}
	if in.Tiers != nil {
		want, err := step(in)
		if err != nil {
			return err
		}
		if r.Step < want {
			return refuse("the step %d between tiers is below %d", r.Step, want)
		}
	}
	served, err := feasible(in, r)
	if err != nil {
		return err
	}
	if err := totals(in, r); err != nil {
		return err
	}
	return slack(in, r, served)
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
	return served, nil
}

func capacityOf(in Instance, d int) int32 {
	if in.Capacity == nil {
		return 1
	}
	return in.Capacity[d]
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

// slack verifies the prices.
func slack(in Instance, r *Result, served []int32) error {
	for i, u := range r.StudentPrice {
		if u < 0 || u > 0 && r.DeviceOf[i] < 0 {
			return refuse("student %d has price %d and device %d", i, u, r.DeviceOf[i])
		}
	}
	for d, v := range r.DevicePrice {
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
