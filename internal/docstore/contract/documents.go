package contract

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

func same(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(docstore.Meta{}), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("want -, got +:\n%s", diff)
	}
}

func want(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("error %v, want a fault of kind %d", err, kind)
	}
}

func roundTrip(t *testing.T, f fixture) {
	full := &thing{
		Meta: meta("a"), Territory: "95", State: "free", Owner: "o", Since: math.MaxInt64 - 1, Due: -5,
		Number: -1, Share: 49.04, Open: true, Text: "\"quoted\" <html> & \\ back", Terms: []string{"x", "y"},
		Parts: []part{{"p", 1 << 60}, {}}, One: &part{"one", 1}, Labels: map[string]string{"a.b": "1", "$c": "", "é": "2"},
		Nested: part{"n", 3},
	}
	for _, d := range []*thing{full, {Meta: meta("b")}, {Meta: meta("c"), Share: 49}} {
		mustInsert(t, f.things, d)
		got, err := f.things.Get(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, d)
	}
	_, err := f.things.Get(t.Context(), "nobody")
	want(t, err, fault.NotFound)
	got, err := f.things.GetMany(t.Context(), []string{"c", "nobody", "a", "a"})
	if err != nil || len(got) != 4 || got[0].ID != "c" || got[1] != nil || got[2].ID != "a" || got[3].ID != "a" {
		t.Fatal(got, err)
	}
}

func duplicates(t *testing.T, f fixture) {
	mustInsert(t, f.plains, &plain{Meta: meta("a"), Kind: "first"})
	want(t, f.plains.Insert(t.Context(), &plain{Meta: meta("a"), Kind: "second"}), fault.Conflict)
	stored, made, err := f.plains.Create(t.Context(), &plain{Meta: meta("a"), Kind: "third"})
	if err != nil || made || stored.Kind != "first" {
		t.Fatal(stored, made, err)
	}
	again, err := f.plains.InsertMany(t.Context(), []*plain{{Meta: meta("b")}, {Meta: meta("a")}, {Meta: meta("c")}, {Meta: meta("b")}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, []int{1, 3})
	if _, err := f.plains.Get(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
}

func stale(t *testing.T, f fixture) {
	ctx, engine := t.Context(), f.store.Engine()
	mustInsert(t, f.plains, &plain{Meta: meta("a")})
	changed, err := f.plains.Update(ctx, "a", func(d *plain) error { d.Kind = "x"; return nil })
	if err != nil || changed.Version != 2 {
		t.Fatal(changed, err)
	}
	if err := engine.Replace(ctx, "plains", docstore.Row{ID: "a", Version: 2, Body: changed}); err != docstore.ErrStale { //nolint:errorlint // exactly
		t.Fatal(err)
	}
	if err := engine.Replace(ctx, "plains", docstore.Row{ID: "b", Version: 2, Body: changed}); err != docstore.ErrNotFound { //nolint:errorlint // exactly
		t.Fatal(err)
	}
	if _, err := f.plains.Update(ctx, "a", func(*plain) error { return docstore.Unchanged }); err != nil {
		t.Fatal(err)
	}
	_, err = f.plains.Update(ctx, "a", func(d *plain) error { d.Kind = "lost"; return fault.New(fault.Conflict, "no") })
	want(t, err, fault.Conflict)
	got, err := f.plains.Get(ctx, "a")
	if err != nil || got.Kind != "x" || got.Version != 2 {
		t.Fatal(got, err)
	}
	_, err = f.plains.Update(ctx, "b", func(*plain) error { return nil })
	want(t, err, fault.NotFound)
}

func deletion(t *testing.T, f fixture) {
	ctx := t.Context()
	d := &thing{Meta: meta("a"), Terms: []string{"x"}, State: "free"}
	mustInsert(t, f.things, d)
	old := *d
	changed, err := f.things.Update(ctx, "a", func(d *thing) error { d.Text = "new"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	want(t, f.things.Delete(ctx, &old), fault.Stale)
	if err := f.things.Delete(ctx, changed); err != nil {
		t.Fatal(err)
	}
	want(t, f.things.Delete(ctx, changed), fault.NotFound)
	page, err := f.things.Find(ctx, docstore.Query{Scope: docstore.ScopeAll(), Terms: []string{"x"}}, nil)
	if err != nil || len(page.Items) != 0 {
		t.Fatal(page.Items, err)
	}
}

func many(t *testing.T, f fixture) {
	docs := make([]*plain, 2500)
	for i := range docs {
		docs[i] = &plain{Meta: meta(id(i)), Order: int64(i)}
	}
	mustInsert(t, f.plains, docs...)
	n := 0
	err := f.plains.Each(t.Context(), docstore.Query{}, func(d *plain) error {
		if d.ID != id(n) {
			t.Fatalf("%s at %d", d.ID, n)
		}
		n++
		return nil
	})
	if err != nil || n != len(docs) {
		t.Fatal(n, err)
	}
}

func texts(t *testing.T, f fixture) {
	ctx := t.Context()
	for _, text := range []string{"élève", "تلميذ", "👩🏽‍🎓", "\u0001\u001f\u007f\u0085", "\r\n\t", "a\u2028b", "\ufffd", `\ufffd`, "$where", "'; DROP TABLE things; --", strings.Repeat("é", 1000)} {
		d := &thing{Meta: meta("t" + text), State: text, Text: text, Terms: []string{text}, Since: 1}
		mustInsert(t, f.things, d)
		got, err := f.things.Get(ctx, d.ID)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		same(t, got, d)
		for _, q := range []docstore.Query{everywhere("state", docstore.Is(text)), {Scope: docstore.ScopeAll(), Terms: []string{text}}} {
			page, err := f.things.Find(ctx, q, nil)
			if err != nil || len(page.Items) != 1 {
				t.Fatalf("%q by %+v: %d, %v", text, q, len(page.Items), err)
			}
		}
	}
	for _, text := range []string{"a\xffb", "a\x00b", "\xed\xa0\x80"} {
		want(t, f.things.Insert(ctx, &thing{Meta: meta("bad"), Labels: map[string]string{"k": text}}), fault.Invalid)
		want(t, f.things.Insert(ctx, &thing{Meta: meta("bad" + text)}), fault.Invalid)
		_, err := f.things.Get(ctx, text)
		want(t, err, fault.NotFound)
	}
}

func tooLarge(t *testing.T, f fixture) {
	ctx := t.Context()
	mustInsert(t, f.plains, &plain{Meta: meta("large"), Pad: strings.Repeat("x", 14<<20)})
	want(t, f.plains.Insert(ctx, &plain{Meta: meta("too"), Pad: strings.Repeat("x", 16<<20)}), fault.TooLarge)
	_, err := f.plains.Update(ctx, "large", func(d *plain) error { d.Pad += d.Pad; return nil })
	want(t, err, fault.TooLarge)
	got, err := f.plains.Get(ctx, "large")
	if err != nil || len(got.Pad) != 14<<20 || got.Version != 1 {
		t.Fatal(got.Version, err)
	}
}

type loose struct {
	docstore.Meta `json:",inline"`

	Any any `json:"any"`
}

type unnamed struct {
	docstore.Meta `json:",inline"`

	State string
}

// prepared stands for an engine where only declarations matter.
type prepared struct{ docstore.Engine }

// Prepare accepts what the port let through.
func (prepared) Prepare(context.Context, []docstore.Spec) error { return nil }

func declarations(t *testing.T, _ fixture) {
	bad := map[string]func(*docstore.Store){
		"any":     func(s *docstore.Store) { docstore.Declare[loose](s, docstore.Spec{Name: "loose"}) },
		"unnamed": func(s *docstore.Store) { docstore.Declare[unnamed](s, docstore.Spec{Name: "unnamed"}) },
		"name":    func(s *docstore.Store) { docstore.Declare[plain](s, docstore.Spec{Name: "a; drop"}) },
		"path": func(s *docstore.Store) {
			docstore.Declare[plain](s, docstore.Spec{Name: "a", Indexes: []docstore.Index{{Name: "b", Equal: []string{"c'"}}}})
		},
	}
	for name, declare := range bad {
		s := docstore.New(prepared{})
		declare(s)
		if err := s.Prepare(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
