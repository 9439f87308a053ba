package matching

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (m *Matches) row(d *Match) Row {
	commune, _ := m.places.Commune(d.Commune)
	return Row{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, State: d.State, Territory: d.Territory, Round: d.Round, Device: d.Device,
		Application: d.Application, Reference: d.Reference, Commune: d.Commune, Place: commune.Name, Level: d.Level, Course: d.Course,
		Model: d.Model, Label: d.Label, RAMGB: d.RAMGB, DiskGB: d.DiskGB, Tier: d.Tier, Points: d.Points, Score: d.Score, KM: d.KM,
		Reasons: d.Reasons, Second: d.Second, LockedBy: d.LockedBy, Given: d.Given, Until: d.Until, Action: d.Decision.Action,
		By: d.Decision.By, Deadline: moment(d.Deadline), Since: d.Since.Time(), Created: d.Created.Time(),
	}
}

func moment(at docstore.Millis) *time.Time {
	if at == 0 {
		return nil
	}
	t := at.Time()
	return &t
}

// view shows a match to the desk, with what coordinators wrote.
func (m *Matches) view(ctx context.Context, actor people.Actor, d *Match) (View, error) {
	v := View{Row: m.row(d), History: []ChangeView{}, May: []string{}}
	for _, c := range d.History {
		v.History = append(v.History, ChangeView{From: c.From, To: c.To, At: c.At.Time(), Actor: c.Actor, Cause: c.Cause})
	}
	if !actor.Desk().Sees(d.Territory) {
		return v, nil
	}
	if d.State == Proposed {
		v.May = []string{"reject"}
		if !d.chosenBy(actor) {
			v.May = append(v.May, "approve")
		}
	}
	if Steps.Allows(d.State, Released) {
		v.May = append(v.May, "release")
	}
	return v, m.openWords(ctx, d, &v)
}

// Get reads one match at the desk.
func (m *Matches) Get(ctx context.Context, actor people.Actor, req call.One) (View, error) {
	match, err := m.atDesk(ctx, actor, req.ID)
	if err != nil {
		return View{}, err
	}
	return m.view(ctx, actor, match)
}

// List gives a page of the desk's matches, strongest need first.
func (m *Matches) List(ctx context.Context, actor people.Actor, req List) (call.Page[Row], error) {
	page := call.Page[Row]{Items: []Row{}}
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return page, err
	}
	state := req.State
	if state == "" {
		state = Proposed
	}
	q := docstore.Query{Scope: actor.Desk(), Index: "state", Equal: []docstore.In{docstore.Is(string(state))}, After: req.After, Limit: req.Limit, Total: req.Total}
	if req.Round != "" {
		q.Index, q.Equal = "round", []docstore.In{docstore.Is(req.Round), docstore.Is(string(state))}
	}
	found, err := m.docs.Find(ctx, q, req.filter())
	for _, d := range found.Items {
		page.Items = append(page.Items, m.row(d))
	}
	page.Next, page.Total = found.Next, found.Total
	return page, err
}

// filter is what goes beyond an index; nil where there is nothing.
func (r List) filter() func(*Match) bool {
	if r.Tier == 0 && r.Level == "" {
		return nil
	}
	return func(d *Match) bool { return (r.Tier == 0 || d.Tier == r.Tier) && (r.Level == "" || d.Level == r.Level) }
}

// Offer reads the offer of a match, for its family or through a status link.
func (m *Matches) Offer(ctx context.Context, actor people.Actor, req call.One) (OfferView, error) {
	match, err := m.docs.Get(ctx, req.ID)
	if err != nil {
		return OfferView{}, err
	}
	if actor.Reads == "" || actor.Reads != match.Application {
		if err := m.applications.MustOwn(ctx, actor, match.Application); err != nil {
			return OfferView{}, err
		}
	}
	return m.offerView(ctx, actor, match)
}

func (m *Matches) offerView(ctx context.Context, actor people.Actor, d *Match) (OfferView, error) {
	v := OfferView{
		Tag: call.Tag{ID: d.ID, Version: d.Version}, State: d.State, Application: d.Application, Territory: d.Territory, Reference: d.Reference,
		Model: d.Model, RAMGB: d.RAMGB, DiskGB: d.DiskGB, Given: d.Given, Until: d.Until, Deadline: moment(d.Deadline),
		Answer: "you", Why: why(d),
	}
	dev, err := m.devices.Find(ctx, d.Device)
	if err != nil {
		return v, err
	}
	v.Manufacturer, v.DiskType, v.Screen = dev.Specs.Maker(), dev.Specs.DiskType, dev.Specs.Screen
	v.System, v.Keyboard, v.Charger = dev.Checks.System, dev.Specs.Layout, dev.Checks.ChargerSafe
	v.Appearance, v.Battery = dev.Grades.Appearance, dev.Grades.Battery
	if err := m.applications.MayAccept(ctx, actor, d.Application); fault.Is(err, fault.Forbidden) {
		v.Answer = "guardian"
	}
	return v, nil
}

// why are the reasons of a match as codes for the family: those that counted.
func why(d *Match) []string {
	codes := []string{}
	for _, p := range d.Reasons {
		if p.Points > 0 && p.Of == application.OfPair {
			codes = append(codes, p.Rule)
		}
	}
	return codes
}

// WhyNot explains to the desk and to the family why nothing is proposed yet;
// the family gets codes, and no figure of anybody else.
func (m *Matches) WhyNot(ctx context.Context, actor people.Actor, req call.One) (WhyNot, error) {
	app, err := m.applications.Find(ctx, req.ID)
	if err != nil {
		return WhyNot{}, err
	}
	desk := actor.Desk().Sees(app.Territory)
	if !desk {
		if err := m.applications.MustOwn(ctx, actor, app.ID); err != nil {
			return WhyNot{}, err
		}
	}
	w := WhyNot{Application: app.ID, Code: "no_round", Barriers: []string{}, Change: []string{}}
	if app.Score != nil {
		w.Tier, w.Parts = app.Score.Tier, app.Score.Parts
	}
	c, err := m.lastCutOff(ctx, app.ID)
	if err != nil {
		return w, err
	}
	if c != nil {
		w.Round, w.Code, w.Ahead, w.At = c.Round, c.Code, c.Ahead, moment(c.Created)
		w.Barriers, w.CutTier, w.CutScore = append(w.Barriers, c.Barriers...), c.CutTier, c.CutScore
	}
	if app.HeldBy("") {
		w.Code = "held"
	}
	w.Change = actions(app)
	if desk {
		w.Change = append(w.Change, levers()[w.Code]...)
		return w, nil
	}
	return w.forFamily(), nil
}

// forFamily leaves out what is about others, and says how many wait before in
// round figures.
func (w WhyNot) forFamily() WhyNot {
	w.CutTier, w.CutScore = 0, 0
	w.Ahead, w.Few = about(w.Ahead)
	w.Barriers = slices.DeleteFunc(w.Barriers, func(b string) bool { return b == "refused" || b == "constraint" })
	w.Change = append(w.Change, "keep_contact")
	return w
}

// about is a number in round figures; few is fewer than five, and not none.
func about(n int) (rounded int, few bool) {
	step := 100
	switch {
	case n < 5:
		return 0, n > 0
	case n < 50:
		step = 5
	case n < 1000:
		step = 10
	}
	return (n + step/2) / step * step, false
}

// lastCutOff is what the last round that was not given up said of an
// application; nil where none did.
func (m *Matches) lastCutOff(ctx context.Context, applicationID string) (*CutOff, error) {
	page, err := m.cutOffs.Find(ctx, docstore.Query{Scope: everywhere(), Index: "application", Equal: []docstore.In{docstore.Is(applicationID)}, Limit: 10}, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range page.Items {
		round, err := m.rounds.Get(ctx, c.Round)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil && round.State != roundFailed {
			return c, nil
		}
	}
	return nil, nil //nolint:nilnil // no round yet
}

// actions are what the family could do, never what they would have to be.
func actions(app *application.Application) []string {
	todo := []string{}
	if app.Attestation == nil {
		todo = append(todo, "ask_attestation")
	}
	for _, h := range app.Holds {
		switch {
		case h.Type == "missing_consent" && app.Guardian != nil:
			todo = append(todo, "ask_guardian")
		case h.Waiting == "family":
			todo = append(todo, "answer")
		}
	}
	return todo
}
