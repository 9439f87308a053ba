package docstore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Raw is a document with all that the store keeps of it, as a dump carries it
// from one engine to the other.
type Raw struct {
	ID      string          `json:"id"`
	Version int64           `json:"version"`
	Body    json.RawMessage `json:"body"`
	Outbox  []Entry         `json:"outbox,omitempty"`
}

// Entry is an outbox record under its name, "document:version:ordinal".
type Entry struct {
	Name   string `json:"name"`
	Record Record `json:"record"`
}

// Entries names what a row recorded.
func (r Row) Entries() []Entry {
	entries := make([]Entry, len(r.Records))
	for i, record := range r.Records {
		entries[i] = Entry{Name: fmt.Sprintf("%s:%d:%d", r.ID, r.Version, i), Record: record}
	}
	return entries
}

// line is one line of a dump: a document, or the end with their number.
type line struct {
	Collection string `json:"collection,omitempty"`
	*Raw
	End *int `json:"end,omitempty"`
}

// Dump writes every declared collection as lines of JSON, those that receive
// outbox records last, so that no event is missing from a dump beside writers.
func (s *Store) Dump(ctx context.Context, w io.Writer) error {
	buffer := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	specs := slices.Clone(s.specs)
	slices.SortStableFunc(specs, func(a, b Spec) int { return rank(a) - rank(b) })
	written := 0
	for _, spec := range specs {
		err := s.engine.Dump(ctx, spec.Name, func(raw Raw) error {
			written++
			return encoder.Encode(line{Collection: spec.Name, Raw: &raw})
		})
		if err != nil {
			return fmt.Errorf("dump %s: %w", spec.Name, err)
		}
	}
	if err := encoder.Encode(line{End: &written}); err != nil {
		return err
	}
	return buffer.Flush()
}

func rank(s Spec) int {
	if s.Last {
		return 1
	}
	return 0
}

// loadChunk is how many documents are loaded at once.
const loadChunk = 500

// Load fills an empty, prepared store from a dump. A dump that was cut short,
// or a collection that is not declared, is an error; what was loaded until then
// stays.
func (s *Store) Load(ctx context.Context, r io.Reader) error {
	decoder := json.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	collection, waiting, read := "", []Raw(nil), 0
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		err := s.engine.Load(ctx, collection, waiting)
		waiting = waiting[:0]
		return err
	}
	for {
		var l line
		if err := decoder.Decode(&l); err != nil {
			return fmt.Errorf("load: document %d: %w", read+1, unexpected(err))
		}
		if l.End != nil {
			if *l.End != read {
				return fmt.Errorf("load: %d documents of %d", read, *l.End)
			}
			return flush()
		}
		if l.Raw == nil || !s.declares(l.Collection) {
			return fmt.Errorf("load: document %d: no collection %q", read+1, l.Collection)
		}
		if l.Collection != collection || len(waiting) >= loadChunk {
			if err := flush(); err != nil {
				return fmt.Errorf("load %s: %w", collection, err)
			}
			collection = l.Collection
		}
		waiting, read = append(waiting, *l.Raw), read+1
	}
}

func (s *Store) declares(collection string) bool {
	return slices.ContainsFunc(s.specs, func(spec Spec) bool { return spec.Name == collection })
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
