package impact

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Tally counts what belongs to something, whose id it has: the devices of a
// donation or kept for a partner by stage, the applications of a structure by
// state. What outsiders may read of hand-overs is as it stood when the month
// began.
type Tally struct {
	docstore.Meta `json:",inline"`

	Stages    map[string]int64 `json:"stages"`
	Month     string           `json:"month"` // YYYY-MM of the last event
	Delivered int64            `json:"delivered"`
}

// The stages of a device's way, in its order.
const (
	announced = "announced"
	bench     = "bench"
	stock     = "stock"
	onTheWay  = "on_the_way"
	delivered = "delivered"
	recycled  = "recycled"
	missing   = "missing"
	passed    = "passed" // for donors: stock and all that follows, in one
)

func stage(state device.State) string {
	switch state {
	case device.Declared:
		return announced
	case device.Ready, device.Available:
		return stock
	case device.Reserved, device.Allocated, device.Dispatched:
		return onTheWay
	case device.Delivered:
		return delivered
	case device.Harvested, device.Recycled, device.Refused:
		return recycled
	case device.NotReceived, device.Lost:
		return missing
	default:
		return bench
	}
}

func month(t time.Time) string { return t.UTC().Format("2006-01") }

// begin keeps the count of the months before a moment apart.
func (l *Tally) begin(at time.Time) {
	if now := month(at); now > l.Month {
		l.Month, l.Delivered = now, l.Stages[delivered]
	}
}

// tallies are what a document is counted in beside its territory.
func (p place) tallies() []string {
	var ids []string
	switch kind, _ := kindOf(p.ID); kind {
	case "device":
		ids = []string{p.Donation, p.Partner}
	case "application":
		ids = []string{p.Prescriber}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// tallied is the name under which it is counted there.
func (p place) tallied() string {
	if kind, _ := kindOf(p.ID); kind == "device" {
		return stage(device.State(p.State))
	}
	return p.State
}

// follow moves a document between the stages of its tallies, or between these.
func (f *Figures) follow(ctx context.Context, from, to place, at time.Time) error {
	deltas := map[string]map[string]int64{}
	add := func(p place, by int64) {
		if p.State == "" {
			return
		}
		for _, id := range p.tallies() {
			if deltas[id] == nil {
				deltas[id] = map[string]int64{}
			}
			deltas[id][p.tallied()] += by
		}
	}
	add(from, -1)
	add(to, 1)
	for id, stages := range deltas {
		if _, _, err := f.tallies.Create(ctx, &Tally{Meta: docstore.Meta{ID: id}, Stages: map[string]int64{}}); err != nil {
			return err
		}
		_, err := f.tallies.Update(ctx, id, func(l *Tally) error {
			l.begin(at)
			for name, by := range stages {
				l.Stages[name] += by
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rebuildTallies writes what was counted anew; the months before stay as they were
// published.
func (f *Figures) rebuildTallies(ctx context.Context, exact map[string]map[string]int64) error {
	for id, stages := range exact {
		if _, _, err := f.tallies.Create(ctx, &Tally{Meta: docstore.Meta{ID: id}, Stages: map[string]int64{}}); err != nil {
			return err
		}
		_, err := f.tallies.Update(ctx, id, func(l *Tally) error {
			l.begin(f.clock())
			maps.DeleteFunc(l.Stages, func(_ string, n int64) bool { return n == 0 })
			if maps.Equal(l.Stages, stages) {
				return docstore.Unchanged
			}
			l.Stages = stages
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CountLots notes the lot of a page of counted devices, and counts all lots behind
// the last page: older stores noted no lot. A migration calls it.
func (f *Figures) CountLots(ctx context.Context, after string) (next string, err error) {
	page, err := f.places.Find(ctx, docstore.Query{After: after, Limit: 200}, nil)
	if err != nil {
		return "", err
	}
	for _, p := range page.Items {
		if kind, _ := kindOf(p.ID); kind != "device" || p.Donation != "" {
			continue
		}
		if err := f.noteLot(ctx, p.ID); err != nil {
			return "", err
		}
	}
	if page.Next == "" {
		err = f.Rebuild(ctx)
	}
	return page.Next, err
}

func (f *Figures) noteLot(ctx context.Context, id string) error {
	d, err := f.donations.Device(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.places.Update(ctx, id, func(p *place) error {
		if p.Donation != "" || d.Donation == "" {
			return docstore.Unchanged
		}
		p.Donation = d.Donation
		return nil
	})
	return err
}

// Stage counts the devices of a donation in one stage of their way.
type Stage struct {
	Stage string `json:"stage"` // announced, bench, stock, on_the_way, delivered, recycled, missing; passed for donors
	Count int    `json:"count"`
}

// Outcome is where the devices of a donation are: counts, and nobody's name.
type Outcome struct {
	call.Tag
	Reference string  `json:"reference"`
	Stages    []Stage `json:"stages"`
	// For donors: how many a student had in hand when the month began, at least.
	Delivered int       `json:"delivered"`
	Since     time.Time `json:"since"`
}

// group is the smallest number of students that somebody outside reads of.
const group = 5

// grouped hides what is less than a group, and how far a number is beyond its
// groups.
func grouped(n int64) int { return int(max(n, 0) / group * group) }

// Outcome tells where a donation's devices are. The desk reads every stage; a
// donor reads what passed the bench as one, and hand-overs month by month in
// groups of five: a count that moves as it happens would tell when whom was met.
func (f *Figures) Outcome(ctx context.Context, actor people.Actor, req call.One) (Outcome, error) {
	d, err := f.donations.Seen(ctx, actor, req.ID)
	if err != nil {
		return Outcome{}, err
	}
	lots, err := f.tallies.GetMany(ctx, []string{d.ID})
	if err != nil {
		return Outcome{}, err
	}
	lot := lots[0]
	if lot == nil {
		lot = &Tally{}
	}
	o := Outcome{Tag: call.Tag{ID: d.ID, Version: d.Version}, Reference: d.Reference, Stages: []Stage{}}
	if actor.Desk().Sees(d.Territory) {
		for _, name := range []string{announced, bench, stock, onTheWay, delivered, recycled, missing} {
			o.Stages = append(o.Stages, lot.stage(name, name))
		}
		return o, nil
	}
	now := f.clock().UTC()
	lot.begin(now)
	o.Delivered, o.Since = grouped(lot.Delivered), time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	o.Stages = append(o.Stages, lot.stage(announced, announced), lot.stage(bench, bench),
		lot.stage(passed, stock, onTheWay, delivered), lot.stage(recycled, recycled), lot.stage(missing, missing))
	return o, nil
}

// stage adds up places under one name; a count that its events have not caught
// up with is not shown below zero.
func (l *Tally) stage(name string, places ...string) Stage {
	var sum int64
	for _, p := range places {
		sum += l.Stages[p]
	}
	return Stage{Stage: name, Count: int(max(sum, 0))}
}
