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
		return errors.New("say -territory, or -replay")
	}
	request := matching.StartRound{Territory: territory}
	return besideOrAlone(ctx, c, func(f *features, alone bool) error {
		begin := f.matches.AskRound
		if alone {
			defer f.matches.Close()
			begin = f.matches.StartRound
		}
		round, err := begin(ctx, people.System(), request)
		if err != nil {
			return err
		}
		return f.follow(ctx, round, progress, out)
	})
}

// Replay computes a past round again from its stored problem, and fails where
// the result is another one.
func Replay(ctx context.Context, c Config, round string, out io.Writer) error {
	return besideOrAlone(ctx, c, func(f *features, _ bool) error {
		replay, err := f.matches.Replay(ctx, people.System(), call.One{ID: round})
		if err != nil {
			return err
		}
		return show(out, replay)
	})
}

// besideOrAlone opens the store, beside a server where one holds it.
func besideOrAlone(ctx context.Context, c Config, do func(f *features, alone bool) error) error {
	err := with(ctx, c, false, func(f *features) error { return do(f, true) })
	if !errors.Is(err, sqlite.ErrServed) {
		return err
	}
	return open(ctx, c, options{log: slog.New(slog.DiscardHandler), beside: true}, func(f *features) error { return do(f, false) })
}

func show(out io.Writer, result any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
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
	if err := show(out, round); err != nil {
		return err
	}
	if round.Failure != "" {
		return fmt.Errorf("the round failed: %s", round.Failure)
	}
	return nil
}
