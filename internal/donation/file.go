package donation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// fileLife is how long a list is kept as it was sent, so that its columns can
// be named, or named again, without sending it twice.
const fileLife = 24 * time.Hour

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
	return file, preview, s.files.Put(ctx, file, req.File)
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
	file, err := s.files.Get(ctx, req.FileID)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.InvalidField("file", "file_gone")
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(file)
	if req.FileID != id.Derived(id.File, req.ID, hex.EncodeToString(sum[:])) {
		return nil, fault.New(fault.NotFound, "not_found")
	}
	return file, nil
}

// Sweep removes kept lists after a day. What was read from them stays.
func (s *Donations) Sweep(ctx context.Context) error {
	return s.files.Sweep(ctx, s.clock().Add(-fileLife))
}
