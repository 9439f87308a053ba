package docstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Store is an engine and the collections declared on it.
type Store struct {
	engine Engine
	specs  []Spec
	types  []reflect.Type // of specs, in the same order
}

// New makes a store on an engine; declare collections, then Prepare.
func New(engine Engine) *Store { return &Store{engine: engine} }

// Engine gives the engine, for the relay and for maintenance.
func (s *Store) Engine() Engine { return s.engine }

// Specs lists what was declared.
func (s *Store) Specs() []Spec { return s.specs }

// Prepare makes the declared collections and indexes.
func (s *Store) Prepare(ctx context.Context) error {
	for i, spec := range s.specs {
		if err := spec.check(); err != nil {
			return err
		}
		if err := portable(s.types[i], spec.Name, map[reflect.Type]bool{}); err != nil {
			return err
		}
	}
	return s.engine.Prepare(ctx, s.specs)
}

// Collection holds the documents of one type.
type Collection[T any] struct {
	engine Engine
	spec   Spec
}

// Declare adds a collection of T, which must embed Meta, to the store.
func Declare[T any](s *Store, spec Spec) *Collection[T] {
	s.specs = append(s.specs, spec)
	s.types = append(s.types, reflect.TypeFor[T]())
	return &Collection[T]{engine: s.engine, spec: spec}
}

type document interface{ meta() *Meta }

func metaOf[T any](doc *T) *Meta { return any(doc).(document).meta() }

// Get reads one document; NotFound where there is none.
func (c *Collection[T]) Get(ctx context.Context, id string) (*T, error) {
	doc := new(T)
	if err := c.engine.Get(ctx, c.spec.Name, id, doc); err != nil {
		return nil, c.fault(err)
	}
	return doc, nil
}

// GetMany reads several documents at once, in the order of the ids; those that
// do not exist are nil.
func (c *Collection[T]) GetMany(ctx context.Context, ids []string) ([]*T, error) {
	docs := make([]*T, len(ids))
	err := c.engine.GetMany(ctx, c.spec.Name, ids, func(place int, decode Decode) error {
		docs[place] = new(T)
		return decode(docs[place])
	})
	return docs, c.fault(err)
}

// Insert stores a new document with what it recorded; Conflict where its id
// exists.
func (c *Collection[T]) Insert(ctx context.Context, doc *T) error {
	duplicates, err := c.InsertMany(ctx, []*T{doc})
	if err == nil && len(duplicates) > 0 {
		return c.fault(ErrDuplicate)
	}
	return err
}

// Create stores a new document, or reads the one that an earlier try with the
// same id made. made tells which.
func (c *Collection[T]) Create(ctx context.Context, doc *T) (stored *T, made bool, err error) {
	duplicates, err := c.InsertMany(ctx, []*T{doc})
	if err != nil || len(duplicates) == 0 {
		return doc, err == nil, err
	}
	stored, err = c.Get(ctx, metaOf(doc).ID)
	return stored, false, err
}

// InsertMany stores new documents, unordered and each on its own; those whose
// id exists are left as they are and reported by their place.
func (c *Collection[T]) InsertMany(ctx context.Context, docs []*T) (duplicates []int, err error) {
	rows := make([]Row, len(docs))
	for i, doc := range docs {
		m := metaOf(doc)
		m.Version = 1
		if err := checkText(reflect.ValueOf(doc)); err != nil {
			return nil, err
		}
		rows[i] = Row{ID: m.ID, Version: 1, Body: doc, Records: m.records}
		m.records = nil
	}
	duplicates, err = c.engine.Insert(ctx, c.spec.Name, rows)
	return duplicates, c.fault(err)
}

// tries bounds how often Update starts over when others write the same
// document; with the jitter below 64 writers on one document all get through.
const tries = 200

// Update loads a document, lets decide change it, and stores it with what it
// recorded, in one atomic write; when somebody else was faster it starts over.
// An error of decide stops it with nothing stored. A decide that changes
// nothing returns Unchanged.
func (c *Collection[T]) Update(ctx context.Context, id string, decide func(*T) error) (*T, error) {
	for try := range tries {
		doc, err := c.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		m := metaOf(doc)
		if err := decide(doc); err != nil {
			if errors.Is(err, Unchanged) {
				return doc, nil
			}
			return nil, err
		}
		m.Version++
		if err := checkText(reflect.ValueOf(doc)); err != nil {
			return nil, err
		}
		err = c.engine.Replace(ctx, c.spec.Name, Row{ID: m.ID, Version: m.Version, Body: doc, Records: m.records})
		if err == nil {
			m.records = nil
			return doc, nil
		}
		if !errors.Is(err, ErrStale) {
			return nil, c.fault(err)
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "busy")
}

// Unchanged is what decide returns when there is nothing to store.
var Unchanged = errors.New("docstore: nothing to store")

// IfVersion refuses a change based on an older version than the stored one
// (If-Match); version 0 asks for nothing.
func IfVersion(stored, wanted int64) error {
	if wanted != 0 && wanted != stored {
		return fault.Wrap(fault.Stale, "stale", ErrStale)
	}
	return nil
}

func pause(ctx context.Context, try int) error {
	span := time.Duration(1+min(try, 20)) * time.Millisecond
	timer := time.NewTimer(rand.N(span)) //nolint:gosec // jitter needs no secrecy
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Delete removes a document at its version.
func (c *Collection[T]) Delete(ctx context.Context, doc *T) error {
	m := metaOf(doc)
	return c.fault(c.engine.Delete(ctx, c.spec.Name, m.ID, m.Version))
}

// scanBound is how many documents a page with a filter looks at.
const scanBound = 1000

// Find gives a page of a declared list. keep, where given, is a filter beyond
// the index: at most scanBound documents are looked at for a page. keep does not
// use the store.
func (c *Collection[T]) Find(ctx context.Context, q Query, keep func(*T) bool) (Page[T], error) {
	find, err := c.find(q)
	if err != nil {
		return Page[T]{}, err
	}
	limit := find.Limit
	find.Limit = limit + 1
	if keep != nil {
		find.Limit = scanBound + 1
	}
	page := Page[T]{Items: make([]*T, 0, limit)}
	seen, next := 0, ""
	err = c.engine.Find(ctx, find, func(found Found) (bool, error) {
		if next != "" { // there is one more behind the page
			page.Next = next
			return false, nil
		}
		doc := new(T)
		if err := found.Decode(doc); err != nil {
			return false, err
		}
		if keep == nil || keep(doc) {
			page.Items = append(page.Items, doc)
		}
		if seen++; len(page.Items) == limit || seen == find.Limit-1 {
			next = found.Cursor()
		}
		return true, nil
	})
	if err != nil || !q.Total || q.After != "" || keep != nil {
		return page, c.fault(err)
	}
	total, err := c.Total(ctx, q)
	page.Total = &total
	return page, err
}

// totalBound is how far the length of a list is counted.
const totalBound = 1000

// Total tells how long a list is, as its readers see it.
func (c *Collection[T]) Total(ctx context.Context, q Query) (call.Total, error) {
	q.After = ""
	n, more, err := c.Count(ctx, q, totalBound)
	return call.Total{Count: n, More: more}, err
}

// Each walks a whole list in pages, for rounds, checks and read models that
// rebuild; never for a request.
func (c *Collection[T]) Each(ctx context.Context, q Query, do func(*T) error) error {
	q.Limit = maxLimit
	for {
		page, err := c.Find(ctx, q, nil)
		if err != nil {
			return err
		}
		for _, doc := range page.Items {
			if err := do(doc); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

// mostFailures bounds what EachApart tells of a walk on which everything fails.
const mostFailures = 100

// EachApart walks a whole list as Each does, and goes on behind what fails: the
// failures are joined, each said once. A job is stopped by no single document.
func (c *Collection[T]) EachApart(ctx context.Context, q Query, do func(*T) error) error {
	var failed []error
	said := map[string]bool{}
	err := c.Each(ctx, q, func(doc *T) error {
		err := do(doc)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if text := err.Error(); !said[text] && len(failed) < mostFailures {
			said[text] = true
			failed = append(failed, err)
		}
		return nil
	})
	return errors.Join(append(failed, err)...)
}

// Amend changes a page of all documents, for migrations: change tells whether it
// did, and may see a document twice. It gives the cursor of the next page, empty
// at the end.
func (c *Collection[T]) Amend(ctx context.Context, after string, change func(*T) (bool, error)) (next string, err error) {
	page, err := c.Find(ctx, Query{Scope: ScopeAll(), After: after, Limit: maxLimit}, nil)
	if err != nil {
		return "", err
	}
	decide := func(doc *T) error {
		changed, err := change(doc)
		if err == nil && !changed {
			return Unchanged
		}
		return err
	}
	for _, doc := range page.Items {
		id := metaOf(doc).ID
		if err := decide(doc); errors.Is(err, Unchanged) {
			continue
		} else if err != nil {
			return "", err
		}
		if _, err := c.Update(ctx, id, decide); err != nil {
			return "", err
		}
	}
	return page.Next, nil
}

// Count counts a list up to max; more tells that there are more.
func (c *Collection[T]) Count(ctx context.Context, q Query, max int) (n int, more bool, err error) {
	find, err := c.find(q)
	if err != nil {
		return 0, false, err
	}
	n, err = c.engine.Count(ctx, find, max+1)
	if n > max {
		return max, true, c.fault(err)
	}
	return n, false, c.fault(err)
}

const (
	defaultLimit = 50
	maxLimit     = 200
)

func (c *Collection[T]) find(q Query) (Find, error) {
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	q.Limit = min(q.Limit, maxLimit)
	switch {
	case len(q.Terms) > 0 && (!c.spec.Terms || q.From != 0 || q.To != 0):
		return Find{}, fmt.Errorf("docstore: collection %s has no such list by terms", c.spec.Name)
	case len(q.Terms) > 0, q.Index == "" && len(q.Equal) == 0:
		return Find{Query: q, Spec: c.spec}, nil
	}
	for _, index := range c.spec.Indexes {
		if index.Name != q.Index {
			continue
		}
		if len(q.Equal) > len(index.Equal) {
			break
		}
		return Find{Query: q, Spec: c.spec, Index: index}, nil
	}
	return Find{}, fmt.Errorf("docstore: collection %s has no index %q for %d values", c.spec.Name, q.Index, len(q.Equal))
}

func (c *Collection[T]) fault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound):
		return fault.Wrap(fault.NotFound, "not_found", err)
	case errors.Is(err, ErrDuplicate):
		return fault.Wrap(fault.Conflict, "exists", err)
	case errors.Is(err, ErrStale):
		return fault.Wrap(fault.Stale, "stale", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.Wrap(fault.Unavailable, "store", fmt.Errorf("%s: %w", c.spec.Name, err))
}
