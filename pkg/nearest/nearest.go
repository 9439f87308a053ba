// Package nearest finds the k nearest compatible points on the sphere, within
// a radius. It answers "which devices could serve this student" for a whole
// country without comparing every pair.
//
// Points lie in a grid of cells of equal latitude and longitude, filled by a
// counting sort; a query walks rings of cells outwards and ends when no
// farther cell can hold a nearer point.
package nearest

import (
	"math"
	"slices"
)

// EarthKM is the mean radius of the Earth in kilometres.
const EarthKM = 6371.0088

// Point is a place in degrees with a set of classes, one bit each.
type Point struct {
	Lat, Lon float64
	Class    uint64
}

// Neighbor is a point found: its place in the slice given to New, and the
// great-circle distance.
type Neighbor struct {
	Index int32
	KM    float64
}

// Index answers queries over a fixed set of points. It is safe for concurrent
// use.
type Index struct {
	rows, cols int
	size       float64 // of a cell, in degrees
	start      []int32
	order      []int32
	points     []Point
}

// cellsPerPoint balances empty cells against points to look at.
const cellsPerPoint = 0.5

// New indexes points. Those with a latitude or longitude that is no number are
// never found.
func New(points []Point) *Index {
	size := 180.0
	if n := float64(len(points)); n > 0 {
		size = math.Sqrt(spread(points) / (n * cellsPerPoint))
	}
	// Cells cover the globe: few points get few of them.
	size = min(max(size, math.Sqrt(180*360/(float64(len(points))*16+256))), 45)
	// Whole columns go around the globe: a narrower one at the date line would
	// bring points nearer than their ring says.
	cols := math.Ceil(360 / size)
	size = 360 / cols
	x := &Index{size: size, rows: int(math.Ceil(180 / size)), cols: int(cols), points: points}
	x.fill()
	return x
}

// spread is the area in square degrees that the points cover.
func spread(points []Point) float64 {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, p := range points {
		south, north = min(south, p.Lat), max(north, p.Lat)
		west, east = min(west, p.Lon), max(east, p.Lon)
	}
	return max(north-south, 0.1) * max(east-west, 0.1)
}

func (x *Index) fill() {
	x.start = make([]int32, x.rows*x.cols+1)
	cells := make([]int32, len(x.points))
	for i, p := range x.points {
		cells[i] = -1
		if valid(p) {
			cells[i] = int32(x.row(p.Lat)*x.cols + x.col(p.Lon)) //nolint:gosec // at most 162 million cells
			x.start[cells[i]+1]++
		}
	}
	for c := range x.rows * x.cols {
		x.start[c+1] += x.start[c]
	}
	x.order = make([]int32, x.start[len(x.start)-1])
	next := slices.Clone(x.start)
	for i, c := range cells {
		if c >= 0 {
			x.order[next[c]] = int32(i) //nolint:gosec // one point, one int32
			next[c]++
		}
	}
}

func valid(p Point) bool { return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 }

func (x *Index) row(lat float64) int { return min(int((lat+90)/x.size), x.rows-1) }
func (x *Index) col(lon float64) int { return min(int((lon+180)/x.size), x.cols-1) }

// Nearest gives at most k points that have every class of want, at most
// radiusKM away, the nearest first; ties go by index. It appends to out.
func (x *Index) Nearest(at Point, k int, radiusKM float64, out []Neighbor) []Neighbor {
	from := len(out)
	if k <= 0 || !valid(at) {
		return out
	}
	row, col := x.row(at.Lat), x.col(at.Lon)
	seen := 0
	for ring := 0; ring < max(x.rows, x.cols) && seen < len(x.order); ring++ {
		limit := radiusKM
		if len(out)-from == k {
			limit = min(limit, out[len(out)-1].KM)
		}
		if ring > 0 && x.reach(at, row, ring) > limit {
			break
		}
		x.ring(row, col, ring, func(c int) {
			cell := x.order[x.start[c]:x.start[c+1]]
			seen += len(cell)
			for _, i := range cell {
				if p := x.points[i]; p.Class&at.Class == at.Class {
					out = keep(out, from, k, radiusKM, Neighbor{i, KM(at, p)})
				}
			}
		})
	}
	return out
}

// keep inserts a neighbour in order and drops the farthest beyond k.
func keep(out []Neighbor, from, k int, radiusKM float64, n Neighbor) []Neighbor {
	if n.KM > radiusKM {
		return out
	}
	i := len(out)
	for i > from && (out[i-1].KM > n.KM || out[i-1].KM == n.KM && out[i-1].Index > n.Index) {
		i--
	}
	if i-from >= k {
		return out
	}
	out = slices.Insert(out, i, n)
	return out[:min(len(out), from+k)]
}

// reach is the least distance in kilometres of any point in a ring of cells or
// beyond it.
func (x *Index) reach(at Point, row, ring int) float64 {
	degree := EarthKM * math.Pi / 180
	north := float64(row+ring)*x.size - 90 - at.Lat
	south := at.Lat - (float64(row-ring+1)*x.size - 90)
	least := min(north, south) * degree
	// East and west: cells narrow towards the poles; the narrowest latitude
	// that the ring could touch decides.
	span := float64(ring-1) * x.size
	if span >= 180 {
		return math.Inf(1)
	}
	lat := min(90, math.Abs(at.Lat)+float64(ring)*x.size)
	sideways := math.Asin(math.Sin(min(span, 90)*math.Pi/180)*math.Cos(lat*math.Pi/180)) * EarthKM
	if span > 90 || lat >= 90 {
		sideways = 0
	}
	return min(least, sideways)
}

// ring visits the cells at this ring around a cell; columns wrap around the
// globe, rows end at the poles.
func (x *Index) ring(row, col, ring int, visit func(cell int)) {
	for r := max(row-ring, 0); r <= min(row+ring, x.rows-1); r++ {
		step := 1
		if r != row-ring && r != row+ring && ring > 0 {
			step = 2 * ring
		}
		if 2*ring+1 >= x.cols {
			x.wrapped(r, col, ring, step, visit)
			continue
		}
		for c := col - ring; c <= col+ring; c += step {
			visit(r*x.cols + (c+x.cols)%x.cols)
		}
	}
}

// wrapped visits a row's part of a ring that goes all around the globe, each
// cell once over all rings.
func (x *Index) wrapped(r, col, ring, step int, visit func(cell int)) {
	for c := col - ring; c <= col+ring; c += step {
		east, west := c-col, col-c
		if 2*max(east, west) > x.cols || 2*west == x.cols {
			continue
		}
		visit(r*x.cols + (c%x.cols+x.cols)%x.cols)
	}
}

// KM is the great-circle distance of two points in kilometres.
func KM(a, b Point) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*rad/2, (b.Lon-a.Lon)*rad/2
	h := math.Sin(dLat)*math.Sin(dLat) + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Sin(dLon)*math.Sin(dLon)
	return 2 * EarthKM * math.Asin(min(1, math.Sqrt(h)))
}
