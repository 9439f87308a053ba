// Package sqlite is the embedded engine of the store: one folder, one file, no
// server. Documents are JSON that the sqlite3 shell can read; every declared
// index is an index on an expression over it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/digitalfranceschool/passerelle/internal/docstore"

	_ "modernc.org/sqlite" // the driver
)

// schema is the version of the layout. A binary refuses a store written by a
// newer one.
const schema = 1

// Options tune the engine.
type Options struct {
	ReadOnly bool // beside a server that writes: checks and backups
	Unsafe   bool // no waiting for the disk: tests only
	Readers  int  // connections that read side by side; default 4
	CacheMB  int  // page cache of each connection; default 8
}

// Engine keeps the documents of one folder.
type Engine struct {
	readers *sql.DB
	writer  *writer
	lock    *os.File
	mu      sync.RWMutex
	specs   map[string]docstore.Spec
	gets    map[string]*sql.Stmt
}

var _ docstore.Engine = (*Engine)(nil)

// Open opens or makes the store in dir. Only one process at a time may write;
// another is refused.
func Open(ctx context.Context, dir string, o Options) (*Engine, error) {
	if o.Readers == 0 {
		o.Readers = 4
	}
	if o.CacheMB == 0 {
		o.CacheMB = 8
	}
	e := &Engine{specs: map[string]docstore.Spec{}, gets: map[string]*sql.Stmt{}}
	if err := e.open(ctx, dir, o); err != nil {
		return nil, errors.Join(err, e.Close(context.WithoutCancel(ctx)))
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, dir string, o Options) (err error) {
	file := filepath.Join(dir, "store.db")
	if o.ReadOnly {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("no store in %s: %w", dir, err)
		}
	} else {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if e.lock, err = hold(filepath.Join(dir, "lock")); err != nil {
			return err
		}
		if e.writer, err = openWriter(ctx, dsn(file, o, false)); err != nil {
			return err
		}
	}
	e.readers, err = sql.Open("sqlite", dsn(file, o, true))
	if err != nil {
		return err
	}
	e.readers.SetMaxOpenConns(o.Readers)
	e.readers.SetMaxIdleConns(o.Readers)
	return e.checkSchema(ctx, o.ReadOnly)
}

func dsn(file string, o Options, read bool) string {
	sync := "FULL"
	if o.Unsafe {
		sync = "OFF"
	}
	d := fmt.Sprintf("file:%s?_pragma=busy_timeout(10000)&_pragma=cache_size(-%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(%s)&_pragma=temp_store(MEMORY)",
		file, o.CacheMB<<10, sync)
	switch {
	case o.ReadOnly:
		return fmt.Sprintf("file:%s?mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)", file)
	case read:
		return d + "&_pragma=query_only(1)"
	default:
		return d
	}
}

// hold takes the folder for this process; the system frees it when the process
// ends, however it ends.
func hold(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another process serves %s", filepath.Dir(name)), f.Close())
	}
	return f, nil
}

func (e *Engine) checkSchema(ctx context.Context, readOnly bool) error {
	var found int
	if err := e.readers.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if found > schema {
		return fmt.Errorf("the store is of version %d, newer than this binary's %d", found, schema)
	}
	if found == schema || readOnly {
		return nil
	}
	return e.writer.do(ctx, func(ctx context.Context, tx *sql.Conn) error {
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schema))
		return err
	})
}

// Ping answers when the store can be read.
func (e *Engine) Ping(ctx context.Context) error { return e.readers.PingContext(ctx) }

// Close waits for writes under way and frees the folder.
func (e *Engine) Close(context.Context) error {
	var errs []error
	if e.writer != nil {
		errs = append(errs, e.writer.close())
	}
	if e.readers != nil {
		errs = append(errs, e.readers.Close())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}
