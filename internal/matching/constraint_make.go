package matching

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Constrain binds the rounds to come.
type Constrain struct {
	call.Create
	Kind        string `json:"kind" form:"kind" validate:"required,oneof=lock forbid reserve"`
	Device      string `json:"device" form:"device" validate:"required,max=40"`
	Application string `json:"application,omitempty" form:"application" validate:"required_unless=Kind reserve,max=40"`
	For         string `json:"for,omitempty" form:"for" validate:"required_if=Kind reserve,max=40"` // the structure that a device is reserved for
	Reason      string `json:"reason" form:"reason" validate:"required,plain,max=500"`
	Until       string `json:"until,omitempty" form:"until" validate:"omitempty,datetime=2006-01-02"` // the last day; none when empty
}

// Constrain makes a constraint. It refuses one that goes against another, and
// reserves beyond their part of the stock. Open proposals that it bars are
// superseded: the next round finds both sides free.
func (m *Matches) Constrain(ctx context.Context, actor people.Actor, req Constrain) (ConstraintView, error) {
	dev, app, err := m.sides(ctx, actor, req)
	if err != nil {
		return ConstraintView{}, err
	}
	own := id.For(id.Constraint, actor.Name(), req.Key)
	c, err := m.constraints.Get(ctx, own)
	if fault.Is(err, fault.NotFound) {
		c, err = m.constrain(ctx, actor, own, dev, app, req)
	}
	if err != nil {
		return ConstraintView{}, err
	}
	if err := m.supersedeBarred(ctx, actor, c); err != nil {
		return ConstraintView{}, err
	}
	return m.constraintView(ctx, c)
}

// sides reads what a constraint is about, where the actor may see it and
// decide; a reserve has no application.
func (m *Matches) sides(ctx context.Context, actor people.Actor, req Constrain) (*device.Device, *application.Application, error) {
	if req.Kind != reserveDevice {
		return m.pair(ctx, actor, req.Device, req.Application)
	}
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, nil, err
	}
	dev, err := m.devices.Find(ctx, req.Device)
	if err != nil {
		return nil, nil, err
	}
	if err := people.MustSee(actor.Desk(), dev.Territory); err != nil {
		return nil, nil, err
	}
	structure, err := m.partners.Prescriber(ctx, req.For)
	if fault.Is(err, fault.NotFound) || err == nil && structure.Territory != dev.Territory {
		return nil, nil, fault.InvalidField("for", "prescriber_unknown")
	}
	if err != nil {
		return nil, nil, err
	}
	return dev, nil, mayReserve(actor, req.For)
}

// mayReserve refuses who works for the structure: nobody reserves for what they
// attest.
func mayReserve(actor people.Actor, structure string) error {
	if !actor.IsSystem() && actor.ActsFor(people.PrescriberOf, structure) {
		return fault.New(fault.Forbidden, "own_attestation")
	}
	return nil
}

func (m *Matches) constrain(ctx context.Context, actor people.Actor, own string, dev *device.Device, app *application.Application, req Constrain) (*Constraint, error) {
	c := &Constraint{
		Meta: docstore.Meta{ID: own}, Kind: req.Kind, State: standing, Territory: dev.Territory, Device: dev.ID, Label: dev.Label,
		By: actor.Name(), Made: docstore.At(m.clock()),
	}
	if app == nil {
		c.For = req.For
	} else {
		c.Application, c.Reference = app.ID, app.Reference
	}
	var err error
	if c.Until, err = m.until(ctx, dev.Territory, req.Until); err != nil {
		return nil, err
	}
	if err := m.fits(ctx, c, dev, app); err != nil {
		return nil, err
	}
	if c.Words, err = m.sealWords(ctx, c.owner(), c.ID, constraintWords, req.Reason); err != nil {
		return nil, err
	}
	c.tell("made", actor, c.Made)
	stored, _, err := m.constraints.Create(ctx, c)
	return stored, err
}

// until is the end of the last day in a territory; forever without one.
func (m *Matches) until(ctx context.Context, territory, day string) (docstore.Millis, error) {
	if day == "" {
		return forever, nil
	}
	t, err := m.partners.Territory(ctx, territory)
	if err != nil {
		return 0, err
	}
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "internal", err)
	}
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return 0, fault.InvalidField("until", "date")
	}
	end := at.AddDate(0, 0, 1)
	if !end.After(m.clock()) {
		return 0, fault.InvalidField("until", "past_day")
	}
	return docstore.At(end), nil
}

// fits refuses a constraint that could not hold beside those that stand, and
// names the field.
func (m *Matches) fits(ctx context.Context, c *Constraint, dev *device.Device, app *application.Application) error {
	if app != nil && app.Territory != dev.Territory {
		return fault.InvalidField("device", "other_territory")
	}
	if c.Kind == lockPair && !earmarkedFor(dev, app) {
		return fault.InvalidField("device", "earmarked")
	}
	others, err := m.standingOn(ctx, c.Device, c.Application)
	if err != nil {
		return err
	}
	for _, other := range others {
		if field, code := c.against(other, app); code != "" {
			return fault.InvalidField(field, code)
		}
	}
	all, err := m.standingIn(ctx, c.Territory)
	if err != nil {
		return err
	}
	if len(all) >= constraintsAtMost {
		return fault.New(fault.Conflict, "constraints_full")
	}
	if c.Kind == reserveDevice {
		return m.reservable(ctx, c.Territory, all)
	}
	return nil
}

func earmarkedFor(dev *device.Device, app *application.Application) bool {
	a, known := askerOf(app)
	return known && earmarked(dev.Earmark, &a)
}

// reservable keeps reserves to their part of what is in stock.
func (m *Matches) reservable(ctx context.Context, territory string, all []*Constraint) error {
	reserves := 1
	for _, c := range all {
		if c.Kind == reserveDevice {
			reserves++
		}
	}
	enough, err := m.devices.AvailableAtLeast(ctx, territory, reserves*reservedShare)
	if err == nil && !enough {
		return fault.InvalidField("device", "reserves_full")
	}
	return err
}

// against names the field of a constraint that another one contradicts, and
// how.
func (c *Constraint) against(other *Constraint, app *application.Application) (field, code string) {
	samePair := c.Device == other.Device && c.Application == other.Application
	switch {
	case c.Kind == other.Kind && samePair && c.Kind != reserveDevice:
		return "application", "constraint_exists"
	case c.Kind == lockPair:
		code = other.bars(c.Device, app)
	case c.Kind == forbidPair && other.Kind == lockPair && samePair:
		return "application", "pair_locked"
	case c.Kind == reserveDevice && other.Kind == reserveDevice:
		return "device", "device_reserved"
	case c.Kind == reserveDevice && other.Kind == lockPair:
		return "device", "device_locked"
	}
	if code == "device_locked" || code == "device_reserved" {
		return "device", code
	}
	return "application", code
}

// supersedeBarred ends the open proposals that a constraint keeps apart.
func (m *Matches) supersedeBarred(ctx context.Context, actor people.Actor, c *Constraint) error {
	open, err := m.proposals(ctx, c.Device, c.Application)
	if err != nil {
		return err
	}
	for _, match := range open {
		app, err := m.applications.Find(ctx, match.Application)
		if err != nil {
			return err
		}
		if c.bars(match.Device, app) == "" {
			continue
		}
		if err := m.supersede(ctx, actor, match.ID, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// owner is under whose key the reason is sealed: the application's, so that
// forgetting it forgets the reason.
func (c *Constraint) owner() string {
	if c.Application != "" {
		return c.Application
	}
	return c.ID
}

func (c *Constraint) tell(verb string, actor people.Actor, at docstore.Millis) {
	c.Record(docstore.Record{
		Kind: "constraint." + verb, Actor: actor.Name(), At: at,
		Data: map[string]string{"constraint": c.ID, "kind": c.Kind, "device": c.Device, "application": c.Application, "territory": c.Territory},
	})
}
