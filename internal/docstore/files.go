package docstore

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Files keeps what is too large for one document, in pieces. A file is written
// once: its id says what it holds.
type Files struct {
	parts *Collection[filePart]
	clock func() time.Time
}

// filePart is a piece of a file; its id is "file:number".
type filePart struct {
	Meta `json:",inline"`

	Data    string `json:"data"` // base64: stores hold no bytes
	Last    bool   `json:"last"`
	Created Millis `json:"created"`
}

const partSize = 1 << 20

// DeclareFiles adds a collection of files to the store.
func DeclareFiles(s *Store, name string, clock func() time.Time) *Files {
	spec := Spec{Name: name, Indexes: []Index{{Name: "created", Order: "created"}}}
	return &Files{parts: Declare[filePart](s, spec), clock: clock}
}

// Put stores a file, or what an earlier try left out of it.
func (f *Files) Put(ctx context.Context, id string, data []byte) error {
	for n := 0; ; n++ {
		size := min(len(data), partSize)
		part := &filePart{
			Meta: Meta{ID: fmt.Sprintf("%s:%d", id, n)}, Last: size == len(data), Created: At(f.clock()),
			Data: base64.StdEncoding.EncodeToString(data[:size]),
		}
		if _, _, err := f.parts.Create(ctx, part); err != nil {
			return err
		}
		if data = data[size:]; len(data) == 0 {
			return nil
		}
	}
}

// Get puts a file together again; NotFound where a piece of it is missing.
func (f *Files) Get(ctx context.Context, id string) ([]byte, error) {
	var file bytes.Buffer
	for n := 0; ; n++ {
		part, err := f.parts.Get(ctx, fmt.Sprintf("%s:%d", id, n))
		if err != nil {
			return nil, err
		}
		data, err := base64.StdEncoding.DecodeString(part.Data)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "internal", err)
		}
		file.Write(data)
		if part.Last {
			return file.Bytes(), nil
		}
	}
}

// Sweep removes the files that were stored before a moment.
func (f *Files) Sweep(ctx context.Context, before time.Time) error {
	q := Query{Index: "created", From: 1, To: int64(At(before)), Limit: 50}
	for {
		page, err := f.parts.Find(ctx, q, nil)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		var failed error
		for _, part := range page.Items {
			if err := f.parts.Delete(ctx, part); !fault.Is(err, fault.NotFound) {
				failed = errors.Join(failed, err)
			}
		}
		if failed != nil {
			return failed
		}
	}
}
