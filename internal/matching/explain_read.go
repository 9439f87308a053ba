package matching

import (
	"context"
	"strconv"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// Explanation is why a match was proposed, for the desk.
type Explanation struct {
	Match    Row                     `json:"match"`
	Grid     int                     `json:"grid"`
	Weights  application.PairWeights `json:"weights"` // of that grid
	Parts    []application.Part      `json:"parts"`
	Price    *Price                  `json:"price,omitempty"`     // of a place of the device, where the match is of a round without binding quotas
	RunnerUp *RunnerUp               `json:"runner_up,omitempty"` // who comes first of those left without
	Second   string                  `json:"second,omitempty"`    // reference of the second choice
}

// RunnerUp is who comes first at a device of those left without.
type RunnerUp struct {
	Tier      int    `json:"tier"`
	Score     int64  `json:"score"`               // with this device
	Missing   int64  `json:"missing"`             // how much more score would bring the device
	OnlyTier  bool   `json:"only_tier"`           // no score would, only a stronger tier
	Reference string `json:"reference,omitempty"` // where it is the second choice
}

// Why explains a match at the desk.
func (m *Matches) Why(ctx context.Context, actor people.Actor, req call.One) (Explanation, error) {
	match, err := m.atDesk(ctx, actor, req.ID)
	if err != nil {
		return Explanation{}, err
	}
	grid, err := m.applications.CurrentGrid(ctx)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Match: m.row(match), Grid: grid.Number, Weights: grid.Pair, Parts: match.Reasons}
	if match.Second != "" {
		second, err := m.applications.Find(ctx, match.Second)
		if err == nil {
			e.Second = second.Reference
		}
	}
	return e, m.whyInRound(ctx, match, &e)
}

// whyInRound adds what the choice of its round says of a match; nothing where
// there is none, or where it is older than problems are kept.
func (m *Matches) whyInRound(ctx context.Context, match *Match, e *Explanation) error {
	round, c, err := m.choiceOf(ctx, match.Round)
	if err != nil || c == nil {
		return err
	}
	e.Grid, e.Weights = c.problem.Grid.Number, c.problem.Grid.Pair
	p, took, err := m.pairIn(ctx, round, c, match.Application, match.Device)
	if err != nil || !took || c.result.DeviceOf[p.Asker] != p.Class {
		return err
	}
	if price, exact := c.price(p.Class); exact {
		e.Price = &price
	}
	first, found := c.runnerUp(p.Class)
	if !found {
		return nil
	}
	v := c.verdict(first, p.Class)
	e.RunnerUp = &RunnerUp{Tier: v.mine.tier, Score: v.mine.score}
	e.RunnerUp.Missing, e.RunnerUp.OnlyTier = missing(v.gap)
	if match.Second == "" {
		return nil
	}
	if i, err := m.askerIn(ctx, round.ID, match.Second); err != nil || i != first {
		return absent(err)
	}
	e.RunnerUp.Reference = e.Second
	return nil
}

// missing is what a gap asks for: so much score, or a stronger tier.
func missing(gap int64) (score int64, onlyTier bool) {
	if gap == assign.Missing {
		return 0, true
	}
	return gap + 1, false
}

// choiceOf is the choice of a round that is done; nil where there is none to be
// had.
func (m *Matches) choiceOf(ctx context.Context, roundID string) (*Round, *choice, error) {
	if roundID == "" {
		return nil, nil, nil
	}
	round, err := m.rounds.Get(ctx, roundID)
	if err == nil && round.State == roundDone {
		var c *choice
		if c, err = m.recall(ctx, round); err == nil {
			return round, c, nil
		}
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, nil, err
	}
	return nil, nil, nil
}

// AskWhyNot asks why an application did not get a device.
type AskWhyNot struct {
	call.One
	Device string `json:"-" form:"device" validate:"required,plain,max=120"` // its id, sticker or serial number
}

// WhyNotDevice is why an application did not get a device.
type WhyNotDevice struct {
	Application string `json:"application"`
	Reference   string `json:"reference"`
	Device      string `json:"device"`
	Label       string `json:"label"`
	// What stands between them: matched, application_state, held; a barrier (ram,
	// disk, equipment, layout, earmark, accessibility), refused, constraint,
	// household_full, stage_served; other_device, stronger_need; device_state,
	// no_round, not_in_round.
	Code     string   `json:"code"`
	State    string   `json:"state"`           // of the device; with application_state, of the application
	Needs    string   `json:"needs,omitempty"` // of a barrier: what the application asks for
	Has      string   `json:"has,omitempty"`   // and what the device has
	Match    string   `json:"match,omitempty"` // that has the device, or the application
	Round    string   `json:"round,omitempty"` // that the figures are of
	Tier     int      `json:"tier,omitempty"`
	Score    int64    `json:"score,omitempty"`     // of the application with this device
	CutTier  int      `json:"cut_tier,omitempty"`  // of the last who got such a device
	CutScore int64    `json:"cut_score,omitempty"` // and their score with it
	Missing  int64    `json:"missing,omitempty"`   // how much more score would have brought it
	OnlyTier bool     `json:"only_tier,omitempty"` // no score would, only a stronger tier
	Change   []string `json:"change"`              // actions that would change it
}

// WhyNotDevice explains at the desk why an application did not get a device:
// what stands between the two as they are now, or what was missing in the last
// round.
func (m *Matches) WhyNotDevice(ctx context.Context, actor people.Actor, req AskWhyNot) (WhyNotDevice, error) {
	dev, app, err := m.asked(ctx, actor, req)
	if err != nil {
		return WhyNotDevice{}, err
	}
	w := &WhyNotDevice{Application: app.ID, Reference: app.Reference, Device: dev.ID, Label: dev.Label, Change: []string{}}
	for _, step := range []func(context.Context, *WhyNotDevice, *application.Application, *device.Device) error{
		m.betweenNow, m.betweenShares, m.betweenRound,
	} {
		if err := step(ctx, w, app, dev); err != nil {
			return WhyNotDevice{}, err
		}
		if w.Code != "" {
			break
		}
	}
	w.Change = append(actions(app), levers()[w.Code]...)
	return *w, nil
}

// asked reads both where the actor may see them.
func (m *Matches) asked(ctx context.Context, actor people.Actor, req AskWhyNot) (*device.Device, *application.Application, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, nil, err
	}
	app, err := m.applications.Find(ctx, req.ID)
	if err == nil {
		err = people.MustSee(actor.Desk(), app.Territory)
	}
	if err != nil {
		return nil, nil, err
	}
	var dev *device.Device
	if strings.HasPrefix(req.Device, "dev_") {
		dev, err = m.devices.Find(ctx, req.Device)
	} else {
		dev, err = m.devices.Labelled(ctx, actor.Desk(), req.Device)
	}
	if err == nil {
		err = people.MustSee(actor.Desk(), dev.Territory)
	}
	return dev, app, err
}

// betweenNow looks at both as they are: what one of them is busy with, or what
// a rule has against the pair.
func (m *Matches) betweenNow(ctx context.Context, w *WhyNotDevice, app *application.Application, dev *device.Device) error {
	if app.Match != "" && app.Match == dev.Match {
		w.Code, w.Match = "matched", app.Match
		return nil
	}
	rivals, err := m.proposals(ctx, dev.ID, app.ID)
	if err != nil {
		return err
	}
	w.State, w.Match = string(dev.State), dev.Match
	for _, rival := range rivals {
		if rival.Device != dev.ID {
			continue
		}
		w.Match = rival.ID
		if rival.Application == app.ID {
			w.Code = "matched"
			return nil
		}
	}
	a, known := askerOf(app)
	c := classOf(dev)
	no, err := m.saidNo(ctx, dev.ID, app.ID)
	if err != nil {
		return err
	}
	switch {
	case app.State != application.Eligible:
		w.Code, w.State, w.Match = "application_state", string(app.State), app.Match
	case app.HeldBy(""):
		w.Code = "held"
	case !known:
		w.Code = "unknown_course"
	case barrier(&c, &a) != "":
		w.Code = barrier(&c, &a)
		w.Needs, w.Has = inTheWay(w.Code, &c, &a)
	case no:
		w.Code = "refused"
	}
	return nil
}

// inTheWay says of a barrier what is asked for and what is there.
func inTheWay(barrier string, c *class, a *asker) (needs, has string) {
	switch barrier {
	case "ram":
		return strconv.Itoa(a.Minimum.RAMGB), strconv.Itoa(c.RAM)
	case "disk":
		return strconv.Itoa(a.Minimum.DiskGB), strconv.Itoa(c.Disk)
	case "layout":
		return a.Keyboard, c.Layout
	case "earmark":
		return "", c.Earmark.Kind
	case "accessibility":
		for _, need := range a.Need.Accessibility {
			if !accessible(c, []string{need}) {
				return need, ""
			}
		}
	}
	return "", ""
}

// betweenShares looks at what the person and the household may still hold.
func (m *Matches) betweenShares(ctx context.Context, w *WhyNotDevice, app *application.Application, _ *device.Device) error {
	shares, err := m.applications.Left(ctx, app)
	for _, s := range shares {
		if s.Left <= 0 {
			w.Code = s.Code
		}
	}
	return err
}

// betweenRound looks at the last round: what was missing then.
func (m *Matches) betweenRound(ctx context.Context, w *WhyNotDevice, app *application.Application, dev *device.Device) error {
	last, err := m.lastRound(ctx, app.Territory)
	if err != nil {
		return err
	}
	round, c, err := m.choiceOf(ctx, last)
	if err != nil {
		return err
	}
	if c == nil {
		w.Code = "no_round"
		return nil
	}
	w.Code, w.Round = "not_in_round", round.ID
	p, took, err := m.pairIn(ctx, round, c, app.ID, dev.ID)
	if err != nil {
		return err
	}
	if !took {
		if dev.State != device.Available {
			w.Code = "device_state"
		}
		return nil
	}
	v := c.verdict(p.Asker, p.Class)
	w.Code, w.Tier, w.Score = v.code, v.mine.tier, v.mine.score
	if v.code == "" { // such a device was for it, and something else came of that
		w.Code = "other_device"
	}
	if v.last != nil {
		w.CutTier, w.CutScore = v.last.tier, v.last.score
	}
	if v.code == "stronger_need" {
		w.Missing, w.OnlyTier = missing(v.gap)
	}
	return nil
}

// levers are what the desk can do about each reason.
func levers() map[string][]string {
	return map[string][]string{
		"no_round": {"start_round"}, "not_in_round": {"start_round"}, "held": {"clear_hold"},
		"no_device": {"more_stock"}, "stronger_need": {"more_stock"}, "no_compatible": {"suitable_stock"},
		"ram": {"suitable_stock"}, "disk": {"suitable_stock"}, "equipment": {"suitable_stock"}, "layout": {"suitable_stock"},
		"accessibility": {"suitable_stock"}, "earmark": {"lift_earmark"}, "constraint": {"lift_constraint"}, "refused": {"override"},
	}
}
