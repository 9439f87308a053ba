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
	jobs := []worker.Job{
		// Carries events out of documents; woken by changes.
		{Name: "relay", Every: 500 * time.Millisecond, Wake: p.events.Nudged(), Do: func(ctx context.Context) error {
			return drain(ctx, p.events.Relay)
		}},
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
		// Scores those who wait under a new version of the grid.
		{Name: "scores", Every: 10 * time.Second, Do: func(ctx context.Context) error {
			return drain(ctx, p.applications.Rescore)
		}},
		// Refuses devices that their donor did not unlock in time.
		{Name: "locks", Every: time.Hour, Do: p.devices.Sweep},
		// Removes lists kept for their columns to be named.
		{Name: "lists", Every: time.Hour, Do: p.donations.Sweep},
		// Removes codes, links and sessions whose time is over.
		{Name: "sign-ins", Every: 10 * time.Minute, Do: p.people.Sweep},
		// Forgets what has been kept long enough.
		{Name: "privacy", Every: 6 * time.Hour, Do: p.privacy.Sweep},
		// Makes the figures exact after crashes.
		{Name: "figures", Every: 24 * time.Hour, Do: p.figures.Rebuild},
	}
	// What follows from events, each subscriber on its own: letters to a server
	// that is down hold up nothing else.
	for _, name := range p.events.Subscribers() {
		jobs = append(jobs, worker.Job{Name: "follow-" + name, Every: 300 * time.Millisecond, Do: func(ctx context.Context) error {
			return drain(ctx, func(ctx context.Context) (int, error) { return p.events.WorkOf(ctx, name) })
		}})
	}
	return jobs
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

// drain does a piece of work until nothing is left of it.
func drain(ctx context.Context, work func(context.Context) (int, error)) error {
	for {
		if done, err := work(ctx); err != nil || done == 0 {
			return err
		}
	}
}

func (p *product) recover(ctx context.Context, before time.Time) error {
	_, err := p.matches.Recover(ctx, before)
	_, more := p.deliveries.Recover(ctx, before)
	_, lots := p.donations.Recover(ctx, before)
	return errors.Join(err, more, lots)
}

// relay does at once what the jobs would: the demonstration is made by people
// who wait for one another.
func (p *product) relay(ctx context.Context) error {
	return drain(ctx, func(ctx context.Context) (int, error) {
		carried, err := p.events.Relay(ctx)
		if err != nil {
			return carried, err
		}
		done, err := p.events.Work(ctx)
		return carried + done, err
	})
}
