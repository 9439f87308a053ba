package donation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Row is one line of the desk's and the donor's lists.
type Row struct {
	call.Tag
	Reference string      `json:"reference"`
	State     State       `json:"state"`
	Territory string      `json:"territory"`
	Name      string      `json:"name"`
	SIREN     string      `json:"siren"`
	Commune   string      `json:"commune"`
	Place     string      `json:"place"`
	Counts    Counts      `json:"counts"`
	Collect   *Collection `json:"collection,omitempty"`
	Since     time.Time   `json:"since"`
	Created   time.Time   `json:"created"`
}

// View is a donation in full.
type View struct {
	Row
	Address      string         `json:"address"`
	SIRET        string         `json:"siret,omitempty"`
	ContactName  string         `json:"contact_name"`
	ContactEmail string         `json:"contact_email"`
	ContactPhone string         `json:"contact_phone,omitempty"`
	Lines        []Line         `json:"lines"`
	Earmark      device.Earmark `json:"earmark"`
	Ready        string         `json:"ready,omitempty"`
	Note         string         `json:"note,omitempty"`
	Reason       string         `json:"reason,omitempty"`
	Signed       bool           `json:"signed"`
	History      []ChangeView   `json:"history"`
	Next         string         `json:"next"` // who must act: donor, us, nobody
	May          []string       `json:"may"`
}

// ChangeView is one line of the history.
type ChangeView struct {
	From  State     `json:"from,omitempty"`
	To    State     `json:"to"`
	At    time.Time `json:"at"`
	Cause string    `json:"cause,omitempty"`
}

func (s *Donations) row(d *Donation) Row {
	commune, _ := s.places.Commune(d.Commune)
	return Row{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, Reference: d.Reference, State: d.State, Territory: d.Territory,
		Name: d.Name, SIREN: d.SIREN, Commune: d.Commune, Place: commune.Name, Counts: d.Counts, Collect: d.Collection,
		Since: d.Since.Time(), Created: d.Created.Time(),
	}
}

func (s *Donations) view(ctx context.Context, actor people.Actor, d *Donation) (View, error) {
	v := View{
		Row: s.row(d), Address: d.Address, SIRET: d.SIRET, Lines: d.Lines, Earmark: d.Earmark, Ready: d.Ready,
		Note: d.Note, Reason: d.Reason, Signed: d.Convention != nil, History: []ChangeView{}, Next: d.next(), May: d.may(actor),
	}
	if v.Lines == nil {
		v.Lines = []Line{}
	}
	for _, c := range d.History {
		v.History = append(v.History, ChangeView{From: c.From, To: c.To, At: c.At.Time(), Cause: c.Cause})
	}
	var err error
	if v.ContactName, err = s.box.Open(ctx, d.ID, "contact_name", d.Contact.Name); err != nil {
		return v, err
	}
	if v.ContactEmail, err = s.box.Open(ctx, d.ID, "contact_email", d.Contact.Email); err != nil {
		return v, err
	}
	v.ContactPhone, err = s.box.Open(ctx, d.ID, "contact_phone", d.Contact.Phone)
	return v, err
}

// next tells who must act for the donation to go on.
func (d *Donation) next() string {
	switch d.State {
	case Agreed:
		return "donor"
	case Declared, Accepted, CollectionPlanned, Collected, Reconciled:
		return "us"
	default:
		return "nobody"
	}
}

// may lists what the actor can do now, for buttons.
func (d *Donation) may(actor people.Actor) []string {
	may := []string{}
	add := func(ok bool, what string, to State) {
		if ok && Steps.Allows(d.State, to) {
			may = append(may, what)
		}
	}
	desk := actor.Desk().Sees(d.Territory)
	add(desk, "agree", Agreed)
	add(desk, "decline", Declined)
	add(desk, "plan", CollectionPlanned)
	add(desk, "collect", Collected)
	add(desk, "reconcile", Reconciled)
	add(desk, "close", Closed)
	add(actor.May(people.Give, d.Company), "cancel", Cancelled)
	add(actor.May(people.Sign, d.Company), "accept", Accepted)
	if d.State == Collected && desk {
		may = append(may, "receive")
	}
	if slices.Contains([]State{Declared, Agreed, Accepted, CollectionPlanned, Collected}, d.State) && (desk || actor.May(people.Give, d.Company)) {
		may = append(may, "import")
	}
	return may
}

// Get reads one donation: its company's people and the desk.
func (s *Donations) Get(ctx context.Context, actor people.Actor, req call.One) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := d.sees(actor); err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// Seen reads a donation as stored for those who have business with it.
func (s *Donations) Seen(ctx context.Context, actor people.Actor, id string) (*Donation, error) {
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return d, d.sees(actor)
}

// List asks for a page of the desk's donations.
type List struct {
	call.List
	State State  `json:"-" form:"state" validate:"omitempty,oneof=declared agreed accepted collection_planned collected reconciled closed declined cancelled"`
	Words string `json:"-" form:"words" validate:"plain,max=120"`
}

// List gives a page of donations at the desk.
func (s *Donations) List(ctx context.Context, actor people.Actor, req List) (call.Page[Row], error) {
	if err := actor.Must(people.Coordinator, people.Administrator, people.Technician); err != nil {
		return call.Page[Row]{}, err
	}
	q := docstore.Query{
		Scope: actor.Scope(people.Coordinator, people.Administrator, people.Technician), Index: "recent",
		After: req.After, Limit: req.Limit, Total: req.Total,
	}
	switch {
	case req.Words != "":
		for word := range strings.FieldsSeq(req.Words) {
			q.Terms = append(q.Terms, device.Normal(word))
		}
		return s.page(ctx, q, func(d *Donation) bool { return req.State == "" || d.State == req.State })
	case req.State != "":
		q.Index, q.Equal = "state", []docstore.In{docstore.Is(string(req.State))}
	}
	return s.page(ctx, q, nil)
}

// Mine lists the donations of the actor's companies, newest first.
func (s *Donations) Mine(ctx context.Context, actor people.Actor, req call.List) (call.Page[Row], error) {
	companies := actor.Organisations(people.Donor)
	if len(companies) == 0 {
		return call.Page[Row]{Items: []Row{}}, nil
	}
	return s.page(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "company", Equal: []docstore.In{companies}, After: req.After, Limit: req.Limit,
	}, func(d *Donation) bool { return d.sees(actor) == nil })
}

func (s *Donations) page(ctx context.Context, q docstore.Query, keep func(*Donation) bool) (call.Page[Row], error) {
	found, err := s.docs.Find(ctx, q, keep)
	page := call.Page[Row]{Items: make([]Row, 0, len(found.Items)), Next: found.Next, Total: found.Total}
	for _, d := range found.Items {
		page.Items = append(page.Items, s.row(d))
	}
	return page, err
}
