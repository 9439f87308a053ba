package storetest

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// spoilers reach the outboxes of open stores behind their engines' back.
var spoilers sync.Map //nolint:gochecknoglobals // test stores by engine

type spoiler func(ctx context.Context, collection, id string, readable bool) error

// Spoil makes the first record of a document's outbox unreadable, or readable
// again.
func Spoil(t testing.TB, store *docstore.Store, collection, id string, readable bool) {
	t.Helper()
	spoil, known := spoilers.Load(store.Engine())
	if !known {
		t.Fatal("not a store of this package")
	}
	if err := spoil.(spoiler)(t.Context(), collection, id, readable); err != nil {
		t.Fatal(err)
	}
}

func spoilFile(folder string) spoiler {
	return func(ctx context.Context, collection, id string, readable bool) (err error) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "store.db")+"?_pragma=busy_timeout(10000)")
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		at := "'spoiled'"
		if readable {
			at = "1"
		}
		_, err = db.ExecContext(ctx, "UPDATE "+collection+" SET outbox = json_set(outbox, '$[0].record.at', "+at+") WHERE id = ?", id)
		return err
	}
}

func spoilDatabase(uri, name string) spoiler {
	return func(ctx context.Context, collection, id string, readable bool) error {
		client, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err != nil {
			return err
		}
		defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
		var at any = "spoiled"
		if readable {
			at = int64(1)
		}
		_, err = client.Database(name).Collection(collection).UpdateOne(ctx,
			bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: bson.D{{Key: "o.0.record.at", Value: at}}}})
		return err
	}
}
