package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

func TestOneProcessWritesToAFolder(t *testing.T) {
	dir := t.TempDir()
	_, c := open(t, dir, Options{Unsafe: true})
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "another process serves") {
		t.Fatal(err)
	}
	if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: "a"}}); err != nil {
		t.Fatal(err)
	}
	// One that only reads stands beside it, and sees what is stored meanwhile.
	_, reader := open(t, dir, Options{ReadOnly: true})
	for _, id := range []string{"a", "b"} {
		if _, err := reader.Get(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: "b"}}); err != nil && id == "a" {
			t.Fatal(err)
		}
	}
	if err := reader.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: "c"}}); err == nil {
		t.Fatal("a reader wrote")
	}
}

func TestReopened(t *testing.T) {
	dir := t.TempDir()
	e, c := open(t, dir, Options{})
	if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: "a"}, State: "s", Since: 1}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: "b"}}); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "a"); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	_, c = open(t, dir, Options{})
	if _, err := c.Get(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
}

func TestANewerStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	e, _ := open(t, dir, Options{Unsafe: true})
	if err := e.writer.do(t.Context(), func(c *conn) error { return c.exec("PRAGMA user_version = 2") }); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Fatal(err)
	}
}

// TestAFullDiskAcknowledgesNothing fills the store under 8 writers: whatever was
// acknowledged is there, whatever is there once was asked for, and when there is
// room again the store goes on.
func TestAFullDiskAcknowledgesNothing(t *testing.T) {
	e, c := open(t, t.TempDir(), Options{Unsafe: true})
	pages := func(n string) {
		if err := e.writer.do(t.Context(), func(c *conn) error { return c.exec("PRAGMA max_page_count = " + n) }); err != nil {
			t.Fatal(err)
		}
	}
	pages("200")
	var stored sync.Map
	var refused atomic.Int32
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := range 60 {
				d := &doc{Meta: docstore.Meta{ID: string(rune('a'+w)) + string(rune('A'+i))}, Pad: strings.Repeat("x", 5000)}
				switch err := c.Insert(t.Context(), d); {
				case err == nil:
					stored.Store(d.ID, true)
				case fault.Is(err, fault.Unavailable):
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if refused.Load() == 0 {
		t.Fatal("the disk was never full")
	}
	found := 0
	err := c.Each(t.Context(), docstore.Query{Scope: docstore.ScopeAll()}, func(d *doc) error {
		found++
		if _, known := stored.Load(d.ID); !known {
			return errors.New(d.ID + " is stored and was refused")
		}
		return nil
	})
	acknowledged := 0
	stored.Range(func(any, any) bool { acknowledged++; return true })
	if err != nil || found != acknowledged {
		t.Fatalf("%d acknowledged, %d found: %v", acknowledged, found, err)
	}
	pages("100000")
	if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: "later"}}); err != nil {
		t.Fatal(err)
	}
}

func TestBackupBesideAWriter(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup é?.db")
	_, c := open(t, dir, Options{Unsafe: true})
	for i := range 200 {
		if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: string(rune(0x4e00 + i))}, Pad: strings.Repeat("x", 500)}); err != nil {
			t.Fatal(err)
		}
	}
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := c.Insert(t.Context(), &doc{Meta: docstore.Meta{ID: string(rune(0x10000 + i))}}); err != nil {
				done <- err
				return
			}
		}
	}()
	err := Backup(t.Context(), dir, file)
	close(stop)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), dir, file); err == nil {
		t.Fatal("a backup was overwritten")
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := Restore(t.Context(), again, file); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), again, file); err == nil {
		t.Fatal("a store was overwritten")
	}
	_, restored := open(t, again, Options{Unsafe: true})
	if n, more, err := restored.Count(t.Context(), docstore.Query{Scope: docstore.ScopeAll()}, 199); err != nil || n != 199 || !more {
		t.Fatal(n, more, err)
	}
	for _, content := range []string{"", "no database at all", strings.Repeat("SQLite format 3\x00", 300)} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Restore(t.Context(), filepath.Join(t.TempDir(), "x"), bad); err == nil {
			t.Fatalf("restored from %q", content)
		}
	}
}

// TestAnIndexFollowsItsDeclaration: another declaration under the same name is
// built anew, one that is gone is dropped.
func TestAnIndexFollowsItsDeclaration(t *testing.T) {
	e, _ := open(t, t.TempDir(), Options{Unsafe: true})
	changed := docs
	changed.Indexes = []docstore.Index{{Name: "state", Equal: []string{"state"}, Order: "since", Desc: true}}
	for range 2 {
		if err := e.Prepare(t.Context(), []docstore.Spec{changed}); err != nil {
			t.Fatal(err)
		}
		wanted := table{changed}.indexes()
		stale := []string{"unread"}
		err := e.reading(t.Context(), func(c *conn) (err error) {
			stale, err = compare(c, table{changed}, wanted)
			return err
		})
		if err != nil || len(wanted) != 0 || len(stale) != 0 {
			t.Fatal(wanted, stale, err)
		}
	}
}
