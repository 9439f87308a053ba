package mongodb

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestANewerStoreIsRefused: what a newer version wrote is not touched, and the
// operator reads why.
func TestANewerStoreIsRefused(t *testing.T) {
	uri := os.Getenv("PASSERELLE_TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("PASSERELLE_TEST_MONGODB_URI is not set")
	}
	ctx, name := t.Context(), "passerelle_test_"+strings.ToLower(rand.Text())
	engine, err := Open(ctx, uri, name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		if err := engine.Drop(ctx); err != nil {
			t.Error(err)
		}
		_ = engine.Close(ctx)
	})
	newer := bson.D{{Key: "$set", Value: bson.D{{Key: "major", Value: layout + 1}}}}
	if _, err := engine.db.Collection("store_notes").UpdateOne(ctx, byID("layout"), newer); err != nil {
		t.Fatal(err)
	}
	_, err = Open(ctx, uri, name, Options{})
	if err == nil || !strings.Contains(err.Error(), "written by a newer version") {
		t.Error(err)
	}
}
