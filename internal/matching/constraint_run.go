package matching

import "context"

// Bound is what a constraint came to in a round.
type Bound struct {
	Constraint string `json:"constraint"`
	Kind       string `json:"kind"`
	Label      string `json:"label"`     // the device's
	Reference  string `json:"reference"` // the application's
	For        string `json:"for"`       // the structure that a device is reserved for
	By         string `json:"by"`
	Idle       string `json:"idle"`           // why it had no effect, or ""
	Cost       *Cost  `json:"cost,omitempty"` // what would be without it; none where it had no effect, or is one of too many
}

// readConstraints takes those that bind now; their devices are classes of their
// own.
func (r *run) readConstraints(ctx context.Context) error {
	standing, err := r.m.standingIn(ctx, r.round.Territory)
	if err != nil {
		return err
	}
	r.constraints = r.changed(standing)
	r.alone = map[string]bool{}
	for _, c := range r.constraints {
		r.alone[c.Device] = true
	}
	return nil
}

// kindOf is what devices of one class have in common: one that a constraint
// names is like no other.
func (r *run) kindOf(deviceID string, c class) kind {
	if r.alone[deviceID] {
		return kind{c, deviceID}
	}
	return kind{class: c}
}

// kind is a class, or one device of it.
type kind struct {
	class
	alone string
}

// bind puts the constraints into the problem, by places.
func (r *run) bind(context.Context) error {
	classes, askers := r.places()
	for _, c := range r.constraints {
		b := binding{Constraint: c.ID, Kind: c.Kind, Asker: nobody, Class: nobody, For: c.For}
		k, stands := classes[c.Device]
		i, waits := askers[c.Application]
		switch {
		case r.taken[c.Device] || r.taken[c.Application]:
			b.Away = "proposed"
		case !stands:
			b.Away = "device_away"
		case !waits && c.Kind != reserveDevice:
			b.Away = "application_away"
		}
		if stands {
			b.Class = k
		}
		if waits {
			b.Asker = i
		}
		r.problem.Constraints = append(r.problem.Constraints, b)
	}
	return nil
}

// places tells where devices and applications stand in the problem.
func (r *run) places() (classes, askers map[string]int32) {
	classes, askers = map[string]int32{}, make(map[string]int32, len(r.apps))
	for i, app := range r.apps {
		askers[app.ID] = int32(i) //nolint:gosec // askers are fewer than 2^31
	}
	for k, group := range r.groups {
		for _, d := range group {
			classes[d.ID] = int32(k) //nolint:gosec // classes are fewer than 2^31
		}
	}
	return classes, askers
}

// cost notes what became of each constraint, and what it costs.
func (r *run) cost(ctx context.Context) error {
	costs, err := r.chosen.costs(ctx, r.at)
	if err != nil {
		return err
	}
	for n, c := range r.constraints {
		r.round.Constraints = append(r.round.Constraints, Bound{
			Constraint: c.ID, Kind: c.Kind, Label: c.Label, Reference: c.Reference, For: c.For, By: c.By,
			Idle: r.chosen.bonds.idle[n], Cost: costs[n],
		})
	}
	return nil
}

// lockOf is the constraint that locked an asker to its device; nil where none
// did.
func (r *run) lockOf(i int32) *Constraint {
	for n, b := range r.problem.Constraints {
		if b.Kind == lockPair && b.Asker == i && r.chosen.bonds.idle[n] == "" {
			return r.constraints[n]
		}
	}
	return nil
}
