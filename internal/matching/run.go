package matching

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// storeTogether is how many proposals are stored before a look at whether the
// round was stopped.
const storeTogether = 500

// run is one round under way: what it read, what it chose.
type run struct {
	m       *Matches
	round   *Round
	started time.Time // of the stage
	*progress

	problem *problem
	apps    []*application.Application // of the problem's askers
	groups  [][]*device.Device         // of the problem's classes
	taken   map[string]bool            // devices and applications of open proposals
	refused map[[2]string]bool         // device and application of pairs that were said no to
	chosen  *choice

	constraints []*Constraint   // of the problem's
	alone       map[string]bool // devices that they name
	replaced    []string        // open proposals that the round takes the place of
}

// run goes through the stages in order; each is noted with its time.
func (r *run) run(ctx context.Context) error {
	for _, stage := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"reading", r.read}, {"candidates", r.pair}, {"solving", r.solve}, {"explaining", r.explain}, {"costing", r.cost}, {"storing", r.store}, // last: what fails before has proposed nothing
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
func (r *run) read(ctx context.Context) error {
	grid, err := r.m.applications.CurrentGrid(ctx)
	if err != nil {
		return err
	}
	grid = r.round.Changes.grid(grid)
	r.round.Grid = grid.Number
	r.problem = &problem{Format: problemFormat, At: docstore.At(r.m.clock()), Seed: r.round.Seed, Grid: grid}
	for _, step := range []func(context.Context) error{r.standing, r.readConstraints, r.readDevices, r.readApplications, r.remember, r.bind} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// standing notes open proposals, which a round leaves as they are. One under
// changed rules replaces those that nobody has decided on.
func (r *run) standing(ctx context.Context) error {
	r.taken = map[string]bool{}
	query := docstore.Query{Scope: people.System().Within(r.round.Territory), Index: "state", Equal: []docstore.In{docstore.Is(string(Proposed))}}
	return r.m.docs.Each(ctx, query, func(d *Match) error {
		if r.round.Changes != nil && d.Decision.By == "" {
			r.replaced = append(r.replaced, d.ID)
			return nil
		}
		r.taken[d.Device], r.taken[d.Application] = true, true
		r.round.Kept++
		return nil
	})
}

// readDevices groups the stock by class.
func (r *run) readDevices(ctx context.Context) error {
	p := r.problem
	place := map[kind]int{}
	partners := map[string][]int32{}
	err := r.m.devices.Available(ctx, r.round.Territory, func(d *device.Device) error {
		if r.taken[d.ID] || d.Match != "" || d.Earmark.Kind == "territory" && d.Earmark.ID != r.round.Territory {
			return nil
		}
		c := classOf(d)
		k, known := place[r.kindOf(d.ID, c)]
		if !known {
			k = len(p.Classes)
			place[r.kindOf(d.ID, c)] = k
			p.Classes, p.Stock, r.groups = append(p.Classes, c), append(p.Stock, 0), append(r.groups, nil)
			if c.Earmark.Kind == "partner" {
				partners[c.Earmark.ID] = append(partners[c.Earmark.ID], int32(k)) //nolint:gosec // classes are fewer than 2^31
			}
		}
		p.Stock[k]++
		r.groups[k] = append(r.groups[k], d)
		r.round.Devices++
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(partners)) {
		partner, err := r.m.partners.Partner(ctx, id)
		if err != nil {
			return err
		}
		if most := partner.QuotaIn(r.round.Territory, r.m.clock()); most > 0 {
			p.Quotas = append(p.Quotas, quota{Partner: id, Classes: partners[id], Most: most})
		}
	}
	p.limit(r.round.Changes)
	return nil
}

// readApplications takes those that wait, in an order that does not change,
// with what their persons and households may still hold: open proposals count
// as if they were held.
func (r *run) readApplications(ctx context.Context) error {
	var waiting, proposed []*application.Application
	err := r.m.applications.EachEligible(ctx, r.round.Territory, func(app *application.Application) error {
		if r.taken[app.ID] {
			proposed = append(proposed, app)
		} else {
			waiting = append(waiting, app)
		}
		r.at("reading", len(waiting), 0)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(waiting, func(a, b *application.Application) int { return cmp.Compare(a.ID, b.ID) })
	shares, err := r.m.applications.LeftOf(ctx, slices.Concat(waiting, proposed))
	if err != nil {
		return err
	}
	p := r.problem
	place := map[string]int32{}
	for n, app := range waiting {
		a, known := askerOf(app)
		if !known {
			continue
		}
		for _, s := range shares[n] {
			if _, known := place[s.Share]; !known {
				place[s.Share] = int32(len(p.Shares)) //nolint:gosec // shares are fewer than 2^31
				p.Shares = append(p.Shares, allowance{Left: s.Left, Code: s.Code})
			}
			a.Shares = append(a.Shares, place[s.Share])
		}
		p.Askers, r.apps = append(p.Askers, a), append(r.apps, app)
	}
	for _, left := range shares[len(waiting):] {
		for _, s := range left {
			if at, known := place[s.Share]; known {
				p.Shares[at].Left--
			}
		}
	}
	r.round.Applications = len(r.apps)
	return nil
}

// pair finds the compatible pairs and scores them.
func (r *run) pair(ctx context.Context) (err error) {
	r.chosen, err = r.problem.pairs(ctx, r.at)
	return err
}

// solve finds the optimum and its proof.
func (r *run) solve(ctx context.Context) error {
	if err := r.chosen.solve(ctx, r.at); err != nil {
		return err
	}
	r.round.Pairs, r.round.Certified, r.round.Score = len(r.chosen.in.Arcs), true, r.chosen.result.Score
	r.round.Tiers, r.round.Digest = r.chosen.tiers(), r.chosen.digest()
	return nil
}

func roundFault(err error, code string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(fault.Internal, code, fmt.Errorf("round: %w", err))
}

// explain stores for everyone left out what the cut-off was.
func (r *run) explain(ctx context.Context) error {
	cuts := r.chosen.cutOffs()
	now := docstore.At(r.m.clock())
	for i, c := range cuts {
		app := r.apps[c.Asker]
		cuts[i].Meta = docstore.Meta{ID: r.round.ID + ":" + app.ID}
		cuts[i].Territory, cuts[i].Round, cuts[i].Application, cuts[i].Created = r.round.Territory, r.round.ID, app.ID, now
	}
	if len(cuts) == 0 {
		return nil
	}
	_, err := r.m.cutOffs.InsertMany(ctx, cuts)
	return err
}

// store keeps the problem, then proposes: what fails before has proposed
// nothing.
func (r *run) store(ctx context.Context) error {
	if err := r.m.keepProblem(ctx, r.round.ID, r.problem); err != nil {
		return err
	}
	if err := r.replace(ctx); err != nil {
		return err
	}
	return r.propose(ctx)
}

// propose stores a match for each pair, with its reasons and second choice.
// Proposals hold nothing; a coordinator decides each.
func (r *run) propose(ctx context.Context) error {
	now := r.m.clock()
	next := make([][]*device.Device, len(r.groups))
	for k, devices := range r.groups {
		next[k] = slices.Clone(devices)
	}
	seconds := r.chosen.seconds()
	var matches []*Match
	for _, i := range r.chosen.order { // strongest need first
		k := r.chosen.result.DeviceOf[i]
		if k < 0 {
			continue
		}
		app := r.apps[i]
		d := r.take(&next[k], app)
		if d == nil {
			continue
		}
		match := newMatch(r.problem.Grid.Pair, app, &r.problem.Askers[i], d, &r.problem.Classes[k], docstore.At(now))
		match.ID, match.Round, match.Asker = id.Derived(id.Match, r.round.ID, app.ID), r.round.ID, i
		if second := seconds.next(k); second >= 0 {
			match.Second = r.apps[second].ID
		}
		if lock := r.lockOf(i); lock != nil {
			match.Lock, match.LockedBy = lock.ID, lock.By
		}
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

// take takes the first device of a class that was not refused for the
// application.
func (r *run) take(left *[]*device.Device, app *application.Application) *device.Device {
	i := slices.IndexFunc(*left, func(d *device.Device) bool { return !r.refused[[2]string{d.ID, app.ID}] })
	if i < 0 {
		return nil
	}
	d := (*left)[i]
	*left = slices.Delete(*left, i, i+1)
	return d
}
