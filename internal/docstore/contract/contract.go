// Package contract is what both engines of the store promise, as one suite:
// what passes on the one and fails on the other is a defect of either.
package contract

import (
	"fmt"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// thing has a field of every shape that features store.
type thing struct {
	docstore.Meta `json:",inline"`

	Territory string            `json:"territory"`
	State     string            `json:"state"`
	Owner     string            `json:"owner,omitempty"`
	Since     docstore.Millis   `json:"since"`
	Due       docstore.Millis   `json:"due,omitempty"`
	Number    int               `json:"number"`
	Share     float64           `json:"share"`
	Open      bool              `json:"open"`
	Text      string            `json:"text"`
	Terms     []string          `json:"terms"`
	Parts     []part            `json:"parts,omitempty"`
	One       *part             `json:"one,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Nested    part              `json:"nested"`
}

type part struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// plain is a thing of a collection that is neither scoped nor searched.
type plain struct {
	docstore.Meta `json:",inline"`

	Kind  string `json:"kind"`
	Order int64  `json:"order"`
	Pad   string `json:"pad,omitempty"`
}

// fixture is a prepared store with both collections.
type fixture struct {
	store  *docstore.Store
	things *docstore.Collection[thing]
	plains *docstore.Collection[plain]
}

// Opener gives an empty store that lives as long as the test; a second one
// beside it where the test asks again.
type Opener func(t testing.TB) *docstore.Store

func declare(tb testing.TB, store *docstore.Store) fixture {
	tb.Helper()
	f := fixture{
		store: store,
		things: docstore.Declare[thing](store, docstore.Spec{Name: "things", Scoped: true, Terms: true, Indexes: []docstore.Index{
			{Name: "state", Equal: []string{"state"}, Order: "since"},
			{Name: "owned", Equal: []string{"owner", "state"}, Order: "since", Desc: true},
			{Name: "recent", Order: "since", Desc: true},
			{Name: "due", Equal: []string{"state"}, Order: "due"},
			{Name: "nested", Equal: []string{"nested.name"}, Order: "nested.count"},
			{Name: "names", Equal: []string{"state"}},
		}}),
		plains: docstore.Declare[plain](store, docstore.Spec{Name: "plains", Last: true, Indexes: []docstore.Index{
			{Name: "kind", Equal: []string{"kind"}, Order: "order"},
		}}),
	}
	if err := store.Prepare(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return f
}

// Run proves an engine.
func Run(t *testing.T, open Opener) {
	t.Helper()
	parts := []struct {
		name string
		run  func(*testing.T, fixture)
	}{
		{"documents come back as they went", roundTrip},
		{"an id exists once", duplicates},
		{"a stale change is refused", stale},
		{"delete", deletion},
		{"many at once", many},
		{"text of any kind", texts},
		{"a document has a limit", tooLarge},
		{"declarations are checked", declarations},
		{"events are kept with the write", events},
		{"the oldest outbox comes first", pendingOrder},
		{"lists come in order", lists},
		{"pages fit together", paging},
		{"pages under concurrent writes", pagingBesideWriters},
		{"bounds of the order", bounds},
		{"a scope hides the rest", scopes},
		{"counts stop at their bound", counts},
		{"terms", terms},
		{"filters look at a bounded number", filters},
		{"cursors of others are refused", cursors},
		{"one of 32 claims a document", claims},
		{"32 writers lose nothing", increments},
		{"one of 32 inserts an id", inserts},
		{"a caller who went away", cancelled},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.run(t, declare(t, open(t))) })
	}
	t.Run("a dump loads into an equal store", func(t *testing.T) {
		dumpAndLoad(t, declare(t, open(t)), declare(t, open(t)))
	})
}

func meta(id string) docstore.Meta { return docstore.Meta{ID: id} }

func mustInsert[T any](t testing.TB, c *docstore.Collection[T], docs ...*T) {
	t.Helper()
	again, err := c.InsertMany(t.Context(), docs)
	if err != nil || len(again) > 0 {
		t.Fatalf("insert: %v, duplicates %v", err, again)
	}
}

// crowd inserts n things over three territories, two states and five owners.
func crowd(t testing.TB, f fixture, n int) []*thing {
	t.Helper()
	all := make([]*thing, n)
	for i := range all {
		all[i] = &thing{
			Meta: meta(fmt.Sprintf("thing_%04d", i)), Territory: fmt.Sprintf("95-%d", i%3),
			State: []string{"free", "taken"}[i%2], Owner: fmt.Sprintf("o%d", i%5),
			Since: docstore.Millis(1000 + (i*7919)%n/3), // with ties
			Terms: []string{"all", fmt.Sprintf("mod%d", i%7)}, Nested: part{Name: fmt.Sprint("n", i%2), Count: int64(i)},
		}
	}
	mustInsert(t, f.things, all...)
	return all
}

func everywhere(index string, equal ...docstore.In) docstore.Query {
	return docstore.Query{Scope: docstore.ScopeAll(), Index: index, Equal: equal}
}

func ids(things []*thing) []string {
	all := make([]string, len(things))
	for i, d := range things {
		all[i] = d.ID
	}
	return all
}
