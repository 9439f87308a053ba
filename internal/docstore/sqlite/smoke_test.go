package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

type thing struct {
	docstore.Meta `json:",inline"`

	Territory string   `json:"territory"`
	State     string   `json:"state"`
	Since     int64    `json:"since"`
	Terms     []string `json:"terms"`
}

func things(t *testing.T) (*docstore.Store, *docstore.Collection[thing]) {
	t.Helper()
	store := storetest.Open(t)
	c := docstore.Declare[thing](store, docstore.Spec{Name: "things", Scoped: true, Terms: true, Indexes: []docstore.Index{
		{Name: "state", Equal: []string{"state"}, Order: "since"},
		{Name: "recent", Order: "since", Desc: true},
	}})
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, c
}

func TestListsMergeTerritoriesInOrder(t *testing.T) {
	_, c := things(t)
	for i := range 100 {
		d := &thing{Meta: docstore.Meta{ID: fmt.Sprintf("t%03d", i)}, Territory: fmt.Sprint("x", i%3), State: "a", Since: int64(1000 - i)}
		d.Terms = []string{fmt.Sprint("mod", i%7), "all"}
		if err := c.Insert(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	q := docstore.Query{Scope: docstore.ScopeOf("x0", "x2"), Index: "state", Equal: []docstore.In{docstore.Is("a")}, Limit: 10}
	var last int64
	seen := 0
	err := c.Each(t.Context(), q, func(d *thing) error {
		if d.Since <= last || d.Territory == "x1" {
			return errors.New("out of order or scope")
		}
		last, seen = d.Since, seen+1
		return nil
	})
	if err != nil || seen != 67 {
		t.Fatal(seen, err)
	}
	page, err := c.Find(t.Context(), docstore.Query{Scope: docstore.ScopeAll(), Terms: []string{"all", "mod3"}, Limit: 5}, nil)
	if err != nil || len(page.Items) != 5 || page.Next == "" {
		t.Fatal(len(page.Items), page.Next, err)
	}
	if n, more, err := c.Count(t.Context(), q, 50); err != nil || n != 50 || !more {
		t.Fatal(n, more, err)
	}
}

func TestOneOfManyWinsAClaim(t *testing.T) {
	store, c := things(t)
	if err := c.Insert(t.Context(), &thing{Meta: docstore.Meta{ID: "one"}, Territory: "x", State: "free"}); err != nil {
		t.Fatal(err)
	}
	var wins sync.Map
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			_, err := c.Update(context.Background(), "one", func(d *thing) error {
				if d.State != "free" {
					return fault.New(fault.Conflict, "taken")
				}
				d.State = fmt.Sprint(i)
				d.Record(docstore.Record{Kind: "thing.taken"})
				return nil
			})
			if err == nil {
				wins.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	wins.Range(func(any, any) bool { n++; return true })
	pending, err := store.Engine().Pending(t.Context(), "things", 10)
	if err != nil || n != 1 || len(pending) != 1 || pending[0].Names[0] != "one:2:0" {
		t.Fatal(n, pending, err)
	}
	if err := store.Engine().Acknowledge(t.Context(), "things", "one", pending[0].Names); err != nil {
		t.Fatal(err)
	}
	if pending, err = store.Engine().Pending(t.Context(), "things", 10); err != nil || len(pending) != 0 {
		t.Fatal(pending, err)
	}
}
