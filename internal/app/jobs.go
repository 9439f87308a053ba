package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/worker"
)

// jobs is every job of the product: what, how often. Each runs under a lease of
// its name, in one process at a time, and may be cut off anywhere.
func (p *product) jobs() []worker.Job {
	return []worker.Job{
		// Carries events out of documents and does what follows; woken by writes.
		{Name: "relay", Every: 500 * time.Millisecond, Do: p.relay},
		// Finishes or undoes decisions that a crash cut short.
		{Name: "recover", Every: 20 * time.Second, Do: func(ctx context.Context) error {
			return p.recover(ctx, p.clock().Add(-matching.Grace))
		}},
		// Begins the rounds that a command asked for.
		{Name: "rounds", Every: time.Second, Do: p.matches.TakeUp},
		// Ends offers whose time is over; the second choice is proposed.
		{Name: "expire", Every: time.Minute, Do: func(ctx context.Context) error {
			_, err := p.matches.Expire(ctx)
			return err
		}},
		// Reminds, closes and gives up deliveries by the calendar.
		{Name: "deliveries", Every: 5 * time.Minute, Do: p.deliveries.Sweep},
		// Removes lists kept for their columns to be named.
		{Name: "lists", Every: time.Hour, Do: p.donations.Sweep},
		// Removes codes, links and sessions whose time is over.
		{Name: "sign-ins", Every: 10 * time.Minute, Do: p.people.Sweep},
		// Forgets what has been kept long enough.
		{Name: "privacy", Every: 6 * time.Hour, Do: p.privacy.Sweep},
		// Makes the figures exact after crashes.
		{Name: "figures", Every: 24 * time.Hour, Do: p.figures.Rebuild},
	}
}

// work first finishes what an earlier life left, without waiting for its lease
// to run out, then runs the jobs until ctx ends. On the embedded store nobody
// else is at work: whatever began before this process is left over.
func (p *product) work(ctx context.Context) {
	before := p.clock().Add(-matching.Grace)
	if p.config.MongoDB == "" {
		before = p.clock()
	}
	if err := p.recover(ctx, before); err != nil {
		p.log.ErrorContext(ctx, "recovery at start", slog.Any("cause", err))
	}
	p.worker.Run(ctx, p.jobs())
}

// relay carries events and does what follows until nothing is left.
func (p *product) relay(ctx context.Context) error {
	for {
		carried, err := p.events.Relay(ctx)
		if err != nil {
			return err
		}
		done, err := p.events.Work(ctx)
		if err != nil {
			return err
		}
		if carried == 0 && done == 0 {
			return nil
		}
	}
}

func (p *product) recover(ctx context.Context, before time.Time) error {
	_, err := p.matches.Recover(ctx, before)
	_, more := p.deliveries.Recover(ctx, before)
	return errors.Join(err, more)
}
