package matching_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// BenchmarkRound runs a whole round from the store to stored proposals, and
// tells the time of each stage beside what the engine needs to walk and to
// insert as many documents. PASSERELLE_BENCH_ROUND says for how many
// applications (half as many devices); 10,000 unless told.
func BenchmarkRound(b *testing.B) {
	size := 10_000
	if n, err := strconv.Atoi(os.Getenv("PASSERELLE_BENCH_ROUND")); err == nil {
		size = n
	}
	b.Run("embedded", func(b *testing.B) {
		engine, err := sqlite.Open(b.Context(), b.TempDir(), sqlite.Options{})
		matchingtest.Must(b, err)
		defer func() { matchingtest.Must(b, engine.Close(b.Context())) }()
		benchRound(b, docstore.New(engine), size)
	})
	b.Run("mongodb", func(b *testing.B) { benchRound(b, storetest.OpenMongoDB(b), size) })
}

func benchRound(b *testing.B, store *docstore.Store, size int) {
	w := matchingtest.Settle(b, store)
	crowd(b, w, store, size)
	defer run(w)()
	for b.Loop() {
		round := w.Round(b)
		b.ReportMetric(float64(round.Proposed), "proposed")
		for _, s := range round.Spent {
			b.ReportMetric(float64(s.Millis), s.Stage+"-ms")
		}
	}
	b.StopTimer()
	matches := docstore.Declare[matching.Match](docstore.New(store.Engine()), matching.Spec())
	var made []*matching.Match
	walked := took(b, func() {
		n := 0
		count := func() error { n++; return nil }
		matchingtest.Must(b, w.Applications.Each(b.Context(), func(*application.Application) error { return count() }))
		matchingtest.Must(b, w.Devices.Available(b.Context(), w.Territory, func(*device.Device) error { return count() }))
	})
	all := docstore.Query{Scope: docstore.ScopeAll()}
	matchingtest.Must(b, matches.Each(b.Context(), all, func(m *matching.Match) error {
		m.ID += "2"
		made = append(made, m)
		return nil
	}))
	inserted := took(b, func() { _, err := matches.InsertMany(b.Context(), made); matchingtest.Must(b, err) })
	b.ReportMetric(walked, "bare-walk-ms")
	b.ReportMetric(inserted, "bare-insert-ms")
}

// run lets the town's clock go with the real one until stopped.
func run(w *matchingtest.Town) (stop func()) {
	ended := make(chan struct{})
	go func() {
		for last := time.Now(); ; {
			select {
			case <-ended:
				return
			case now := <-time.After(5 * time.Millisecond):
				w.Wait(now.Sub(last).Truncate(time.Millisecond))
				last = last.Add(now.Sub(last).Truncate(time.Millisecond))
			}
		}
	}()
	return func() { close(ended) }
}

func took(b *testing.B, do func()) float64 {
	b.Helper()
	began := time.Now()
	do()
	return float64(time.Since(began).Milliseconds())
}

// crowd fills a territory with copies of one application and one device that
// differ in need, course, place and strength.
func crowd(b *testing.B, w *matchingtest.Town, store *docstore.Store, size int) {
	beside := docstore.New(store.Engine())
	apps := docstore.Declare[application.Application](beside, application.Spec())
	devices := docstore.Declare[device.Device](beside, device.Spec())
	app, err := w.Applications.Find(b.Context(), w.Student(b))
	matchingtest.Must(b, err)
	dev, err := w.Devices.Find(b.Context(), w.Device(b))
	matchingtest.Must(b, err)
	communes := w.Places.In("95")
	random := rand.New(rand.NewPCG(1, 2))
	for from := 0; from < size; from += 1000 {
		var some []*application.Application
		var stock []*device.Device
		for n := from; n < min(from+1000, size); n++ {
			place := communes[random.IntN(len(communes))]
			a := *app
			a.ID, a.Person, a.Reference, a.Household = fmt.Sprintf("app_%032x", n+1), strconv.Itoa(n), strconv.Itoa(n), ""
			a.Since += docstore.Millis(n)
			a.Commune, a.Lat, a.Lon = place.INSEE, place.Point.Lat, place.Point.Lon
			a.Need.Equipment = []string{"none", "shared", "own"}[random.IntN(3)]
			a.Need.Means = []string{"quotient_400", "quotient_600", "quotient_800", "none"}[random.IntN(4)]
			a.Course = []string{"bts", "job_search", "data"}[random.IntN(3)]
			some = append(some, &a)
			if n%2 == 0 {
				d := *dev
				d.ID, d.Label = fmt.Sprintf("dev_%032x", n+1), strconv.Itoa(n)
				d.Since += docstore.Millis(n)
				d.Specs.RAMGB, d.Specs.DiskGB, d.Specs.Screen = 8<<random.IntN(2), 256<<random.IntN(2), 133+random.IntN(30)
				d.Grades.Battery = []string{"A", "B", "C"}[random.IntN(3)]
				site := communes[random.IntN(8)]
				d.Lat, d.Lon = site.Point.Lat, site.Point.Lon
				stock = append(stock, &d)
			}
		}
		_, err := apps.InsertMany(b.Context(), some)
		matchingtest.Must(b, err)
		_, err = devices.InsertMany(b.Context(), stock)
		matchingtest.Must(b, err)
	}
}
