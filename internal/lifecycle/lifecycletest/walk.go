// Package lifecycletest walks a life cycle pair by pair in tests.
package lifecycletest

import (
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
)

// Walk compares a table with its text, a line a state: "from → to to". Every
// pair of states is tried: what the text has is allowed, all else refused as a
// Conflict.
func Walk[S ~string](t *testing.T, table lifecycle.Table[S], text string) {
	t.Helper()
	allowed, states := map[[2]S]bool{}, map[S]bool{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " → ")
		states[S(from)] = true
		for next := range strings.FieldsSeq(to) {
			states[S(next)] = true
			allowed[[2]S{S(from), S(next)}] = true
		}
	}
	for from, next := range table {
		for _, to := range next {
			if !allowed[[2]S{from, to}] {
				t.Errorf("the table allows %s → %s", from, to)
			}
		}
	}
	for from := range states {
		for to := range states {
			err := table.Check(from, to)
			switch {
			case allowed[[2]S{from, to}] && (err != nil || !table.Allows(from, to)):
				t.Errorf("%s → %s is refused: %v", from, to, err)
			case !allowed[[2]S{from, to}] && (!fault.Is(err, fault.Conflict) || table.Allows(from, to)):
				t.Errorf("%s → %s is not refused as a conflict: %v", from, to, err)
			}
		}
	}
}
