package application

import (
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Status reads where an application stands, for its family or through a link.
func (a *Applications) Status(ctx context.Context, actor people.Actor, req call.One) (Status, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return Status{}, err
	}
	if actor.Reads != app.ID || actor.Reads == "" {
		if err := app.owned(actor, a.clock()); err != nil {
			return Status{}, err
		}
	}
	s, err := a.status(ctx, actor, app)
	if err == nil && actor.Reads == "" {
		s.Joining, err = a.joining(ctx, app.ID)
	}
	return s, err
}

// status words an application for its family; through a link it has no name
// and nothing may be done.
func (a *Applications) status(ctx context.Context, actor people.Actor, app *Application) (Status, error) {
	s := Status{
		Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, State: app.State, Territory: app.Territory, Level: app.Level, Course: app.Course,
		Steps: app.steps(), Next: app.next(), Reason: app.Decision, May: []string{}, Submitted: app.Submitted.Time(), Since: app.Since.Time(),
	}
	for _, h := range app.Holds {
		if !app.open() { // nothing is asked of whom a decision has ended
			break
		}
		code := h.Type
		if code == "duplicate" {
			code = "checking"
		}
		s.Asks = append(s.Asks, Ask{Code: code, Who: h.Waiting, Due: h.Due.Time()})
	}
	if actor.Reads != "" {
		return s, nil
	}
	for i := range s.Asks {
		h := &app.Holds[i]
		if err := a.openAll(ctx, app.ID, []part{{"question", &h.Question, &s.Asks[i].Question}, {"answer", &h.Answer, &s.Asks[i].Answer}}); err != nil {
			return s, err
		}
	}
	s.Match, s.May = app.Match, app.may()
	if app.Score != nil {
		s.Tier, s.Parts = app.Score.Tier, app.Score.Parts
	}
	first, err := a.FirstName(ctx, app.ID)
	s.FirstName = first
	return s, err
}

// line is the order of the status line, with the states that mean a step was
// reached.
var line = []struct { //nolint:gochecknoglobals // a constant table
	code   string
	states []State
}{
	{"sent", []State{Submitted}},
	{"checked", []State{Eligible}},
	{"offered", []State{Offered}},
	{"accepted", []State{Accepted}},
	{"handed_over", []State{Fulfilled}},
}

// steps draws the line: what was reached and when, and where it stands now. An
// offer that ended leads back to waiting.
func (app *Application) steps() []Step {
	now := -1
	for i, l := range line {
		if slices.Contains(l.states, app.State) {
			now = i
		}
	}
	steps := make([]Step, len(line))
	for i, l := range line {
		steps[i] = Step{Code: l.code, Now: i == now}
		if now >= 0 && i > now {
			continue
		}
		for _, c := range app.History {
			if slices.Contains(l.states, c.To) {
				at := c.At.Time()
				steps[i].At = &at
			}
		}
	}
	return steps
}

// next is what happens next and who must act.
func (app *Application) next() Next {
	if app.open() && len(app.Holds) > 0 {
		h := app.Holds[0]
		due := h.Due.Time()
		return Next{Code: "hold_" + h.Waiting, Who: h.Waiting, Due: &due}
	}
	switch app.State {
	case Invited, Draft:
		return Next{Code: "agree", Who: "family"}
	case Submitted:
		due := app.Since.Time().Add(5 * 24 * time.Hour)
		return Next{Code: "verify", Who: "coordinator", Due: &due}
	case Eligible:
		return Next{Code: "wait", Who: "nobody"}
	case Offered:
		return Next{Code: "answer", Who: "family"}
	case Accepted:
		switch app.Way {
		case "booked":
			return Next{Code: "come", Who: "nobody"}
		case "dispatched":
			return Next{Code: "on_its_way", Who: "nobody"}
		}
		if app.Keeper != "" {
			return Next{Code: "structure_books", Who: "prescriber"}
		}
		return Next{Code: "book", Who: "family"}
	case Fulfilled:
		switch {
		case app.Way == "confirmed" || app.Way == "closed_unconfirmed":
			return Next{Code: "over", Who: "nobody"}
		case app.replaceable():
			return Next{Code: "replace", Who: "coordinator"}
		}
		return Next{Code: "confirm", Who: "family"}
	case Ineligible:
		if app.asks() {
			return Next{Code: "review", Who: "coordinator"}
		}
		return Next{Code: "refused", Who: "nobody"}
	default:
		return Next{Code: "over", Who: "nobody"}
	}
}

// may lists what the family can do now.
func (app *Application) may() []string {
	may := []string{}
	if app.HeldBy("missing_consent") && app.Guardian != nil && app.open() {
		may = append(may, "ask_guardian")
	}
	if Steps.Allows(app.State, Withdrawn) {
		may = append(may, "withdraw")
	}
	if app.open() {
		may = append(may, "correct")
	}
	if app.question() != nil {
		may = append(may, "answer_question")
	}
	if app.mayAskReview() {
		may = append(may, "ask_review")
	}
	if app.Attestation == nil && (app.State == Submitted || app.State == Eligible) {
		may = append(may, "ask_attestation")
	}
	switch app.State {
	case Offered:
		may = append(may, "answer_offer")
	case Accepted, Fulfilled:
		may = append(may, "delivery")
	case Invited:
		may = append(may, "agree")
	default:
	}
	return may
}
