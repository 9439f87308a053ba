package sqlite

import (
	"container/heap"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Get decodes one document; see docstore.Engine.
func (e *Engine) Get(ctx context.Context, collection, id string, into any) error {
	return e.read(ctx, collection, id, func(decode docstore.Decode) error { return decode(into) })
}

func (e *Engine) read(ctx context.Context, collection, id string, use func(docstore.Decode) error) (err error) {
	e.mu.RLock()
	get, ok := e.gets[collection]
	e.mu.RUnlock()
	if !ok {
		return fmt.Errorf("sqlite: collection %q is not prepared", collection)
	}
	rows, err := get.QueryContext(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return errors.Join(rows.Err(), docstore.ErrNotFound)
	}
	var body sql.RawBytes
	if err := rows.Scan(&body); err != nil {
		return err
	}
	return use(func(into any) error { return json.Unmarshal(body, into) })
}

// stream is one run of rows in order: one territory, one value of each
// equality. Several are merged, so that no sort is ever needed.
type stream struct {
	rows  *sql.Rows
	order int64
	id    string
	body  []byte
	desc  bool
}

func (s *stream) next() (bool, error) {
	if !s.rows.Next() {
		return false, errors.Join(s.rows.Err(), s.rows.Close())
	}
	var order sql.NullInt64
	if err := s.rows.Scan(&order, &s.id, &s.body); err != nil {
		return false, err
	}
	s.order = order.Int64
	return true, nil
}

type streams []*stream

func (h streams) Len() int { return len(h) }
func (h streams) Less(i, j int) bool {
	a, b := h[i], h[j]
	if a.desc {
		a, b = b, a
	}
	if a.order != b.order {
		return a.order < b.order
	}
	return a.id < b.id
}
func (h streams) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *streams) Push(x any)   { *h = append(*h, x.(*stream)) } //nolint:forcetypeassert // heap's interface
func (h *streams) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// Find walks a list in order; see docstore.Engine.
func (e *Engine) Find(ctx context.Context, find docstore.Find, each func(docstore.Decode, string) (bool, error)) (err error) {
	if find.Spec.Scoped && !find.Scope.All() && len(find.Scope.Territories()) == 0 {
		return nil
	}
	queries, err := e.plan(ctx, find)
	if err != nil {
		return err
	}
	var merged streams
	defer func() {
		for _, s := range merged {
			err = errors.Join(err, s.rows.Close())
		}
	}()
	for _, q := range queries {
		rows, err := e.readers.QueryContext(ctx, q.text, q.args...)
		if err != nil {
			return err
		}
		s := &stream{rows: rows, desc: find.Index.Desc}
		more, err := s.next()
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		if more {
			merged = append(merged, s)
		}
	}
	heap.Init(&merged)
	return walk(&merged, find.Limit, each)
}

func walk(merged *streams, limit int, each func(docstore.Decode, string) (bool, error)) error {
	for n := 0; merged.Len() > 0 && (limit <= 0 || n < limit); n++ {
		s := (*merged)[0]
		body := s.body
		goOn, err := each(func(into any) error { return json.Unmarshal(body, into) }, cursor(s.order, s.id))
		if err != nil || !goOn {
			return err
		}
		more, err := s.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(merged, 0)
		default:
			heap.Pop(merged)
		}
	}
	return nil
}

// Count counts a list up to max; see docstore.Engine.
func (e *Engine) Count(ctx context.Context, find docstore.Find, max int) (int, error) {
	if find.Spec.Scoped && !find.Scope.All() && len(find.Scope.Territories()) == 0 {
		return 0, nil
	}
	find.Limit = max
	queries, err := e.plan(ctx, find)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, q := range queries {
		var n int
		if err := e.readers.QueryRowContext(ctx, "SELECT count(*) FROM ("+q.text+")", q.args...).Scan(&n); err != nil {
			return 0, err
		}
		total += n
	}
	return min(total, max), nil
}

type query struct {
	text string
	args []any
}

// plan turns a find into one query a combination of its values.
func (e *Engine) plan(ctx context.Context, find docstore.Find) ([]query, error) {
	if len(find.Terms) > 0 {
		q, err := e.planTerms(ctx, find)
		return []query{q}, err
	}
	var prefixes [][]string
	columns := []string{}
	if find.Spec.Scoped && !find.Scope.All() {
		columns = append(columns, "territory")
		prefixes = append(prefixes, find.Scope.Territories())
	}
	for i, in := range find.Equal {
		columns = append(columns, find.Index.Equal[i])
		prefixes = append(prefixes, in)
	}
	queries := []query{}
	for _, values := range combinations(prefixes) {
		q, err := planOne(find, columns, values)
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	return queries, nil
}

func planOne(find docstore.Find, columns, values []string) (query, error) {
	var where []string
	var args []any
	for i, column := range columns {
		where = append(where, field(column)+" = ?")
		args = append(args, values[i])
	}
	order, sign, direction := "0", ">", ""
	ordered := find.Index.Order != "" && len(find.Equal) == len(find.Index.Equal)
	if ordered {
		order = field(find.Index.Order)
		where, args = bounds(where, args, order, find.From, find.To)
	}
	if find.Index.Desc {
		sign, direction = "<", " DESC"
	}
	if find.After != "" {
		at, id, err := parseCursor(find.After)
		if err != nil {
			return query{}, err
		}
		if ordered {
			where = append(where, fmt.Sprintf("%s %s= ? AND (%s %s ? OR id %s ?)", order, sign, order, sign, sign))
			args = append(args, at, at, id)
		} else {
			where, args = append(where, "id "+sign+" ?"), append(args, id)
		}
	}
	text := "SELECT " + order + ", id, body FROM " + find.Spec.Name
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	text += " ORDER BY "
	if ordered {
		text += order + direction + ", "
	}
	text += "id" + direction
	if find.Limit > 0 {
		text += " LIMIT " + strconv.Itoa(find.Limit)
	}
	return query{text, args}, nil
}

func bounds(where []string, args []any, order string, from, to int64) ([]string, []any) {
	if from != 0 {
		where, args = append(where, order+" >= ?"), append(args, from)
	}
	if to != 0 {
		where, args = append(where, order+" < ?"), append(args, to)
	}
	return where, args
}

// planTerms finds documents that hold every term, starting from the rarest;
// their order is the id's.
func (e *Engine) planTerms(ctx context.Context, find docstore.Find) (query, error) {
	n := find.Spec.Name
	terms, err := e.rarestFirst(ctx, n, find.Terms)
	if err != nil {
		return query{}, err
	}
	text := "SELECT 0, d.id, d.body FROM " + n + "_terms t0"
	var args []any
	for i := range terms[1:] {
		text += fmt.Sprintf(" CROSS JOIN %s_terms t%d ON t%d.key = t0.key AND t%d.term = ?", n, i+1, i+1, i+1)
		args = append(args, terms[i+1])
	}
	text += " CROSS JOIN " + n + " d ON d.key = t0.key WHERE t0.term = ?"
	args = append(args, terms[0])
	if find.Spec.Scoped && !find.Scope.All() {
		territories := find.Scope.Territories()
		text += " AND d." + field("territory") + " IN (" + placeholders(len(territories)) + ")"
		for _, t := range territories {
			args = append(args, t)
		}
	}
	if find.After != "" {
		_, id, err := parseCursor(find.After)
		if err != nil {
			return query{}, err
		}
		text, args = text+" AND d.id > ?", append(args, id)
	}
	text += " ORDER BY d.id"
	if find.Limit > 0 {
		text += " LIMIT " + strconv.Itoa(find.Limit)
	}
	return query{text, args}, nil
}

// rare is how far a term is counted to tell which is rarest.
const rare = 1000

func (e *Engine) rarestFirst(ctx context.Context, collection string, terms []string) ([]string, error) {
	if len(terms) == 1 {
		return terms, nil
	}
	best, fewest := 0, rare+1
	for i, term := range terms {
		var n int
		text := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s_terms WHERE term = ? LIMIT %d)", collection, rare)
		if err := e.readers.QueryRowContext(ctx, text, term).Scan(&n); err != nil {
			return nil, err
		}
		if n < fewest {
			best, fewest = i, n
		}
	}
	sorted := append([]string{terms[best]}, terms[:best]...)
	return append(sorted, terms[best+1:]...), nil
}

// combinations is every choice of one value from each list.
func combinations(lists [][]string) [][]string {
	all := [][]string{{}}
	for _, list := range lists {
		var next [][]string
		for _, head := range all {
			for _, value := range list {
				next = append(next, append(append([]string{}, head...), value))
			}
		}
		all = next
	}
	return all
}

func cursor(order int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(order, 10) + "|" + id))
}

func parseCursor(text string) (order int64, id string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, "", fault.InvalidField("after", "cursor")
	}
	number, id, ok := strings.Cut(string(raw), "|")
	order, err = strconv.ParseInt(number, 10, 64)
	if !ok || err != nil {
		return 0, "", fault.InvalidField("after", "cursor")
	}
	return order, id, nil
}

// Pending lists outboxes, oldest document first; see docstore.Engine.
func (e *Engine) Pending(ctx context.Context, collection string, limit int) (_ []docstore.Pending, err error) {
	if _, err := e.spec(collection); err != nil {
		return nil, err
	}
	rows, err := e.readers.QueryContext(ctx,
		"SELECT id, outbox FROM "+collection+" WHERE outbox IS NOT NULL ORDER BY key LIMIT ?", limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []docstore.Pending
	for rows.Next() {
		p := docstore.Pending{Collection: collection}
		var text sql.RawBytes
		if err := rows.Scan(&p.ID, &text); err != nil {
			return nil, err
		}
		var records []held
		if err := json.Unmarshal(text, &records); err != nil {
			return nil, err
		}
		for _, r := range records {
			p.Names, p.Records = append(p.Names, r.Name), append(p.Records, r.Record)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// GetMany decodes the documents that exist; see docstore.Engine.
func (e *Engine) GetMany(ctx context.Context, collection string, ids []string, each func(int, docstore.Decode) error) error {
	for place, id := range ids {
		err := e.read(ctx, collection, id, func(decode docstore.Decode) error { return each(place, decode) })
		if err != nil && !errors.Is(err, docstore.ErrNotFound) {
			return err
		}
	}
	return nil
}
