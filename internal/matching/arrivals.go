package matching

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Between two rounds a territory may have what arrives proposed at once: a
// device that is released or comes back finds the student whom it serves best
// among those who wait. Proposals stand, as they do in a round, and a
// coordinator decides each.
//
// What is free is kept in memory by the process that holds the subscriber's
// lease, and follows events: each says only which document to look at again, so
// that one heard twice, late or out of turn does no harm. A market is built when
// it is first needed, anew after a round, under another version of the grid, and
// every hour, as waiting counts.

// arrivals holds the markets of the territories.
type arrivals struct {
	mu      sync.Mutex
	markets map[string]*market
}

// marketLife is how long a market is kept before it is built anew.
const marketLife = time.Hour

// Subscriber follows what changes who and what is free.
func (m *Matches) Subscriber() event.Subscriber {
	return event.Subscriber{
		Name: "arrivals", Kinds: []string{"device.", "application.", "match.", "round.", "constraint.", "territory.changed"}, Handle: m.arrive,
	}
}

// arrive looks at what an event names, and proposes what it makes possible.
func (m *Matches) arrive(ctx context.Context, e event.Envelope) error {
	m.arrivals.mu.Lock()
	defer m.arrivals.mu.Unlock()
	territoryID := e.Territory
	if e.Kind == "territory.changed" {
		territoryID = e.Document
	}
	k, fresh, err := m.marketOf(ctx, territoryID)
	if err != nil || k == nil {
		return err
	}
	if !fresh {
		if err := m.look(ctx, k, e); err != nil {
			return m.forgetMarket(territoryID, err)
		}
	}
	return m.forgetMarket(territoryID, m.proposeNext(ctx, k))
}

// forgetMarket drops a market that an error may have left half changed.
func (m *Matches) forgetMarket(territory string, err error) error {
	if err != nil {
		delete(m.arrivals.markets, territory)
	}
	return err
}

// marketOf gives the market of a territory, and whether it was built just now;
// nil where nothing is proposed between rounds, or a round is under way.
func (m *Matches) marketOf(ctx context.Context, territoryID string) (k *market, fresh bool, err error) {
	territory, err := m.partners.Territory(ctx, territoryID)
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	free := territory.AtOnce
	if free {
		round, err := m.holding(ctx, territoryID)
		if err != nil {
			return nil, false, err
		}
		free = round == nil
	}
	if !free {
		delete(m.arrivals.markets, territoryID)
		return nil, false, nil
	}
	grid, err := m.applications.CurrentGrid(ctx)
	if err != nil {
		return nil, false, err
	}
	if k = m.arrivals.markets[territoryID]; k != nil && k.choice.problem.Grid.Number == grid.Number && m.clock().Sub(k.built) < marketLife {
		return k, false, nil
	}
	r := &run{m: m, round: &Round{Territory: territoryID, Seed: 1}, progress: &progress{}}
	if err := r.read(ctx); err != nil {
		return nil, false, err
	}
	r.leaveToRounds()
	if k, err = r.market(ctx); err != nil {
		return nil, false, roundFault(err, "instance")
	}
	m.arrivals.markets[territoryID] = k
	return k, true, nil
}

// leaveToRounds takes out what a partner's quota counts by the round, and what
// constraints name: they bind rounds.
func (r *run) leaveToRounds() {
	for _, b := range r.problem.Constraints {
		if b.Class != nobody {
			r.problem.Stock[b.Class], r.groups[b.Class] = 0, nil
		}
		if b.Kind == lockPair && b.Asker != nobody {
			r.apps[b.Asker] = nil
		}
	}
	r.problem.Constraints = nil
	for _, q := range r.problem.Quotas {
		for _, k := range q.Classes {
			r.problem.Stock[k], r.groups[k] = 0, nil
		}
	}
}

// look brings the documents that an event names up to date in the market.
func (m *Matches) look(ctx context.Context, k *market, e event.Envelope) error {
	deviceID, applicationID := e.Data["device"], e.Data["application"]
	switch e.Kind {
	case "match.rejected", "match.declined", "match.expired":
		k.refused[[2]string{deviceID, applicationID}] = true
	}
	if err := m.lookAtDevice(ctx, k, deviceID); err != nil {
		return err
	}
	return m.lookAtApplication(ctx, k, applicationID)
}

func (m *Matches) lookAtDevice(ctx context.Context, k *market, deviceID string) error {
	if deviceID == "" {
		return nil
	}
	d, err := m.devices.Find(ctx, deviceID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil {
		free, err := m.inStock(ctx, d)
		if err != nil {
			return err
		}
		if free {
			return k.bring(d)
		}
	}
	return k.take(deviceID)
}

// inStock tells a device that may be proposed between rounds.
func (m *Matches) inStock(ctx context.Context, d *device.Device) (bool, error) {
	if d.State != device.Available || d.Match != "" || d.Earmark.Kind == "territory" && d.Earmark.ID != d.Territory {
		return false, nil
	}
	if d.Earmark.Kind == "partner" {
		partner, err := m.partners.Partner(ctx, d.Earmark.ID)
		if err != nil || partner.QuotaIn(d.Territory, m.clock()) > 0 {
			return false, err
		}
	}
	if constraints, err := m.standingOn(ctx, d.ID, ""); err != nil || len(constraints) > 0 {
		return false, err
	}
	rivals, err := m.proposals(ctx, d.ID, "")
	return len(rivals) == 0, err
}

// lookAtApplication brings an application and its household up to date: what
// one of them is proposed, the others may have to go without.
func (m *Matches) lookAtApplication(ctx context.Context, k *market, applicationID string) error {
	if applicationID == "" {
		return nil
	}
	app, err := m.applications.Find(ctx, applicationID)
	if fault.Is(err, fault.NotFound) {
		return k.leave(applicationID)
	}
	if err != nil {
		return err
	}
	kin, err := m.applications.OfHousehold(ctx, app.Household)
	if err != nil {
		return err
	}
	proposed := 0
	for _, one := range kin {
		rivals, err := m.proposals(ctx, "", one.ID)
		if err != nil {
			return err
		}
		proposed += len(rivals)
	}
	if app.Household == "" {
		kin = []*application.Application{app}
	}
	for _, one := range kin {
		if err := m.lookAtOne(ctx, k, one, proposed); err != nil {
			return err
		}
	}
	return nil
}

func (m *Matches) lookAtOne(ctx context.Context, k *market, app *application.Application, proposed int) error {
	if !app.Waits() {
		return k.leave(app.ID)
	}
	rivals, err := m.proposals(ctx, "", app.ID)
	if err != nil {
		return err
	}
	constraints, err := m.standingOn(ctx, "", app.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(constraints, func(c *Constraint) bool { return c.Kind == lockPair }) {
		return k.leave(app.ID)
	}
	shares, err := m.applications.Left(ctx, app)
	if err != nil {
		return err
	}
	for _, s := range shares {
		if s.Share == app.Household { // the others' proposals count as if they held
			s.Left -= proposed
		}
		if s.Left <= 0 || len(rivals) > 0 {
			return k.leave(app.ID)
		}
	}
	return k.enter(app)
}

// proposeNext proposes pair after pair of the optimum. Each is looked at in the
// store first, and leaves the market with its proposal.
func (m *Matches) proposeNext(ctx context.Context, k *market) error {
	for {
		app, d, err := k.next()
		if err != nil || app == nil {
			return err
		}
		if err := m.proposePair(ctx, app.ID, d.ID); err != nil {
			return err
		}
		if err := m.lookAtDevice(ctx, k, d.ID); err != nil {
			return err
		}
		if err := m.lookAtApplication(ctx, k, app.ID); err != nil {
			return err
		}
		k.refused[[2]string{d.ID, app.ID}] = true // whatever became of it, not again from here
	}
}

// proposePair proposes two documents where both are still free. Its id is
// derived, so that a death in between leaves one proposal.
func (m *Matches) proposePair(ctx context.Context, applicationID, deviceID string) error {
	app, err := m.applications.Find(ctx, applicationID)
	if err != nil {
		return gone(err)
	}
	dev, err := m.devices.Find(ctx, deviceID)
	if err != nil {
		return gone(err)
	}
	free, err := m.bothFree(ctx, app, dev)
	if err != nil || !free {
		return err
	}
	match, err := m.pairing(ctx, app, dev)
	if err != nil {
		return gone(err)
	}
	match.ID = id.Derived(id.Match, dev.ID+strconv.FormatInt(dev.Version, 10), app.ID)
	if err := match.take(step{Proposed, people.System(), m.clock(), "arrival"}, ""); err != nil {
		return err
	}
	if _, _, err = m.docs.Create(ctx, match); err != nil {
		return err
	}
	round, err := m.holding(ctx, match.Territory)
	if err != nil || round == nil {
		return err
	}
	return m.supersede(ctx, people.System(), match.ID, round.ID) // it began meanwhile, and may not have seen this
}

// gone forgives what can no longer be proposed.
func gone(err error) error {
	if refused(err) {
		return nil
	}
	return err
}
