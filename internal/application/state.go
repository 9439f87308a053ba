package application

import (
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// step is a change of state and the event it is: "application.<verb>".
type step struct {
	to    State
	verb  string
	actor people.Actor
	at    time.Time
	cause string // reason code, or the id of what led to it
}

// take changes the state where the life cycle allows it, keeps the change in
// the history and records the event.
func (app *Application) take(s step) error {
	if err := Steps.Check(app.State, s.to); err != nil {
		return err
	}
	app.enter(s)
	return nil
}

// enter is take for the first state of a new application.
func (app *Application) enter(s step) {
	at := docstore.At(s.at)
	app.History = append(app.History, Change{From: app.State, To: s.to, At: at, Actor: s.actor.Name(), Cause: s.cause})
	app.State, app.Since, app.Forget = s.to, at, forgetAt(s.to, at)
	app.tell(s.verb, s.actor, s.at, s.cause)
}

// tell records an event of this application.
func (app *Application) tell(verb string, actor people.Actor, at time.Time, cause string) {
	app.mark() // each change is told: here none forgets what the family waits for
	data := map[string]string{"application": app.ID, "territory": app.Territory}
	if app.Match != "" {
		data["match"] = app.Match
	}
	if app.Prescriber != "" {
		data["prescriber"] = app.Prescriber
	}
	app.Record(docstore.Record{
		Kind: "application." + verb, Actor: actor.Name(), At: docstore.At(at), Cause: cause, Data: data,
	})
}

// HeldBy tells whether a hold of this type stands; of any type when empty.
func (app *Application) HeldBy(kind string) bool {
	return slices.ContainsFunc(app.Holds, func(h Hold) bool { return kind == "" || h.Type == kind })
}

// open tells an application that still runs towards a device.
func (app *Application) open() bool {
	switch app.State {
	case Ineligible, Withdrawn, Fulfilled, Replaced:
		return false
	default:
		return true
	}
}
