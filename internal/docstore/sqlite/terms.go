package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Terms stand in a table beside the documents, one row a term and document,
// with the territory so that a scope is held without reading documents.

const territoryOf = "coalesce(%s ->> '$." + docstore.TerritoryPath + "', '')"

// addTerms wants the key, and the body twice.
func (t table) addTerms() string {
	return "INSERT OR IGNORE INTO " + t.terms() + " (term, key, territory) SELECT value, ?, " +
		fmt.Sprintf(territoryOf, "?") + " FROM json_each(?, '$.terms') WHERE type = 'text'"
}

// moveTerms brings the terms of a document up to its next version; most changes
// leave them as they are.
func (t table) moveTerms(c *conn, next encoded) error {
	var key int64
	var same bool
	text := "SELECT key, coalesce(body ->> '$.terms', '') = coalesce(?1 ->> '$.terms', '') AND " +
		fmt.Sprintf(territoryOf, "body") + " = " + fmt.Sprintf(territoryOf, "?1") +
		" FROM " + t.Name + " WHERE id = ?2 AND version = ?3"
	err := c.one(context.Background(), text, []any{next.body, next.id, next.version - 1}, &key, &same)
	if errors.Is(err, sql.ErrNoRows) || err == nil && same {
		return nil // gone or stale: the update will find out
	}
	if err != nil {
		return err
	}
	if err := t.dropTerms(c, next.id); err != nil {
		return err
	}
	return c.exec(t.addTerms(), key, next.body, next.body)
}

func (t table) dropTerms(c *conn, id string) error {
	return c.exec("DELETE FROM "+t.terms()+" WHERE (term, key) IN (SELECT e.value, d.key FROM "+t.Name+
		" d, json_each(d.body, '$.terms') e WHERE d.id = ?)", id)
}

// rare is how far a term is counted to tell which is rarest.
const rare = 1000

// rarestFirst puts the term with the fewest documents first: the others are
// only looked up for those.
func (t table) rarestFirst(ctx context.Context, c *conn, terms []string) ([]string, error) {
	terms = slices.Compact(slices.Sorted(slices.Values(terms)))
	if len(terms) == 1 {
		return terms, nil
	}
	best, fewest := 0, rare+1
	text := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE term = ? LIMIT %d)", t.terms(), rare)
	for i, term := range terms {
		n := 0
		if err := c.one(ctx, text, []any{term}, &n); err != nil {
			return nil, err
		}
		if n < fewest {
			best, fewest = i, n
		}
	}
	terms[0], terms[best] = terms[best], terms[0]
	return terms, nil
}

// termsQuery finds the keys of documents that hold every term, in the order in
// which they came.
func (t table) termsQuery(find docstore.Find, terms []string) (statement, error) {
	var q statement
	q.text = "SELECT t0.key AS key FROM " + t.terms() + " t0"
	for i, term := range terms[1:] {
		q.add(fmt.Sprintf(" CROSS JOIN %s t%d ON t%d.term = ? AND t%d.key = t0.key", t.terms(), i+1, i+1, i+1), term)
	}
	q.add(" WHERE t0.term = ?", terms[0])
	if find.Spec.Scoped && !find.Scope.All() {
		territories := find.Scope.Territories()
		q.text += " AND t0.territory IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(territories)), ", ") + ")"
		for _, territory := range territories {
			q.args = append(q.args, territory)
		}
	}
	after, err := find.AfterID()
	if err != nil {
		return q, err
	}
	if after != "" {
		key, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			return q, fault.New(fault.Malformed, "cursor")
		}
		q.add(" AND t0.key > ?", key)
	}
	q.text += " ORDER BY t0.key"
	return q, nil
}

func (e *Engine) findTerms(ctx context.Context, c *conn, t table, find docstore.Find, each func(docstore.Found) (bool, error)) error {
	terms, err := t.rarestFirst(ctx, c, find.Terms)
	if err != nil {
		return err
	}
	q, err := t.termsQuery(find, terms)
	if err != nil {
		return err
	}
	q.text = strings.Replace(q.text, "SELECT t0.key AS key", "SELECT CAST(t0.key AS TEXT), d.body", 1)
	q.text = strings.Replace(q.text, " WHERE ", " CROSS JOIN "+t.Name+" d ON d.key = t0.key WHERE ", 1)
	q.add(" LIMIT ?", find.Limit)
	return c.walk(ctx, q, []docstore.Key{{}}, each)
}
