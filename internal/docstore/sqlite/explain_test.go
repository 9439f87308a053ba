package sqlite

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

type doc struct {
	docstore.Meta `json:",inline"`

	Territory string   `json:"territory"`
	State     string   `json:"state"`
	Owner     string   `json:"owner"`
	Since     int64    `json:"since"`
	Pad       string   `json:"pad,omitempty"`
	Terms     []string `json:"terms"`
}

var docs = docstore.Spec{Name: "docs", Scoped: true, Terms: true, Indexes: []docstore.Index{ //nolint:gochecknoglobals // a constant
	{Name: "state", Equal: []string{"state"}, Order: "since"},
	{Name: "owned", Equal: []string{"owner", "state"}, Order: "since", Desc: true},
}}

func open(t testing.TB, dir string, o Options) (*Engine, *docstore.Collection[doc]) {
	t.Helper()
	e, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	store := docstore.New(e)
	c := docstore.Declare[doc](store, docs)
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e, c
}

func explain(t *testing.T, e *Engine, q statement) string {
	t.Helper()
	var lines []string
	err := e.reading(t.Context(), func(c *conn) error {
		return c.rows(t.Context(), "EXPLAIN QUERY PLAN "+q.text, q.args, func(rows *sql.Rows) (bool, error) {
			var id, parent, unused int
			var detail string
			err := rows.Scan(&id, &parent, &unused, &detail)
			lines = append(lines, detail)
			return true, err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestListsNeitherSortNorScan reads SQLite's own plan for every shape of list.
func TestListsNeitherSortNorScan(t *testing.T) {
	e, _ := open(t, t.TempDir(), Options{Unsafe: true})
	state, owned := docs.Indexes[0], docs.Indexes[1]
	many := docstore.ScopeOf("a", "b", "c", "d", "e")
	cursor := docstore.Cursor([]any{int64(5), "x"})
	finds := map[string]docstore.Find{
		"by id":            {Query: docstore.Query{Scope: docstore.ScopeAll(), After: docstore.Cursor([]any{"x"})}},
		"here by id":       {Query: docstore.Query{Scope: docstore.ScopeOf("a")}},
		"state":            {Index: state, Query: docstore.Query{Scope: docstore.ScopeAll(), Equal: []docstore.In{docstore.Is("s")}}},
		"state after":      {Index: state, Query: docstore.Query{Scope: docstore.ScopeAll(), Equal: []docstore.In{docstore.Is("s")}, After: cursor}},
		"states here":      {Index: state, Query: docstore.Query{Scope: many, Equal: []docstore.In{{"s", "t", "u"}}, After: cursor, From: 1, To: 9}},
		"owned newest":     {Index: owned, Query: docstore.Query{Scope: many, Equal: []docstore.In{docstore.Is("o"), docstore.Is("s")}, After: cursor}},
		"owned, any state": {Index: owned, Query: docstore.Query{Scope: docstore.ScopeAll(), Equal: []docstore.In{docstore.Is("o")}}},
	}
	for name, find := range finds {
		t.Run(name, func(t *testing.T) {
			find.Spec = docs
			plan, err := find.Plan()
			if err != nil {
				t.Fatal(err)
			}
			said := explain(t, e, e.tables["docs"].list(plan, 50))
			if strings.Contains(said, "TEMP B-TREE") || strings.Contains(said, "SCAN docs\n") || strings.HasSuffix(said, "SCAN docs") {
				t.Errorf("sorts or scans:\n%s", said)
			}
			// The range of the cursor begins the walk: it is no filter behind it.
			if find.After != "" && find.Index.Order != "" && !strings.Contains(said, "<expr>>? AND <expr><?") {
				t.Errorf("does not begin at the cursor:\n%s", said)
			}
		})
	}
}

func TestOutboxAndTermsUseTheirIndexes(t *testing.T) {
	e, _ := open(t, t.TempDir(), Options{Unsafe: true})
	table := e.tables["docs"]
	terms, err := table.termsQuery(docstore.Find{Spec: docs, Query: docstore.Query{Scope: docstore.ScopeOf("a")}}, []string{"x", "y"})
	if err != nil {
		t.Fatal(err)
	}
	said := explain(t, e, statement{text: table.pending(), args: []any{10}}) + "\n" + explain(t, e, terms)
	for _, wanted := range []string{"USING INDEX docs_by_outbox", "SEARCH t0 USING PRIMARY KEY (term=?)", "SEARCH t1 USING PRIMARY KEY (term=? AND key=?)"} {
		if !strings.Contains(said, wanted) {
			t.Errorf("%q is missing:\n%s", wanted, said)
		}
	}
	if strings.Contains(said, "TEMP B-TREE") {
		t.Errorf("sorts:\n%s", said)
	}
}

// TestVeryManyStreamsStillAnswer goes beyond what one statement merges.
func TestVeryManyStreamsStillAnswer(t *testing.T) {
	_, c := open(t, t.TempDir(), Options{Unsafe: true})
	var territories []string
	for i := range 300 {
		territories = append(territories, fmt.Sprint(i))
		d := &doc{Meta: docstore.Meta{ID: fmt.Sprintf("d%03d", i)}, Territory: fmt.Sprint(i), State: fmt.Sprint(i % 2), Since: int64(1000 - i)}
		if err := c.Insert(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, states := range []docstore.In{{"0"}, {"0", "1"}} { // 300 streams are merged, 600 looked up together
		last, n := int64(0), 0
		q := docstore.Query{Scope: docstore.ScopeOf(territories...), Index: "state", Equal: []docstore.In{states}}
		err := c.Each(t.Context(), q, func(d *doc) error {
			if d.Since < last {
				t.Fatalf("%d behind %d", d.Since, last)
			}
			last, n = d.Since, n+1
			return nil
		})
		if err != nil || n != 150*len(states) {
			t.Fatal(n, err)
		}
	}
}
