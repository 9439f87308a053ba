package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Pending lists outboxes that are not empty; see docstore.Engine. A partial
// index holds them alone, so that an empty list costs nothing.
func (e *Engine) Pending(ctx context.Context, collection string, limit int) ([]docstore.Pending, error) {
	t, err := e.table(collection)
	if err != nil {
		return nil, err
	}
	var all []docstore.Pending
	err = e.reading(ctx, func(c *conn) error {
		return c.rows(ctx, t.pending(), []any{limit}, func(rows *sql.Rows) (bool, error) {
			p := docstore.Pending{Collection: collection}
			var outbox sql.RawBytes
			if err := rows.Scan(&p.ID, &outbox); err != nil {
				return false, err
			}
			var entries []docstore.Entry
			if p.Unreadable = json.Unmarshal(outbox, &entries); p.Unreadable != nil {
				entries = nil
			}
			for _, entry := range entries {
				p.Names, p.Records = append(p.Names, entry.Name), append(p.Records, entry.Record)
			}
			all = append(all, p)
			return true, nil
		})
	})
	return all, err
}

func (t table) pending() string {
	return "SELECT id, outbox FROM " + t.Name + " INDEXED BY " + t.index("outbox") +
		" WHERE pending IS NOT NULL ORDER BY pending, key LIMIT ?"
}

// Acknowledge takes carried records out of an outbox; see docstore.Engine.
func (e *Engine) Acknowledge(ctx context.Context, collection, id string, names []string) error {
	return e.write(ctx, collection, func(c *conn, t table) error {
		var outbox []byte
		err := c.one(context.Background(), "SELECT outbox FROM "+t.Name+" WHERE id = ?", []any{id}, &outbox)
		if errors.Is(err, sql.ErrNoRows) || err == nil && outbox == nil {
			return nil
		}
		var entries []docstore.Entry
		if err = errors.Join(err, json.Unmarshal(outbox, &entries)); err != nil {
			return err
		}
		var left encoded
		err = left.hold(slices.DeleteFunc(entries, func(entry docstore.Entry) bool {
			return slices.Contains(names, entry.Name)
		}))
		if err != nil {
			return err
		}
		return c.exec("UPDATE "+t.Name+" SET outbox = ?, pending = ? WHERE id = ?", left.outbox, left.since, id)
	})
}

// SetAside keeps an outbox out of Pending; see docstore.Engine.
func (e *Engine) SetAside(ctx context.Context, collection, id string) error {
	return e.write(ctx, collection, func(c *conn, t table) error {
		return c.exec("UPDATE "+t.Name+" SET pending = NULL WHERE id = ?", id)
	})
}

// PutBack lists an outbox again; see docstore.Engine.
func (e *Engine) PutBack(ctx context.Context, collection, id string) error {
	return e.write(ctx, collection, func(c *conn, t table) error {
		return c.exec("UPDATE "+t.Name+" SET pending = 0 WHERE id = ? AND outbox IS NOT NULL", id)
	})
}
