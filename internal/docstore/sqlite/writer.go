package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// group is how many waiting writes share one commit: the disk is waited for
// once for all of them.
const group = 64

// write is one operation on its way through the writer.
type write struct {
	ctx  context.Context //nolint:containedctx // the caller's, carried to the goroutine that works for it
	do   func(context.Context, *sql.Conn) error
	done chan error
}

// writer is the one goroutine that writes, on one connection.
type writer struct {
	db      *sql.DB
	conn    *sql.Conn
	queue   chan *write
	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

var errClosed = errors.New("sqlite: the store is closed")

func openWriter(ctx context.Context, dsn string) (*writer, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &writer{db: db, conn: conn, queue: make(chan *write, 4*group), stop: make(chan struct{})}
	w.stopped.Go(w.run)
	return w, nil
}

// do runs one operation and answers after its commit.
func (w *writer) do(ctx context.Context, fn func(context.Context, *sql.Conn) error) error {
	op := &write{ctx: ctx, do: fn, done: make(chan error, 1)}
	select {
	case w.queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return errClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-w.stop:
		// The goroutine answers everything it took before it ends.
		w.stopped.Wait()
		select {
		case err := <-op.done:
			return err
		default:
			return errClosed
		}
	}
}

func (w *writer) close() error {
	w.once.Do(func() { close(w.stop) })
	w.stopped.Wait()
	return errors.Join(w.conn.Close(), w.db.Close())
}

func (w *writer) run() {
	for {
		select {
		case <-w.stop:
			return
		case first := <-w.queue:
			w.commit(w.gather(first))
		}
	}
}

func (w *writer) gather(first *write) []*write {
	ops := append(make([]*write, 0, group), first)
	for len(ops) < group {
		select {
		case op := <-w.queue:
			ops = append(ops, op)
		default:
			return ops
		}
	}
	return ops
}

// commit runs a group in one transaction under a context of its own: a caller
// who goes away must not undo the others. Each operation is a savepoint, so
// that one that fails leaves no trace. Callers hear of it after the commit.
func (w *writer) commit(ops []*write) {
	ctx := context.Background()
	results := make([]error, len(ops))
	err := w.exec(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		for i, op := range ops {
			results[i] = w.one(ctx, op)
		}
		if err = w.exec(ctx, "COMMIT"); err != nil {
			err = errors.Join(err, w.exec(ctx, "ROLLBACK"))
		}
	}
	for i, op := range ops {
		if err != nil {
			results[i] = fmt.Errorf("sqlite: commit: %w", err)
		}
		op.done <- results[i]
	}
}

func (w *writer) one(ctx context.Context, op *write) error {
	if err := op.ctx.Err(); err != nil {
		return err
	}
	if err := w.exec(ctx, "SAVEPOINT op"); err != nil {
		return err
	}
	err := op.do(ctx, w.conn)
	if err != nil {
		return errors.Join(err, w.exec(ctx, "ROLLBACK TO op"), w.exec(ctx, "RELEASE op"))
	}
	return w.exec(ctx, "RELEASE op")
}

func (w *writer) exec(ctx context.Context, statement string) error {
	_, err := w.conn.ExecContext(ctx, statement)
	return err
}
