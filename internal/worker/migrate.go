package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Step is one change of what stores of before hold. Its number and name stay for
// ever. It goes page by page and does nothing to what it has changed already: a
// page may come twice, and older binaries may be at work beside it.
type Step struct {
	Number int
	Name   string
	Page   func(ctx context.Context, after string) (next string, err error) // next is empty at the end
}

// migration is how far a step has come in a store.
type migration struct {
	docstore.Meta `json:",inline"`

	Name  string          `json:"name"`
	After string          `json:"after,omitempty"` // page to go on behind
	Done  docstore.Millis `json:"done,omitempty"`
}

func (s Step) id() string { return fmt.Sprintf("%04d", s.Number) }

// turn is how long a process waits before it looks again whether another has
// finished the steps, or died at them.
const turn = 200 * time.Millisecond

// Migrate takes the steps that the store still owes, in their order. Of several
// processes one takes them, and the others wait for it. What was cut short goes
// on behind its last page.
func (w *Worker) Migrate(ctx context.Context, steps []Step) error {
	for i, s := range steps {
		if s.Number != i+1 {
			return fmt.Errorf("migration %q is number %d, at place %d", s.Name, s.Number, i+1)
		}
	}
	for {
		owed, err := w.owed(ctx, steps)
		if err != nil || len(owed) == 0 {
			return err
		}
		if w.mine(ctx, migrations) {
			return w.migrate(ctx, steps)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(turn):
		}
	}
}

// migrations names the lease and the collection.
const migrations = "migrations"

// owed lists the steps that have not reached their end.
func (w *Worker) owed(ctx context.Context, steps []Step) ([]Step, error) {
	ids := make([]string, len(steps))
	for i, s := range steps {
		ids[i] = s.id()
	}
	taken, err := w.migrations.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	var owed []Step
	for i, m := range taken {
		switch {
		case m == nil:
			owed = append(owed, steps[i])
		case m.Name != steps[i].Name:
			return nil, fmt.Errorf("migration %d of the store is %q, not %q: another program wrote it", steps[i].Number, m.Name, steps[i].Name)
		case m.Done == 0:
			owed = append(owed, steps[i])
		}
	}
	return owed, nil
}

func (w *Worker) migrate(ctx context.Context, steps []Step) error {
	held, stop := context.WithCancel(ctx)
	defer stop()
	go w.keep(held, migrations, stop)
	owed, err := w.owed(held, steps) // whoever held the lease before may have finished
	for _, s := range owed {
		if err == nil {
			err = w.take(held, s)
		}
	}
	return errors.Join(err, w.letGo(context.WithoutCancel(ctx), migrations))
}

func (w *Worker) take(ctx context.Context, s Step) error {
	at, _, err := w.migrations.Create(ctx, &migration{Meta: docstore.Meta{ID: s.id()}, Name: s.Name})
	if err != nil {
		return err
	}
	w.log.Info("the store is brought up to date", slog.Int("step", s.Number), slog.String("name", s.Name))
	for at.Done == 0 {
		next, err := s.Page(ctx, at.After)
		if err != nil {
			return fmt.Errorf("migration %d, %s: %w", s.Number, s.Name, err)
		}
		at, err = w.migrations.Update(ctx, s.id(), func(m *migration) error {
			m.After = next
			if next == "" {
				m.Done = docstore.At(w.clock())
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// letGo ends a lease, so that others need not wait until it has run out.
func (w *Worker) letGo(ctx context.Context, job string) error {
	_, err := w.leases.Update(ctx, job, func(l *lease) error {
		if l.Holder != w.holder {
			return docstore.Unchanged
		}
		l.Until = 0
		return nil
	})
	return err
}
