package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// statement is SQL on its way, with the values of its places.
type statement struct {
	text string
	args []any
}

func (s *statement) add(text string, args ...any) {
	s.text += text
	s.args = append(s.args, args...)
}

// mergeBound is how many streams one statement merges; SQLite takes 500.
// Beyond it the values are looked up together and sorted.
const mergeBound = 400

// Find walks a list in order; see docstore.Engine.
func (e *Engine) Find(ctx context.Context, find docstore.Find, each func(docstore.Found) (bool, error)) error {
	t, err := e.table(find.Spec.Name)
	if err != nil || find.Empty() {
		return err
	}
	return e.reading(ctx, func(c *conn) error {
		if len(find.Terms) > 0 {
			return e.findTerms(ctx, c, t, find, each)
		}
		plan, err := find.Plan()
		if err != nil {
			return err
		}
		return c.walk(ctx, t.list(plan, find.Limit), plan.Order, each)
	})
}

// Count counts a list up to max; see docstore.Engine.
func (e *Engine) Count(ctx context.Context, find docstore.Find, max int) (n int, err error) {
	t, err := e.table(find.Spec.Name)
	if err != nil || find.Empty() {
		return 0, err
	}
	err = e.reading(ctx, func(c *conn) error {
		q, err := e.counted(ctx, c, t, find)
		if err != nil {
			return err
		}
		q.text = "SELECT count(*) FROM (" + q.text
		q.add(" LIMIT ?)", max)
		return c.one(ctx, q.text, q.args, &n)
	})
	return n, err
}

func (e *Engine) counted(ctx context.Context, c *conn, t table, find docstore.Find) (statement, error) {
	if len(find.Terms) > 0 {
		terms, err := t.rarestFirst(ctx, c, find.Terms)
		if err != nil {
			return statement{}, err
		}
		return t.termsQuery(find, terms)
	}
	plan, err := find.Plan()
	if err != nil {
		return statement{}, err
	}
	q := statement{text: "SELECT 1"}
	t.from(&q, plan, plan.Match)
	return q, nil
}

// list is the statement of a plan. Several values of its equalities are one
// ordered stream each, which SQLite merges as it goes: no sort, and no more
// rows read than the page needs.
func (t table) list(plan docstore.Plan, limit int) statement {
	var columns []string
	for i, key := range plan.Order {
		columns = append(columns, expression(key)+" AS k"+string(rune('0'+i)))
	}
	head := "SELECT " + strings.Join(append(columns, "body"), ", ")
	var q statement
	for i, match := range streams(plan.Match) {
		if i > 0 {
			q.text += " UNION ALL "
		}
		q.text += head
		t.from(&q, plan, match)
	}
	var order []string
	for i, key := range plan.Order {
		order = append(order, "k"+string(rune('0'+i))+direction(key))
	}
	q.add(" ORDER BY "+strings.Join(order, ", ")+" LIMIT ?", limit)
	return q
}

// streams is every choice of one value for each equality.
func streams(match []docstore.Match) [][]docstore.Match {
	all := [][]docstore.Match{nil}
	for _, m := range match {
		if len(all)*len(m.Values) > mergeBound {
			return [][]docstore.Match{match}
		}
		var next [][]docstore.Match
		for _, head := range all {
			for _, value := range m.Values {
				next = append(next, append(head[:len(head):len(head)], docstore.Match{Path: m.Path, Values: []string{value}}))
			}
		}
		all = next
	}
	return all
}

// from adds table, index and conditions. The first key of the order has one
// range only: given two, SQLite might begin at the wider one.
func (t table) from(q *statement, plan docstore.Plan, match []docstore.Match) {
	q.text += " FROM " + t.Name
	if plan.Layout != "" {
		q.text += " INDEXED BY " + t.index(plan.Layout)
	}
	q.text += " WHERE true"
	for _, m := range match {
		q.text += " AND " + field(m.Path) + " IN (?" + strings.Repeat(", ?", len(m.Values)-1) + ")"
		for _, value := range m.Values {
			q.args = append(q.args, value)
		}
	}
	for i, key := range plan.Order {
		var after any
		if i == 0 && plan.After != nil {
			after = plan.After[0]
		}
		t.begin(q, plan, key, after)
	}
	if len(plan.After) > 1 {
		q.text += " AND ("
		q.behind(plan.Order, plan.After)
		q.text += ")"
	}
}

// begin bounds one key, from a cursor's value where the walk goes on.
func (t table) begin(q *statement, plan docstore.Plan, key docstore.Key, after any) {
	switch {
	case key.Number:
		low, high := plan.From, plan.To
		if high != math.MaxInt64 {
			high--
		}
		if at, ok := after.(int64); ok && key.Desc {
			high = min(high, at)
		} else if ok {
			low = max(low, at)
		}
		q.add(" AND "+expression(key)+" BETWEEN ? AND ?", low, high)
	case key.Path != "":
		low, _ := after.(string)
		q.add(" AND "+expression(key)+" >= ?", low)
	case after != nil && len(plan.Order) == 1:
		q.add(" AND id "+beyond(key)+" ?", after)
	}
}

// behind is true for what follows the values in the order.
func (s *statement) behind(order []docstore.Key, values []any) {
	s.add(expression(order[0])+" "+beyond(order[0])+" ?", values[0])
	if len(order) == 1 {
		return
	}
	s.add(" OR ("+expression(order[0])+" = ? AND (", values[0])
	s.behind(order[1:], values[1:])
	s.text += "))"
}

func beyond(k docstore.Key) string {
	if k.Desc {
		return "<"
	}
	return ">"
}

// row is the row at hand: the values of its order, and the body.
type row struct {
	texts   []string
	numbers []int64
	order   []docstore.Key
	body    sql.RawBytes
}

// Decode fills a document; see docstore.Found.
func (r *row) Decode(into any) error { return json.Unmarshal(r.body, into) }

// Cursor spells where the row stands; see docstore.Found.
func (r *row) Cursor() string {
	values := make([]any, len(r.order))
	for i, key := range r.order {
		if key.Number {
			values[i] = r.numbers[i]
		} else {
			values[i] = r.texts[i]
		}
	}
	return docstore.Cursor(values)
}

func (c *conn) walk(ctx context.Context, q statement, order []docstore.Key, each func(docstore.Found) (bool, error)) error {
	r := &row{order: order, texts: make([]string, len(order)), numbers: make([]int64, len(order))}
	into := make([]any, 0, len(order)+1)
	for i, key := range order {
		if key.Number {
			into = append(into, &r.numbers[i])
		} else {
			into = append(into, &r.texts[i])
		}
	}
	into = append(into, &r.body)
	return c.rows(ctx, q.text, q.args, func(rows *sql.Rows) (bool, error) {
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		return each(r)
	})
}
