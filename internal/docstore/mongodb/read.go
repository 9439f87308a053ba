package mongodb

import (
	"context"
	"errors"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Get decodes one document; see docstore.Engine.
func (e *Engine) Get(ctx context.Context, collection, id string, into any) error {
	raw, err := e.db.Collection(collection).FindOne(ctx, byID(id)).Raw()
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return docstore.ErrNotFound
	case err != nil:
		return said(ctx, err)
	}
	return unmarshal(raw.Lookup("body").Document(), into)
}

// GetMany decodes several documents; see docstore.Engine.
func (e *Engine) GetMany(ctx context.Context, collection string, ids []string, each func(int, docstore.Decode) error) error {
	places := make(map[string][]int, len(ids))
	for i, id := range ids {
		places[id] = append(places[id], i)
	}
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: append([]string{}, ids...)}}}}
	return e.walk(ctx, collection, filter, options.Find(), func(raw bson.Raw) (bool, error) {
		body := raw.Lookup("body").Document()
		for _, place := range places[raw.Lookup("_id").StringValue()] {
			if err := each(place, func(into any) error { return unmarshal(body, into) }); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

func (e *Engine) walk(ctx context.Context, collection string, filter bson.D, o *options.FindOptionsBuilder, each func(bson.Raw) (bool, error)) (err error) {
	cursor, err := e.db.Collection(collection).Find(ctx, filter, o)
	if err != nil {
		return said(ctx, err)
	}
	defer func() { err = errors.Join(err, cursor.Close(context.WithoutCancel(ctx))) }()
	for cursor.Next(ctx) {
		if more, err := each(cursor.Current); err != nil || !more {
			return err
		}
	}
	return said(ctx, cursor.Err())
}

// row is the row at hand of a list.
type row struct {
	raw   bson.Raw
	order []docstore.Key
}

// Decode fills a document; see docstore.Found.
func (r row) Decode(into any) error { return unmarshal(r.raw.Lookup("body").Document(), into) }

// Cursor spells where the row stands; see docstore.Found.
func (r row) Cursor() string {
	values := make([]any, len(r.order))
	for i, key := range r.order {
		switch value := r.lookup(key); {
		case key.Number:
			values[i], _ = value.AsInt64OK()
		default:
			values[i], _ = value.StringValueOK()
		}
	}
	return docstore.Cursor(values)
}

func (r row) lookup(key docstore.Key) bson.RawValue {
	if key.Path == "" {
		return r.raw.Lookup("_id")
	}
	return r.raw.Lookup(append([]string{"body"}, split(key.Path)...)...)
}

// Find walks a list in order; see docstore.Engine.
func (e *Engine) Find(ctx context.Context, find docstore.Find, each func(docstore.Found) (bool, error)) error {
	if find.Empty() {
		return ctx.Err()
	}
	filter, keys, err := e.filter(ctx, find)
	if err != nil {
		return err
	}
	o := options.Find().SetSort(order(keys)).SetLimit(int64(find.Limit)).SetBatchSize(int32(min(find.Limit, math.MaxInt16))) //nolint:gosec // bounded
	return e.walk(ctx, find.Spec.Name, filter, o, func(raw bson.Raw) (bool, error) {
		return each(row{raw, keys})
	})
}

// Count counts a list up to max; see docstore.Engine.
func (e *Engine) Count(ctx context.Context, find docstore.Find, max int) (int, error) {
	if find.Empty() {
		return 0, ctx.Err()
	}
	filter, _, err := e.filter(ctx, find)
	if err != nil {
		return 0, err
	}
	n, err := e.db.Collection(find.Spec.Name).CountDocuments(ctx, filter, options.Count().SetLimit(int64(max)))
	return int(n), said(ctx, err)
}

func (e *Engine) filter(ctx context.Context, find docstore.Find) (bson.D, []docstore.Key, error) {
	if len(find.Terms) > 0 {
		filter, err := e.termsFilter(ctx, find)
		return filter, []docstore.Key{{}}, err
	}
	plan, err := find.Plan()
	return planFilter(plan), plan.Order, err
}
