package assign

import (
	"fmt"
	"strconv"
	"strings"
)

// Blank is a result that serves nobody, for one that was stored to be read
// into with Set and Count and then given to Check.
func Blank(in Instance) *Result {
	r := &Result{
		DeviceOf: make([]int32, in.Students), TierCounts: map[int]int{},
		StudentPrice: make([]int64, in.Students), DevicePrice: make([]int64, in.Devices),
	}
	for i := range r.DeviceOf {
		r.DeviceOf[i] = -1
	}
	if in.Tiers != nil {
		r.Step, _ = step(places(in)) // Check refuses an instance that is beyond the bound
	}
	return r
}

// Set reads one line of a stored result: "p STUDENT DEVICE", "u STUDENT PRICE"
// or "v DEVICE PRICE". Its errors name what is wrong with the line.
func (r *Result) Set(in Instance, line string) error {
	words := strings.Fields(line)
	if len(words) != 3 {
		return fmt.Errorf("%q is no line of a result", line)
	}
	id, err := strconv.Atoi(words[1])
	if err != nil {
		return fmt.Errorf("%q is no number", words[1])
	}
	value, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return fmt.Errorf("%q is no number", words[2])
	}
	most := in.Students
	if words[0] == "v" {
		most = in.Devices
	}
	if id < 0 || id >= most {
		return fmt.Errorf("%s %d is out of range", words[0], id)
	}
	switch words[0] {
	case "p":
		if value < 0 || value >= int64(in.Devices) {
			return fmt.Errorf("device %d is out of range", value)
		}
		if r.DeviceOf[id] >= 0 {
			return fmt.Errorf("student %d has two devices", id)
		}
		r.DeviceOf[id] = int32(value) //nolint:gosec // checked above
	case "u":
		r.StudentPrice[id] = value
	case "v":
		r.DevicePrice[id] = value
	default:
		return fmt.Errorf("%q is none of p, u, v", words[0])
	}
	return nil
}

// Count fills in what the pairs amount to.
func (r *Result) Count(in Instance) {
	r.Matched, r.Score, r.TierCounts = 0, 0, map[int]int{}
	for _, a := range in.Arcs {
		if r.DeviceOf[a.Student] != a.Device {
			continue
		}
		r.Matched++
		r.Score += int64(a.Score)
		if in.Tiers != nil {
			r.TierCounts[int(in.Tiers[a.Student])]++
		}
	}
}
