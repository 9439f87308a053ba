package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/sams96/rgeo"
)

// official is a commune, current or former, as @etalab/decoupage-administratif has it.
type official struct {
	Code       string   `json:"code"`
	Name       string   `json:"nom"`
	Type       string   `json:"type"`
	Postcodes  []string `json:"codesPostaux"`
	Population int      `json:"population"`
	Former     []string `json:"anciensCodes"`
	Seat       string   `json:"chefLieu"` // the current commune of a former one
}

type officialDepartement struct {
	Code   string `json:"code"`
	Name   string `json:"nom"`
	Region string `json:"region"`
	Seat   string `json:"chefLieu"`
}

type officialRegion struct {
	Code string `json:"code"`
	Name string `json:"nom"`
}

// box is the extent of a commune: west, south, east, north in degrees.
type box [4]float64

func (b box) centre() place.Point {
	return place.Point{Lat: (b[1] + b[3]) / 2, Lon: (b[0] + b[2]) / 2}
}

// holds allows a margin of about a kilometre, as the boxes are simplified.
func (b box) holds(p place.Point) bool {
	const margin = 0.01
	return p.Lon >= b[0]-margin && p.Lon <= b[2]+margin && p.Lat >= b[1]-margin && p.Lat <= b[3]+margin
}

// town is a populated place of GeoNames.
type town struct {
	name        string // folded
	insee       string // administrative code of the fourth order
	departement string
	feature     string
	population  int
	point       place.Point
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w (run npm ci in deployments/places first)", err)
	}
	return json.Unmarshal(text, into)
}

func readBoxes(path string) (map[string]box, error) {
	var rows []struct {
		ID   string `json:"id"`
		BBox box    `json:"bbox"`
	}
	if err := readJSON(path, &rows); err != nil {
		return nil, err
	}
	boxes := make(map[string]box, len(rows))
	for _, row := range rows {
		boxes[strings.TrimPrefix(row.ID, "fr:commune:")] = row.BBox
	}
	return boxes, nil
}

// frenchCountries are the ISO codes under which GeoNames files French communes,
// with the code of the département or collectivity.
var frenchCountries = map[string]string{
	"FR": "", "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976",
	"BL": "977", "MF": "978", "WF": "986", "PF": "987", "NC": "988",
}

func readTowns(path string) ([]town, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var towns []town
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) < 15 {
			continue
		}
		departement, french := frenchCountries[f[8]]
		if !french {
			continue
		}
		lat, err1 := strconv.ParseFloat(f[4], 64)
		lon, err2 := strconv.ParseFloat(f[5], 64)
		population, err3 := strconv.Atoi(f[14])
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, fmt.Errorf("geonames %s: bad number", f[0])
		}
		towns = append(towns, town{
			name: place.Fold(f[1]), insee: f[13], departement: cmp.Or(departement, place.DepartementOf(f[13])),
			feature: f[7], population: population, point: place.Point{Lat: lat, Lon: lon},
		})
	}
	return towns, lines.Err()
}

// shape is the outline of a département in GeoJSON.
type shape struct {
	Properties struct {
		ISO string `json:"iso_3166_2"`
	} `json:"properties"`
	Geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// readShapes gives the outer rings and holes of each French département, by
// code; points are longitude, latitude.
func readShapes() (map[string][][][2]float64, error) {
	zr, err := gzip.NewReader(bytes.NewReader(rgeo.Provinces10()))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		return nil, err
	}
	var collection struct {
		Features []shape `json:"features"`
	}
	if err := json.Unmarshal(text, &collection); err != nil {
		return nil, err
	}
	overseas := map[string]string{"GP": "971", "MQ": "972", "GF": "973", "RE": "974", "YT": "976"}
	shapes := map[string][][][2]float64{}
	for _, s := range collection.Features {
		code, french := strings.CutPrefix(s.Properties.ISO, "FR-")
		if !french {
			continue
		}
		if number, ok := overseas[code]; ok {
			code = number
		}
		rings, err := s.rings()
		if err != nil {
			return nil, fmt.Errorf("outline of %s: %w", code, err)
		}
		shapes[code] = append(shapes[code], rings...)
	}
	return shapes, nil
}

func (s shape) rings() ([][][2]float64, error) {
	if s.Geometry.Type == "Polygon" {
		var rings [][][2]float64
		err := json.Unmarshal(s.Geometry.Coordinates, &rings)
		return rings, err
	}
	var polygons [][][][2]float64
	err := json.Unmarshal(s.Geometry.Coordinates, &polygons)
	var rings [][][2]float64
	for _, polygon := range polygons {
		rings = append(rings, polygon...)
	}
	return rings, err
}
