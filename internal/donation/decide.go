package donation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Agree takes the donation.
func (s *Donations) Agree(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	return s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Donation) error {
		if d.Counts.Lines == 0 && d.Counts.Declared == 0 {
			return fault.New(fault.Conflict, "lot_empty")
		}
		return d.take(s.step(Agreed, actor, ""))
	})
}

// Reason is a decision with its reason.
type Reason struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=500"`
}

// Decline refuses the donation; the donor reads the reason.
func (s *Donations) Decline(ctx context.Context, actor people.Actor, req Reason) (View, error) {
	v, err := s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Donation) error {
		d.Reason = req.Reason
		return d.take(s.step(Declined, actor, "declined"))
	})
	return s.settled(ctx, actor, v, err)
}

// Cancel takes the donation back; the company's own people, before collection.
func (s *Donations) Cancel(ctx context.Context, actor people.Actor, req Reason) (View, error) {
	v, err := s.give(ctx, actor, people.Give, req.ID, req.IfVersion, func(d *Donation) error {
		d.Reason = req.Reason
		return d.take(s.step(Cancelled, actor, "cancelled"))
	})
	return s.settled(ctx, actor, v, err)
}

// ConventionView is the text as it would be agreed to now, or as it was.
type ConventionView struct {
	call.Tag
	Version  string     `json:"text_version"`
	Text     string     `json:"text"`
	SHA256   string     `json:"sha256"`
	Accepted *time.Time `json:"accepted,omitempty"`
	Title    string     `json:"title,omitempty"`
}

// ReadConvention shows the text before it is accepted, and ever after as it was
// accepted.
func (s *Donations) ReadConvention(ctx context.Context, actor people.Actor, req call.One) (ConventionView, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return ConventionView{}, err
	}
	if err := d.sees(actor); err != nil {
		return ConventionView{}, err
	}
	return s.convention(d), nil
}

func (s *Donations) convention(d *Donation) ConventionView {
	v := ConventionView{Tag: call.Tag{ID: d.ID, Version: d.Version}}
	if c := d.Convention; c != nil {
		at := c.At.Time()
		v.Version, v.Text, v.SHA256, v.Accepted, v.Title = c.Version, c.Text, c.SHA256, &at, c.Title
		return v
	}
	v.Version, v.Text = conventionVersion, s.conventionText(d)
	v.SHA256 = digest(v.Text)
	return v
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Accept is the donor's yes to the convention's text.
type Accept struct {
	call.Change
	SHA256 string `json:"sha256" form:"sha256" validate:"required,len=64"` // of the text that was read
	Name   string `json:"name" form:"name" validate:"required,name,max=120"`
	Title  string `json:"title" form:"title" validate:"required,plain,max=120"`
	Owner  bool   `json:"owner" form:"owner" validate:"required"` // the goods are the company's, locks and accounts are removed
}

// Accept stores the text as read, with its digest, name, capacity and time. A
// text that changed since it was read is refused.
func (s *Donations) Accept(ctx context.Context, actor people.Actor, req Accept) (View, error) {
	name, err := s.box.Seal(ctx, req.ID, "convention_name", req.Name)
	if err != nil {
		return View{}, err
	}
	return s.give(ctx, actor, people.Sign, req.ID, req.IfVersion, func(d *Donation) error {
		if d.Convention != nil {
			return fault.New(fault.Conflict, "signed_already")
		}
		if err := Steps.Check(d.State, Accepted); err != nil {
			return err
		}
		text := s.conventionText(d)
		if digest(text) != req.SHA256 {
			return fault.New(fault.Stale, "convention_changed")
		}
		d.Convention = &Convention{
			Version: conventionVersion, Lang: d.Lang, Text: text, SHA256: req.SHA256,
			At: docstore.At(s.clock()), By: actor.Name(), Name: name, Title: req.Title,
		}
		return d.take(s.step(Accepted, actor, req.SHA256))
	})
}

// Plan is when and how a lot is fetched.
type Plan struct {
	call.Change
	Day     string `json:"day" form:"day" validate:"required,datetime=2006-01-02"`
	From    string `json:"from" form:"from" validate:"required,datetime=15:04"`
	To      string `json:"to" form:"to" validate:"required,datetime=15:04"`
	Carrier string `json:"carrier,omitempty" form:"carrier" validate:"plain,max=120"`
	Note    string `json:"note,omitempty" form:"note" validate:"plain,max=300"`
}

// PlanCollection books the day; again to move it.
func (s *Donations) PlanCollection(ctx context.Context, actor people.Actor, req Plan) (View, error) {
	return s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Donation) error {
		if req.To <= req.From {
			return fault.InvalidField("to", "before_from")
		}
		if req.Day < s.clock().Format(time.DateOnly) {
			return fault.InvalidField("day", "past")
		}
		d.Collection = &Collection{Day: req.Day, From: req.From, To: req.To, Carrier: req.Carrier, Note: req.Note}
		if d.State == CollectionPlanned {
			d.tell("collection_moved", s.step(d.State, actor, ""))
			return nil
		}
		return d.take(s.step(CollectionPlanned, actor, ""))
	})
}

// Fetched is how a lot was fetched.
type Fetched struct {
	call.Change
	Boxes int `json:"boxes,omitempty" form:"boxes" validate:"min=0,max=1000"`
}

// Collect notes that the lot is on its way to us.
func (s *Donations) Collect(ctx context.Context, actor people.Actor, req Fetched) (View, error) {
	return s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Donation) error {
		if d.Collection == nil {
			d.Collection = &Collection{}
		}
		d.Collection.Done, d.Collection.Boxes = docstore.At(s.clock()), req.Boxes
		return d.take(s.step(Collected, actor, ""))
	})
}

// Reconcile closes the count: what was declared by serial and did not come is
// marked so, by recovery where it was cut short.
func (s *Donations) Reconcile(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	v, err := s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Donation) error {
		return d.take(s.step(Reconciled, actor, ""))
	})
	return s.settled(ctx, actor, v, err)
}

// settled lets the devices of a lot follow what was decided, and reads it again.
func (s *Donations) settled(ctx context.Context, actor people.Actor, v View, err error) (View, error) {
	if err != nil {
		return View{}, err
	}
	d, err := s.settle(ctx, actor, v.ID, nil)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// Close ends a reconciled donation.
func (s *Donations) Close(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	return s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Donation) error {
		return d.take(s.step(Closed, actor, ""))
	})
}
