package mongodb

import (
	"context"
	"errors"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// chunk is how many documents go to the server in one command.
const chunk = 10_000

const duplicateKey = 11000

// Insert stores new documents; see docstore.Engine.
func (e *Engine) Insert(ctx context.Context, collection string, rows []docstore.Row) ([]int, error) {
	ready := make([]stored, len(rows))
	for i, row := range rows {
		var err error
		if ready[i], err = encode(row); err != nil {
			return nil, err
		}
	}
	var duplicates []int
	for start := 0; start < len(ready); start += chunk {
		part := ready[start:min(start+chunk, len(ready))]
		found, err := e.insert(ctx, collection, part)
		for _, i := range found {
			duplicates = append(duplicates, start+i)
		}
		if err != nil {
			return duplicates, err
		}
	}
	slices.Sort(duplicates)
	return duplicates, nil
}

// insert stores a chunk. What the server could not take for a moment is sent
// again alone; what a resent command finds there already may be its own.
func (e *Engine) insert(ctx context.Context, collection string, rows []stored) (duplicates []int, err error) {
	waiting := make([]int, len(rows))
	for i := range waiting {
		waiting[i] = i
	}
	unsure := false
	err = retry(ctx, func(resent bool) error {
		unsure = unsure || resent
		batch := make([]stored, len(waiting))
		for i, place := range waiting {
			batch[i] = rows[place]
		}
		_, err := e.db.Collection(collection).InsertMany(ctx, batch, options.InsertMany().SetOrdered(false))
		exists, left, err := sort(err)
		for _, i := range exists {
			duplicates = append(duplicates, waiting[i])
		}
		if left != nil {
			for i, place := range left {
				left[i] = waiting[place]
			}
			waiting = left
		}
		return err
	})
	if err != nil || !unsure || len(duplicates) == 0 {
		return duplicates, err
	}
	return e.others(ctx, collection, rows, duplicates)
}

// sort reads the answer to an unordered insert: rows whose id exists, and rows
// to send again with the reason; left is nil where the whole command is.
func sort(err error) (exists, left []int, again error) {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
		return nil, nil, err
	}
	for _, failed := range bulk.WriteErrors {
		switch {
		case failed.Code == duplicateKey:
			exists = append(exists, failed.Index)
		case failed.Code == writeConflict || deadlock(failed.Message):
			left = append(left, failed.Index)
		default:
			return exists, nil, err
		}
	}
	if len(left) > 0 {
		return exists, left, errors.New("mongodb: deadlock detected")
	}
	return exists, nil, nil
}

// others keeps those of the duplicates that we did not write ourselves.
func (e *Engine) others(ctx context.Context, collection string, rows []stored, duplicates []int) ([]int, error) {
	var theirs []int
	for _, place := range duplicates {
		now, err := e.head(ctx, collection, rows[place].ID)
		if err != nil && !errors.Is(err, docstore.ErrNotFound) {
			return nil, err
		}
		if now.Mark != rows[place].Mark {
			theirs = append(theirs, place)
		}
	}
	return theirs, nil
}

// head reads what guards the writes of a document.
func (e *Engine) head(ctx context.Context, collection, id string) (stored, error) {
	var now stored
	fields := options.FindOne().SetProjection(bson.D{{Key: "v", Value: 1}, {Key: "w", Value: 1}})
	err := e.db.Collection(collection).FindOne(ctx, byID(id), fields).Decode(&now)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return now, docstore.ErrNotFound
	}
	return now, said(ctx, err)
}

// Replace stores the next version of a document; see docstore.Engine.
func (e *Engine) Replace(ctx context.Context, collection string, row docstore.Row) error {
	next, err := encode(row)
	if err != nil {
		return err
	}
	set := bson.D{{Key: "v", Value: next.Version}, {Key: "w", Value: next.Mark}, {Key: "body", Value: next.Body}}
	change := bson.D{{Key: "$set", Value: set}}
	if next.Since != nil {
		change = append(change,
			bson.E{Key: "$push", Value: bson.D{{Key: "o", Value: bson.D{{Key: "$each", Value: next.Outbox}}}}},
			bson.E{Key: "$min", Value: bson.D{{Key: "p", Value: *next.Since}}})
	}
	filter := append(byID(row.ID), bson.E{Key: "v", Value: row.Version - 1})
	return retry(ctx, func(resent bool) error {
		result, err := e.db.Collection(collection).UpdateOne(ctx, filter, change)
		if err != nil || result.MatchedCount > 0 {
			return err
		}
		now, err := e.head(ctx, collection, row.ID)
		switch {
		case err != nil:
			return err
		case resent && now.Mark == next.Mark:
			return nil
		default:
			return docstore.ErrStale
		}
	})
}

// Delete removes a document at a version; see docstore.Engine.
func (e *Engine) Delete(ctx context.Context, collection, id string, version int64) error {
	filter := append(byID(id), bson.E{Key: "v", Value: version},
		bson.E{Key: "o.0", Value: bson.D{{Key: "$exists", Value: false}}})
	return retry(ctx, func(resent bool) error {
		result, err := e.db.Collection(collection).DeleteOne(ctx, filter)
		if err != nil || result.DeletedCount > 0 {
			return err
		}
		_, err = e.head(ctx, collection, id)
		switch {
		case resent && errors.Is(err, docstore.ErrNotFound):
			return nil
		case err != nil:
			return err
		default:
			return docstore.ErrStale
		}
	})
}

// waiting is true for documents with something in the outbox.
func waiting() bson.D {
	return bson.D{{Key: "p", Value: bson.D{{Key: "$gt", Value: int64(math.MinInt64)}}}}
}

// Pending lists outboxes that are not empty; see docstore.Engine.
func (e *Engine) Pending(ctx context.Context, collection string, limit int) ([]docstore.Pending, error) {
	cursor, err := e.db.Collection(collection).Find(ctx, waiting(), options.Find().
		SetSort(bson.D{{Key: "p", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(limit)).
		SetProjection(bson.D{{Key: "o", Value: 1}}))
	if err != nil {
		return nil, said(ctx, err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return nil, said(ctx, err)
	}
	all := make([]docstore.Pending, len(found))
	for i, raw := range found {
		all[i] = pendingOf(collection, raw)
	}
	return all, nil
}

func pendingOf(collection string, raw bson.Raw) docstore.Pending {
	p := docstore.Pending{Collection: collection, ID: raw.Lookup("_id").StringValue()}
	var s stored
	if p.Unreadable = bson.Unmarshal(raw, &s); p.Unreadable != nil {
		return p
	}
	entries, err := s.entries()
	if err != nil {
		p.Unreadable = err
		return p
	}
	for _, entry := range entries {
		p.Names, p.Records = append(p.Names, entry.Name), append(p.Records, entry.Record)
	}
	return p
}

// SetAside keeps an outbox out of Pending; see docstore.Engine.
func (e *Engine) SetAside(ctx context.Context, collection, id string) error {
	return e.update(ctx, collection, byID(id), bson.D{{Key: "$unset", Value: bson.D{{Key: "p", Value: ""}}}})
}

// PutBack lists an outbox again; see docstore.Engine.
func (e *Engine) PutBack(ctx context.Context, collection, id string) error {
	filter := append(byID(id), bson.E{Key: "o.0", Value: bson.D{{Key: "$exists", Value: true}}})
	return e.update(ctx, collection, filter, bson.D{{Key: "$set", Value: bson.D{{Key: "p", Value: int64(0)}}}})
}

// update makes a change that may be made twice.
func (e *Engine) update(ctx context.Context, collection string, filter, change any) error {
	return retry(ctx, func(bool) error {
		_, err := e.db.Collection(collection).UpdateOne(ctx, filter, change)
		return err
	})
}

// Acknowledge takes carried records out of an outbox and moves the document to
// the place of its oldest one left, in one write; see docstore.Engine.
func (e *Engine) Acknowledge(ctx context.Context, collection, id string, names []string) error {
	kept := bson.M{"$not": bson.A{bson.M{"$in": bson.A{"$$entry.name", bson.M{"$literal": names}}}}}
	change := mongo.Pipeline{
		{{Key: "$set", Value: bson.M{"o": bson.M{"$filter": bson.M{
			"input": bson.M{"$ifNull": bson.A{"$o", bson.A{}}}, "as": "entry", "cond": kept,
		}}}}},
		{{Key: "$set", Value: bson.M{"p": bson.M{"$ifNull": bson.A{
			bson.M{"$arrayElemAt": bson.A{"$o.record.at", 0}}, "$$REMOVE",
		}}}}},
	}
	return e.update(ctx, collection, byID(id), change)
}
