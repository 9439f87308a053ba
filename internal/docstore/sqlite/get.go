package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Get decodes one document; see docstore.Engine. It is too short to be
// interrupted, which would cost a goroutine.
func (e *Engine) Get(ctx context.Context, collection, id string, into any) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	err = e.reading(ctx, func(c *conn) error {
		text := "SELECT body FROM " + t.Name + " WHERE id = ?"
		found := false
		err := c.rows(context.Background(), text, []any{id}, func(rows *sql.Rows) (bool, error) {
			found = true
			var body sql.RawBytes
			return false, errors.Join(rows.Scan(&body), json.Unmarshal(body, into))
		})
		if err == nil && !found {
			return docstore.ErrNotFound
		}
		return err
	})
	return err
}

// GetMany decodes several documents; see docstore.Engine.
func (e *Engine) GetMany(ctx context.Context, collection string, ids []string, each func(int, docstore.Decode) error) error {
	t, err := e.table(collection)
	if err != nil || len(ids) == 0 {
		return err
	}
	wanted, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	text := "SELECT j.key, d.body FROM json_each(?) j CROSS JOIN " + t.Name + " d ON d.id = j.value"
	return e.reading(ctx, func(c *conn) error {
		return c.rows(ctx, text, []any{string(wanted)}, func(rows *sql.Rows) (bool, error) {
			var place int
			var body sql.RawBytes
			if err := rows.Scan(&place, &body); err != nil {
				return false, err
			}
			return true, each(place, func(into any) error { return json.Unmarshal(body, into) })
		})
	})
}
