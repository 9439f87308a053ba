package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// Deliveries holds the deliveries and the slots.
type Deliveries struct {
	docs         *docstore.Collection[Delivery]
	slots        *docstore.Collection[Slot]
	matches      *matching.Matches
	applications *application.Applications
	devices      *device.Devices
	partners     *partner.Partners
	box          *seal.Box
	clock        func() time.Time
}

// New declares the collections of deliveries.
func New(store *docstore.Store, m *matching.Matches, a *application.Applications, d *device.Devices,
	p *partner.Partners, box *seal.Box, clock func() time.Time,
) *Deliveries {
	return &Deliveries{
		docs:    docstore.Declare[Delivery](store, Spec()),
		slots:   docstore.Declare[Slot](store, SlotSpec()),
		matches: m, applications: a, devices: d, partners: p, box: box, clock: clock,
	}
}

// idOf is the id of a match's delivery: planning twice makes one, and after a
// swap it goes on.
func idOf(m *matching.Match) string { return id.Derived(id.Delivery, "match", m.Origin()) }

// step is a change of state and the event it is: "delivery.<state>".
type step struct {
	to    State
	actor people.Actor
	at    time.Time
	cause string
}

func (s *Deliveries) step(to State, actor people.Actor, cause string) step {
	return step{to: to, actor: actor, at: s.clock(), cause: cause}
}

// take is one step of the life cycle. Nothing comes between a code that was
// right and its hand-over; a device comes back or is lost only after all that
// came before has been settled.
func (d *Delivery) take(s step) error {
	if d.Handing || d.Unsettled != 0 && (s.to == Returned || s.to == Lost) {
		return fault.New(fault.Conflict, "under_way")
	}
	if err := Steps.Check(d.State, s.to); err != nil {
		return err
	}
	d.enter(s)
	return nil
}

func (d *Delivery) enter(s step) {
	at := docstore.At(s.at)
	d.History = append(d.History, Change{From: d.State, To: s.to, At: at, Actor: s.actor.Name(), Cause: s.cause})
	d.State, d.Since = s.to, at
	if s.to.followed() {
		d.Unsettled = at
	}
	d.tell(string(s.to), s)
}

func (d *Delivery) tell(verb string, s step) {
	d.Record(docstore.Record{
		Kind: "delivery." + verb, Actor: s.actor.Name(), At: docstore.At(s.at), Cause: s.cause,
		Data: map[string]string{
			"delivery": d.ID, "territory": d.Territory, "match": d.Match, "device": d.Device, "application": d.Application,
		},
	})
}

// Subscriber plans a delivery for each match that a student accepts, ends it
// where the match ends before the hand-over, and notes the hand-over where its
// request died behind the match.
func (s *Deliveries) Subscriber() event.Subscriber {
	return event.Subscriber{
		Name: "delivery", Kinds: []string{
			"match.accepted", "match.fulfilled", "match.released", "match.superseded",
			"delivery.planned", "delivery.booked", "delivery.dispatched", "delivery.handed_over", "delivery.confirmed",
			"delivery.closed_unconfirmed", "delivery.returned", "delivery.lost", "delivery.ended",
		},
		Handle: func(ctx context.Context, e event.Envelope) error {
			switch e.Kind {
			case "match.accepted":
				_, err := s.Plan(ctx, e.Document)
				return err
			case "match.fulfilled":
				return s.handedOver(ctx, e.Document)
			case "match.released", "match.superseded":
				return s.end(ctx, e.Document, e.Kind)
			default:
				return s.showFamily(ctx, e.Document)
			}
		},
	}
}

// Plan makes the delivery of an accepted match; again it finds the first. After
// a swap the delivery of the first device goes on with the match that took over.
func (s *Deliveries) Plan(ctx context.Context, match string) (*Delivery, error) {
	m, err := s.matches.Find(ctx, match)
	if err != nil {
		return nil, err
	}
	if m.State != matching.Accepted {
		return nil, nil //nolint:nilnil // ended meanwhile: there is nothing to plan
	}
	if m.Origin() != m.ID {
		return s.goOn(ctx, people.System(), m)
	}
	return s.plan(ctx, m)
}

func (s *Deliveries) plan(ctx context.Context, m *matching.Match) (*Delivery, error) {
	app, err := s.applications.Find(ctx, m.Application)
	if err != nil {
		return nil, err
	}
	first, err := s.applications.FirstName(ctx, m.Application)
	if err != nil {
		return nil, err
	}
	now := docstore.At(s.clock())
	d := &Delivery{
		Meta: docstore.Meta{ID: idOf(m)}, Country: m.Country, Territory: m.Territory, Area: place.DepartementOf(m.Commune), Match: m.ID, Device: m.Device,
		Application: m.Application, Reference: m.Reference, Label: m.Label, Model: m.Model, Kept: app.Keeper != "", Keeper: app.Keeper, Order: int64(now), Created: now,
	}
	if d.FirstName, err = s.box.Seal(ctx, m.Application, "delivery_name", first); err != nil {
		return nil, err
	}
	if err := s.newCode(ctx, d); err != nil {
		return nil, err
	}
	s.wait(d)
	d.enter(s.step(Planned, people.System(), m.ID))
	stored, _, err := s.docs.Create(ctx, d)
	return stored, err
}

// goOn passes a delivery on to the match that a swap put in the place of its own.
func (s *Deliveries) goOn(ctx context.Context, actor people.Actor, m *matching.Match) (*Delivery, error) {
	return s.docs.Update(ctx, idOf(m), func(d *Delivery) error {
		if d.Match == m.ID {
			return docstore.Unchanged
		}
		d.Match, d.Device, d.Label, d.Model = m.ID, m.Device, m.Label, m.Model
		d.tell("swapped", s.step(d.State, actor, "swap"))
		return nil
	})
}

// showFamily tells the application where its delivery stands now.
func (s *Deliveries) showFamily(ctx context.Context, id string) error {
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	return s.applications.OnItsWay(ctx, d.Application, string(d.State))
}

// handedOver finishes a hand-over whose match is fulfilled.
func (s *Deliveries) handedOver(ctx context.Context, match string) error {
	m, err := s.matches.Find(ctx, match)
	if err != nil {
		return err
	}
	_, err = s.passed(ctx, people.System(), idOf(m))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// end gives a delivery up whose match ended before the hand-over, unless a swap
// put another in its place.
func (s *Deliveries) end(ctx context.Context, match, cause string) error {
	m, err := s.matches.Find(ctx, match)
	if err != nil || m.Swapped() {
		return err
	}
	d, err := s.docs.Get(ctx, idOf(m))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	slot := ""
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		slot = ""
		if d.Match != match || !Steps.Allows(d.State, Ended) && d.State != Dispatched {
			return docstore.Unchanged
		}
		slot = d.Slot
		s.clear(d)
		if d.State == Dispatched {
			if err := d.take(s.step(Failed, people.System(), cause)); err != nil {
				return err
			}
		}
		return d.take(s.step(Ended, people.System(), cause))
	})
	if err != nil {
		return err
	}
	return errors.Join(s.tidy(ctx, d.ID, slot), s.settle(ctx, people.System(), d))
}

// Find reads a delivery for the product's own work.
func (s *Deliveries) Find(ctx context.Context, id string) (*Delivery, error) {
	return s.docs.Get(ctx, id)
}

// owned refuses who does not act for the student.
func (s *Deliveries) owned(ctx context.Context, actor people.Actor, d *Delivery) error {
	return s.applications.MustOwn(ctx, actor, d.Application)
}

// decide runs one change of the desk on one delivery.
func (s *Deliveries) decide(ctx context.Context, actor people.Actor, deliveryID string, version int64, change func(*Delivery) error) (*Delivery, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, err
	}
	return s.docs.Update(ctx, deliveryID, func(d *Delivery) error {
		if err := people.MustSee(actor.Desk(), d.Territory); err != nil {
			return err
		}
		if err := docstore.IfVersion(d.Version, version); err != nil {
			return err
		}
		return change(d)
	})
}
