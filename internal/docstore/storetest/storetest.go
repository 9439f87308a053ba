// Package storetest opens real stores for tests: the embedded engine in a
// folder of the test's own, MongoDB in a database of the test's own.
package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/mongodb"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
)

// Open gives an empty embedded store that lives as long as the test. It does
// not wait for the disk. Declare collections, then Prepare.
func Open(t testing.TB) *docstore.Store {
	t.Helper()
	folder := t.TempDir()
	engine, err := sqlite.Open(context.Background(), folder, sqlite.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	spoilers.Store(docstore.Engine(engine), spoilFile(folder))
	t.Cleanup(func() {
		spoilers.Delete(docstore.Engine(engine))
		if err := engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return docstore.New(engine)
}

// Each runs a test on both engines. The MongoDB leg wants
// PASSERELLE_TEST_MONGODB_URI; without it, it skips with one line, and fails
// where PASSERELLE_REQUIRE_MONGODB is set.
func Each(t *testing.T, run func(*testing.T, *docstore.Store)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { run(t, Open(t)) })
	t.Run("mongodb", func(t *testing.T) { run(t, OpenMongoDB(t)) })
}

// OpenMongoDB gives an empty store on the test server, dropped with the test.
func OpenMongoDB(t testing.TB) *docstore.Store {
	t.Helper()
	uri := os.Getenv("PASSERELLE_TEST_MONGODB_URI")
	if uri == "" {
		if os.Getenv("PASSERELLE_REQUIRE_MONGODB") != "" {
			t.Fatal("PASSERELLE_TEST_MONGODB_URI is not set, and the MongoDB leg is required")
		}
		t.Skip("PASSERELLE_TEST_MONGODB_URI is not set")
	}
	name := "passerelle_test_" + strings.ToLower(rand.Text())
	engine, err := mongodb.Open(context.Background(), uri, name, mongodb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spoilers.Store(docstore.Engine(engine), spoilDatabase(uri, name))
	t.Cleanup(func() {
		spoilers.Delete(docstore.Engine(engine))
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := engine.Drop(ctx); err != nil {
			t.Error(err)
		}
		if err := engine.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return docstore.New(engine)
}
