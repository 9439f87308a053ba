package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// Constraint is a coordinator's word that binds the rounds to come, until a day
// or until it is lifted: a device is locked to an application, kept from one, or
// reserved for whom a structure attested.
type Constraint struct {
	docstore.Meta `json:",inline"`

	Kind        string          `json:"kind"`  // lock, forbid, reserve
	State       string          `json:"state"` // standing, lifted
	Territory   string          `json:"territory"`
	Device      string          `json:"device"`
	Label       string          `json:"label"`       // the device's
	Application string          `json:"application"` // of locks and forbids
	Reference   string          `json:"reference"`   // the application's
	For         string          `json:"for"`         // of reserves: the structure
	Words       seal.Text       `json:"words"`       // why
	By          string          `json:"by"`
	Made        docstore.Millis `json:"made"`
	Until       docstore.Millis `json:"until"` // forever where no day was said
	Lifted      docstore.Millis `json:"lifted,omitempty"`
	LiftedBy    string          `json:"lifted_by,omitempty"`
}

// States of a constraint. One whose day is over stands, and binds nothing.
const (
	standing = "standing"
	lifted   = "lifted"
)

// forever is the last moment of the year 9999: an order key needs a number.
const forever = docstore.Millis(253402300799999)

// constraintsAtMost is how many may stand in a territory: each round reads all.
const constraintsAtMost = 500

func constraintSpec() docstore.Spec {
	return docstore.Spec{Name: "constraints", Scoped: true, Indexes: []docstore.Index{
		{Name: "made", Order: "made", Desc: true},
		{Name: "standing", Equal: []string{"state"}, Order: "until"},
		{Name: "device", Equal: []string{"device", "state"}, Order: "until"},
		{Name: "application", Equal: []string{"application", "state"}, Order: "until"},
	}}
}

// bars names why a constraint keeps a device from an application, or "".
func (c *Constraint) bars(deviceID string, app *application.Application) string {
	device, asker := c.Device == deviceID, c.Application == app.ID
	switch c.Kind {
	case lockPair:
		switch {
		case device && !asker:
			return "device_locked"
		case asker && !device:
			return "application_locked"
		}
	case forbidPair:
		if device && asker {
			return "pair_forbidden"
		}
	case reserveDevice:
		if device && (app.Attestation == nil || app.Attestation.Prescriber != c.For) {
			return "device_reserved"
		}
	}
	return ""
}

// standingIn lists the constraints that bind in a territory now, the oldest
// first.
func (m *Matches) standingIn(ctx context.Context, territory string) ([]*Constraint, error) {
	return m.standing(ctx, docstore.Query{Scope: people.System().Within(territory), Index: "standing", Equal: []docstore.In{docstore.Is(standing)}})
}

// standingOn lists those that name a device or an application.
func (m *Matches) standingOn(ctx context.Context, deviceID, applicationID string) ([]*Constraint, error) {
	var found []*Constraint
	for _, side := range []struct{ index, id string }{{"device", deviceID}, {"application", applicationID}} {
		if side.id == "" {
			continue
		}
		some, err := m.standing(ctx, docstore.Query{Scope: everywhere(), Index: side.index, Equal: []docstore.In{docstore.Is(side.id), docstore.Is(standing)}})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

func (m *Matches) standing(ctx context.Context, q docstore.Query) (found []*Constraint, err error) {
	q.From = int64(docstore.At(m.clock()))
	err = m.constraints.Each(ctx, q, func(c *Constraint) error {
		found = append(found, c)
		return nil
	})
	sortConstraints(found)
	return found, err
}

// unbarred refuses a pair that a constraint keeps apart.
func (m *Matches) unbarred(ctx context.Context, deviceID string, app *application.Application) error {
	constraints, err := m.standingOn(ctx, deviceID, app.ID)
	if err != nil {
		return err
	}
	for _, c := range constraints {
		if code := c.bars(deviceID, app); code != "" {
			return fault.New(fault.Conflict, code)
		}
	}
	return nil
}
