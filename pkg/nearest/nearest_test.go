package nearest_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalfranceschool/passerelle/pkg/nearest"
)

func brute(points []nearest.Point, at nearest.Point, k int, radius float64) []nearest.Neighbor {
	var all []nearest.Neighbor
	for i, p := range points {
		if km := nearest.KM(at, p); km <= radius && p.Class&at.Class == at.Class {
			all = append(all, nearest.Neighbor{Index: int32(i), KM: km})
		}
	}
	slices.SortFunc(all, func(a, b nearest.Neighbor) int {
		return cmp.Or(cmp.Compare(a.KM, b.KM), cmp.Compare(a.Index, b.Index))
	})
	return all[:min(len(all), k)]
}

func TestAgreesWithComparingEveryPair(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	areas := map[string][4]float64{ // south, north, west, east
		"a département": {48.9, 49.2, 1.6, 2.6},
		"a country":     {42, 51, -5, 8},
		"the world":     {-90, 90, -180, 180},
		"a pole":        {85, 90, -180, 180},
		"the date line": {-20, 20, 170, 180},
	}
	for name, a := range areas {
		for range 60 {
			points := make([]nearest.Point, 1+r.IntN(300))
			for i := range points {
				points[i] = within(r, a)
			}
			index := nearest.New(points)
			for range 20 {
				at := within(r, a)
				if r.IntN(4) == 0 {
					at.Lon = -at.Lon // across the date line
				}
				at.Class = uint64(r.IntN(4))
				k, radius := 1+r.IntN(12), []float64{20, 300, 30000}[r.IntN(3)]
				got, want := index.Nearest(at, k, radius, nil), brute(points, at, k, radius)
				if !slices.Equal(got, want) {
					t.Fatalf("%s: %d points, at %+v, k %d, radius %v:\ngot  %v\nwant %v", name, len(points), at, k, radius, got, want)
				}
			}
		}
	}
}

func within(r *rand.Rand, a [4]float64) nearest.Point {
	return nearest.Point{
		Lat: a[0] + r.Float64()*(a[1]-a[0]), Lon: a[2] + r.Float64()*(a[3]-a[2]), Class: uint64(r.IntN(8)),
	}
}

func BenchmarkNearest(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	france := [4]float64{42, 51, -5, 8}
	points := make([]nearest.Point, 250_000)
	for i := range points {
		points[i] = within(r, france)
	}
	index := nearest.New(points)
	out := make([]nearest.Neighbor, 0, 16)
	for b.Loop() {
		at := within(r, france)
		at.Class &= 1
		out = index.Nearest(at, 16, 60, out[:0])
	}
}
