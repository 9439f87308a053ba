package matching

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Constraints asks for those that bind, the first to end first, or for all of
// them, newest first.
type Constraints struct {
	call.List
	Territory string `json:"-" form:"territory" validate:"max=40"`
	All       bool   `json:"-" form:"all"`
}

// ConstraintView is a constraint as the desk reads it.
type ConstraintView struct {
	call.Tag
	Kind        string     `json:"kind"`           // lock, forbid, reserve
	State       string     `json:"state"`          // standing, ended, lifted
	Idle        string     `json:"idle,omitempty"` // why it has no effect now: device_away, application_away
	Territory   string     `json:"territory"`
	Device      string     `json:"device"`
	Label       string     `json:"label"`
	Application string     `json:"application,omitempty"`
	Reference   string     `json:"reference,omitempty"`
	For         string     `json:"for,omitempty"`
	Structure   string     `json:"structure,omitempty"` // its name
	Reason      string     `json:"reason"`
	By          string     `json:"by"`
	Made        time.Time  `json:"made"`
	Until       *time.Time `json:"until,omitempty"`
	Lifted      *time.Time `json:"lifted,omitempty"`
	LiftedBy    string     `json:"lifted_by,omitempty"`
}

// constraintWords is the field that the reason is sealed as.
const constraintWords = "constraint"

// Constraints gives a page of the desk's constraints.
func (m *Matches) Constraints(ctx context.Context, actor people.Actor, req Constraints) (call.Page[ConstraintView], error) {
	page := call.Page[ConstraintView]{Items: []ConstraintView{}}
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return page, err
	}
	q := docstore.Query{Scope: actor.Desk(), Index: "made", After: req.After, Limit: req.Limit}
	if req.Territory != "" {
		q.Scope = actor.Within(req.Territory)
	}
	if !req.All {
		q.Index, q.Equal, q.From = "standing", []docstore.In{docstore.Is(standing)}, int64(docstore.At(m.clock()))
	}
	found, err := m.constraints.Find(ctx, q, nil)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	page.Items, err = m.constraintViews(ctx, found.Items)
	return page, err
}

func (m *Matches) constraintView(ctx context.Context, c *Constraint) (ConstraintView, error) {
	views, err := m.constraintViews(ctx, []*Constraint{c})
	if err != nil {
		return ConstraintView{}, err
	}
	return views[0], nil
}

// constraintViews reads what the constraints name, to say of each whether it
// has an effect now.
func (m *Matches) constraintViews(ctx context.Context, all []*Constraint) ([]ConstraintView, error) {
	devices, applications := make([]string, len(all)), make([]string, len(all))
	for n, c := range all {
		devices[n], applications[n] = c.Device, c.Application
	}
	devs, err := m.devices.FindMany(ctx, devices)
	if err != nil {
		return nil, err
	}
	apps, err := m.applications.FindMany(ctx, applications)
	if err != nil {
		return nil, err
	}
	views := make([]ConstraintView, len(all))
	for n, c := range all {
		views[n] = c.view(m.clock(), devs[n], apps[n])
		if views[n].Reason, err = m.applications.OpenWords(ctx, c.owner(), wordsOf(c.ID, constraintWords), c.Words); err != nil {
			return nil, err
		}
		if views[n].Structure, err = m.structureName(ctx, c.For); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func (c *Constraint) view(now time.Time, dev *device.Device, app *application.Application) ConstraintView {
	v := ConstraintView{
		Tag: call.Tag{ID: c.ID, Version: c.Version}, Kind: c.Kind, State: c.State, Territory: c.Territory, Device: c.Device, Label: c.Label,
		Application: c.Application, Reference: c.Reference, For: c.For, By: c.By, Made: c.Made.Time(),
		Lifted: moment(c.Lifted), LiftedBy: c.LiftedBy,
	}
	if c.Until != forever {
		v.Until = moment(c.Until)
	}
	switch {
	case c.State == lifted:
	case !c.Until.Time().After(now):
		v.State = "ended"
	case dev == nil || dev.State != device.Available || dev.Match != "":
		v.Idle = "device_away"
	case c.Kind != reserveDevice && (app == nil || !app.Waits()):
		v.Idle = "application_away"
	}
	return v
}

func (m *Matches) structureName(ctx context.Context, structure string) (string, error) {
	if structure == "" {
		return "", nil
	}
	s, err := m.partners.Prescriber(ctx, structure)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return s.Name, nil
}

// sortConstraints puts the oldest first: it is honoured before those that go
// against it.
func sortConstraints(all []*Constraint) {
	slices.SortFunc(all, func(a, b *Constraint) int { return cmp.Or(cmp.Compare(a.Made, b.Made), cmp.Compare(a.ID, b.ID)) })
}
