// Package worker runs the product's jobs: each with its period and a lease, so
// that of several processes one does it.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Job is work done again and again.
type Job struct {
	Name  string
	Every time.Duration
	Wake  <-chan struct{} // runs it before its time; may be nil
	Do    func(context.Context) error
}

// lease gives a job to one process until a moment.
type lease struct {
	docstore.Meta `json:",inline"`

	Holder string          `json:"holder"`
	Until  docstore.Millis `json:"until"`
}

// Worker runs jobs.
type Worker struct {
	leases     *docstore.Collection[lease]
	migrations *docstore.Collection[migration]
	clock      func() time.Time
	holder     string
	log        *slog.Logger
	runs       *prometheus.CounterVec
	errors     *prometheus.CounterVec
}

// term is how long a lease lasts; a process that died is replaced after it.
const term = 15 * time.Second

// New declares the leases. holder names this process.
func New(store *docstore.Store, clock func() time.Time, holder string, log *slog.Logger, metrics prometheus.Registerer) (*Worker, error) {
	w := &Worker{
		leases:     docstore.Declare[lease](store, docstore.Spec{Name: "leases"}),
		migrations: docstore.Declare[migration](store, docstore.Spec{Name: migrations}), clock: clock, holder: holder, log: log,
		runs:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "passerelle_job_runs_total", Help: "Runs of jobs by name and outcome."}, []string{"job", "outcome"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "passerelle_job_errors_total", Help: "What jobs could not do, by name and code."}, []string{"job", "code"}),
	}
	return w, errors.Join(metrics.Register(w.runs), metrics.Register(w.errors))
}

// Run runs the jobs until ctx ends, then waits for those under way.
func (w *Worker) Run(ctx context.Context, jobs []Job) {
	var all sync.WaitGroup
	for _, job := range jobs {
		all.Go(func() { w.loop(ctx, job) })
	}
	all.Wait()
}

func (w *Worker) loop(ctx context.Context, job Job) {
	for {
		if w.mine(ctx, job.Name) {
			w.once(ctx, job)
		}
		// Jitter keeps processes from asking for the lease in step.
		timer := time.NewTimer(job.Every + rand.N(job.Every/8+time.Millisecond)) //nolint:gosec // needs no secrecy
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-job.Wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// keep renews the lease of a job that runs long, and stops the job when the
// lease is lost: another process has taken it over.
func (w *Worker) keep(ctx context.Context, job string, lost context.CancelFunc) {
	ticker := time.NewTicker(term / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if !w.mine(ctx, job) && ctx.Err() == nil {
				lost()
				return
			}
		}
	}
}

// mine takes or keeps the lease of a job.
func (w *Worker) mine(ctx context.Context, job string) bool {
	now := w.clock()
	until := docstore.At(now.Add(term))
	kept, made, err := w.leases.Create(ctx, &lease{Meta: docstore.Meta{ID: job}, Holder: w.holder, Until: until})
	if err != nil || made {
		return made
	}
	if kept.Holder == w.holder && kept.Until.Time().Sub(now) > term/2 {
		return true
	}
	kept, err = w.leases.Update(ctx, job, func(l *lease) error {
		if l.Holder != w.holder && l.Until.Time().After(now) {
			return docstore.Unchanged
		}
		l.Holder, l.Until = w.holder, until
		return nil
	})
	return err == nil && kept.Holder == w.holder
}

// once runs a job; what goes wrong is logged and tried again at its next time.
func (w *Worker) once(ctx context.Context, job Job) {
	defer func() {
		if r := recover(); r != nil {
			w.failed(ctx, job, panicked(r))
		}
	}()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go w.keep(ctx, job.Name, stop)
	if err := job.Do(ctx); err != nil && ctx.Err() == nil {
		w.failed(ctx, job, err)
		return
	}
	w.runs.WithLabelValues(job.Name, "done").Inc()
}

// failed logs and counts each thing that a run could not do, once.
func (w *Worker) failed(ctx context.Context, job Job, err error) {
	w.runs.WithLabelValues(job.Name, "failed").Inc()
	said := map[string]bool{}
	for _, e := range apart(err) {
		text := e.Error()
		if said[text] {
			continue
		}
		said[text] = true
		code := fault.CodeOf(e)
		w.errors.WithLabelValues(job.Name, code).Inc()
		w.log.ErrorContext(ctx, "job failed", slog.String("job", job.Name), slog.String("code", code), slog.String("cause", text))
	}
}

// apart takes errors that were joined apart.
func apart(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // this one, not what it wraps
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, apart(e)...)
	}
	return all
}

// panicked tells what a panic says of the program; what else it holds may be
// somebody's.
func panicked(with any) error {
	if err, ok := with.(runtime.Error); ok {
		return fmt.Errorf("panic: %w\n%s", err, debug.Stack())
	}
	return fmt.Errorf("panic: %T\n%s", with, debug.Stack())
}
