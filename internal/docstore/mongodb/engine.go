// Package mongodb is the engine of the store on a MongoDB server: standalone,
// replica set or sharded cluster. Several processes may share one database.
//
// A document is stored as {_id, v: version, w: mark of the last write, body,
// o: outbox, p: moment of its oldest record}.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// layout is the major version of what is written. A binary refuses a database
// written by a newer one.
const layout = 1

// selection is how long a server is looked for before the store counts as lost.
const selection = 5 * time.Second

// Options tune the engine.
type Options struct {
	Log *slog.Logger // told when indexes are built; default none
}

// Engine keeps the documents of one database.
type Engine struct {
	client *mongo.Client
	db     *mongo.Database
	log    *slog.Logger
}

var _ docstore.Engine = (*Engine)(nil)

// Open connects to the server and makes sure that this version may use the
// database.
func Open(ctx context.Context, uri, database string, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	client, err := mongo.Connect(options.Client().
		SetServerSelectionTimeout(selection).SetAppName("passerelle").
		ApplyURI(uri).SetWriteConcern(writeconcern.Majority()))
	if err != nil {
		return nil, errors.New("the MongoDB address cannot be read") // the cause may show the password
	}
	e := &Engine{client: client, db: client.Database(database), log: o.Log}
	if err := e.checkLayout(ctx); err != nil {
		return nil, errors.Join(err, e.Close(context.WithoutCancel(ctx)))
	}
	return e, nil
}

func (e *Engine) checkLayout(ctx context.Context) error {
	notes := e.db.Collection("store_notes")
	_, err := notes.InsertOne(ctx, bson.D{{Key: "_id", Value: "layout"}, {Key: "major", Value: layout}})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("open the store: %w", err)
	}
	var note struct{ Major int }
	if err := notes.FindOne(ctx, byID("layout")).Decode(&note); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if note.Major > layout {
		return fmt.Errorf("the store has layout %d, written by a newer version; this one reads up to %d", note.Major, layout)
	}
	return nil
}

// Drop removes the database, for tests that made one of their own.
func (e *Engine) Drop(ctx context.Context) error { return e.db.Drop(ctx) }

// Ping answers when the primary can serve.
func (e *Engine) Ping(ctx context.Context) error { return e.client.Ping(ctx, readpref.Primary()) }

// Close ends all connections.
func (e *Engine) Close(ctx context.Context) error { return e.client.Disconnect(ctx) }

func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

// Prepare makes the indexes that are missing; see docstore.Engine.
func (e *Engine) Prepare(ctx context.Context, specs []docstore.Spec) error {
	for _, spec := range specs {
		models := indexes(spec)
		e.log.Info("indexes are made where missing; a large store takes its time",
			slog.String("collection", spec.Name), slog.Int("indexes", len(models)))
		_, err := e.db.Collection(spec.Name).Indexes().CreateMany(ctx, models)
		if err != nil {
			return fmt.Errorf("prepare %s: %w", spec.Name, err)
		}
	}
	return nil
}

func indexes(spec docstore.Spec) []mongo.IndexModel {
	pending := mongo.IndexModel{
		Keys:    bson.D{{Key: "p", Value: 1}, {Key: "_id", Value: 1}},
		Options: options.Index().SetName("outbox").SetPartialFilterExpression(waiting()),
	}
	all := []mongo.IndexModel{pending}
	for _, layout := range spec.Layouts() {
		all = append(all, mongo.IndexModel{Keys: order(layout.Keys), Options: options.Index().SetName(layout.Name)})
	}
	if !spec.Terms {
		return all
	}
	keys := bson.D{{Key: "body.terms", Value: 1}, {Key: "_id", Value: 1}}
	all = append(all, mongo.IndexModel{Keys: keys, Options: options.Index().SetName("terms")})
	if spec.Scoped {
		here := append(bson.D{{Key: path(docstore.TerritoryPath), Value: 1}}, keys...)
		all = append(all, mongo.IndexModel{Keys: here, Options: options.Index().SetName("terms_here")})
	}
	return all
}

func order(keys []docstore.Key) bson.D {
	var all bson.D
	for _, key := range keys {
		direction := 1
		if key.Desc {
			direction = -1
		}
		all = append(all, bson.E{Key: name(key), Value: direction})
	}
	return all
}

func name(k docstore.Key) string {
	if k.Path == "" {
		return "_id"
	}
	return path(k.Path)
}

func path(field string) string { return "body." + field }
