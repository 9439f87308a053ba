package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// maxDocument is MongoDB's limit, kept here too so that what one engine takes
// the other does.
const maxDocument = 16 << 20

// held is an outbox record as stored: with its name, so that acknowledging
// never counts.
type held struct {
	Name string `json:"name"`
	docstore.Record
}

func encode(row docstore.Row) (string, error) {
	body, err := json.Marshal(row.Body)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	if len(body) > maxDocument {
		return "", fault.New(fault.TooLarge, "document_too_large")
	}
	if !utf8.Valid(body) {
		return "", fault.New(fault.Malformed, "encoding")
	}
	return string(body), nil
}

func outbox(row docstore.Row) ([]held, error) {
	records := make([]held, len(row.Records))
	for i, r := range row.Records {
		records[i] = held{Name: fmt.Sprintf("%s:%d:%d", row.ID, row.Version, i), Record: r}
	}
	return records, nil
}

func encodeOutbox(records []held) (any, error) {
	if len(records) == 0 {
		return nil, nil //nolint:nilnil // SQL's NULL
	}
	text, err := json.Marshal(records)
	return string(text), err
}

// chunk is how many documents one operation of an import inserts; other writes
// come in between.
const chunk = 500

// Insert stores new documents; see docstore.Engine.
func (e *Engine) Insert(ctx context.Context, collection string, rows []docstore.Row) (duplicates []int, err error) {
	for start := 0; start < len(rows); start += chunk {
		part := rows[start:min(start+chunk, len(rows))]
		var again []int
		err := e.write(ctx, collection, func(ctx context.Context, conn *sql.Conn, spec docstore.Spec) error {
			again = again[:0]
			for i, row := range part {
				fresh, err := insert(ctx, conn, spec, row)
				if err != nil {
					return err
				}
				if !fresh {
					again = append(again, start+i)
				}
			}
			return nil
		})
		if err != nil {
			return duplicates, err
		}
		duplicates = append(duplicates, again...)
	}
	return duplicates, nil
}

func insert(ctx context.Context, conn *sql.Conn, spec docstore.Spec, row docstore.Row) (fresh bool, err error) {
	body, err := encode(row)
	if err != nil {
		return false, err
	}
	records, err := outbox(row)
	if err != nil {
		return false, err
	}
	pending, err := encodeOutbox(records)
	if err != nil {
		return false, err
	}
	result, err := conn.ExecContext(ctx,
		"INSERT INTO "+spec.Name+" (id, version, body, outbox) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		row.ID, row.Version, body, pending)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if !spec.Terms {
		return true, nil
	}
	key, err := result.LastInsertId()
	if err != nil {
		return false, err
	}
	return true, setTerms(ctx, conn, spec.Name, key, body, false)
}

func setTerms(ctx context.Context, conn *sql.Conn, collection string, key int64, body string, replace bool) error {
	if replace {
		if _, err := conn.ExecContext(ctx, "DELETE FROM "+collection+"_terms WHERE key = ?", key); err != nil {
			return err
		}
	}
	_, err := conn.ExecContext(ctx,
		"INSERT OR IGNORE INTO "+collection+"_terms (term, key) SELECT value, ? FROM json_each(?, '$.terms')", key, body)
	return err
}

// Replace stores the next version of a document; see docstore.Engine.
func (e *Engine) Replace(ctx context.Context, collection string, row docstore.Row) error {
	body, err := encode(row)
	if err != nil {
		return err
	}
	return e.write(ctx, collection, func(ctx context.Context, conn *sql.Conn, spec docstore.Spec) error {
		key, pending, err := current(ctx, conn, spec.Name, row.ID, row.Version-1)
		if err != nil {
			return err
		}
		added, err := outbox(row)
		if err != nil {
			return err
		}
		stored, err := encodeOutbox(append(pending, added...))
		if err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, "UPDATE "+spec.Name+" SET version = ?, body = ?, outbox = ? WHERE key = ?",
			row.Version, body, stored, key)
		if err != nil || !spec.Terms {
			return err
		}
		return setTerms(ctx, conn, spec.Name, key, body, true)
	})
}

// current reads the row key and outbox of a document at a version.
func current(ctx context.Context, conn *sql.Conn, collection, id string, version int64) (int64, []held, error) {
	var key, found int64
	var outbox sql.NullString
	err := conn.QueryRowContext(ctx, "SELECT key, version, outbox FROM "+collection+" WHERE id = ?", id).Scan(&key, &found, &outbox)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil, docstore.ErrNotFound
	case err != nil:
		return 0, nil, err
	case version != 0 && found != version:
		return 0, nil, docstore.ErrStale
	}
	var records []held
	if outbox.Valid {
		err = json.Unmarshal([]byte(outbox.String), &records)
	}
	return key, records, err
}

// Delete removes a document at a version; see docstore.Engine.
func (e *Engine) Delete(ctx context.Context, collection, id string, version int64) error {
	return e.write(ctx, collection, func(ctx context.Context, conn *sql.Conn, spec docstore.Spec) error {
		key, pending, err := current(ctx, conn, spec.Name, id, version)
		if err != nil {
			return err
		}
		if len(pending) > 0 {
			return docstore.ErrStale
		}
		if spec.Terms {
			if _, err := conn.ExecContext(ctx, "DELETE FROM "+spec.Name+"_terms WHERE key = ?", key); err != nil {
				return err
			}
		}
		_, err = conn.ExecContext(ctx, "DELETE FROM "+spec.Name+" WHERE key = ?", key)
		return err
	})
}

// Acknowledge removes carried records from an outbox; see docstore.Engine.
func (e *Engine) Acknowledge(ctx context.Context, collection, id string, names []string) error {
	return e.write(ctx, collection, func(ctx context.Context, conn *sql.Conn, spec docstore.Spec) error {
		key, pending, err := current(ctx, conn, spec.Name, id, 0)
		if errors.Is(err, docstore.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(pending, func(h held) bool { return slices.Contains(names, h.Name) })
		stored, err := encodeOutbox(left)
		if err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, "UPDATE "+spec.Name+" SET outbox = ? WHERE key = ?", stored, key)
		return err
	})
}

func (e *Engine) write(ctx context.Context, collection string, fn func(context.Context, *sql.Conn, docstore.Spec) error) error {
	spec, err := e.spec(collection)
	if err != nil {
		return err
	}
	if e.writer == nil {
		return errors.New("sqlite: the store is open for reading only")
	}
	return e.writer.do(ctx, func(ctx context.Context, conn *sql.Conn) error { return fn(ctx, conn, spec) })
}

func (e *Engine) spec(collection string) (docstore.Spec, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	spec, ok := e.specs[collection]
	if !ok {
		return spec, fmt.Errorf("sqlite: collection %q is not prepared", collection)
	}
	return spec, nil
}

// placeholders gives "?, ?, ?".
func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
