package main

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// recorder is an engine that notes what is asked of it while it listens, so
// that a bare handler can ask for exactly the same.
type recorder struct {
	docstore.Engine

	mu        sync.Mutex
	listening bool
	calls     []playback
	made      map[string]bool // ids of documents that the request inserted
}

// playback repeats one call of the store. fresh gives the id of a document
// that the recorded request made a name of its own in each repetition.
type playback func(ctx context.Context, engine docstore.Engine, fresh func(id string) string) error

func (r *recorder) note(p playback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listening {
		r.calls = append(r.calls, p)
	}
}

// record notes the calls of do, and which documents it made.
func (r *recorder) record(do func()) (calls []playback, made map[string]bool) {
	r.mu.Lock()
	r.listening, r.calls, r.made = true, nil, map[string]bool{}
	r.mu.Unlock()
	do()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listening = false
	return r.calls, r.made
}

// Get notes a read.
func (r *recorder) Get(ctx context.Context, collection, id string, into any) error {
	kind := reflect.TypeOf(into).Elem()
	r.note(func(ctx context.Context, e docstore.Engine, fresh func(string) string) error {
		err := e.Get(ctx, collection, fresh(id), reflect.New(kind).Interface())
		if errors.Is(err, docstore.ErrNotFound) {
			return nil // so it was when recorded
		}
		return err
	})
	return r.Engine.Get(ctx, collection, id, into)
}

// GetMany notes a read of several.
func (r *recorder) GetMany(ctx context.Context, collection string, ids []string, each func(int, docstore.Decode) error) error {
	var kind reflect.Type
	err := r.Engine.GetMany(ctx, collection, ids, func(place int, decode docstore.Decode) error {
		return each(place, func(into any) error {
			kind = reflect.TypeOf(into).Elem()
			return decode(into)
		})
	})
	r.note(func(ctx context.Context, e docstore.Engine, _ func(string) string) error {
		return e.GetMany(ctx, collection, ids, func(_ int, decode docstore.Decode) error {
			return decode(reflect.New(kind).Interface())
		})
	})
	return err
}

// finding notes which documents of a list were decoded.
type finding struct {
	docstore.Found

	kind *reflect.Type
}

func (f finding) Decode(into any) error {
	*f.kind = reflect.TypeOf(into).Elem()
	return f.Found.Decode(into)
}

// Find notes a list, and how far it was read.
func (r *recorder) Find(ctx context.Context, find docstore.Find, each func(docstore.Found) (bool, error)) error {
	var kind reflect.Type
	rows, stopped := 0, false
	err := r.Engine.Find(ctx, find, func(f docstore.Found) (bool, error) {
		rows++
		more, err := each(finding{f, &kind})
		stopped = !more
		return more, err
	})
	r.note(func(ctx context.Context, e docstore.Engine, _ func(string) string) error {
		left := rows
		return e.Find(ctx, find, func(f docstore.Found) (bool, error) {
			left--
			more := left > 0 || !stopped
			if kind == nil {
				return more, nil
			}
			return more, f.Decode(reflect.New(kind).Interface())
		})
	})
	return err
}

// Insert notes a write of new documents.
func (r *recorder) Insert(ctx context.Context, collection string, rows []docstore.Row) ([]int, error) {
	kept := copied(rows)
	r.note(func(ctx context.Context, e docstore.Engine, fresh func(string) string) error {
		_, err := e.Insert(ctx, collection, renamed(kept, fresh))
		return err
	})
	duplicates, err := r.Engine.Insert(ctx, collection, rows)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, row := range rows {
		if r.listening && err == nil && !slices.Contains(duplicates, i) {
			r.made[row.ID] = true
		}
	}
	return duplicates, err
}

// Replace notes a write of a changed document.
func (r *recorder) Replace(ctx context.Context, collection string, row docstore.Row) error {
	kept := copied([]docstore.Row{row})
	r.note(func(ctx context.Context, e docstore.Engine, fresh func(string) string) error {
		err := e.Replace(ctx, collection, renamed(kept, fresh)[0])
		if errors.Is(err, docstore.ErrStale) {
			return nil // a document that all repetitions share
		}
		return err
	})
	return r.Engine.Replace(ctx, collection, row)
}

func copied(rows []docstore.Row) []docstore.Row {
	kept := make([]docstore.Row, len(rows))
	for i, row := range rows {
		body := reflect.New(reflect.TypeOf(row.Body).Elem())
		body.Elem().Set(reflect.ValueOf(row.Body).Elem())
		row.Body = body.Interface()
		kept[i] = row
	}
	return kept
}

func renamed(rows []docstore.Row, fresh func(string) string) []docstore.Row {
	all := make([]docstore.Row, len(rows))
	for i, row := range rows {
		row.ID = fresh(row.ID)
		all[i] = row
	}
	return all
}

// names gives each document that the recorded request made a name of its own
// in every repetition.
func names(made map[string]bool, suffix string) func(string) string {
	return func(id string) string {
		if made[id] {
			return id + "-" + suffix
		}
		return id
	}
}
