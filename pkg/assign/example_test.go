package assign_test

import (
	"context"
	"fmt"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// Two laptops for three students: the one of tier 5 comes first, whatever the
// scores, and the other laptop goes where it is worth most.
func ExampleSolve() {
	in := assign.Instance{
		Students: 3, Devices: 2, Tiers: []uint8{3, 5, 3},
		Arcs: []assign.Arc{
			{Student: 0, Device: 0, Score: 700_000}, {Student: 0, Device: 1, Score: 900_000},
			{Student: 1, Device: 1, Score: 100_000},
			{Student: 2, Device: 0, Score: 800_000},
		},
	}
	result, err := assign.Solve(context.Background(), in, assign.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("devices:", result.DeviceOf, "proven:", assign.Check(in, result) == nil)
	fmt.Println("missing to student 0 at device 0:", result.AtMargin(in).Gap(in, in.Arcs[0]))
	// Output:
	// devices: [-1 1 0] proven: true
	// missing to student 0 at device 0: 100000
}

// A market follows what arrives; who is served may change with it.
func ExampleMarket() {
	in := assign.Instance{Students: 2, Devices: 1, Arcs: []assign.Arc{{Student: 0, Device: 0, Score: 5}, {Student: 1, Device: 0, Score: 8}}}
	market, err := assign.NewMarket(context.Background(), in, assign.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(market.DeviceOf(0), market.DeviceOf(1))
	laptop, err := market.AddDevice(1, []assign.Arc{{Student: 0, Score: 4}, {Student: 1, Score: 9}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(market.DeviceOf(0), market.DeviceOf(1) == laptop)
	// Output:
	// -1 0
	// 0 true
}
