// Package sqlite is the embedded engine of the store: one folder, one file, no
// server. Documents are JSON that the sqlite3 shell can read; every declared
// index is an index on expressions over it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/digitalfranceschool/passerelle/internal/docstore"

	_ "modernc.org/sqlite" // the driver
)

// layout is the major version of what is written. A binary refuses a store
// written by a newer one.
const layout = 1

const storeFile = "store.db"

// Options tune the engine.
type Options struct {
	ReadOnly bool         // beside a server that writes: checks and dumps
	Beside   bool         // beside a server that writes, to leave it a request: makes no table and no index
	Unsafe   bool         // no waiting for the disk: tests only
	Readers  int          // connections that read side by side; default 4
	CacheMB  int          // page cache of each connection; default 8
	Log      *slog.Logger // told when an index is built; default none
}

// Engine keeps the documents of one folder.
type Engine struct {
	log     *slog.Logger
	db      *sql.DB
	lock    *sql.DB
	readers *pool
	writer  *writer
	tables  map[string]table // set by Prepare, then only read

	closing sync.Once
	closed  error
}

var _ docstore.Engine = (*Engine)(nil)

// ErrServed is what Open returns where another process serves the folder.
var ErrServed = errors.New("another process serves it")

// Open opens or makes the store in dir. One process at a time serves it: a
// second one is refused, unless it stands beside the first.
func Open(ctx context.Context, dir string, o Options) (*Engine, error) {
	if o.Readers == 0 {
		o.Readers = 4
	}
	if o.CacheMB == 0 {
		o.CacheMB = 8
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{log: o.Log}
	if err := e.open(ctx, dir, o); err != nil {
		return nil, errors.Join(err, e.Close(context.WithoutCancel(ctx)))
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, dir string, o Options) (err error) {
	file := filepath.Join(dir, storeFile)
	if o.ReadOnly || o.Beside {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("no store in %s: %w", dir, err)
		}
	} else {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if e.lock, err = hold(ctx, dir); err != nil {
			return err
		}
	}
	if e.db, err = sql.Open("sqlite", source(file, o)); err != nil {
		return err
	}
	e.db.SetMaxOpenConns(o.Readers + 1)
	first, err := connect(ctx, e.db)
	if err != nil {
		return err
	}
	if !o.ReadOnly {
		e.writer = startWriter(first)
	}
	e.readers = newPool(e.db, o.Readers)
	if o.ReadOnly {
		e.readers.put(first)
	}
	return e.checkLayout(ctx, dir, o.ReadOnly || o.Beside)
}

// source spells the file and the settings of its connections. A reader beside
// a server opens the file for writing too: after a crash the log must be read
// in, which a read-only connection cannot; query_only keeps it from more.
func source(file string, o Options) string {
	synchronous := "FULL"
	if o.Unsafe {
		synchronous = "OFF"
	}
	settings := []string{
		"busy_timeout(10000)", "journal_mode(WAL)", "temp_store(MEMORY)", "journal_size_limit(67108864)",
		"synchronous(" + synchronous + ")", fmt.Sprintf("cache_size(-%d)", o.CacheMB<<10),
	}
	if o.ReadOnly {
		settings = append(settings, "query_only(1)")
	}
	return address(file) + "?_pragma=" + strings.Join(settings, "&_pragma=")
}

func address(file string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
}

// hold takes the folder for this process: an exclusive lock on an empty
// database beside the store. The system frees it when the process ends, however
// it ends.
func hold(ctx context.Context, dir string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", address(filepath.Join(dir, "lock.db"))+"?_pragma=locking_mode(EXCLUSIVE)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w: %w", dir, ErrServed, err), db.Close())
	}
	return db, nil
}

func (e *Engine) checkLayout(ctx context.Context, dir string, readOnly bool) error {
	found := 0
	err := e.reading(ctx, func(c *conn) error {
		return c.one(ctx, "PRAGMA user_version", nil, &found)
	})
	switch {
	case err != nil:
		return fmt.Errorf("open the store in %s: %w", dir, err)
	case found > layout:
		return fmt.Errorf("the store in %s has layout %d, written by a newer version; this one reads up to %d", dir, found, layout)
	case found == layout || readOnly:
		return nil
	}
	return e.writer.do(ctx, func(c *conn) error {
		return c.exec(fmt.Sprintf("PRAGMA user_version = %d", layout))
	})
}

// Ping answers when the store can be read.
func (e *Engine) Ping(ctx context.Context) error {
	one := 0
	return e.reading(ctx, func(c *conn) error { return c.one(ctx, "SELECT 1", nil, &one) })
}

// Close finishes writes under way and frees the folder; a second time it
// changes nothing.
func (e *Engine) Close(context.Context) error {
	e.closing.Do(func() { e.closed = e.close() })
	return e.closed
}

func (e *Engine) close() error {
	var errs []error
	if e.writer != nil {
		errs = append(errs, e.writer.close())
	}
	if e.readers != nil {
		errs = append(errs, e.readers.close())
	}
	for _, db := range []*sql.DB{e.db, e.lock} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
