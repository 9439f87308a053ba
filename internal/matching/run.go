package matching

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
	"github.com/digitalfranceschool/passerelle/pkg/nearest"
)

// candidates is how many classes of devices an application is compared with,
// the nearest first. In most territories that is all of them.
const candidates = 64

// storeTogether is how many proposals are stored before a look at whether the
// round was stopped.
const storeTogether = 100

// run is one round under way: what it read, what it solves.
type run struct {
	m       *Matches
	round   *Round
	started time.Time // of the stage
	*progress

	grid     application.Grid
	apps     []*application.Application
	askers   []asker
	groups   []*group
	taken    map[string]bool    // devices and applications of open proposals
	refused  map[[2]string]bool // device and application of pairs that were said no to
	unserved []*CutOff          // of those that may not be served
	in       assign.Instance
	result   *assign.Result
}

// group is the devices of one class: to the engine one node with a capacity.
type group struct {
	class   class
	devices []*device.Device
}

// run goes through the stages in order; each is noted with its time.
func (r *run) run(ctx context.Context) error {
	for _, stage := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"reading", r.read}, {"candidates", r.pair}, {"solving", r.solve}, {"explaining", r.explain}, {"storing", r.propose}, // last: what fails before has proposed nothing
	} {
		if err := r.enter(ctx, stage.name); err != nil {
			return err
		}
		if err := stage.do(ctx); err != nil {
			return err
		}
		spent := r.m.clock().Sub(r.started)
		r.round.Spent = append(r.round.Spent, StageTime{Stage: stage.name, Millis: spent.Milliseconds()})
	}
	return nil
}

// enter shows which stage runs, of a round that still does.
func (r *run) enter(ctx context.Context, stage string) error {
	r.started = r.m.clock()
	r.at(stage, 0, 0)
	_, err := r.m.rounds.Update(ctx, r.round.ID, func(stored *Round) error {
		if stored.Stopping || stored.State != roundRunning {
			return context.Canceled
		}
		stored.Beat = docstore.At(r.m.clock())
		stored.Applications, stored.Devices = r.round.Applications, r.round.Devices
		r.show(stored)
		return nil
	})
	return err
}

// read takes what is available: devices in stock and applications that wait,
// without those of open proposals, which stand.
func (r *run) read(ctx context.Context) (err error) {
	if r.grid, err = r.m.applications.CurrentGrid(ctx); err != nil {
		return err
	}
	r.round.Grid = r.grid.Number
	if err := r.standing(ctx); err != nil {
		return err
	}
	if err := r.readDevices(ctx); err != nil {
		return err
	}
	if err := r.readApplications(ctx); err != nil {
		return err
	}
	return r.remember(ctx)
}

// standing notes open proposals, which a round leaves as they are.
func (r *run) standing(ctx context.Context) error {
	r.taken = map[string]bool{}
	query := docstore.Query{Scope: people.System().Within(r.round.Territory), Index: "state", Equal: []docstore.In{docstore.Is(string(Proposed))}}
	return r.m.docs.Each(ctx, query, func(d *Match) error {
		r.taken[d.Device], r.taken[d.Application] = true, true
		r.round.Kept++
		return nil
	})
}

// readDevices groups the stock by class. A partner's quota bounds how many of
// its earmarked devices one round gives.
func (r *run) readDevices(ctx context.Context) error {
	byClass := map[class]*group{}
	perPartner := map[string]int{}
	err := r.m.devices.Available(ctx, r.round.Territory, func(d *device.Device) error {
		if r.taken[d.ID] || d.Match != "" || d.Earmark.Kind == "territory" && d.Earmark.ID != r.round.Territory {
			return nil
		}
		if d.Earmark.Kind == "partner" {
			p, err := r.m.partners.Partner(ctx, d.Earmark.ID)
			if err != nil {
				return err
			}
			if perPartner[p.ID]++; p.Quota > 0 && perPartner[p.ID] > p.Quota {
				return nil
			}
		}
		c := classOf(d)
		if byClass[c] == nil {
			byClass[c] = &group{class: c}
			r.groups = append(r.groups, byClass[c])
		}
		byClass[c].devices = append(byClass[c].devices, d)
		r.round.Devices++
		return nil
	})
	return err
}

// readApplications takes those that wait and may be served, the strongest need
// first: one per person and stage, and a household up to its cap, with what
// stands proposed counted in.
func (r *run) readApplications(ctx context.Context) error {
	var waiting []*application.Application
	used := map[string]int{} // of each share, by open proposals and by this round
	err := r.m.applications.EachEligible(ctx, r.round.Territory, func(app *application.Application) error {
		if r.taken[app.ID] {
			_, err := r.mayServe(ctx, app, used)
			return err
		}
		waiting = append(waiting, app)
		return nil
	})
	if err != nil {
		return err
	}
	now := r.m.clock()
	for _, app := range waiting {
		score := application.Rate(r.grid, app.Need, app.Level, app.Submitted.Time(), now)
		app.Score, app.Priority = &score, application.Priority(score, app.Submitted)
	}
	slices.SortFunc(waiting, func(a, b *application.Application) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID, b.ID))
	})
	for i, app := range waiting {
		r.at("reading", i, len(waiting))
		code, err := r.mayServe(ctx, app, used)
		if err != nil {
			return err
		}
		a, known := askerOf(app, *app.Score)
		switch {
		case code != "":
			r.unserved = append(r.unserved, r.cutOff(app, code))
		case known:
			r.apps, r.askers = append(r.apps, app), append(r.askers, a)
		}
	}
	r.round.Applications = len(r.apps)
	return nil
}

// mayServe takes an application's part of its shares, or tells which one is
// used up.
func (r *run) mayServe(ctx context.Context, app *application.Application, used map[string]int) (string, error) {
	shares, err := r.m.applications.Left(ctx, app)
	if err != nil {
		return "", err
	}
	for _, s := range shares {
		if s.Left <= used[s.Share] {
			return s.Code, nil
		}
	}
	for _, s := range shares {
		used[s.Share]++
	}
	return "", nil
}

// pair finds the compatible pairs and scores them.
func (r *run) pair(ctx context.Context) error {
	points := make([]nearest.Point, len(r.groups))
	for i, g := range r.groups {
		points[i] = nearest.Point{Lat: g.class.Point.Lat, Lon: g.class.Point.Lon}
	}
	index := nearest.New(points)
	r.in = assign.Instance{Students: len(r.apps), Devices: len(r.groups), Tiers: make([]uint8, len(r.apps)), Capacity: make([]int32, len(r.groups))}
	for i, g := range r.groups {
		r.in.Capacity[i] = int32(min(len(g.devices), math.MaxInt32)) //nolint:gosec // bounded
	}
	var near []nearest.Neighbor
	for i, app := range r.apps {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.at("candidates", i, len(r.apps))
		r.in.Tiers[i] = uint8(6 - app.Score.Tier) //nolint:gosec // tiers are 1..5
		near = index.Nearest(nearest.Point{Lat: app.Lat, Lon: app.Lon}, candidates, math.Inf(1), near[:0])
		for _, n := range near {
			g := r.groups[n.Index]
			if barrier(g.class, r.askers[i]) != "" || r.allRefused(g, app) {
				continue
			}
			r.in.Arcs = append(r.in.Arcs, assign.Arc{
				Student: int32(i), Device: n.Index, Score: int32(worth(r.grid.Pair, g.class, r.askers[i])), //nolint:gosec // 1..1e6
			})
		}
	}
	r.round.Pairs = len(r.in.Arcs)
	return nil
}

// allRefused tells that each device of a group was refused for the
// application.
func (r *run) allRefused(g *group, app *application.Application) bool {
	if len(r.refused) == 0 {
		return false
	}
	return !slices.ContainsFunc(g.devices, func(d *device.Device) bool { return !r.refused[[2]string{d.ID, app.ID}] })
}

// solve finds the optimum and has it verified by code that does not trust it.
func (r *run) solve(ctx context.Context) error {
	result, err := assign.Solve(ctx, r.in, assign.Options{Seed: uint64(r.round.Seed)}) //nolint:gosec // not negative
	if err != nil {
		return roundFault(err, "instance")
	}
	if err := assign.Check(r.in, result); err != nil {
		return roundFault(err, "certificate")
	}
	r.result = result
	r.round.Certified, r.round.Score = true, result.Score
	for tier := 1; tier <= 5; tier++ {
		count := TierCount{Tier: tier, Served: result.TierCounts[6-tier]}
		for _, app := range r.apps {
			if app.Score.Tier == tier {
				count.Waiting++
			}
		}
		r.round.Tiers = append(r.round.Tiers, count)
	}
	return nil
}

func roundFault(err error, code string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(fault.Internal, code, fmt.Errorf("round: %w", err))
}

// propose stores a match for each pair, with its reasons and second choice.
// Proposals hold nothing; a coordinator decides each.
func (r *run) propose(ctx context.Context) error {
	now := r.m.clock()
	next := make([][]*device.Device, len(r.groups))
	for i, g := range r.groups {
		next[i] = slices.Clone(g.devices)
	}
	seconds := r.seconds()
	var matches []*Match
	for i, app := range r.apps { // strongest need first
		g := r.result.DeviceOf[i]
		if g < 0 {
			continue
		}
		d := r.choose(&next[g], app)
		if d == nil {
			continue
		}
		match := newMatch(r.grid.Pair, app, r.askers[i], d, r.groups[g].class, docstore.At(now))
		match.ID, match.Round = id.Derived(id.Match, r.round.ID, app.ID), r.round.ID
		match.Second = seconds.next(int(g))
		if err := match.take(step{Proposed, people.System(), now, r.round.ID}, ""); err != nil {
			return err
		}
		matches = append(matches, match)
	}
	for part := range slices.Chunk(matches, storeTogether) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := r.m.docs.InsertMany(ctx, part); err != nil {
			return err
		}
		r.round.Proposed += len(part)
		r.at("storing", r.round.Proposed, len(matches))
	}
	return nil
}

// choose takes the first device of a group that was not refused for the
// application.
func (r *run) choose(left *[]*device.Device, app *application.Application) *device.Device {
	i := slices.IndexFunc(*left, func(d *device.Device) bool { return !r.refused[[2]string{d.ID, app.ID}] })
	if i < 0 {
		return nil
	}
	d := (*left)[i]
	*left = slices.Delete(*left, i, i+1)
	return d
}

// queue gives each device of a group another second choice.
type queue struct {
	groups [][]string
}

// seconds lists, for each group, the applications left out that it would suit,
// strongest need first.
func (r *run) seconds() *queue {
	q := &queue{groups: make([][]string, len(r.groups))}
	arcs := slices.Clone(r.in.Arcs)
	slices.SortStableFunc(arcs, func(a, b assign.Arc) int { return cmp.Compare(a.Student, b.Student) })
	for _, a := range arcs {
		if r.result.DeviceOf[a.Student] < 0 && len(q.groups[a.Device]) < len(r.groups[a.Device].devices) {
			q.groups[a.Device] = append(q.groups[a.Device], r.apps[a.Student].ID)
		}
	}
	return q
}

func (q *queue) next(group int) string {
	if len(q.groups[group]) == 0 {
		return ""
	}
	first := q.groups[group][0]
	q.groups[group] = q.groups[group][1:]
	return first
}

// cutOff begins to say why an application is left out.
func (r *run) cutOff(app *application.Application, code string) *CutOff {
	return &CutOff{
		Meta: docstore.Meta{ID: r.round.ID + ":" + app.ID}, Territory: r.round.Territory, Round: r.round.ID, Application: app.ID,
		Code: code, Tier: app.Score.Tier, Created: docstore.At(r.m.clock()),
	}
}

// explain stores for everyone left out what the cut-off was.
func (r *run) explain(ctx context.Context) error {
	weakest := make([]int, len(r.groups)) // published tier served by each group
	for i, g := range r.result.DeviceOf {
		if g >= 0 {
			weakest[g] = max(weakest[g], r.apps[i].Score.Tier)
		}
	}
	cuts := make([]*CutOff, len(r.apps))
	ahead := 0
	for i, app := range r.apps {
		if r.result.DeviceOf[i] >= 0 {
			continue
		}
		cuts[i] = r.cutOff(app, "no_compatible")
		cuts[i].CutScore, cuts[i].Ahead = math.MaxInt64, ahead
		if len(r.groups) == 0 {
			cuts[i].Code = "no_device"
		}
		ahead++
	}
	for _, a := range r.in.Arcs {
		if c := cuts[a.Student]; c != nil {
			c.Code = "stronger_need"
			c.CutTier = max(c.CutTier, weakest[a.Device])
			c.CutScore = min(c.CutScore, r.result.DevicePrice[a.Device]-r.result.Weight(r.in, a))
		}
	}
	left := r.unserved
	for _, c := range cuts {
		if c == nil {
			continue
		}
		if c.CutScore == math.MaxInt64 {
			c.CutScore = 0
		}
		left = append(left, c)
	}
	if len(left) == 0 {
		return nil
	}
	_, err := r.m.cutOffs.InsertMany(ctx, left)
	return err
}
