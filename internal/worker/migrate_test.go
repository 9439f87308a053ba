package worker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/worker"
)

// pages is a step of three pages that notes which it was asked for; broken at
// one of them where asked to.
type pages struct {
	mu    sync.Mutex
	asked []string
	fails string
}

var errBroken = errors.New("broken")

func (p *pages) page(_ context.Context, after string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if after == p.fails && p.fails != "" {
		return "", errBroken
	}
	p.asked = append(p.asked, after)
	return map[string]string{"": "one", "one": "two", "two": ""}[after], nil
}

// TestAMigrationIsTakenOnce: a step that breaks goes on behind its last page, the
// next one waits for it, and what is done is not done again.
func TestAMigrationIsTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		first, second := &pages{fails: "one"}, &pages{}
		steps := []worker.Step{{Number: 1, Name: "first", Page: first.page}, {Number: 2, Name: "second", Page: second.page}}
		w := made(t, store.Engine(), nil, "one")
		if err := w.Migrate(t.Context(), steps); !errors.Is(err, errBroken) {
			t.Fatal("broken:", err)
		}
		first.fails = ""
		for range 2 {
			if err := made(t, store.Engine(), nil, "two").Migrate(t.Context(), steps); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []*pages{first, second} {
			if !slices.Equal(p.asked, []string{"", "one", "two"}) {
				t.Error("pages", p.asked)
			}
		}
		steps[1].Name = "another"
		if err := w.Migrate(t.Context(), steps); err == nil || !strings.Contains(err.Error(), "another program") {
			t.Error("a step of another name:", err)
		}
		steps[1].Number = 3
		if err := w.Migrate(t.Context(), steps); err == nil {
			t.Error("a step out of its place is taken")
		}
	})
}

// TestProcessesMigrateOnce: of eight that start side by side one takes the steps,
// and none goes on before they are taken.
func TestProcessesMigrateOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		p := &pages{}
		var workers []*worker.Worker
		for _, holder := range strings.Split("abcdefgh", "") {
			workers = append(workers, made(t, store.Engine(), nil, holder))
		}
		var all sync.WaitGroup
		for _, w := range workers {
			all.Go(func() {
				if err := w.Migrate(t.Context(), []worker.Step{{Number: 1, Name: "only", Page: p.page}}); err != nil {
					t.Error(err)
				}
				p.mu.Lock()
				defer p.mu.Unlock()
				if len(p.asked) != 3 {
					t.Error("goes on after pages", p.asked)
				}
			})
		}
		all.Wait()
	})
}
