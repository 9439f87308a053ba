package device

import (
	"context"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Row is one line of the bench's and the desk's lists.
type Row struct {
	call.Tag
	State     State     `json:"state"`
	Territory string    `json:"territory"`
	Donation  string    `json:"donation"`
	Label     string    `json:"label"`
	Serial    string    `json:"serial"`
	AssetTag  string    `json:"asset_tag,omitempty"`
	Specs     Specs     `json:"specs"`
	Grades    Grades    `json:"grades"`
	Earmark   Earmark   `json:"earmark"`
	Site      string    `json:"site,omitempty"`
	Shelf     string    `json:"shelf,omitempty"`
	Match     string    `json:"match,omitempty"`
	Since     time.Time `json:"since"`
	// Until when the donor may unlock a locked device.
	UnlockBy *time.Time `json:"unlock_by,omitempty"`
}

// View is a device in full.
type View struct {
	Row
	Drives     []DriveView  `json:"drives"`
	NoDrive    string       `json:"no_drive,omitempty"`
	Checks     Checks       `json:"checks"`
	Quarantine bool         `json:"quarantine"`
	Certified  bool         `json:"certified"`
	History    []ChangeView `json:"history"`
	May        []State      `json:"may"` // states that may follow
}

// DriveView is a drive with what its erasure proves.
type DriveView struct {
	Serial   string    `json:"serial"`
	Model    string    `json:"model,omitempty"`
	Medium   Medium    `json:"medium"`
	SizeGB   int       `json:"size_gb"`
	Fitted   bool      `json:"fitted"`
	New      bool      `json:"new"`
	Supply   string    `json:"supply,omitempty"` // invoice or stock entry of a new one
	Status   string    `json:"status,omitempty"`
	Method   string    `json:"method,omitempty"`
	Tool     string    `json:"tool,omitempty"`
	NIST     string    `json:"nist,omitempty"`
	Verified bool      `json:"verified"`
	Proved   bool      `json:"proved"`
	Ended    time.Time `json:"ended"`
}

// ChangeView is one line of the history.
type ChangeView struct {
	From  State     `json:"from,omitempty"`
	To    State     `json:"to"`
	At    time.Time `json:"at"`
	Actor string    `json:"actor"`
	Cause string    `json:"cause,omitempty"`
}

func (d *Device) row() Row {
	row := Row{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, State: d.State, Territory: d.Territory, Donation: d.Donation,
		Label: d.Label, Serial: d.Serial, AssetTag: d.AssetTag, Specs: d.Specs, Grades: d.Grades, Earmark: d.Earmark,
		Site: d.Site, Shelf: d.Shelf, Match: d.Match, Since: d.Since.Time(),
	}
	if d.State == Locked {
		by := d.UnlockBy()
		row.UnlockBy = &by
	}
	return row
}

func (s *Devices) view(d *Device) View {
	v := View{
		Row: d.row(), Drives: []DriveView{}, Checks: d.Checks, Quarantine: d.Quarantine,
		Certified: d.certified(), History: []ChangeView{}, May: Steps[d.State],
	}
	if v.May == nil {
		v.May = []State{}
	}
	if d.NoDrive != nil {
		v.NoDrive = d.NoDrive.Reason
	}
	for _, drive := range d.Drives {
		v.Drives = append(v.Drives, drive.view())
	}
	for _, c := range d.History {
		v.History = append(v.History, ChangeView{From: c.From, To: c.To, At: c.At.Time(), Actor: c.Actor, Cause: c.Cause})
	}
	return v
}

func (d Drive) view() DriveView {
	v := DriveView{Serial: d.Serial, Model: d.Model, Medium: d.Medium, SizeGB: d.SizeGB, Fitted: d.Fitted, New: d.Supply != nil}
	if d.Supply != nil {
		v.Supply = d.Supply.Reference
	}
	if e := d.Erasure; e != nil {
		v.Status, v.Method, v.Tool, v.NIST = e.Status, e.Method, e.Tool, e.NIST
		v.Verified, v.Proved, v.Ended = e.Verified, e.proves(d.Medium), e.Ended.Time()
	}
	return v
}

// Get reads one device.
func (s *Devices) Get(ctx context.Context, actor people.Actor, req call.One) (View, error) {
	if err := actor.Must(people.Technician, people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := people.MustSee(atBench(actor), d.Territory); err != nil {
		return View{}, err
	}
	return s.view(d), nil
}

// List asks for a page of devices: of a state, of a donation, with words
// (serial number, label, asset tag, model), or of all that is asked at once.
type List struct {
	call.List
	State    State  `json:"-" form:"state" validate:"omitempty,oneof=declared received not_received refused audited locked repair harvested recycled erased ready available reserved allocated dispatched delivered returned lost"`
	Donation string `json:"-" form:"donation" validate:"max=40"`
	Words    string `json:"-" form:"words" validate:"plain,max=120"`
	Area     string `json:"-" form:"area" validate:"max=5"` // code of a département
}

// List gives a page of devices.
func (s *Devices) List(ctx context.Context, actor people.Actor, req List) (call.Page[Row], error) {
	if err := actor.Must(people.Technician, people.Coordinator, people.Administrator); err != nil {
		return call.Page[Row]{}, err
	}
	found, err := s.docs.Find(ctx, req.query(actor), req.filter())
	page := call.Page[Row]{Items: make([]Row, 0, len(found.Items)), Next: found.Next, Total: found.Total}
	for _, d := range found.Items {
		page.Items = append(page.Items, d.row())
	}
	return page, err
}

// Total tells how many devices a list has; what a filter beyond its index
// leaves out is counted too.
func (s *Devices) Total(ctx context.Context, actor people.Actor, req List) (call.Total, error) {
	if err := actor.Must(people.Technician, people.Coordinator, people.Administrator); err != nil {
		return call.Total{}, err
	}
	return s.docs.Total(ctx, req.query(actor))
}

// query is the list that is asked for.
func (r List) query(actor people.Actor) docstore.Query {
	q := docstore.Query{Scope: atBench(actor), Index: "recent", After: r.After, Limit: r.Limit, Total: r.Total}
	by := func(index string, values ...string) {
		q.Index = index
		for _, value := range values {
			if value != "" {
				q.Equal = append(q.Equal, docstore.Is(value))
			}
		}
	}
	switch {
	case r.Words != "":
		for word := range strings.FieldsSeq(r.Words) {
			q.Terms = append(q.Terms, Normal(word))
		}
	case r.Donation != "":
		by("donation", r.Donation, string(r.State))
	case r.Area != "":
		by("area", r.Area, string(r.State))
	case r.State != "":
		by("state", string(r.State))
	}
	return q
}

// filter is what goes beyond an index; nil where there is nothing.
func (r List) filter() func(*Device) bool {
	if r.Words == "" && (r.Donation == "" || r.Area == "") {
		return nil
	}
	return func(d *Device) bool {
		return (r.State == "" || d.State == r.State) && (r.Donation == "" || d.Donation == r.Donation) && (r.Area == "" || d.Area == r.Area)
	}
}

// Scan finds the device of a sticker or serial number.
type Scan struct {
	Code string `json:"-" form:"code" validate:"required,plain,max=120"`
}

// Scan opens a device by what a scanner read.
func (s *Devices) Scan(ctx context.Context, actor people.Actor, req Scan) (View, error) {
	if err := actor.Must(people.Technician, people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	d, err := s.Labelled(ctx, atBench(actor), req.Code)
	if err != nil {
		return View{}, err
	}
	return s.view(d), nil
}

// Labelled finds the one device of a scope with this sticker or serial number;
// for other features.
func (s *Devices) Labelled(ctx context.Context, scope docstore.Scope, code string) (*Device, error) {
	page, err := s.docs.Find(ctx, docstore.Query{Scope: scope, Terms: []string{Normal(code)}, Limit: 2}, nil)
	if err != nil {
		return nil, err
	}
	switch len(page.Items) {
	case 0:
		return nil, fault.New(fault.NotFound, "serial_unknown")
	case 1:
		return page.Items[0], nil
	default:
		return nil, fault.New(fault.Conflict, "serial_twice")
	}
}
