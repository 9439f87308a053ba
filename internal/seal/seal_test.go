package seal_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

func master(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func fixed() time.Time { return time.Unix(1_700_000_000, 0) }

// boxes opens boxes on one store, as several processes would.
func boxes(t testing.TB, store *docstore.Store, keys ...[][]byte) []*seal.Box {
	t.Helper()
	var all []*seal.Box
	for _, k := range keys {
		box, err := seal.New(store, fixed, k[0], k[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, box)
	}
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return all
}

func open(t testing.TB, box *seal.Box, owner, field string, sealed seal.Text) string {
	t.Helper()
	plain, err := box.Open(t.Context(), owner, field, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func put(t testing.TB, box *seal.Box, owner, field, plain string) seal.Text {
	t.Helper()
	sealed, err := box.Seal(t.Context(), owner, field, plain)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealedOpensForItsPlaceAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		box := boxes(t, store, [][]byte{master(1)})[0]
		for _, plain := range []string{"", "Zoé", "a", strings.Repeat("é", 5000), "\u0000\xff"} {
			sealed := put(t, box, "app_1", "first_name", plain)
			if plain != "" && (sealed == "" || len(plain) > 3 && strings.Contains(string(sealed), plain)) {
				t.Fatalf("%q is not sealed", plain)
			}
			if got := open(t, box, "app_1", "first_name", sealed); got != plain {
				t.Fatalf("%q, want %q", got, plain)
			}
		}
		sealed := put(t, box, "app_1", "first_name", "Zoé")
		if sealed == put(t, box, "app_1", "first_name", "Zoé") {
			t.Error("equal texts are sealed alike")
		}
		put(t, box, "app_2", "first_name", "Ali")
		for _, place := range [][2]string{{"app_2", "first_name"}, {"app_1", "last_name"}} {
			if _, err := box.Open(t.Context(), place[0], place[1], sealed); !fault.Is(err, fault.Internal) {
				t.Errorf("opened at %v: %v", place, err)
			}
		}
		for _, damaged := range []seal.Text{"!", "AAAA", sealed[:len(sealed)-8], "A" + sealed[1:]} {
			if plain, err := box.Open(t.Context(), "app_1", "first_name", damaged); err == nil {
				t.Errorf("%q opened as %q", damaged, plain)
			}
		}
	})
}

func TestForgottenIsGone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		now := fixed()
		here, err := seal.New(store, fixed, master(1))
		if err != nil {
			t.Fatal(err)
		}
		elsewhere, err := seal.New(store, func() time.Time { return now }, master(1))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		sealed, kept := put(t, here, "a", "name", "Zoé"), put(t, here, "b", "name", "Ali")
		open(t, elsewhere, "a", "name", sealed)
		if err := here.Forget(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Open(t.Context(), "a", "name", sealed); !seal.Erased(err) || !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		if _, err := here.Seal(t.Context(), "a", "name", "again"); !seal.Erased(err) {
			t.Fatal(err)
		}
		now = now.Add(time.Minute) // another process believes its copy no longer than that
		if _, err := elsewhere.Open(t.Context(), "a", "name", sealed); !seal.Erased(err) {
			t.Fatal(err)
		}
		if err := here.Load(t.Context(), "a", "b", "b", "nobody"); err != nil {
			t.Fatal(err)
		}
		if open(t, here, "b", "name", kept) != "Ali" {
			t.Fatal("another's text is gone too")
		}
		for _, owner := range []string{"a", "nobody"} {
			if err := here.Forget(t.Context(), owner); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := here.Open(t.Context(), "nobody", "name", kept); !seal.Erased(err) {
			t.Fatal(err)
		}
	})
}

func TestMasterKeyChanges(t *testing.T) {
	store := storetest.Open(t)
	all := boxes(t, store, [][]byte{master(1)}, [][]byte{master(2), master(1)}, [][]byte{master(2)})
	old, both, young := all[0], all[1], all[2]
	sealed := put(t, old, "a", "name", "Zoé")
	if err := old.Forget(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	if open(t, both, "a", "name", sealed) != "Zoé" {
		t.Fatal("the older key does not open")
	}
	if _, err := young.Open(t.Context(), "a", "name", sealed); !fault.Is(err, fault.Internal) {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if moved, err := both.Rewrap(t.Context()); err != nil || moved != want {
			t.Fatal(moved, err)
		}
	}
	if open(t, young, "a", "name", sealed) != "Zoé" {
		t.Fatal("not moved to the new key")
	}
	if old.Lookup("email", "a@b.fr") != both.Lookup("email", "a@b.fr") || young.Lookup("email", "a@b.fr") == old.Lookup("email", "a@b.fr") {
		t.Error("look-ups follow the oldest key")
	}
	if _, err := seal.New(storetest.Open(t), fixed, []byte("short")); err == nil {
		t.Error("a short key is accepted")
	}
}

func TestLookupsIgnoreSpelling(t *testing.T) {
	box := boxes(t, storetest.Open(t), [][]byte{master(1)})[0]
	same := [][3]string{
		{seal.Name, "Zoé Lefèvre-Ngoma", "zoe  LEFEVRE NGOMA "},
		{seal.Name, "d'Alembert", "D’ALEMBERT"},
		{seal.Name, "أَحْمَد", "أحمد"},
		{seal.Phone, "+33 6 12 34 56 78", "+33612345678"},
		{"email", " Zoe@Example.ORG", "zoe@example.org"},
	}
	for _, row := range same {
		if a, b := box.Lookup(row[0], row[1]), box.Lookup(row[0], row[2]); a != b || len(a) != 22 {
			t.Errorf("%s: %q and %q: %s, %s", row[0], row[1], row[2], a, b)
		}
	}
	if box.Lookup("email", "é@x.fr") == box.Lookup("email", "e@x.fr") || box.Lookup("email", "a") == box.Lookup(seal.Name, "a") {
		t.Error("different values look alike")
	}
	if box.Lookup("email", " ") != "" || box.Lookup(seal.Phone, "--") != "" {
		t.Error("nothing has a look-up")
	}
}

// TestOneKeyAnOwner: whoever seals first for an owner, all open it.
func TestOneKeyAnOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		all := boxes(t, store, [][]byte{master(1)}, [][]byte{master(1)}, [][]byte{master(1)}, [][]byte{master(1)})
		var sealed sync.Map
		var writers sync.WaitGroup
		for i, box := range all {
			writers.Go(func() {
				text, err := box.Seal(t.Context(), "a", "name", fmt.Sprint(i))
				if err != nil {
					t.Error(err)
				}
				sealed.Store(fmt.Sprint(i), text)
			})
		}
		writers.Wait()
		sealed.Range(func(plain, text any) bool {
			for _, box := range all {
				if got := open(t, box, "a", "name", text.(seal.Text)); got != plain { //nolint:forcetypeassert // stored above
					t.Errorf("%s, want %s", got, plain)
				}
			}
			return true
		})
	})
}

// BenchmarkPageOf50 opens two fields of 50 rows with and without known keys.
func BenchmarkPageOf50(b *testing.B) {
	store := storetest.Open(b)
	warm := boxes(b, store, [][]byte{master(1)})[0]
	owners, names := make([]string, 50), make([]seal.Text, 50)
	for i := range owners {
		owners[i] = fmt.Sprintf("app_%d", i)
		names[i] = put(b, warm, owners[i], "name", "Lefèvre")
	}
	page := func(box *seal.Box) {
		if err := box.Load(b.Context(), owners...); err != nil {
			b.Fatal(err)
		}
		for i, owner := range owners {
			open(b, box, owner, "name", names[i])
			open(b, box, owner, "name", names[i])
		}
	}
	b.Run("known keys", func(b *testing.B) {
		for b.Loop() {
			page(warm)
		}
	})
	b.Run("keys from the store", func(b *testing.B) {
		for b.Loop() {
			cold, err := seal.New(store, fixed, master(1))
			if err != nil {
				b.Fatal(err)
			}
			page(cold)
		}
	})
}
