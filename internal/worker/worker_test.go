package worker_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/worker"
)

// clock is moved by the test.
type clock struct{ now atomic.Int64 }

func (c *clock) Now() time.Time { return time.UnixMilli(c.now.Load()) }

func made(t *testing.T, engine docstore.Engine, c *clock, holder string) *worker.Worker {
	t.Helper()
	return madeWith(t, engine, c, holder, slog.DiscardHandler, prometheus.NewRegistry())
}

func madeWith(t *testing.T, engine docstore.Engine, c *clock, holder string, log slog.Handler, metrics *prometheus.Registry) *worker.Worker {
	t.Helper()
	store := docstore.New(engine)
	now := time.Now
	if c != nil {
		now = c.Now
	}
	w, err := worker.New(store, now, holder, slog.New(log), metrics)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// runs lets a worker run one job for a moment, and tells how often it ran.
func runs(t *testing.T, w *worker.Worker, do func() error) int {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 400*time.Millisecond) // a slow store takes its lease in this too
	defer stop()
	var n atomic.Int64
	w.Run(ctx, []worker.Job{{Name: "count", Every: 5 * time.Millisecond, Do: func(context.Context) error {
		n.Add(1)
		return do()
	}}})
	return int(n.Load())
}

func fine() error { return nil }

// TestOneProcessDoesAJob: a second waits until the first has died for a while;
// the same holder, started again, goes on at once.
func TestOneProcessDoesAJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		c := &clock{}
		c.now.Store(time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC).UnixMilli())
		first, second := made(t, store.Engine(), c, "first"), made(t, store.Engine(), c, "second")
		if n := runs(t, first, fine); n == 0 {
			t.Error("the first did nothing")
		}
		if n := runs(t, second, fine); n != 0 {
			t.Errorf("the second ran %d times beside the first", n)
		}
		if n := runs(t, made(t, store.Engine(), c, "first"), fine); n == 0 {
			t.Error("the first, started again, did nothing")
		}
		c.now.Add((16 * time.Second).Milliseconds())
		if n := runs(t, second, fine); n == 0 {
			t.Error("the second did not take over")
		}
	})
}

// TestAJobThatFailsIsTriedAgain: an error or a panic ends one run, no more.
func TestAJobThatFailsIsTriedAgain(t *testing.T) {
	c := &clock{}
	w := made(t, storetest.Open(t).Engine(), c, "first")
	if n := runs(t, w, func() error { return errors.New("not now") }); n < 2 {
		t.Errorf("after an error it ran %d times", n)
	}
	if n := runs(t, w, func() error { panic("not now") }); n < 2 {
		t.Errorf("after a panic it ran %d times", n)
	}
}

// TestWhatFailsIsToldOnce: each thing that a run could not do has one line and
// is counted by its code; what a panic holds is in neither.
func TestWhatFailsIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	metrics := prometheus.NewRegistry()
	w := madeWith(t, storetest.Open(t).Engine(), nil, "first", slog.NewTextHandler(&log, nil), metrics)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	ran := 0
	w.Run(ctx, []worker.Job{{Name: "count", Every: 5 * time.Millisecond, Do: func(context.Context) error {
		if ran++; ran == 1 {
			busy := fault.New(fault.Unavailable, "busy")
			return errors.Join(busy, errors.Join(errors.New("a"), busy), errors.New("b"))
		}
		if ran == 2 {
			panic("Lina Benali")
		}
		stop()
		return nil
	}}})
	said := log.String()
	if strings.Count(said, "cause=busy") != 1 || strings.Count(said, "cause=a ")+strings.Count(said, "cause=a\n") != 1 || strings.Count(said, "job failed") != 4 {
		t.Errorf("the log says\n%s", said)
	}
	if strings.Contains(said, "Lina") || !strings.Contains(said, "panic: string") {
		t.Errorf("a panic is logged as\n%s", said)
	}
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "passerelle_job_errors_total" {
				counted[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if want := map[string]float64{"busy": 1, "internal": 3}; !maps.Equal(counted, want) {
		t.Errorf("counted %v, want %v", counted, want)
	}
}

// TestAJobIsWoken before its time.
func TestAJobIsWoken(t *testing.T) {
	w := made(t, storetest.Open(t).Engine(), &clock{}, "first")
	ctx, stop := context.WithCancel(t.Context())
	wake, done := make(chan struct{}), make(chan struct{}, 8)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx, []worker.Job{{Name: "woken", Every: time.Hour, Wake: wake, Do: func(context.Context) error {
			done <- struct{}{}
			return nil
		}}})
	}()
	<-done // at start
	wake <- struct{}{}
	<-done // woken
	stop()
	<-ended
}

// A job that runs longer than its lease keeps it; the second process waits.
func TestALongJobKeepsItsLease(t *testing.T) {
	if testing.Short() {
		t.Skip("outlives a lease")
	}
	store := storetest.Open(t)
	first, second := made(t, store.Engine(), nil, "first"), made(t, store.Engine(), nil, "second")
	ctx, stop := context.WithTimeout(t.Context(), 17*time.Second)
	defer stop()
	began := make(chan struct{})
	go first.Run(ctx, []worker.Job{{Name: "count", Every: time.Second, Do: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		return nil
	}}})
	<-began
	second.Run(ctx, []worker.Job{{Name: "count", Every: 100 * time.Millisecond, Do: func(context.Context) error {
		t.Error("two processes do one job")
		return nil
	}}})
}
