package matching

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/seal"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// someApplication and someDevice draw what arrives in a market.
func someApplication(random *rand.Rand, n int) *application.Application {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	return &application.Application{
		Meta: docstore.Meta{ID: fmt.Sprintf("app_%d", n)}, Kind: application.Personal, Country: "FR", Territory: "ter_a", Level: "higher",
		Course: pick("bts", "job_search", "data"), Lat: 49 + random.Float64()/5, Lon: 2 + random.Float64()/2,
		Need: application.Need{
			Equipment: pick("none", "shared", "own"), Learners: 1 + random.IntN(3), Computers: 1, Means: pick("quotient_400", "none"),
		},
		Submitted: docstore.Millis(1_790_000_000_000 - int64(random.IntN(1e9))), Student: application.Contact{FirstName: seal.Text("x")},
	}
}

func someDevice(random *rand.Rand, n int) *device.Device {
	return &device.Device{
		Meta: docstore.Meta{ID: fmt.Sprintf("dev_%d", n)}, State: device.Available, Lat: 49, Lon: 2 + float64(random.IntN(3))/10,
		Specs: device.Specs{RAMGB: 8 << random.IntN(2), DiskGB: 256, DiskType: "ssd", Layout: "azerty", Webcam: true, Wifi: true, Charger: true},
	}
}

// TestAMarketEqualsAFreshSolveWhateverArrivesOrLeaves compares the value of the
// kept optimum with that of a problem of what is there.
func TestAMarketEqualsAFreshSolveWhateverArrivesOrLeaves(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 4))
		p := &problem{Format: problemFormat, At: 1_790_000_000_000, Seed: 1, Grid: application.DefaultGrid()}
		r := &run{m: &Matches{clock: time.Now}, round: &Round{}, progress: &progress{}, problem: p, refused: map[[2]string]bool{}}
		k, err := r.market(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		apps, devices := map[string]*application.Application{}, map[string]*device.Device{}
		for n := range 120 {
			switch random.IntN(5) {
			case 0, 1:
				app := someApplication(random, n)
				apps[app.ID], err = app, k.enter(app)
			case 2, 3:
				d := someDevice(random, n)
				devices[d.ID], err = d, k.bring(d)
			default:
				for id := range apps {
					delete(apps, id)
					err = k.leave(id)
					break
				}
				for id := range devices {
					delete(devices, id)
					err = k.take(id)
					break
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			kept := k.solved.Result()
			if err := assign.Check(k.solved.Instance(), kept); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, n, err)
			}
			fresh := freshChoice(t, apps, devices)
			if kept.Score != fresh.result.Score || !maps.Equal(kept.TierCounts, fresh.result.TierCounts) {
				t.Fatalf("seed %d, step %d: kept %v %d, fresh %v %d", seed, n, kept.TierCounts, kept.Score, fresh.result.TierCounts, fresh.result.Score)
			}
		}
	}
}

func freshChoice(t *testing.T, apps map[string]*application.Application, devices map[string]*device.Device) *choice {
	t.Helper()
	p := &problem{Format: problemFormat, At: 1_790_000_000_000, Seed: 1, Grid: application.DefaultGrid()}
	for _, id := range slices.Sorted(maps.Keys(apps)) {
		a, _ := askerOf(apps[id])
		p.Askers = append(p.Askers, a)
	}
	for _, id := range slices.Sorted(maps.Keys(devices)) {
		p.Classes, p.Stock = append(p.Classes, classOf(devices[id])), append(p.Stock, 1)
	}
	return chosen(t, p)
}
