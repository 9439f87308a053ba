package contract_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
)

// sheet is a document of about 1.5 kB, as applications are.
type sheet struct {
	docstore.Meta `json:",inline"`

	Territory string   `json:"territory"`
	State     string   `json:"state"`
	Since     int64    `json:"since"`
	Fields    []string `json:"fields"`
	Terms     []string `json:"terms"`
	Count     int      `json:"count"`
}

func newSheet(i int) *sheet {
	s := &sheet{
		Meta: docstore.Meta{ID: fmt.Sprintf("sheet_%08d", i)}, Territory: fmt.Sprint(i % 10), State: []string{"free", "taken"}[i%2],
		Since: int64(i), Terms: []string{"all", fmt.Sprint("mod", i%1000)},
	}
	for range 20 {
		s.Fields = append(s.Fields, strings.Repeat("x", 60))
	}
	return s
}

// BenchmarkEngines measures the verbs of the store on 10,000 documents; the
// embedded engine waits for the disk here, as it does when it serves.
func BenchmarkEngines(b *testing.B) {
	b.Run("embedded", func(b *testing.B) {
		engine, err := sqlite.Open(b.Context(), b.TempDir(), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			if err := engine.Close(b.Context()); err != nil {
				b.Error(err)
			}
		}()
		verbs(b, docstore.New(engine))
	})
	b.Run("mongodb", func(b *testing.B) { verbs(b, storetest.OpenMongoDB(b)) })
}

const benched = 10_000

func verbs(b *testing.B, store *docstore.Store) {
	sheets := docstore.Declare[sheet](store, docstore.Spec{Name: "sheets", Scoped: true, Terms: true, Indexes: []docstore.Index{
		{Name: "state", Equal: []string{"state"}, Order: "since", Desc: true},
	}})
	if err := store.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	docs := make([]*sheet, benched)
	for i := range docs {
		docs[i] = newSheet(i)
	}
	if _, err := sheets.InsertMany(b.Context(), docs); err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	next.Store(benched)
	do := map[string]func(i int) error{
		"get": func(i int) error { _, err := sheets.Get(b.Context(), docs[i%benched].ID); return err },
		"update": func(i int) error {
			_, err := sheets.Update(b.Context(), docs[i*7919%benched].ID, func(s *sheet) error {
				s.Count++
				s.Record(docstore.Record{Kind: "sheet.changed"})
				return nil
			})
			return err
		},
		"insert": func(int) error { return sheets.Insert(b.Context(), newSheet(int(next.Add(1)))) },
	}
	lists := map[string]docstore.Query{
		"list of one territory":    {Scope: docstore.ScopeOf("1"), Index: "state", Equal: []docstore.In{docstore.Is("taken")}},
		"list of five territories": {Scope: docstore.ScopeOf("1", "3", "5", "7", "9"), Index: "state", Equal: []docstore.In{docstore.Is("taken")}},
		"list by two terms":        {Scope: docstore.ScopeAll(), Terms: []string{"all", "mod7"}},
	}
	for name, q := range lists {
		do[name] = func(int) error { _, err := sheets.Find(b.Context(), q, nil); return err }
	}
	for _, name := range []string{"get", "list of one territory", "list of five territories", "list by two terms", "update", "insert"} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := do[name](i); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" by 8", func(b *testing.B) {
			var i atomic.Int64
			b.SetParallelism(4)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if err := do[name](int(i.Add(1))); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
