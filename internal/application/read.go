package application

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// List gives a page of the desk's applications, strongest need first.
func (a *Applications) List(ctx context.Context, actor people.Actor, req List) (call.Page[Row], error) {
	page := call.Page[Row]{Items: []Row{}}
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return page, err
	}
	found, err := a.docs.Find(ctx, a.query(actor, req), req.filter())
	if err != nil {
		return page, err
	}
	owners := make([]string, len(found.Items))
	for i, app := range found.Items {
		owners[i] = app.ID
	}
	if err := a.box.Load(ctx, owners...); err != nil {
		return page, err
	}
	page.Next, page.Total = found.Next, found.Total
	for _, app := range found.Items {
		row, err := a.row(ctx, app)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, row)
	}
	return page, nil
}

// query is the list that is asked for.
func (a *Applications) query(actor people.Actor, req List) docstore.Query {
	q := docstore.Query{Scope: actor.Desk(), Index: "recent", After: req.After, Limit: req.Limit, Total: req.Total}
	switch {
	case req.Words != "" || req.State == Asking:
		q.Terms = a.searchTerms(req.Words)
		if req.State == Asking {
			q.Terms = append(q.Terms, askingTerm)
		}
	case req.Area != "" && req.State != "":
		q.Index, q.Equal = "area", []docstore.In{docstore.Is(req.Area), req.states()}
	case req.Area != "":
		q.Index, q.Equal = "area", []docstore.In{docstore.Is(req.Area)}
	case req.State != "":
		q.Index, q.Equal = "priority", []docstore.In{req.states()}
	}
	return q
}

// Waiting is every application that still waits for a proposal; not a state of
// its own.
const Waiting State = "waiting"

// Asking is every application whose family waits for a word of the desk which
// no state shows: a second reading, an answer that it gave.
const Asking State = "asking"

// states are those that the list asks for.
func (r List) states() docstore.In {
	if r.State == Waiting {
		return docstore.In{string(Submitted), string(Eligible)}
	}
	return docstore.Is(string(r.State))
}

// Total tells how many applications a list has; what a filter beyond its index
// leaves out is counted too.
func (a *Applications) Total(ctx context.Context, actor people.Actor, req List) (call.Total, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return call.Total{}, err
	}
	return a.docs.Total(ctx, a.query(actor, req))
}

// filter is what goes beyond an index; nil where there is nothing.
func (r List) filter() func(*Application) bool {
	if r.Held == "" && r.Level == "" && r.Tier == 0 && (r.Words == "" && r.State != Asking || (r.State == "" || r.State == Asking) && r.Area == "") {
		return nil
	}
	return func(app *Application) bool {
		return (r.Held == "" || (r.Held == "yes") == app.HeldBy("")) && (r.Level == "" || r.Level == app.Level) &&
			(r.Tier == 0 || app.Score != nil && app.Score.Tier == r.Tier) && (r.State == "" || r.State == Asking || slices.Contains(r.states(), string(app.State))) && (r.Area == "" || r.Area == app.Area)
	}
}

// anyPhone spells a number as the first country does that knows it: whoever
// searches does not say of which country it is.
func anyPhone(typed string) string {
	for _, code := range country.Codes() {
		if r, ok := country.Get(code); ok {
			if number, ok := r.Phone(typed); ok {
				return number
			}
		}
	}
	return typed
}

// searchTerms hashes what was typed the way it was stored: an address or number
// as such, a reference as such, anything else as names.
func (a *Applications) searchTerms(typed string) []string {
	var terms []string
	for _, word := range strings.Fields(typed) {
		switch {
		case strings.Contains(word, "@"):
			terms = append(terms, a.box.Lookup("email", word))
		case strings.HasPrefix(word, "+"), strings.HasPrefix(word, "0") && len(word) > 8:
			terms = append(terms, a.box.Lookup(seal.Phone, anyPhone(word)))
		case len(plainReference(word)) == 6 && (strings.Contains(word, "-") || strings.ContainsAny(word, "23456789")):
			terms = append(terms, a.box.Lookup("reference", plainReference(word)))
		default:
			terms = append(terms, a.box.Lookup(seal.Name, word))
		}
	}
	return terms
}

func (a *Applications) row(ctx context.Context, app *Application) (Row, error) {
	commune, _ := a.places.Commune(app.Commune)
	r := Row{
		Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, Kind: app.Kind, State: app.State,
		Territory: app.Territory, Commune: app.Commune, Place: commune.Name, Level: app.Level, Course: app.Course,
		Holds: app.holds(), Attested: app.Attestation != nil, Match: app.Match, Since: app.Since.Time(), Submitted: app.Submitted.Time(),
	}
	if app.Score != nil {
		r.Tier, r.Points = app.Score.Tier, app.Score.Points
	}
	var who PersonView
	var birth string
	err := a.openAll(ctx, app.ID, append(contactParts("student", &app.Student, &who)[:2:2], part{"birth_date", &app.BirthDate, &birth}))
	r.FirstName, r.LastName, r.Age = who.FirstName, who.LastName, a.age(birth)
	return r, err
}

// age is how many years old somebody born on a day is; 0 where it is not known.
func (a *Applications) age(birth string) int {
	born, err := time.Parse(time.DateOnly, birth)
	if err != nil {
		return 0
	}
	return years(born, a.clock())
}

func (app *Application) holds() []HoldView {
	views := []HoldView{}
	for _, h := range app.Holds {
		v := HoldView{Type: h.Type, Waiting: h.Waiting, Due: h.Due.Time(), Since: h.Since.Time()}
		if h.Answered != 0 {
			at := h.Answered.Time()
			v.Answered = &at
		}
		views = append(views, v)
	}
	return views
}

// Get opens one application at the desk, and records that it was looked at.
func (a *Applications) Get(ctx context.Context, actor people.Actor, req call.One) (View, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := people.MustSee(actor.Desk(), app.Territory); err != nil {
		return View{}, err
	}
	if err := a.events.Note(ctx, "application.looked_at", app.ID, app.Territory, actor.Name()); err != nil {
		return View{}, err
	}
	return a.view(ctx, actor, app)
}

func (a *Applications) view(ctx context.Context, actor people.Actor, app *Application) (View, error) {
	commune, _ := a.places.Commune(app.Commune)
	v := View{
		Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, Kind: app.Kind, State: app.State, Territory: app.Territory,
		Commune: app.Commune, Place: commune.Name, Lang: app.Lang, For: app.For, Level: app.Level, Course: app.Course, School: app.School,
		Need: app.Need, Score: app.Score, Holds: app.holds(), Prescriber: app.Prescriber, Kept: app.Keeper != "", Decision: app.Decision,
		Match: app.Match, Replaces: app.Replaces, History: []ChangeView{}, May: app.mayDesk(actor), Since: app.Since.Time(), Submitted: app.Submitted.Time(), Created: app.Created.Time(),
	}
	v.Consent = app.consent()
	if at := app.Attestation; at != nil {
		v.Attestation = &AttestationView{Prescriber: at.Prescriber, By: at.By, At: at.At.Time(), Facts: at.Facts}
	}
	for _, c := range app.History {
		v.History = append(v.History, ChangeView{From: c.From, To: c.To, At: c.At.Time(), Actor: c.Actor, Cause: c.Cause})
	}
	if err := a.openView(ctx, app, &v); err != nil {
		return v, err
	}
	v.Age = a.age(v.BirthDate)
	if app.Prescriber != "" {
		if p, err := a.partners.Prescriber(ctx, app.Prescriber); err == nil {
			v.PrescriberName = p.Name
		}
	}
	var err error
	v.Similar, err = a.similar(ctx, actor, app, v)
	return v, err
}

func (a *Applications) openView(ctx context.Context, app *Application, v *View) error {
	parts := append(contactParts("student", &app.Student, &v.Student),
		part{"birth_date", &app.BirthDate, &v.BirthDate}, part{"address", &app.Address, &v.Address},
		part{"reason", &app.Reason, &v.Reason}, part{"decision_note", &app.DecisionNote, &v.DecisionNote}, part{"review_reason", &app.ReviewReason, &v.ReviewReason})
	if app.Guardian != nil {
		v.Guardian = &PersonView{}
		parts = append(parts, contactParts("guardian", app.Guardian, v.Guardian)...)
	}
	for i := range app.Holds {
		h, hv := &app.Holds[i], &v.Holds[i]
		parts = append(parts, part{"hold." + h.Type, &h.Note, &hv.Note}, part{"question", &h.Question, &hv.Question}, part{"answer", &h.Answer, &hv.Answer})
	}
	return a.openAll(ctx, app.ID, parts)
}

// mayDesk lists what a coordinator can do now.
func (app *Application) mayDesk(actor people.Actor) []string {
	may := []string{}
	if !actor.Desk().Sees(app.Territory) || app.MayDecide(actor) != nil {
		return may
	}
	if app.open() {
		may = append(may, "tie")
	}
	if app.State == Submitted && !app.refusedBefore(actor) {
		may = append(may, "verify")
	}
	if app.State == Ineligible && app.Reviews == 0 && !app.refusedBefore(actor) {
		may = append(may, "review")
	}
	if app.replaceable() {
		may = append(may, "replace")
	}
	if app.open() {
		may = append(may, "hold")
	}
	return may
}

// similar finds applications that may be of the same person, contact or
// household, as far as the actor sees at the desk: another territory's families
// are not theirs to read of.
func (a *Applications) similar(ctx context.Context, actor people.Actor, app *Application, v View) ([]Similar, error) {
	list := []Similar{}
	seen := map[string]bool{app.ID: true}
	add := func(why string, others ...*Application) {
		for _, other := range others {
			if !seen[other.ID] && actor.Desk().Sees(other.Territory) {
				seen[other.ID] = true
				list = append(list, Similar{ID: other.ID, Reference: other.Reference, State: other.State, Level: other.Level, Why: why})
			}
		}
	}
	for _, mark := range []struct{ why, kind, value string }{
		{"same_person", seal.Person, v.Student.FirstName + " " + v.Student.LastName + " " + v.BirthDate},
		{"same_contact", "email", v.Student.Email},
		{"same_contact", seal.Phone, v.Student.Phone},
	} {
		term := a.box.Lookup(mark.kind, mark.value)
		if term == "" {
			continue
		}
		page, err := a.docs.Find(ctx, docstore.Query{Scope: actor.Desk(), Terms: []string{term}, Limit: 20}, nil)
		if err != nil {
			return nil, err
		}
		add(mark.why, page.Items...)
	}
	household, err := a.OfHousehold(ctx, app.Household)
	if err != nil {
		return nil, err
	}
	add("household", household...)
	asking, err := a.askingToJoin(ctx, app.ID)
	add("joins", asking...)
	if app.Joins == "" || err != nil {
		return list, err
	}
	joined, err := a.docs.Get(ctx, app.Joins)
	if err == nil {
		add("joined", joined)
	}
	return list, err
}

// Duplicates lists what looks alike.
func (a *Applications) Duplicates(ctx context.Context, actor people.Actor, req call.One) (call.Page[Similar], error) {
	v, err := a.Get(ctx, actor, req)
	return call.Page[Similar]{Items: v.Similar}, err
}
