package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// encoded is a row ready to be stored. outbox and since are nil where it
// recorded nothing.
type encoded struct {
	id      string
	version int64
	body    string
	outbox  any // JSON array of entries
	since   any // moment of the first
}

func encode(row docstore.Row) (encoded, error) {
	e := encoded{id: row.ID, version: row.Version}
	body, err := json.Marshal(row.Body)
	if err != nil {
		return e, fmt.Errorf("encode: %w", err)
	}
	if err := docstore.TooLarge(len(body)); err != nil {
		return e, err
	}
	e.body = string(body)
	return e, e.hold(row.Entries())
}

func (e *encoded) hold(entries []docstore.Entry) error {
	e.outbox, e.since = nil, nil
	if len(entries) == 0 {
		return nil
	}
	text, err := json.Marshal(entries)
	e.outbox, e.since = string(text), int64(entries[0].Record.At)
	return err
}

// chunk is how many documents one operation of an import inserts; other writes
// come in between.
const chunk = 500

// Insert stores new documents; see docstore.Engine.
func (e *Engine) Insert(ctx context.Context, collection string, rows []docstore.Row) ([]int, error) {
	ready := make([]encoded, len(rows))
	for i, row := range rows {
		var err error
		if ready[i], err = encode(row); err != nil {
			return nil, err
		}
	}
	var duplicates []int
	for start := 0; start < len(ready); start += chunk {
		part := ready[start:min(start+chunk, len(ready))]
		var again []int
		err := e.write(ctx, collection, func(c *conn, t table) error {
			for i, row := range part {
				made, err := insert(c, t, row)
				if err != nil {
					return err
				}
				if !made {
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

func insert(c *conn, t table, row encoded) (made bool, err error) {
	result, err := c.result("INSERT INTO "+t.Name+
		" (id, version, body, outbox, pending) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		row.id, row.version, row.body, row.outbox, row.since)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if !t.Terms {
		return true, nil
	}
	key, err := result.LastInsertId()
	if err != nil {
		return false, err
	}
	return true, c.exec(t.addTerms(), key, row.body, row.body)
}

// Replace stores the next version of a document; see docstore.Engine.
func (e *Engine) Replace(ctx context.Context, collection string, row docstore.Row) error {
	next, err := encode(row)
	if err != nil {
		return err
	}
	return e.write(ctx, collection, func(c *conn, t table) error {
		if t.Terms {
			if err := t.moveTerms(c, next); err != nil {
				return err
			}
		}
		result, err := c.result("UPDATE "+t.Name+` SET version = ?1, body = ?2,
  outbox = CASE WHEN ?3 IS NULL OR outbox IS NULL THEN coalesce(?3, outbox)
    ELSE substr(outbox, 1, length(outbox) - 1) || ',' || substr(?3, 2) END,
  pending = coalesce(pending, ?4)
WHERE id = ?5 AND version = ?6`, next.version, next.body, next.outbox, next.since, next.id, next.version-1)
		return t.changed(c, next.id, result, err)
	})
}

// Delete removes a document at a version; see docstore.Engine.
func (e *Engine) Delete(ctx context.Context, collection, id string, version int64) error {
	return e.write(ctx, collection, func(c *conn, t table) error {
		if t.Terms {
			if err := t.dropTerms(c, id); err != nil {
				return err
			}
		}
		result, err := c.result("DELETE FROM "+t.Name+" WHERE id = ? AND version = ? AND outbox IS NULL", id, version)
		return t.changed(c, id, result, err)
	})
}

// changed tells a stale version from a document that is not there.
func (t table) changed(c *conn, id string, result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	var version int64
	err = c.one(context.Background(), "SELECT version FROM "+t.Name+" WHERE id = ?", []any{id}, &version)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return docstore.ErrNotFound
	case err != nil:
		return err
	default:
		return docstore.ErrStale
	}
}
