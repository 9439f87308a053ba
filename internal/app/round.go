package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Round has a round run and shows its progress. Where a server holds the data
// folder the round is left for it to take up; else this process runs it.
func Round(ctx context.Context, c Config, territory string, progress, out io.Writer) error {
	if territory == "" {
		return errors.New("say -territory")
	}
	request := matching.StartRound{Territory: territory}
	err := with(ctx, c, false, func(f *features) error {
		defer f.matches.Close()
		round, err := f.matches.StartRound(ctx, people.System(), request)
		if err != nil {
			return err
		}
		return f.follow(ctx, round, progress, out)
	})
	if !errors.Is(err, sqlite.ErrServed) {
		return err
	}
	return open(ctx, c, options{log: slog.New(slog.DiscardHandler), beside: true}, func(f *features) error {
		round, err := f.matches.AskRound(ctx, people.System(), request)
		if err != nil {
			return err
		}
		return f.follow(ctx, round, progress, out)
	})
}

// follow shows a round until it has ended, and how.
func (f *features) follow(ctx context.Context, round matching.RoundView, progress, out io.Writer) (err error) {
	for round.Ended == nil {
		if _, err := fmt.Fprintf(progress, "\r%-8s %-12s %d / %d    ", round.State, round.Stage, round.Done, round.Total); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		if round, err = f.matches.Round(ctx, people.System(), call.One{ID: round.ID}); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(progress); err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(round); err != nil {
		return err
	}
	if round.Failure != "" {
		return fmt.Errorf("the round failed: %s", round.Failure)
	}
	return nil
}
