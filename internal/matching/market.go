package matching

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// market is what is free in a territory between two rounds, solved, with its
// prices: who arrives or leaves changes the optimum around them alone. It grows
// the problem that it began with; who left stays in it without pairs.
type market struct {
	choice *choice
	solved *assign.Market
	built  time.Time

	apps    []*application.Application // by asker; nil who left
	askers  map[string]int32           // by application
	stock   [][]*device.Device         // by class
	classes map[class]int32
	classOf map[string]int32 // by device
	refused map[[2]string]bool
}

// market solves what a run has read, without who is beyond a share.
func (r *run) market(ctx context.Context) (*market, error) {
	c, err := r.problem.pairs(ctx, r.at)
	if err != nil {
		return nil, err
	}
	k := &market{
		choice: c, built: r.m.clock(), apps: r.apps, stock: r.groups, refused: r.refused,
		askers: map[string]int32{}, classes: map[class]int32{}, classOf: map[string]int32{},
	}
	c.in.Arcs, c.in.DeviceGroups = nil, nil
	for i, app := range r.apps {
		if app == nil || c.turned[i] != "" {
			k.apps[i] = nil
			continue
		}
		k.askers[app.ID] = int32(i) //nolint:gosec // askers are fewer than 2^31
		c.in.Arcs = append(c.in.Arcs, c.suiting(int32(i))...)
	}
	for n, group := range r.groups {
		k.classes[r.problem.Classes[n]] = int32(n) //nolint:gosec // classes are fewer than 2^31
		for _, d := range group {
			k.classOf[d.ID] = int32(n) //nolint:gosec // as above
		}
	}
	k.solved, err = assign.NewMarket(ctx, c.in, assign.Options{Seed: uint64(r.problem.Seed)}) //nolint:gosec // not negative
	return k, err
}

// suiting lists all pairs of an asker.
func (c *choice) suiting(i int32) []assign.Arc {
	var arcs []assign.Arc
	for k := range int32(len(c.problem.Classes)) { //nolint:gosec // classes are fewer than 2^31
		if arc, suits := c.arc(i, k); suits {
			arcs = append(arcs, arc)
		}
	}
	return arcs
}

// enter lets an application in, as it is now.
func (k *market) enter(app *application.Application) error {
	if err := k.leave(app.ID); err != nil {
		return err
	}
	a, known := askerOf(app)
	if !known {
		return nil
	}
	p := k.choice.problem
	a.rate(p.Grid, p.At)
	i := int32(len(p.Askers)) //nolint:gosec // askers are fewer than 2^31
	p.Askers, k.apps = append(p.Askers, a), append(k.apps, app)
	k.choice.apart.asker(a.Point)
	_, err := k.solved.AddStudent(solverTier(a.score.Tier), k.choice.suiting(i))
	k.askers[app.ID] = i
	return err
}

// leave takes an application out.
func (k *market) leave(applicationID string) error {
	i, here := k.askers[applicationID]
	if !here {
		return nil
	}
	delete(k.askers, applicationID)
	k.apps[i] = nil
	return k.solved.RemoveStudent(i)
}

// bring puts a device into stock, as it is now.
func (k *market) bring(d *device.Device) error {
	if err := k.take(d.ID); err != nil {
		return err
	}
	c := classOf(d)
	n, known := k.classes[c]
	if !known {
		var err error
		if n, err = k.addClass(c); err != nil {
			return err
		}
	}
	k.stock[n], k.classOf[d.ID] = append(k.stock[n], d), n
	return k.solved.SetCapacity(n, int32(len(k.stock[n]))) //nolint:gosec // a stock is bounded
}

// addClass makes room for a class that was never in stock.
func (k *market) addClass(c class) (int32, error) {
	p := k.choice.problem
	n := int32(len(p.Classes)) //nolint:gosec // classes are fewer than 2^31
	p.Classes, p.Stock, k.stock = append(p.Classes, c), append(p.Stock, 0), append(k.stock, nil)
	k.classes[c] = n
	k.choice.apart.class(c.Point)
	var arcs []assign.Arc
	for _, i := range k.askers {
		if arc, suits := k.choice.arc(i, n); suits {
			arcs = append(arcs, arc)
		}
	}
	slices.SortFunc(arcs, func(a, b assign.Arc) int { return int(a.Student - b.Student) })
	return k.solved.AddDevice(0, arcs)
}

// take takes a device out of stock.
func (k *market) take(deviceID string) error {
	n, here := k.classOf[deviceID]
	if !here {
		return nil
	}
	delete(k.classOf, deviceID)
	k.stock[n] = slices.DeleteFunc(k.stock[n], func(d *device.Device) bool { return d.ID == deviceID })
	return k.solved.SetCapacity(n, int32(len(k.stock[n]))) //nolint:gosec // a stock is bounded
}

// next is a pair of the optimum: an application and a device of the class that
// was not refused for it. Of a class that has none such, the pair is let go.
func (k *market) next() (*application.Application, *device.Device, error) {
	for n := range int32(len(k.stock)) { //nolint:gosec // classes are fewer than 2^31
		holders, err := k.solved.Holders(n)
		if err != nil {
			return nil, nil, err
		}
		slices.Sort(holders)
		for _, i := range holders {
			app := k.apps[i]
			at := slices.IndexFunc(k.stock[n], func(d *device.Device) bool { return !k.refused[[2]string{d.ID, app.ID}] })
			if at >= 0 {
				return app, k.stock[n][at], nil
			}
			if err := k.solved.RemoveArc(i, n); err != nil {
				return nil, nil, err
			}
			return k.next()
		}
	}
	return nil, nil, nil
}
