package place

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed outlines.tsv.gz
var outlinesTable []byte

// Map is the départements as they are drawn: the mainland and Corsica where
// they lie, those overseas in boxes of their own in the Atlantic.
type Map struct {
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Outlines []Outline `json:"outlines"`
}

// Outline is one département on the map: an SVG path, and the box around it.
type Outline struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Path string `json:"path"`
	Box  Box    `json:"box"`
}

// Box is a rectangle in units of the map.
type Box struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Outlines draws the map on the first call and gives the same to every caller.
func Outlines() (Map, error) { return outlines() }

var outlines = sync.OnceValues(draw) //nolint:gochecknoglobals // a table drawn once

const (
	mapWidth   = 10000
	insetSide  = 1000 // of the box of a département overseas
	insetsFrom = 4700 // where the column of these boxes begins
)

// spot is a point of the map, before it is rounded.
type spot struct{ x, y float64 }

// extent is the rectangle around spots.
type extent struct{ low, high spot }

func nowhere() extent {
	return extent{spot{math.Inf(1), math.Inf(1)}, spot{math.Inf(-1), math.Inf(-1)}}
}

func (e *extent) hold(rings [][]spot) {
	for _, ring := range rings {
		for _, s := range ring {
			e.low = spot{min(e.low.x, s.x), min(e.low.y, s.y)}
			e.high = spot{max(e.high.x, s.x), max(e.high.y, s.y)}
		}
	}
}

func draw() (Map, error) {
	rings, err := readRings()
	if err != nil {
		return Map{}, err
	}
	departements, err := parseDepartements(departementsTable)
	if err != nil {
		return Map{}, err
	}
	mainland := nowhere()
	for code, shape := range rings {
		if !overseas(code) {
			mainland.hold(shape)
		}
	}
	scale := mapWidth / (mainland.high.x - mainland.low.x)
	m := Map{Width: mapWidth, Height: int(math.Ceil(scale * (mainland.high.y - mainland.low.y)))}
	insets := 0
	for _, d := range departements {
		shape, drawn := rings[d.Code]
		switch {
		case !drawn: // a collectivity that is no département
		case overseas(d.Code):
			m.Outlines = append(m.Outlines, inset(d, shape, insetsFrom+insets*insetSide))
			insets++
		default:
			m.Outlines = append(m.Outlines, outline(d, shape, mainland.low, scale, spot{}))
		}
	}
	m.Height = max(m.Height, insetsFrom+insets*insetSide)
	return m, nil
}

func overseas(code string) bool { return strings.HasPrefix(code, "97") }

// inset fits a département into its own box.
func inset(d Departement, shape [][]spot, top int) Outline {
	around := nowhere()
	around.hold(shape)
	scale := 0.8 * insetSide / max(around.high.x-around.low.x, around.high.y-around.low.y)
	return outline(d, shape, around.low, scale, spot{0.1 * insetSide, float64(top) + 0.1*insetSide})
}

// outline moves a shape by its origin, scales it, and spells it as a path of
// whole numbers: each ring absolute first, then relative.
func outline(d Departement, shape [][]spot, origin spot, scale float64, to spot) Outline {
	var path strings.Builder
	around := nowhere()
	for _, ring := range shape {
		placed := make([]spot, len(ring))
		for i, s := range ring {
			placed[i] = spot{math.Round((s.x-origin.x)*scale + to.x), math.Round((s.y-origin.y)*scale + to.y)}
		}
		around.hold([][]spot{placed})
		fmt.Fprintf(&path, "M%.0f %.0fl", placed[0].x, placed[0].y)
		for i, s := range placed[1:] {
			if before := placed[i]; s != before {
				fmt.Fprintf(&path, "%.0f %.0f ", s.x-before.x, s.y-before.y)
			}
		}
		path.WriteString("z")
	}
	return Outline{Code: d.Code, Name: d.Name, Path: path.String(), Box: Box{
		X: int(around.low.x), Y: int(around.low.y), Width: int(around.high.x - around.low.x), Height: int(around.high.y - around.low.y),
	}}
}

// readRings decodes the embedded table: a line per ring, its points in
// thousandths of a degree, each relative to the one before.
func readRings() (map[string][][]spot, error) {
	text, err := gunzip(outlinesTable)
	if err != nil {
		return nil, fmt.Errorf("place: outlines: %w", err)
	}
	rings := map[string][][]spot{}
	for line := range strings.Lines(text) {
		code, points, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		var ring []spot
		lon, lat := 0, 0
		for point := range strings.SplitSeq(points, " ") {
			east, north, _ := strings.Cut(point, ",")
			x, errX := strconv.Atoi(east)
			y, errY := strconv.Atoi(north)
			if errX != nil || errY != nil {
				return nil, fmt.Errorf("place: outline of %s: %q is no point", code, point)
			}
			lon, lat = lon+x, lat+y
			ring = append(ring, project(float64(lon)/1000, float64(lat)/1000))
		}
		rings[code] = append(rings[code], ring)
	}
	return rings, nil
}

// project is the equidistant conic on the parallel of 46.5° north, in radians,
// downwards: France as it hangs on a wall.
func project(lon, lat float64) spot {
	const degree = math.Pi / 180
	const parallel, meridian = 46.5 * degree, 3 * degree
	foot := 1 / math.Tan(parallel)
	r := foot + parallel - lat*degree
	angle := math.Sin(parallel) * (lon*degree - meridian)
	return spot{r * math.Sin(angle), r*math.Cos(angle) - foot}
}
