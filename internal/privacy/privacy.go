// Package privacy is what a person may ask of their data, and how long data is
// kept: see, take along, erase, and forget in time.
package privacy

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Privacy answers what people ask of their data.
type Privacy struct {
	people       *people.People
	applications *application.Applications
	deliveries   *delivery.Deliveries
	clock        func() time.Time
}

// New needs the features that keep personal data.
func New(p *people.People, a *application.Applications, d *delivery.Deliveries, clock func() time.Time) *Privacy {
	return &Privacy{people: p, applications: a, deliveries: d, clock: clock}
}

// Data is all that is kept on an account and its applications.
type Data struct {
	Exported     time.Time          `json:"exported"`
	FirstName    string             `json:"first_name"`
	LastName     string             `json:"last_name"`
	Email        string             `json:"email,omitempty"`
	Phone        string             `json:"phone,omitempty"`
	Lang         string             `json:"lang"`
	Applications []application.View `json:"applications"`
	Deliveries   []delivery.View    `json:"deliveries"`
}

// Mine gives a family all that is kept on it.
func (p *Privacy) Mine(ctx context.Context, actor people.Actor, _ struct{}) (Data, error) {
	if err := actor.Must(people.Student, people.Guardian); err != nil {
		return Data{}, err
	}
	who, err := p.people.Reach(ctx, actor.Person)
	if err != nil {
		return Data{}, err
	}
	d := Data{
		Exported: p.clock(), FirstName: who.FirstName, LastName: who.LastName, Email: who.Email, Phone: who.Phone, Lang: who.Lang,
		Deliveries: []delivery.View{},
	}
	if d.Applications, err = p.applications.Export(ctx, actor); err != nil {
		return d, err
	}
	for _, app := range d.Applications {
		if app.Match == "" {
			continue
		}
		v, err := p.deliveries.OfMatch(ctx, actor, app.Match)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return d, err
		}
		d.Deliveries = append(d.Deliveries, v)
	}
	return d, nil
}

// Erase asks to be forgotten, in so many words.
type Erase struct {
	Agree bool `json:"agree" form:"agree" validate:"required"`
}

// Erase takes open applications back and forgets the account with all that was
// personal in them. Refused while a device is on its way.
func (p *Privacy) Erase(ctx context.Context, actor people.Actor, _ Erase) (call.Done, error) {
	if err := actor.Must(people.Student, people.Guardian); err != nil {
		return call.Done{}, err
	}
	if err := p.applications.ForgetOf(ctx, actor); err != nil {
		return call.Done{}, err
	}
	return call.Done{OK: true}, p.people.ForgetFamily(ctx, actor.Person)
}

// Sweep forgets what has been kept long enough; a job calls it. It may be cut
// off anywhere and goes on the next time; what cannot be forgotten keeps no other.
func (p *Privacy) Sweep(ctx context.Context) error {
	return p.applications.EachToForget(ctx, func(app *application.Application) error {
		if app.State != application.Invited {
			return p.applications.ForgetWhole(ctx, people.System(), app)
		}
		err := p.applications.Uninvite(ctx, app)
		if fault.Is(err, fault.Stale) {
			return nil // its last event is still on its way: the next time
		}
		return err
	})
}
