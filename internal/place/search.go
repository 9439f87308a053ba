package place

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// nameIndex is one text of all folded names, each between line feeds, so that
// a search is a scan of half a megabyte and needs no tree in memory.
type nameIndex struct {
	text   string
	starts []int32 // where the name of each commune begins in text
}

func indexNames(communes []Commune) nameIndex {
	var text strings.Builder
	starts := make([]int32, len(communes))
	text.WriteByte('\n')
	for i, commune := range communes {
		starts[i] = int32(text.Len())
		text.WriteString(Fold(commune.Name))
		text.WriteByte('\n')
	}
	return nameIndex{text: text.String(), starts: starts}
}

// at gives the commune whose name covers an offset of the text.
func (x nameIndex) at(offset int) int {
	return sort.Search(len(x.starts), func(i int) bool { return int(x.starts[i]) > offset }) - 1
}

// name gives the folded name of a commune.
func (x nameIndex) name(i int) string {
	rest := x.text[x.starts[i]:]
	return rest[:strings.IndexByte(rest, '\n')]
}

// A hit is a commune found, and how well its name fits: lower is better.
type hit struct{ rank, commune int }

const (
	rankWhole = iota // the name itself
	rankStart        // the name begins so
	rankWord         // a later word begins so
)

// Search finds communes whose postcode, or whose name or a word of it, begins
// with what was typed; case, accents, hyphens and apostrophes do not matter.
// Whole names come first, then the most populous.
func (g *Gazetteer) Search(prefix string, limit int) []Commune {
	query := foldQuery(prefix)
	if query == "" || limit <= 0 {
		return nil
	}
	if strings.Trim(query, "0123456789") == "" {
		return g.searchPostcode(query, limit)
	}
	return g.best(g.searchName(query), limit)
}

func (g *Gazetteer) searchPostcode(prefix string, limit int) []Commune {
	from := sort.Search(len(g.postcodes), func(i int) bool { return g.postcodes[i].code >= prefix })
	var hits []hit
	seen := map[int32]bool{}
	for _, entry := range g.postcodes[from:] {
		if !strings.HasPrefix(entry.code, prefix) {
			break
		}
		if !seen[entry.commune] {
			seen[entry.commune] = true
			hits = append(hits, hit{commune: int(entry.commune)})
		}
	}
	return g.best(hits, limit)
}

func (g *Gazetteer) searchName(query string) []hit {
	var hits []hit
	for offset := 0; ; {
		next := strings.Index(g.names.text[offset:], query)
		if next < 0 {
			return hits
		}
		offset += next
		if before := g.names.text[offset-1]; before != '\n' && before != ' ' {
			offset++
			continue
		}
		commune := g.names.at(offset)
		hits = append(hits, hit{g.names.rank(commune, offset, query), commune})
		offset = int(g.names.starts[commune]) + len(g.names.name(commune))
	}
}

func (x nameIndex) rank(commune, offset int, query string) int {
	switch {
	case int(x.starts[commune]) != offset:
		return rankWord
	case x.name(commune) == query:
		return rankWhole
	}
	return rankStart
}

func (g *Gazetteer) best(hits []hit, limit int) []Commune {
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(g.communes[b.commune].Population, g.communes[a.commune].Population),
			cmp.Compare(a.commune, b.commune),
		)
	})
	communes := make([]Commune, 0, min(limit, len(hits)))
	for _, h := range hits[:min(limit, len(hits))] {
		communes = append(communes, g.communes[h.commune])
	}
	return communes
}
