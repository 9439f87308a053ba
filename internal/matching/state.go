package matching

import (
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// step is a change of state: by whom, when, and why (a reason code, or the
// id of what led to it; never words, which may name people).
type step struct {
	to    State
	actor people.Actor
	at    time.Time
	cause string
}

// take changes the state where the life cycle allows it, keeps the change in
// the history, leaves the rest of the work to a saga, and records the event
// "match.<state>".
func (match *Match) take(s step, saga Saga) error {
	if match.State != "" {
		if err := Steps.Check(match.State, s.to); err != nil {
			return err
		}
	}
	at := docstore.At(s.at)
	match.History = append(match.History, Change{From: match.State, To: s.to, At: at, Actor: s.actor.Name(), Cause: s.cause})
	match.State, match.Since, match.Saga = s.to, at, saga
	match.Record(docstore.Record{
		Kind: "match." + verb(s.to), Actor: s.actor.Name(), At: at, Cause: s.cause,
		Data: map[string]string{
			"match": match.ID, "application": match.Application, "device": match.Device,
			"territory": match.Territory, "round": match.Round,
		},
	})
	return nil
}

// verb is how an event names a change: a match under approval was approved.
func verb(s State) string {
	if s == Approving {
		return "approved"
	}
	return string(s)
}
