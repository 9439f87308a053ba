package lifecycle

import (
	"slices"
	"time"
)

// Breach is a rule that a stored document breaks.
type Breach struct {
	Rule string // history, claim, live, saga, slot, erasure, dangling, share, outbox
	ID   string
	Fact string
}

// Audit collects what `passerelle check` finds. What was begun after LeftOver
// may still be under way, and is not held against the store.
type Audit struct {
	LeftOver time.Time
	Breaches []Breach
	UnderWay int // sagas younger than LeftOver
}

// Say notes a breach.
func (a *Audit) Say(rule, id, fact string) {
	a.Breaches = append(a.Breaches, Breach{Rule: rule, ID: id, Fact: fact})
}

// Saga notes a saga that is not at its end: a breach if it began before
// LeftOver.
func (a *Audit) Saga(id, fact string, began time.Time) {
	if began.After(a.LeftOver) {
		a.UnderWay++
		return
	}
	a.Say("saga", id, fact+", since "+began.UTC().Format(time.RFC3339))
}

// Audit verifies that a history begins in one of the first states, follows the
// table step by step, and ends where the document is.
func (t Table[S]) Audit(a *Audit, id string, history []Change[S], ends S, first ...S) {
	var last S
	for i, c := range history {
		switch {
		case c.From != last:
			a.Say("history", id, string(last)+" then "+string(c.From)+" → "+string(c.To))
		case i == 0 && !slices.Contains(first, c.To), i > 0 && !t.Allows(c.From, c.To):
			a.Say("history", id, string(c.From)+" → "+string(c.To))
		}
		last = c.To
	}
	if last != ends {
		a.Say("history", id, "ends in "+string(last)+", is "+string(ends))
	}
}
