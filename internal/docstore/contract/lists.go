package contract

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// all walks a list in small pages.
func all(t testing.TB, f fixture, q docstore.Query, limit int) []*thing {
	t.Helper()
	var found []*thing
	q.Limit = limit
	for {
		page, err := f.things.Find(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) > limit || page.Next != "" && len(page.Items) < limit {
			t.Fatalf("a page of %d, want %d", len(page.Items), limit)
		}
		found = append(found, page.Items...)
		if page.Next == "" {
			return found
		}
		q.After = page.Next
	}
}

// shape is a query and the same said in Go.
type shape struct {
	name  string
	query docstore.Query
	keep  func(*thing) bool
	less  func(a, b *thing) int
}

func shapes() []shape {
	since := func(a, b *thing) int { return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID)) }
	newest := func(a, b *thing) int { return since(b, a) }
	byID := func(a, b *thing) int { return cmp.Compare(a.ID, b.ID) }
	here := docstore.ScopeOf("95-0", "95-2", "77-1", "95-0")
	inHere := func(d *thing) bool { return d.Territory != "95-1" }
	free := func(d *thing) bool { return d.State == "free" }
	some := docstore.In{"o1", "o3", "nobody"}
	owned := func(d *thing) bool { return d.Owner == "o1" || d.Owner == "o3" }
	return []shape{
		{"everything by id", everywhere(""), func(*thing) bool { return true }, byID},
		{"a territory by id", docstore.Query{Scope: here}, inHere, byID},
		{"a state", everywhere("state", docstore.Is("free")), free, since},
		{"a state by id", everywhere("names", docstore.Is("free")), free, byID},
		{"a state in territories", docstore.Query{Scope: here, Index: "state", Equal: []docstore.In{docstore.Is("free")}},
			func(d *thing) bool { return free(d) && inHere(d) }, since},
		{"newest first", everywhere("recent"), func(*thing) bool { return true }, newest},
		{"newest first in territories", docstore.Query{Scope: here, Index: "recent"}, inHere, newest},
		{"several values", everywhere("owned", some, docstore.In{"free", "taken", "free"}), owned, newest},
		{"several values in territories", docstore.Query{Scope: here, Index: "owned", Equal: []docstore.In{some, docstore.Is("free")}},
			func(d *thing) bool { return owned(d) && free(d) && inHere(d) }, newest},
		{"a shorter prefix", everywhere("owned", some), owned,
			func(a, b *thing) int { return cmp.Or(cmp.Compare(a.State, b.State), newest(a, b)) }},
		{"a nested field", everywhere("nested", docstore.Is("n1")), func(d *thing) bool { return d.Nested.Name == "n1" },
			func(a, b *thing) int { return cmp.Compare(a.Nested.Count, b.Nested.Count) }},
		{"bounds", docstore.Query{Scope: here, Index: "recent", From: 1010, To: 1040},
			func(d *thing) bool { return inHere(d) && d.Since >= 1010 && d.Since < 1040 }, newest},
		{"nothing to look for", everywhere("state", docstore.In{}), func(*thing) bool { return false }, byID},
	}
}

func expected(things []*thing, s shape) []string {
	var kept []*thing
	for _, d := range things {
		if s.keep(d) {
			kept = append(kept, d)
		}
	}
	slices.SortFunc(kept, s.less)
	return ids(kept)
}

func lists(t *testing.T, f fixture) {
	things := crowd(t, f, 240)
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) { same(t, ids(all(t, f, s.query, 200)), expected(things, s)) })
	}
}

func paging(t *testing.T, f fixture) {
	things := crowd(t, f, 240)
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			want := expected(things, s)
			for _, limit := range []int{1, 7, min(200, max(1, len(want)))} {
				same(t, ids(all(t, f, s.query, limit)), want)
			}
		})
	}
}

// pagingBesideWriters: what is there from beginning to end is seen exactly once.
func pagingBesideWriters(t *testing.T, f fixture) {
	things := crowd(t, f, 120)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 100 {
				d := &thing{Meta: meta(fmt.Sprintf("new_%d_%d", w, i)), Territory: "95-0", State: "free", Since: docstore.Millis(1000 + i%40)}
				if err := f.things.Insert(t.Context(), d); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	s := shapes()[2]
	for range 3 {
		var seen []string
		for _, d := range all(t, f, s.query, 5) {
			if d.ID[:3] != "new" {
				seen = append(seen, d.ID)
			}
		}
		same(t, seen, expected(things, s))
	}
	writers.Wait()
}

func bounds(t *testing.T, f fixture) {
	mustInsert(t, f.things,
		&thing{Meta: meta("none"), State: "free"},
		&thing{Meta: meta("negative"), State: "free", Due: -7},
		&thing{Meta: meta("one"), State: "free", Due: 1},
		&thing{Meta: meta("two"), State: "free", Due: 2})
	rows := []struct {
		from, to int64
		want     []string
	}{
		{0, 0, []string{"negative", "one", "two"}},
		{1, 0, []string{"one", "two"}},
		{1, 2, []string{"one"}},
		{0, 2, []string{"negative", "one"}},
		{3, 0, nil},
	}
	for _, row := range rows {
		q := everywhere("due", docstore.Is("free"))
		q.From, q.To = row.from, row.to
		same(t, ids(all(t, f, q, 10)), row.want)
	}
}

func scopes(t *testing.T, f fixture) {
	crowd(t, f, 30)
	for _, q := range []docstore.Query{{}, {Index: "recent"}, {Index: "state", Equal: []docstore.In{docstore.Is("free")}}, {Terms: []string{"all"}}} {
		for _, scope := range []docstore.Scope{{}, docstore.ScopeOf(), docstore.ScopeOf(""), docstore.ScopeOf("elsewhere")} {
			q.Scope = scope
			page, err := f.things.Find(t.Context(), q, nil)
			n, _, failed := f.things.Count(t.Context(), q, 10)
			if err != nil || failed != nil || len(page.Items) != 0 || n != 0 {
				t.Fatalf("%+v: %d seen, %d counted, %v %v", q, len(page.Items), n, err, failed)
			}
		}
		q.Scope = docstore.ScopeOf("95-1")
		for _, d := range all(t, f, q, 50) {
			if d.Territory != "95-1" {
				t.Fatalf("%s of %s is seen", d.ID, d.Territory)
			}
		}
	}
}

func counts(t *testing.T, f fixture) {
	things := crowd(t, f, 240)
	for _, s := range shapes() {
		want := len(expected(things, s))
		n, more, err := f.things.Count(t.Context(), s.query, 1000)
		if err != nil || n != want || more {
			t.Fatalf("%s: %d, %v, %v; want %d", s.name, n, more, err, want)
		}
		if want > 5 {
			if n, more, err = f.things.Count(t.Context(), s.query, 5); err != nil || n != 5 || !more {
				t.Fatalf("%s: %d, %v, %v; want more than 5", s.name, n, more, err)
			}
		}
		q := s.query
		q.Total, q.Limit = true, 3
		page, err := f.things.Find(t.Context(), q, nil)
		if err != nil || page.Total == nil || page.Total.Count != want || page.Total.More {
			t.Fatalf("%s: a page with a total of %v, %v; want %d", s.name, page.Total, err, want)
		}
		if q.After = page.Next; q.After == "" {
			continue
		}
		if page, err = f.things.Find(t.Context(), q, nil); err != nil || page.Total != nil {
			t.Fatalf("%s: a later page with a total of %v, %v", s.name, page.Total, err)
		}
	}
}

func terms(t *testing.T, f fixture) {
	things := crowd(t, f, 140)
	find := func(scope docstore.Scope, terms ...string) []string {
		found := ids(all(t, f, docstore.Query{Scope: scope, Terms: terms}, 3))
		slices.Sort(found)
		n, _, err := f.things.Count(t.Context(), docstore.Query{Scope: scope, Terms: terms}, 1000)
		if err != nil || n != len(found) {
			t.Fatalf("%v: %d counted, %d found, %v", terms, n, len(found), err)
		}
		return found
	}
	pick := func(keep func(*thing) bool) []string {
		return expected(things, shape{keep: keep, less: func(a, b *thing) int { return cmp.Compare(a.ID, b.ID) }})
	}
	everything, here := docstore.ScopeAll(), docstore.ScopeOf("95-0", "95-1")
	mod3 := pick(func(d *thing) bool { return d.Terms[1] == "mod3" })
	same(t, find(everything, "mod3"), mod3)
	same(t, find(everything, "all", "mod3", "all"), mod3)
	same(t, find(everything, "mod3", "mod4"), []string(nil))
	same(t, find(here, "all", "mod3"), pick(func(d *thing) bool { return d.Terms[1] == "mod3" && d.Territory != "95-2" }))

	_, err := f.things.Update(t.Context(), mod3[0], func(d *thing) error {
		d.Terms, d.Territory = []string{"new", "new", "all"}, "77"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, find(everything, "mod3"), mod3[1:])
	same(t, find(docstore.ScopeOf("77"), "all", "new"), mod3[:1])
	if _, err := f.things.Update(t.Context(), mod3[0], func(d *thing) error { d.Terms = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	same(t, find(everything, "new"), []string(nil))
}

func filters(t *testing.T, f fixture) {
	crowd(t, f, 1300)
	q := everywhere("recent")
	page, err := f.things.Find(t.Context(), q, func(*thing) bool { return false })
	if err != nil || len(page.Items) != 0 || page.Next == "" {
		t.Fatal(len(page.Items), page.Next, err)
	}
	looked := 0
	q.After = page.Next
	page, err = f.things.Find(t.Context(), q, func(*thing) bool { looked++; return false })
	if err != nil || page.Next != "" || looked != 300 {
		t.Fatal(looked, page.Next, err)
	}
}

func cursors(t *testing.T, f fixture) {
	crowd(t, f, 30)
	recent := everywhere("recent")
	recent.Limit = 5
	page, err := f.things.Find(t.Context(), recent, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []string{"x", "!", "bnVsbA", "W10", page.Next + "A", "WyJhIiwiYiJd", "WzEuNSwiYSJd"} {
		recent.After = after
		_, err := f.things.Find(t.Context(), recent, nil)
		want(t, err, fault.Malformed)
	}
	other := everywhere("")
	other.After = page.Next
	_, err = f.things.Find(t.Context(), other, nil)
	want(t, err, fault.Malformed)
}
