// Package storetest opens real stores for tests: the embedded engine in a
// folder of the test's own.
package storetest

import (
	"context"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
)

// Open gives an empty embedded store that lives as long as the test. It does
// not wait for the disk. Declare collections, then Prepare.
func Open(t testing.TB) *docstore.Store {
	t.Helper()
	engine, err := sqlite.Open(context.Background(), t.TempDir(), sqlite.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return docstore.New(engine)
}
