package delivery

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Keeping asks for what the actor's structures hand over: what is to come, or
// what is done.
type Keeping struct {
	call.List
	Done string `json:"-" form:"done" validate:"omitempty,oneof=yes"`
}

// AtStructure lists the deliveries that a prescriber's structures hand over:
// at their own pick-up point, or to students whose address stays with them.
func (s *Deliveries) AtStructure(ctx context.Context, actor people.Actor, req Keeping) (call.Page[GreeterRow], error) {
	page := call.Page[GreeterRow]{Items: []GreeterRow{}}
	structures := actor.Organisations(people.PrescriberOf)
	if len(structures) == 0 {
		return page, actor.Must(people.PrescriberOf)
	}
	states := docstore.In{string(Planned), string(Booked), string(Dispatched)}
	if req.Done != "" {
		states = docstore.In{string(HandedOver), string(Confirmed), string(ClosedUnconfirmed)}
	}
	found, err := s.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "keeper", Equal: []docstore.In{structures, states}, After: req.After, Limit: req.Limit,
	}, nil)
	if err != nil {
		return page, err
	}
	return s.greeterRows(ctx, found)
}

// BookStructure is the day on which a structure hands over, agreed with its
// student.
type BookStructure struct {
	call.Change
	Day  string `json:"day" form:"day" validate:"required,datetime=2006-01-02"`
	From string `json:"from" form:"from" validate:"required,datetime=15:04"`
	To   string `json:"to" form:"to" validate:"required,datetime=15:04"`
}

// BookStructure settles the day of a hand-over at the structure that the
// address stays with: planned or booked → booked. The structure or the desk.
func (s *Deliveries) BookStructure(ctx context.Context, actor people.Actor, req BookStructure) (GreeterRow, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return GreeterRow{}, err
	}
	if !actor.Desk().Sees(d.Territory) && !actor.ActsFor(people.PrescriberOf, d.Keeper) {
		return GreeterRow{}, fault.New(fault.NotFound, "not_found")
	}
	at, err := s.moment(ctx, d.Territory, req.Day, req.From, req.To)
	if err != nil {
		return GreeterRow{}, err
	}
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		if !d.Kept {
			return fault.New(fault.Conflict, "not_at_structure")
		}
		d.Way, d.Day, d.From, d.To, d.Order, d.Due = structure, req.Day, req.From, req.To, at.UnixMilli(), docstore.At(at)
		if d.State == Booked {
			d.tell("booked", s.step(Booked, actor, "moved"))
			return nil
		}
		return d.take(s.step(Booked, actor, structure))
	})
	if err != nil {
		return GreeterRow{}, err
	}
	return s.greeterRow(ctx, d)
}
