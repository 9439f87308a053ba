package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// table is a collection as it is stored. Names and paths are checked where they
// are declared, so that they stand in statements literally.
type table struct {
	docstore.Spec
}

func (t table) terms() string { return t.Name + "_terms" }

func (t table) index(name string) string { return t.Name + "_by_" + name }

// expression is a key as index, filter and order all spell it: only then does
// SQLite see that they are the same.
func expression(k docstore.Key) string {
	if k.Path == "" {
		return "id"
	}
	return field(k.Path)
}

func field(path string) string { return "(body ->> '$." + path + "')" }

// Prepare makes tables and indexes that are missing, and drops indexes that are
// declared no more; see docstore.Engine.
func (e *Engine) Prepare(ctx context.Context, specs []docstore.Spec) error {
	tables := make(map[string]table, len(specs))
	for _, spec := range specs {
		t := table{spec}
		tables[spec.Name] = t
		if e.lock == nil { // whoever serves has made them
			continue
		}
		if err := e.prepare(ctx, t); err != nil {
			return fmt.Errorf("prepare %s: %w", spec.Name, err)
		}
	}
	e.tables = tables
	return nil
}

func (e *Engine) prepare(ctx context.Context, t table) error {
	return e.writer.do(ctx, func(c *conn) error {
		for _, statement := range t.tables() {
			if err := c.exec(statement); err != nil {
				return err
			}
		}
		return e.prepareIndexes(c, t)
	})
}

func (t table) tables() []string {
	all := []string{"CREATE TABLE IF NOT EXISTS " + t.Name + ` (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  outbox TEXT,
  pending INTEGER
)`}
	if t.Terms {
		all = append(all, "CREATE TABLE IF NOT EXISTS "+t.terms()+` (
  term TEXT NOT NULL,
  key INTEGER NOT NULL,
  territory TEXT NOT NULL,
  PRIMARY KEY (term, key)
) WITHOUT ROWID`)
	}
	return all
}

// indexes maps the name of each index to the statement that makes it.
func (t table) indexes() map[string]string {
	all := map[string]string{}
	add := func(name, columns string) {
		all[t.index(name)] = "CREATE INDEX " + t.index(name) + " ON " + t.Name + " " + columns
	}
	add("outbox", "(pending, key) WHERE pending IS NOT NULL")
	for _, layout := range t.Layouts() {
		columns := make([]string, len(layout.Keys))
		for i, key := range layout.Keys {
			columns[i] = expression(key) + direction(key)
		}
		add(layout.Name, "("+strings.Join(columns, ", ")+")")
	}
	return all
}

func direction(k docstore.Key) string {
	if k.Desc {
		return " DESC"
	}
	return ""
}

func (e *Engine) prepareIndexes(c *conn, t table) error {
	wanted := t.indexes()
	stale, err := compare(c, t, wanted)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := c.exec("DROP INDEX " + name); err != nil {
			return err
		}
	}
	for name, statement := range wanted {
		e.log.Info("building an index; writers wait on a large store", slog.String("index", name))
		if err := c.exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// compare takes out of wanted what exists as declared, and lists what does not
// fit the declaration.
func compare(c *conn, t table, wanted map[string]string) (stale []string, err error) {
	text := "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
	err = c.rows(context.Background(), text, []any{t.Name}, func(rows *sql.Rows) (bool, error) {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return false, err
		}
		if wanted[name] == statement {
			delete(wanted, name)
		} else {
			stale = append(stale, name)
		}
		return true, nil
	})
	return stale, err
}

func (e *Engine) table(collection string) (table, error) {
	t, known := e.tables[collection]
	if !known {
		return t, fmt.Errorf("sqlite: collection %q is not prepared", collection)
	}
	return t, nil
}

func (e *Engine) write(ctx context.Context, collection string, do func(*conn, table) error) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	if e.writer == nil {
		return errors.New("sqlite: the store is open for reading only")
	}
	return e.writer.do(ctx, func(c *conn) error { return do(c, t) })
}
