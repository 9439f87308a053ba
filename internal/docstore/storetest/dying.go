package storetest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// ErrDied is what a write of a process that died gives.
var ErrDied = errors.New("the process died")

// Dying is a real engine whose process dies before its n-th write: from there
// on nothing is written.
type Dying struct {
	docstore.Engine

	Left atomic.Int64 // writes still to come; negative lives on
}

func (d *Dying) write() error {
	for {
		left := d.Left.Load()
		if left == 0 {
			return ErrDied
		}
		if left < 0 || d.Left.CompareAndSwap(left, left-1) {
			return nil
		}
	}
}

// Insert writes new documents while the process lives.
func (d *Dying) Insert(ctx context.Context, collection string, rows []docstore.Row) ([]int, error) {
	if err := d.write(); err != nil {
		return nil, err
	}
	return d.Engine.Insert(ctx, collection, rows)
}

// Replace writes a document while the process lives.
func (d *Dying) Replace(ctx context.Context, collection string, row docstore.Row) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.Engine.Replace(ctx, collection, row)
}

// Delete removes a document while the process lives.
func (d *Dying) Delete(ctx context.Context, collection, id string, version int64) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.Engine.Delete(ctx, collection, id, version)
}
