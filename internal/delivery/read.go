package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// View is a delivery as the family or the desk reads it. The code is shown to
// the family alone.
type View struct {
	call.Tag
	State       State     `json:"state"`
	Territory   string    `json:"territory"`
	Match       string    `json:"match"`
	Device      string    `json:"device"`
	Application string    `json:"application"`
	Reference   string    `json:"reference"`
	Label       string    `json:"label"`
	Model       string    `json:"model"`
	Way         string    `json:"way,omitempty"`
	Site        string    `json:"site,omitempty"`
	Kept        bool      `json:"kept"`                // the address stays with a structure, which hands over
	Structure   string    `json:"structure,omitempty"` // name of the structure that hands over
	SiteName    string    `json:"site_name,omitempty"`
	SiteAddress string    `json:"site_address,omitempty"`
	SiteAccess  string    `json:"site_access,omitempty"`
	Address     string    `json:"address,omitempty"` // of a delivery at home: for the family and the desk
	Carrier     string    `json:"carrier,omitempty"`
	Day         string    `json:"day,omitempty"`
	From        string    `json:"from,omitempty"`
	To          string    `json:"to,omitempty"`
	Code        string    `json:"code,omitempty"`
	NoShows     int       `json:"no_shows"`
	Locked      bool      `json:"locked"` // too many wrong codes
	Problem     string    `json:"problem,omitempty"`
	Reason      string    `json:"reason,omitempty"` // why it came back or is gone: for the desk
	Since       time.Time `json:"since"`
	History     []Step    `json:"history"`
	May         []string  `json:"may"`
}

func (s *Deliveries) view(ctx context.Context, actor people.Actor, d *Delivery) (View, error) {
	v := View{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, State: d.State, Territory: d.Territory, Match: d.Match, Device: d.Device,
		Application: d.Application, Reference: d.Reference, Label: d.Label, Model: d.Model, Way: d.Way, Kept: d.Kept, Site: d.Site,
		Day: d.Day, From: d.From, To: d.To, NoShows: d.NoShows, Locked: d.Misses >= mostMisses, Problem: d.Problem,
		Since: d.Since.Time(), History: []Step{}, May: d.may(actor),
	}
	if actor.Desk().Sees(d.Territory) {
		for _, c := range d.History {
			v.History = append(v.History, Step{To: c.To, At: c.At.Time(), Actor: c.Actor, Cause: c.Cause})
		}
	}
	if d.Keeper != "" {
		keeper, err := s.partners.Prescriber(ctx, d.Keeper)
		if err != nil {
			return v, err
		}
		v.Structure = keeper.Name
	}
	if d.Site != "" {
		site, err := s.partners.Site(ctx, d.Site)
		if err != nil {
			return v, err
		}
		v.SiteName, v.SiteAddress, v.SiteAccess = site.Name, site.Address, site.Access
	}
	if d.Way == home {
		address, err := s.box.Open(ctx, d.Application, "delivery_address", d.Address)
		if err != nil && !seal.Erased(err) {
			return v, err
		}
		v.Address, v.Carrier = address, d.Carrier
	}
	if actor.Desk().Sees(d.Territory) {
		reason, err := s.applications.OpenWords(ctx, d.Application, wordsOf(d.ID), d.Words)
		if err != nil {
			return v, err
		}
		v.Reason = reason
	}
	if actor.Has(people.Student, people.Guardian) && s.owned(ctx, actor, d) == nil {
		code, err := s.box.Open(ctx, d.Application, "hand_over", d.Code)
		if err != nil {
			return v, err
		}
		v.Code = code
	}
	return v, nil
}

// Step is what became of a delivery, for the desk.
type Step struct {
	To    State     `json:"to"`
	At    time.Time `json:"at"`
	Actor string    `json:"actor"`
	Cause string    `json:"cause,omitempty"`
}

// may lists what can be done now, for buttons.
func (d *Delivery) may(actor people.Actor) []string {
	desk := actor.Desk().Sees(d.Territory)
	may := []string{}
	add := func(ok bool, what string) {
		if ok {
			may = append(may, what)
		}
	}
	open := d.State == Planned || d.State == Booked
	add(open && !d.Kept, "book")
	add(desk && open && d.Kept, "book_structure")
	add(d.State == Booked, "unbook")
	add(!desk && d.State == Planned && !d.Kept, "ask_home")
	add(!desk && open, "give_up")
	add(desk && open && !d.Kept, "book_home")
	add(desk && d.State == Booked, "dispatch")
	add(desk && (d.State == Booked || d.State == Dispatched), "hand_over")
	add(desk && (d.State == Booked || d.State == Dispatched), "fail")
	add(!desk && Steps.Allows(d.State, Confirmed), "confirm")
	add(!desk && d.passed(), "report")
	add(desk && Steps.Allows(d.State, Returned), "return")
	add(desk && Steps.Allows(d.State, Lost) && (!d.passed() || d.goneAfter()), "lose")
	add(desk && d.coming(), "renew_code")
	return may
}

// coming tells whether the hand-over is still to take place.
func (d *Delivery) coming() bool {
	return d.State == Planned || d.State == Booked || d.State == Dispatched
}

// Get reads one delivery: its family and the desk.
func (s *Deliveries) Get(ctx context.Context, actor people.Actor, req call.One) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if !actor.Desk().Sees(d.Territory) {
		if err := s.owned(ctx, actor, d); err != nil {
			return View{}, err
		}
	}
	return s.view(ctx, actor, d)
}

// OfMatch reads the delivery of a match, planned here where the relay has not
// come to it yet.
func (s *Deliveries) OfMatch(ctx context.Context, actor people.Actor, match string) (View, error) {
	d, err := s.Plan(ctx, match)
	if err == nil && d == nil {
		d, err = s.ofEnded(ctx, match)
	}
	if err != nil {
		return View{}, err
	}
	return s.Get(ctx, actor, call.One{ID: d.ID})
}

func (s *Deliveries) ofEnded(ctx context.Context, match string) (*Delivery, error) {
	m, err := s.matches.Find(ctx, match)
	if err != nil {
		return nil, err
	}
	return s.docs.Get(ctx, idOf(m))
}

// Row is one line of the desk's board.
type Row struct {
	call.Tag
	State     State     `json:"state"`
	Reference string    `json:"reference"`
	Label     string    `json:"label"`
	Model     string    `json:"model"`
	Way       string    `json:"way,omitempty"` // pick_up, home, structure
	Site      string    `json:"site,omitempty"`
	Day       string    `json:"day,omitempty"`
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	NoShows   int       `json:"no_shows"`
	Locked    bool      `json:"locked"`
	Problem   string    `json:"problem,omitempty"`
	Since     time.Time `json:"since"`
	FirstName string    `json:"first_name"`
}

func (d *Delivery) row() Row {
	return Row{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, State: d.State, Reference: d.Reference, Label: d.Label, Model: d.Model,
		Way: d.Way, Site: d.Site, Day: d.Day, From: d.From, To: d.To, NoShows: d.NoShows, Locked: d.Misses >= mostMisses,
		Problem: d.Problem, Since: d.Since.Time(),
	}
}

// Board asks for deliveries of a state, a day and a place, or of those that are
// named; of none, for what waits for an appointment.
type Board struct {
	call.List
	State State  `json:"-" form:"state" validate:"omitempty,oneof=under_way coming planned booked dispatched handed_over confirmed closed_unconfirmed failed returned lost ended"`
	Day   string `json:"-" form:"day" validate:"omitempty,datetime=2006-01-02"`
	Site  string `json:"-" form:"site" validate:"max=40"`
	Area  string `json:"-" form:"area" validate:"max=5"` // code of a département
}

// Board gives a page of the desk's deliveries.
func (s *Deliveries) Board(ctx context.Context, actor people.Actor, req Board) (call.Page[Row], error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return call.Page[Row]{}, err
	}
	found, err := s.docs.Find(ctx, req.query(actor), req.filter())
	if err != nil {
		return call.Page[Row]{}, err
	}
	page := call.Page[Row]{Items: make([]Row, 0, len(found.Items)), Next: found.Next, Total: found.Total}
	for _, d := range found.Items {
		row := d.row()
		if row.FirstName, err = s.box.Open(ctx, d.Application, "delivery_name", d.FirstName); err != nil {
			return page, err
		}
		page.Items = append(page.Items, row)
	}
	return page, nil
}

// Total tells how many deliveries a list of the board has; what a filter beyond
// its index leaves out is counted too.
func (s *Deliveries) Total(ctx context.Context, actor people.Actor, req Board) (call.Total, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return call.Total{}, err
	}
	return s.docs.Total(ctx, req.query(actor))
}

// query is the list that is asked for.
func (b Board) query(actor people.Actor) docstore.Query {
	q := docstore.Query{Scope: actor.Desk(), After: b.After, Limit: b.Limit, Total: b.Total}
	switch {
	case b.Day != "" && b.Site != "":
		q.Index, q.Equal = "site", []docstore.In{docstore.Is(b.Site), docstore.Is(b.Day)}
	case b.Day != "":
		q.Index, q.Equal = "day", []docstore.In{docstore.Is(b.Day)}
	case b.Site != "" && b.State == "":
		q.Index, q.Equal = "site", []docstore.In{docstore.Is(b.Site)}
	case b.Area != "":
		q.Index, q.Equal = "area", []docstore.In{docstore.Is(b.Area), b.states()}
	default:
		q.Index, q.Equal = "state", []docstore.In{b.states()}
	}
	return q
}

// filter is what goes beyond an index; nil where there is nothing.
func (b Board) filter() func(*Delivery) bool {
	byState := b.Day == "" && (b.Site == "" || b.State != "") // the index has the state, and the area
	if byState && b.Site == "" || !byState && b.State == "" && b.Area == "" {
		return nil
	}
	return func(d *Delivery) bool {
		return (b.State == "" || slices.Contains(b.states(), string(d.State))) && (b.Site == "" || d.Site == b.Site) &&
			(b.Area == "" || d.Area == b.Area)
	}
}

// UnderWay asks for every delivery before its hand-over; not a state of its own.
const UnderWay State = "under_way"

// coming asks for every hand-over that has its appointment, by that moment; not
// a state of its own.
const coming State = "coming"

// states are those that the board asks for.
func (b Board) states() docstore.In {
	switch b.State {
	case UnderWay:
		return docstore.In{string(Planned), string(Booked), string(Dispatched)}
	case coming:
		return docstore.In{string(Booked), string(Dispatched)}
	case "":
		return docstore.Is(string(Planned))
	default:
		return docstore.Is(string(b.State))
	}
}

// GreeterRow is all that whoever hands over reads.
type GreeterRow struct {
	call.Tag
	State     State  `json:"state"`
	Reference string `json:"reference"`
	FirstName string `json:"first_name"`
	Label     string `json:"label"`
	Model     string `json:"model"`
	Day       string `json:"day"`
	From      string `json:"from"`
	To        string `json:"to"`
	Site      string `json:"site"`
	SiteName  string `json:"site_name"`
	Kept      bool   `json:"kept"` // the address stays with the structure, which settles the day
	Locked    bool   `json:"locked"`
}

func (s *Deliveries) greeterRow(ctx context.Context, d *Delivery) (GreeterRow, error) {
	first, err := s.box.Open(ctx, d.Application, "delivery_name", d.FirstName)
	row := GreeterRow{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, State: d.State, Reference: d.Reference, FirstName: first, Label: d.Label, Model: d.Model,
		Day: d.Day, From: d.From, To: d.To, Site: d.Site, Kept: d.Kept, Locked: d.Misses >= mostMisses,
	}
	if err != nil || d.Site == "" {
		return row, err
	}
	site, err := s.partners.Site(ctx, d.Site)
	if err == nil {
		row.SiteName = site.Name
	}
	return row, err
}

// Today asks for the appointments of today, at one site where said.
type Today struct {
	call.List
	Site string `json:"-" form:"site" validate:"max=40"`
}

// Today lists today's appointments where the greeter works: first name, label
// and state, nothing more. What a structure keeps to itself is not there.
func (s *Deliveries) Today(ctx context.Context, actor people.Actor, req Today) (call.Page[GreeterRow], error) {
	page := call.Page[GreeterRow]{Items: []GreeterRow{}}
	if err := actor.Must(people.Greeter, people.Coordinator, people.Administrator); err != nil {
		return page, err
	}
	scope := actor.Scope(people.Greeter, people.Coordinator, people.Administrator)
	day, err := s.today(ctx, scope)
	if err != nil {
		return page, err
	}
	q := docstore.Query{Scope: scope, Index: "day", Equal: []docstore.In{docstore.Is(day)}, After: req.After, Limit: req.Limit}
	found, err := s.docs.Find(ctx, q, func(d *Delivery) bool { return !d.Kept && (req.Site == "" || d.Site == req.Site) })
	if err != nil {
		return page, err
	}
	return s.greeterRows(ctx, found)
}

func (s *Deliveries) greeterRows(ctx context.Context, found docstore.Page[Delivery]) (call.Page[GreeterRow], error) {
	page := call.Page[GreeterRow]{Items: []GreeterRow{}, Next: found.Next}
	for _, d := range found.Items {
		row, err := s.greeterRow(ctx, d)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, row)
	}
	return page, nil
}

// today is the date where the scope's first territory lies.
func (s *Deliveries) today(ctx context.Context, scope docstore.Scope) (string, error) {
	territories := scope.Territories()
	if len(territories) == 0 {
		return s.clock().Format(time.DateOnly), nil
	}
	zone, err := s.partners.Zone(ctx, territories[0])
	if err != nil {
		return "", err
	}
	return s.clock().In(zone).Format(time.DateOnly), nil
}
