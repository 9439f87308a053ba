package mongodb

import (
	"bytes"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// marshal encodes by json tags, as the embedded engine does.
func marshal(value any) (bson.Raw, error) {
	var buffer bytes.Buffer
	encoder := bson.NewEncoder(bson.NewDocumentWriter(&buffer))
	encoder.UseJSONStructTags()
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return buffer.Bytes(), nil
}

func unmarshal(raw bson.Raw, into any) error {
	decoder := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(raw)))
	decoder.UseJSONStructTags()
	return decoder.Decode(into)
}

// stored is the envelope of a document.
type stored struct {
	ID      string        `bson:"_id"`
	Version int64         `bson:"v"`
	Mark    bson.ObjectID `bson:"w"` // tells a write of ours from one of others after a lost answer
	Body    bson.Raw      `bson:"body"`
	Outbox  []bson.Raw    `bson:"o,omitempty"`
	Since   *int64        `bson:"p,omitempty"`
}

func encode(row docstore.Row) (stored, error) {
	s := stored{ID: row.ID, Version: row.Version, Mark: bson.NewObjectID()}
	var err error
	if s.Body, err = marshal(row.Body); err != nil {
		return s, err
	}
	if err := docstore.TooLarge(len(s.Body)); err != nil {
		return s, err
	}
	return s, s.hold(row.Entries())
}

func (s *stored) hold(entries []docstore.Entry) error {
	for _, entry := range entries {
		raw, err := marshal(entry)
		if err != nil {
			return err
		}
		s.Outbox = append(s.Outbox, raw)
	}
	if len(entries) > 0 {
		at := int64(entries[0].Record.At)
		s.Since = &at
	}
	return nil
}

func (s *stored) entries() ([]docstore.Entry, error) {
	var all []docstore.Entry
	for _, raw := range s.Outbox {
		var entry docstore.Entry
		if err := unmarshal(raw, &entry); err != nil {
			return nil, err
		}
		all = append(all, entry)
	}
	return all, nil
}
