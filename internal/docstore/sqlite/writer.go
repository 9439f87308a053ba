package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// group is how many waiting writes share one commit: the disk is waited for
// once for all of them.
const group = 64

// operation is one write on its way through the writer.
type operation struct {
	caller context.Context //nolint:containedctx // the caller's, carried to the goroutine that works for it
	do     func(*conn) error
	done   chan error
}

// writer is the one goroutine that writes, on one connection.
type writer struct {
	conn  *conn
	queue chan *operation

	closing sync.RWMutex
	closed  bool
	ended   sync.WaitGroup
}

var errClosed = errors.New("sqlite: the store is closed")

func startWriter(c *conn) *writer {
	w := &writer{conn: c, queue: make(chan *operation, 4*group)}
	w.ended.Go(w.run)
	return w
}

// do runs one operation and answers after its commit. A caller who goes away
// meanwhile does not learn whether it was stored.
func (w *writer) do(ctx context.Context, do func(*conn) error) error {
	op := &operation{caller: ctx, do: do, done: make(chan error, 1)}
	if err := w.enqueue(op); err != nil {
		return err
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) enqueue(op *operation) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- op:
		return nil
	case <-op.caller.Done():
		return op.caller.Err()
	}
}

// close finishes what is queued.
func (w *writer) close() error {
	w.closing.Lock()
	w.closed = true
	w.closing.Unlock()
	close(w.queue)
	w.ended.Wait()
	return w.conn.close()
}

func (w *writer) run() {
	for first := range w.queue {
		ops := w.gather(first)
		errs := w.commit(ops)
		for i, op := range ops {
			op.done <- errs[i]
		}
	}
}

func (w *writer) gather(first *operation) []*operation {
	ops := append(make([]*operation, 0, group), first)
	for len(ops) < group {
		select {
		case op, open := <-w.queue:
			if !open {
				return ops
			}
			ops = append(ops, op)
		default:
			return ops
		}
	}
	return ops
}

// commit runs a group in one transaction. Each operation is a savepoint, so
// that one that fails leaves no trace. When the transaction itself is lost (a
// full disk), every operation of the group has failed.
func (w *writer) commit(ops []*operation) []error {
	errs := make([]error, len(ops))
	lost := w.conn.exec("BEGIN IMMEDIATE")
	for i, op := range ops {
		if lost != nil {
			break
		}
		errs[i], lost = w.run1(op)
	}
	if lost == nil {
		lost = w.conn.exec("COMMIT")
	}
	if lost == nil {
		return errs
	}
	if err := w.conn.exec("ROLLBACK"); err != nil {
		lost = fmt.Errorf("%w (%w)", lost, err) // SQLite may have rolled back by itself
	}
	for i := range errs {
		errs[i] = fmt.Errorf("sqlite: not stored: %w", lost)
	}
	return errs
}

func (w *writer) run1(op *operation) (err, lost error) {
	if err := op.caller.Err(); err != nil {
		return err, nil
	}
	if lost := w.conn.exec("SAVEPOINT op"); lost != nil {
		return nil, lost
	}
	if err = op.do(w.conn); err != nil {
		if undone := w.conn.exec("ROLLBACK TO op"); undone != nil {
			return nil, errors.Join(err, undone)
		}
	}
	return err, w.conn.exec("RELEASE op")
}
