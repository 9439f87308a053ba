package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// tolerance is how far a simplified outline may stray, in degrees: about a
// kilometre, half a pixel on a map of France 1,000 pixels wide.
const tolerance = 0.012

// outlineTable writes a line per ring: code of the département, then the points
// as longitude and latitude in thousandths of a degree, the first absolute and
// each other relative to the one before.
func outlineTable(shapes map[string][][][2]float64) string {
	var table strings.Builder
	for _, code := range slices.Sorted(maps.Keys(shapes)) {
		kept := keepLarge(shapes[code])
		for _, ring := range kept {
			fmt.Fprintf(&table, "%s\t%s\n", code, encodeRing(simplify(ring)))
		}
	}
	return table.String()
}

// keepLarge drops islets that would be a dot: rings under a fiftieth of the
// largest one, by extent.
func keepLarge(rings [][][2]float64) [][][2]float64 {
	largest := 0.0
	for _, ring := range rings {
		largest = max(largest, extent(ring))
	}
	return slices.DeleteFunc(rings, func(ring [][2]float64) bool { return extent(ring) < largest/50 })
}

func extent(ring [][2]float64) float64 {
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range ring {
		west, east = min(west, p[0]), max(east, p[0])
		south, north = min(south, p[1]), max(north, p[1])
	}
	return (east - west) * (north - south)
}

// simplify is Ramer, Douglas and Peucker on both halves of a closed ring.
func simplify(ring [][2]float64) [][2]float64 {
	half := len(ring) / 2
	first := thin(ring[:half+1])
	return append(first[:len(first)-1], thin(ring[half:])...)
}

func thin(line [][2]float64) [][2]float64 {
	if len(line) < 3 {
		return slices.Clone(line)
	}
	far, at := 0.0, 0
	for i := 1; i < len(line)-1; i++ {
		if d := offLine(line[i], line[0], line[len(line)-1]); d > far {
			far, at = d, i
		}
	}
	if far <= tolerance {
		return [][2]float64{line[0], line[len(line)-1]}
	}
	left := thin(line[:at+1])
	return append(left[:len(left)-1], thin(line[at:])...)
}

func offLine(p, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	length := math.Hypot(dx, dy)
	if length == 0 {
		return math.Hypot(p[0]-a[0], p[1]-a[1])
	}
	return math.Abs(dx*(p[1]-a[1])-dy*(p[0]-a[0])) / length
}

func encodeRing(ring [][2]float64) string {
	var text strings.Builder
	x0, y0 := 0, 0
	for i, p := range ring {
		x, y := int(math.Round(p[0]*1000)), int(math.Round(p[1]*1000))
		if i > 0 {
			text.WriteByte(' ')
		}
		fmt.Fprintf(&text, "%d,%d", x-x0, y-y0)
		x0, y0 = x, y
	}
	return text.String()
}
