package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Dump reads a collection as it stood when the dump began; see docstore.Engine.
func (e *Engine) Dump(ctx context.Context, collection string, each func(docstore.Raw) error) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	text := "SELECT id, version, body, outbox FROM " + t.Name + " ORDER BY id"
	return e.reading(ctx, func(c *conn) error {
		return c.rows(ctx, text, nil, func(rows *sql.Rows) (bool, error) {
			var raw docstore.Raw
			var body, outbox sql.RawBytes
			if err := rows.Scan(&raw.ID, &raw.Version, &body, &outbox); err != nil {
				return false, err
			}
			raw.Body = json.RawMessage(body)
			if outbox != nil {
				if err := json.Unmarshal(outbox, &raw.Outbox); err != nil {
					return false, err
				}
			}
			return true, each(raw)
		})
	})
}

// Load stores dumped documents; see docstore.Engine.
func (e *Engine) Load(ctx context.Context, collection string, documents []docstore.Raw) error {
	ready := make([]encoded, len(documents))
	for i, raw := range documents {
		ready[i] = encoded{id: raw.ID, version: raw.Version, body: string(raw.Body)}
		if !json.Valid(raw.Body) {
			return errors.New("sqlite: a dumped body is not JSON")
		}
		if err := ready[i].hold(raw.Outbox); err != nil {
			return err
		}
	}
	return e.write(ctx, collection, func(c *conn, t table) error {
		for _, row := range ready {
			made, err := insert(c, t, row)
			if err != nil {
				return err
			}
			if !made {
				return docstore.ErrDuplicate
			}
		}
		return nil
	})
}
