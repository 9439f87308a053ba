package place

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed communes.tsv.gz
var communesTable []byte

//go:embed departements.tsv
var departementsTable string

// Gazetteer answers questions about communes. It never changes once loaded,
// so any number of goroutines may read it.
type Gazetteer struct {
	communes     []Commune // by INSEE code
	departements []Departement
	postcodes    []postcodeEntry // by postcode
	names        nameIndex
}

type postcodeEntry struct {
	code    string
	commune int32
}

// Load decodes the embedded table on the first call and gives the same
// Gazetteer to every caller.
func Load() (*Gazetteer, error) { return load() }

// load holds the only copy, as the decoded table is too large to keep twice.
var load = sync.OnceValues(decode)

func decode() (*Gazetteer, error) {
	text, err := gunzip(communesTable)
	if err != nil {
		return nil, fmt.Errorf("place: communes: %w", err)
	}
	communes, err := parseCommunes(text)
	if err != nil {
		return nil, err
	}
	departements, err := parseDepartements(departementsTable)
	if err != nil {
		return nil, err
	}
	return &Gazetteer{
		communes:     communes,
		departements: departements,
		postcodes:    indexPostcodes(communes),
		names:        indexNames(communes),
	}, nil
}

func gunzip(b []byte) (string, error) {
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	if _, err := io.Copy(&text, zr); err != nil {
		return "", err
	}
	return text.String(), nil
}

// parseCommunes reads lines of code, name, postcodes, population, latitude and
// longitude (in ten-thousandths of a degree), sorted by code. The strings of
// the communes are slices of text.
func parseCommunes(text string) ([]Commune, error) {
	communes := make([]Commune, 0, strings.Count(text, "\n"))
	var postcodes []string
	for line := range strings.Lines(text) {
		commune, err := parseCommune(strings.TrimSuffix(line, "\n"), &postcodes)
		if err != nil {
			return nil, fmt.Errorf("place: line %d of communes: %w", len(communes)+1, err)
		}
		communes = append(communes, commune)
	}
	return communes, nil
}

func parseCommune(line string, postcodes *[]string) (Commune, error) {
	var f [6]string
	rest, found := line, true
	for i := range f {
		if !found {
			return Commune{}, fmt.Errorf("%d fields, want %d", i, len(f))
		}
		f[i], rest, found = strings.Cut(rest, "\t")
	}
	population, err1 := strconv.Atoi(f[3])
	lat, err2 := strconv.Atoi(f[4])
	lon, err3 := strconv.Atoi(f[5])
	if err := cmp.Or(err1, err2, err3); err != nil {
		return Commune{}, err
	}
	from := len(*postcodes)
	for code := range strings.SplitSeq(f[2], " ") {
		*postcodes = append(*postcodes, code)
	}
	return Commune{
		Country:     France,
		INSEE:       f[0],
		Name:        f[1],
		Departement: DepartementOf(f[0]),
		Postcodes:   slices.Clip((*postcodes)[from:]),
		Population:  population,
		Point:       Point{Lat: float64(lat) / 1e4, Lon: float64(lon) / 1e4},
	}, nil
}

func parseDepartements(text string) ([]Departement, error) {
	var departements []Departement
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("place: departements: %d fields, want 3", len(f))
		}
		departements = append(departements, Departement{Country: France, Code: f[0], Name: f[1], Region: f[2]})
	}
	return departements, nil
}

// indexPostcodes leaves out Paris, Lyon and Marseille as wholes: their
// arrondissements hold the same postcodes, nearer.
func indexPostcodes(communes []Commune) []postcodeEntry {
	var entries []postcodeEntry
	for i, commune := range communes {
		if hasArrondissements(commune.INSEE) {
			continue
		}
		for _, code := range commune.Postcodes {
			entries = append(entries, postcodeEntry{code: code, commune: int32(i)})
		}
	}
	slices.SortStableFunc(entries, func(a, b postcodeEntry) int { return strings.Compare(a.code, b.code) })
	return entries
}

func hasArrondissements(insee string) bool {
	return insee == "75056" || insee == "69123" || insee == "13055"
}

// Len is the number of communes, arrondissements included.
func (g *Gazetteer) Len() int { return len(g.communes) }

// Commune gives the commune of an INSEE code.
func (g *Gazetteer) Commune(insee string) (Commune, bool) {
	i, found := slices.BinarySearchFunc(g.communes, insee, func(c Commune, code string) int {
		return strings.Compare(c.INSEE, code)
	})
	if !found {
		return Commune{}, false
	}
	return g.communes[i], true
}

// ByPostcode gives the communes that share a postcode, the largest first.
func (g *Gazetteer) ByPostcode(code string) []Commune {
	i, _ := slices.BinarySearchFunc(g.postcodes, code, func(e postcodeEntry, code string) int {
		return strings.Compare(e.code, code)
	})
	var communes []Commune
	for ; i < len(g.postcodes) && g.postcodes[i].code == code; i++ {
		communes = append(communes, g.communes[g.postcodes[i].commune])
	}
	slices.SortStableFunc(communes, func(a, b Commune) int { return b.Population - a.Population })
	return communes
}

// In gives the communes of a département, by INSEE code.
func (g *Gazetteer) In(departement string) []Commune {
	from, _ := slices.BinarySearchFunc(g.communes, departement, func(c Commune, code string) int {
		return strings.Compare(c.Departement, code)
	})
	to := from
	for to < len(g.communes) && g.communes[to].Departement == departement {
		to++
	}
	return g.communes[from:to:to]
}

// Departement gives the département of a code such as "95", "2A" or "974".
func (g *Gazetteer) Departement(code string) (Departement, bool) {
	i := slices.IndexFunc(g.departements, func(d Departement) bool { return d.Code == code })
	if i < 0 {
		return Departement{}, false
	}
	return g.departements[i], true
}

// Departements lists all of them, by code.
func (g *Gazetteer) Departements() []Departement { return slices.Clone(g.departements) }
