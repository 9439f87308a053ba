package app

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestAnOlderStoreIsBroughtUpToDate: a start on what an older version wrote gives
// new drives their supply and lots their figures; the next start changes nothing.
func TestAnOlderStoreIsBroughtUpToDate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		ctx := t.Context()
		loadOlder(t, store)
		p := startOn(t, store)
		d, err := p.devices.Find(ctx, "dev_1")
		if err != nil {
			t.Fatal(err)
		}
		if supply := d.Drives[1].Supply; supply == nil || supply.By != "per_tech" || d.Drives[0].Supply != nil {
			t.Errorf("drives %+v", d.Drives)
		}
		app, err := p.applications.Find(ctx, "app_1")
		if err != nil || app.Area != "95" {
			t.Errorf("the application is of %+v, %v", app, err)
		}
		closed, err := p.applications.Find(ctx, "app_2")
		if err != nil || closed.Forget.Time() != closed.Since.Time().Add(2*365*24*time.Hour) || app.Forget != 0 {
			t.Errorf("to be forgotten: %+v, %v", closed, err)
		}
		if d.Area != "95" {
			t.Errorf("it stands in département %q", d.Area)
		}
		lifecycletest.Clean(t, time.Now(), p.devices.Check)
		outcome, err := p.figures.Outcome(ctx, people.System(), call.One{ID: "don_1"})
		if err != nil {
			t.Fatal(err)
		}
		figures := map[string]int{}
		for _, s := range outcome.Stages {
			figures[s.Stage] = s.Count
		}
		if figures["stock"] != 1 || figures["announced"] != 1 {
			t.Errorf("the lot says %v", figures)
		}
		again, err := startOn(t, store).devices.Find(ctx, "dev_1")
		if err != nil || again.Version != d.Version {
			t.Errorf("migrated again: version %d, then %d, %v", d.Version, again.Version, err)
		}
	})
}

// loadOlder fills a store with what a version of before wrote.
func loadOlder(t *testing.T, store *docstore.Store) {
	t.Helper()
	ctx, beside := t.Context(), docstore.New(store.Engine())
	config, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	config.Key = demoKey
	o := options{log: slog.New(slog.DiscardHandler)}
	f, err := build(beside, config, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("testdata/older-store.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := beside.Load(ctx, file); err != nil {
		t.Fatal(err)
	}
}

// startOn wires the product on a store as a server does.
func startOn(t *testing.T, store *docstore.Store) *product {
	t.Helper()
	config, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	config.Key = demoKey
	p, err := wire(context.Background(), docstore.New(store.Engine()), config, options{log: slog.New(slog.DiscardHandler), demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.matches.Close)
	return p
}
