package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// pairing is a match of two documents under the current grid, not stored and
// without id or state: for choices made outside a round. What is set aside for
// others, or kept apart by a constraint, is refused.
func (m *Matches) pairing(ctx context.Context, app *application.Application, dev *device.Device) (*Match, error) {
	grid, err := m.applications.CurrentGrid(ctx)
	if err != nil {
		return nil, err
	}
	a, ok := askerOf(app)
	if !ok {
		return nil, fault.New(fault.Conflict, "unknown_course")
	}
	if !earmarked(dev.Earmark, &a) {
		return nil, fault.New(fault.Conflict, "earmarked")
	}
	if err := m.unbarred(ctx, dev.ID, app); err != nil {
		return nil, err
	}
	now := docstore.At(m.clock())
	a.rate(grid, now)
	return newMatch(grid.Pair, app, &a, dev, new(classOf(dev)), now), nil
}

// newMatch writes what a coordinator reads on one row.
func newMatch(w application.PairWeights, app *application.Application, a *asker, dev *device.Device, c *class, now docstore.Millis) *Match {
	km := distance(c.Point, a.Point)
	return &Match{
		Country: app.Country, Territory: app.Territory, Commune: app.Commune,
		Device: dev.ID, Label: dev.Label, Model: dev.Specs.Model, RAMGB: dev.Specs.RAMGB, DiskGB: dev.Specs.DiskGB,
		Application: app.ID, Reference: app.Reference, Level: app.Level, Course: app.Course,
		Tier: a.score.Tier, Points: a.score.Points,
		Score: worth(w, c, a, km), KM: km, Reasons: reasons(w, c, a),
		Given: app.Kind != application.Pool,
		Order: application.Priority(a.score, app.Submitted), Created: now,
	}
}
