// Package lifecycle holds one idea: a table of the states a thing may pass
// through. What is not in its table is refused.
package lifecycle

import (
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Table lists, for each state, the states that may follow it.
type Table[S ~string] map[S][]S

// Check refuses a step that the table does not have, as a Conflict that names
// both states.
func (t Table[S]) Check(from, to S) error {
	if slices.Contains(t[from], to) {
		return nil
	}
	return fault.New(fault.Conflict, "wrong_state").With("from", string(from)).With("to", string(to))
}

// Allows tells whether the table has the step.
func (t Table[S]) Allows(from, to S) bool { return slices.Contains(t[from], to) }

// Change is one line of a history: from which state to which, when, by whom
// and why (a reason code, or the id of what led to it).
type Change[S ~string] struct {
	From  S               `json:"from,omitempty"`
	To    S               `json:"to"`
	At    docstore.Millis `json:"at"`
	Actor string          `json:"actor"`
	Cause string          `json:"cause,omitempty"`
}
