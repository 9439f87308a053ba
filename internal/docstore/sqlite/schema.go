package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

var (
	safeName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	safePath = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
)

// field is the one expression for a JSON path, the same in indexes and
// queries: a path given as a parameter would not use the index.
func field(path string) string { return "body ->> '$." + path + "'" }

// Prepare makes what is missing: tables and indexes.
func (e *Engine) Prepare(ctx context.Context, specs []docstore.Spec) error {
	for _, spec := range specs {
		statements, err := statements(spec)
		if err != nil {
			return err
		}
		if e.writer != nil {
			err := e.writer.do(ctx, func(ctx context.Context, conn *sql.Conn) error {
				for _, s := range statements {
					if _, err := conn.ExecContext(ctx, s); err != nil {
						return fmt.Errorf("prepare %s: %w", spec.Name, err)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		get, err := e.readers.PrepareContext(ctx, "SELECT body FROM "+spec.Name+" WHERE id = ?")
		if err != nil {
			return fmt.Errorf("prepare %s: %w", spec.Name, err)
		}
		e.mu.Lock()
		e.specs[spec.Name], e.gets[spec.Name] = spec, get
		e.mu.Unlock()
	}
	return nil
}

func statements(spec docstore.Spec) ([]string, error) {
	if !safeName.MatchString(spec.Name) {
		return nil, fmt.Errorf("collection %q: lower case letters, digits and _ only", spec.Name)
	}
	n := spec.Name
	all := []string{
		"CREATE TABLE IF NOT EXISTS " + n + " (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, body TEXT NOT NULL, outbox TEXT)",
		"CREATE INDEX IF NOT EXISTS " + n + "_outbox ON " + n + "(key) WHERE outbox IS NOT NULL",
	}
	if spec.Terms {
		all = append(all,
			"CREATE TABLE IF NOT EXISTS "+n+"_terms (term TEXT NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (term, key)) WITHOUT ROWID",
			"CREATE INDEX IF NOT EXISTS "+n+"_terms_key ON "+n+"_terms(key)")
	}
	if spec.Scoped {
		all = append(all, "CREATE INDEX IF NOT EXISTS "+n+"_territory ON "+n+"("+field("territory")+", id)")
	}
	for _, index := range spec.Indexes {
		for _, path := range append([]string{index.Order + "x"}, index.Equal...) {
			if !safePath.MatchString(path) || !safeName.MatchString(index.Name) {
				return nil, fmt.Errorf("collection %s, index %s: path %q", n, index.Name, path)
			}
		}
		all = append(all, create(n, "", index))
		if spec.Scoped {
			all = append(all, create(n, "territory", index))
		}
	}
	return all, nil
}

func create(collection, prefix string, index docstore.Index) string {
	var columns []string
	name := collection + "_" + index.Name
	if prefix != "" {
		name += "_scoped"
		columns = append(columns, field(prefix))
	}
	for _, path := range index.Equal {
		columns = append(columns, field(path))
	}
	direction := ""
	if index.Desc {
		direction = " DESC"
	}
	if index.Order != "" {
		columns = append(columns, field(index.Order)+direction)
	}
	columns = append(columns, "id"+direction)
	return "CREATE INDEX IF NOT EXISTS " + name + " ON " + collection + "(" + strings.Join(columns, ", ") + ")"
}
