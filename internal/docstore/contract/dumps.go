package contract

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// fill stores documents with and without events.
func fill(t *testing.T, f fixture) {
	t.Helper()
	things := crowd(t, f, 700)
	for i := range 40 {
		d := &plain{Meta: meta(id(i)), Kind: "é\u2028<&>", Order: int64(i)}
		d.Record(docstore.Record{Kind: "plain.made", At: docstore.Millis(i + 1), Data: map[string]string{"of": "test"}})
		mustInsert(t, f.plains, d)
		_, err := f.things.Update(t.Context(), things[i].ID, func(d *thing) error {
			d.Share, d.Labels = float64(i), map[string]string{"z": "1", "a": "2"}
			d.Record(docstore.Record{Kind: "thing.changed", At: docstore.Millis(i + 1)})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func dumpAndLoad(t *testing.T, from, to fixture) {
	ctx := t.Context()
	fill(t, from)
	var first, second bytes.Buffer
	if err := from.store.Dump(ctx, &first); err != nil {
		t.Fatal(err)
	}
	if err := to.store.Load(ctx, bytes.NewReader(first.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := to.store.Dump(ctx, &second); err != nil {
		t.Fatal(err)
	}
	same(t, strings.Split(second.String(), "\n"), strings.Split(first.String(), "\n"))
	for _, collection := range []string{"things", "plains"} {
		a, err := from.store.Engine().Pending(ctx, collection, 1000)
		b, failed := to.store.Engine().Pending(ctx, collection, 1000)
		if err != nil || failed != nil || len(a) != 40 {
			t.Fatal(len(a), err, failed)
		}
		same(t, b, a)
	}
	for _, s := range shapes() {
		same(t, ids(all(t, to, s.query, 200)), ids(all(t, from, s.query, 200)))
	}
	broken(t, to, first.Bytes())
}

// broken dumps are refused: a second time, cut short, of another store.
func broken(t *testing.T, to fixture, dump []byte) {
	t.Helper()
	lines := bytes.SplitAfter(dump, []byte("\n"))
	missing := slices.Concat(slices.Concat(lines[5:]...))
	for name, text := range map[string][]byte{
		"again": dump, "cut": dump[:len(dump)/2], "a line missing": missing, "empty": nil,
		"unknown": []byte(`{"collection":"others","id":"a","version":1,"body":{}}` + "\n"),
	} {
		if err := to.store.Load(t.Context(), bytes.NewReader(text)); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

// Moves carries what one store holds to the next and the next, and compares
// the documents, their order and their events.
func Moves(t *testing.T, stores ...*docstore.Store) {
	t.Helper()
	first := declare(t, stores[0])
	fill(t, first)
	from := first
	for _, store := range stores[1:] {
		to := declare(t, store)
		var dump bytes.Buffer
		if err := from.store.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		if err := to.store.Load(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		same(t, all(t, to, everywhere("recent"), 200), all(t, first, everywhere("recent"), 200))
		same(t, outbox(t, to, 40), outbox(t, first, 40))
		from = to
	}
}
