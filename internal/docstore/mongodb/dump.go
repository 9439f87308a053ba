package mongodb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Dump reads a collection by id; see docstore.Engine.
func (e *Engine) Dump(ctx context.Context, collection string, each func(docstore.Raw) error) error {
	o := options.Find().SetSort(byIDOrder())
	return e.walk(ctx, collection, bson.D{}, o, func(raw bson.Raw) (bool, error) {
		var s stored
		if err := bson.Unmarshal(raw, &s); err != nil {
			return false, err
		}
		entries, err := s.entries()
		if err != nil {
			return false, err
		}
		var body bytes.Buffer
		if err := writeDocument(&body, s.Body); err != nil {
			return false, fmt.Errorf("%s: %w", s.ID, err)
		}
		return true, each(docstore.Raw{ID: s.ID, Version: s.Version, Body: body.Bytes(), Outbox: entries})
	})
}

func byIDOrder() bson.D { return bson.D{{Key: "_id", Value: 1}} }

// Load stores dumped documents; see docstore.Engine.
func (e *Engine) Load(ctx context.Context, collection string, documents []docstore.Raw) error {
	rows := make([]stored, len(documents))
	for i, raw := range documents {
		body, err := readDocument(raw.Body)
		if err != nil {
			return fmt.Errorf("%s: %w", raw.ID, err)
		}
		rows[i] = stored{ID: raw.ID, Version: raw.Version, Mark: bson.NewObjectID(), Body: body}
		if err := rows[i].hold(raw.Outbox); err != nil {
			return err
		}
	}
	duplicates, err := e.insert(ctx, collection, rows)
	if err == nil && len(duplicates) > 0 {
		return docstore.ErrDuplicate
	}
	return err
}

// A body in a dump is plain JSON. It has no type that JSON lacks: the port lets
// none through.

func writeDocument(w *bytes.Buffer, document bson.Raw) error {
	elements, err := document.Elements()
	if err != nil {
		return err
	}
	w.WriteByte('{')
	for i, element := range elements {
		if i > 0 {
			w.WriteByte(',')
		}
		if err := writeJSON(w, element.Key()); err != nil {
			return err
		}
		w.WriteByte(':')
		if err := writeValue(w, element.Value()); err != nil {
			return err
		}
	}
	w.WriteByte('}')
	return nil
}

func writeValue(w *bytes.Buffer, value bson.RawValue) error {
	switch value.Type {
	case bson.TypeEmbeddedDocument:
		return writeDocument(w, value.Document())
	case bson.TypeArray:
		return writeArray(w, value.Array())
	case bson.TypeString:
		return writeJSON(w, value.StringValue())
	case bson.TypeInt32, bson.TypeInt64:
		return writeJSON(w, value.AsInt64())
	case bson.TypeDouble:
		return writeJSON(w, value.Double())
	case bson.TypeBoolean:
		return writeJSON(w, value.Boolean())
	case bson.TypeNull:
		return writeJSON(w, nil)
	default:
		return fmt.Errorf("mongodb: a body holds a %s", value.Type)
	}
}

func writeArray(w *bytes.Buffer, array bson.RawArray) error {
	values, err := array.Values()
	if err != nil {
		return err
	}
	w.WriteByte('[')
	for i, value := range values {
		if i > 0 {
			w.WriteByte(',')
		}
		if err := writeValue(w, value); err != nil {
			return err
		}
	}
	w.WriteByte(']')
	return nil
}

func writeJSON(w *bytes.Buffer, value any) error {
	text, err := json.Marshal(value)
	w.Write(text)
	return err
}

func readDocument(text []byte) (bson.Raw, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := readValue(decoder)
	if err != nil {
		return nil, err
	}
	return bson.Marshal(value)
}

// readValue keeps the order of fields, and whole numbers whole.
func readValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return readFields(decoder)
		}
		return readItems(decoder)
	case json.Number:
		if strings.ContainsAny(token.String(), ".eE") {
			return token.Float64()
		}
		return token.Int64()
	default:
		return token, nil
	}
}

func readFields(decoder *json.Decoder) (any, error) {
	fields := bson.D{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		text, _ := key.(string)
		fields = append(fields, bson.E{Key: text, Value: value})
	}
	_, err := decoder.Token()
	return fields, err
}

func readItems(decoder *json.Decoder) (any, error) {
	items := bson.A{}
	for decoder.More() {
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	_, err := decoder.Token()
	return items, err
}
