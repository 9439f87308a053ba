package donation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// filePart is a piece of a list as it was sent, kept a day so that its columns
// can be named, or named again, without sending it twice. Its id is
// "file:number".
type filePart struct {
	docstore.Meta `json:",inline"`

	Data    string          `json:"data"` // base64: stores hold no bytes
	Last    bool            `json:"last"`
	Created docstore.Millis `json:"created"`
}

const (
	partSize = 1 << 20
	fileLife = 24 * time.Hour
)

func fileSpec() docstore.Spec {
	return docstore.Spec{Name: "import_files", Indexes: []docstore.Index{{Name: "created", Order: "created"}}}
}

// Kept asks to read a list that was kept.
type Kept struct {
	Upload
	FileID string
}

// Keep stores a list for a donation and shows its beginning. The same file for
// the same donation is kept once.
func (s *Donations) Keep(ctx context.Context, actor people.Actor, req Upload) (file string, preview inventory.Preview, err error) {
	if preview, err = s.Headers(ctx, actor, req); err != nil {
		return "", preview, err
	}
	sum := sha256.Sum256(req.File)
	file = id.Derived(id.File, req.ID, hex.EncodeToString(sum[:]))
	for n, rest := 0, req.File; ; n++ {
		size := min(len(rest), partSize)
		part := &filePart{
			Meta: docstore.Meta{ID: fmt.Sprintf("%s:%d", file, n)}, Data: base64.StdEncoding.EncodeToString(rest[:size]), Last: size == len(rest), Created: docstore.At(s.clock()),
		}
		if _, _, err = s.files.Create(ctx, part); err != nil {
			return "", preview, err
		}
		if rest = rest[size:]; len(rest) == 0 {
			return file, preview, nil
		}
	}
}

// KeptHeaders shows the beginning of a list that was kept.
func (s *Donations) KeptHeaders(ctx context.Context, actor people.Actor, req Kept) (inventory.Preview, error) {
	var err error
	if req.File, err = s.kept(ctx, actor, req); err != nil {
		return inventory.Preview{}, err
	}
	return s.Headers(ctx, actor, req.Upload)
}

// PreviewKept reads a list that was kept, its columns as named.
func (s *Donations) PreviewKept(ctx context.Context, actor people.Actor, req Kept) (ImportView, error) {
	var err error
	if req.File, err = s.kept(ctx, actor, req); err != nil {
		return ImportView{}, err
	}
	return s.Preview(ctx, actor, req.Upload)
}

// kept puts a list together again. A file's id is a digest of its donation and
// bytes, which is checked: another donation's file is not found.
func (s *Donations) kept(ctx context.Context, actor people.Actor, req Kept) ([]byte, error) {
	if _, err := s.mayList(ctx, actor, req.ID); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	for n := 0; ; n++ {
		part, err := s.files.Get(ctx, fmt.Sprintf("%s:%d", req.FileID, n))
		if fault.Is(err, fault.NotFound) {
			return nil, fault.InvalidField("file", "file_gone")
		}
		if err != nil {
			return nil, err
		}
		data, err := base64.StdEncoding.DecodeString(part.Data)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "internal", err)
		}
		file.Write(data)
		if part.Last {
			break
		}
	}
	sum := sha256.Sum256(file.Bytes())
	if req.FileID != id.Derived(id.File, req.ID, hex.EncodeToString(sum[:])) {
		return nil, fault.New(fault.NotFound, "not_found")
	}
	return file.Bytes(), nil
}

// Sweep removes kept lists after a day. What was read from them stays.
func (s *Donations) Sweep(ctx context.Context) error {
	q := docstore.Query{Index: "created", From: 1, To: int64(docstore.At(s.clock().Add(-fileLife))), Limit: 50}
	for {
		page, err := s.files.Find(ctx, q, nil)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		var failed error
		for _, part := range page.Items {
			if err := s.files.Delete(ctx, part); !fault.Is(err, fault.NotFound) {
				failed = errors.Join(failed, err)
			}
		}
		if failed != nil {
			return failed
		}
	}
}
