package docstore

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// TerritoryPath is the field that scoped documents carry.
const TerritoryPath = "territory"

// Key is one column of an index or of an order: the JSON path of a field, or
// the document's id where the path is empty.
type Key struct {
	Path   string
	Desc   bool
	Number bool // an int64; else a string
}

// Layout is an index as both engines build it: equality fields, then the order
// key, then the id.
type Layout struct {
	Name string // unique within the collection
	Keys []Key
}

// Layouts lists the indexes of a collection beside the one on the id. Each
// declared index of a scoped collection comes twice: by territory first, and
// across territories.
func (s Spec) Layouts() []Layout {
	var all []Layout
	for _, index := range s.Indexes {
		all = append(all, Layout{Name: index.Name, Keys: index.keys(nil)})
		if s.Scoped {
			all = append(all, scoped(index))
		}
	}
	if s.Scoped {
		all = append(all, scoped(Index{Name: "id"}))
	}
	return all
}

func scoped(index Index) Layout {
	return Layout{Name: index.Name + "_here", Keys: index.keys([]string{TerritoryPath})}
}

func (i Index) keys(first []string) []Key {
	var keys []Key
	for _, path := range append(first, i.Equal...) {
		keys = append(keys, Key{Path: path})
	}
	if i.Order != "" {
		keys = append(keys, Key{Path: i.Order, Desc: i.Desc, Number: true})
	}
	return append(keys, Key{Desc: i.Desc})
}

// Match is one equality of a plan.
type Match struct {
	Path   string
	Values []string
}

// Plan is how an engine answers a Find on an index: the equalities that open
// it, the order of what remains, and where to begin and end.
type Plan struct {
	Layout string // index to walk; empty is the id's own
	Match  []Match
	Order  []Key
	From   int64 // bounds of the number in Order, if there is one
	To     int64 // exclusive; math.MaxInt64 is none
	After  []any // values of Order behind which to go on; nil from the start
}

// Empty tells that nothing can be found: a scope without territories, or no
// value to look for.
func (f Find) Empty() bool {
	if f.Spec.Scoped && !f.Scope.All() && len(f.Scope.Territories()) == 0 {
		return true
	}
	if len(f.Terms) > 0 {
		return false
	}
	for _, in := range f.Equal {
		if len(in) == 0 {
			return true
		}
	}
	return false
}

// Plan works out how to walk the find's index. Documents without the order key
// are in no list of that index, on either engine.
func (f Find) Plan() (Plan, error) {
	plan := Plan{Layout: f.Index.Name, From: math.MinInt64, To: math.MaxInt64}
	if f.From != 0 {
		plan.From = f.From
	}
	if f.To != 0 {
		plan.To = f.To
	}
	keys := f.Index.keys(nil)
	if f.Spec.Scoped && !f.Scope.All() {
		layout := scoped(f.Index)
		if f.Index.Name == "" {
			layout = scoped(Index{Name: "id"})
		}
		plan.Layout = layout.Name
		plan.Match = append(plan.Match, Match{TerritoryPath, distinct(f.Scope.Territories())})
	}
	for i, in := range f.Equal {
		plan.Match = append(plan.Match, Match{keys[i].Path, distinct(in)})
	}
	plan.Order = keys[len(f.Equal):]
	after, err := f.after(plan.Order)
	plan.After = after
	return plan, err
}

func distinct(values []string) []string {
	seen := make(map[string]bool, len(values))
	var once []string
	for _, value := range values {
		if !seen[value] {
			seen[value] = true
			once = append(once, value)
		}
	}
	return once
}

// Cursor spells the values of an order as the text that After takes.
func Cursor(values []any) string {
	text, err := json.Marshal(values)
	if err != nil { // strings and integers always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// after reads the cursor for an order; Malformed where it was made for another
// list, or by hand.
func (f Find) after(order []Key) ([]any, error) {
	if f.After == "" {
		return nil, nil
	}
	bad := fault.New(fault.Malformed, "cursor")
	raw, err := base64.RawURLEncoding.DecodeString(f.After)
	if err != nil {
		return nil, bad
	}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var values []any
	if err := decoder.Decode(&values); err != nil || len(values) != len(order) || decoder.More() {
		return nil, bad
	}
	for i, key := range order {
		number, isNumber := values[i].(json.Number)
		if _, isText := values[i].(string); isText == key.Number || isNumber != key.Number {
			return nil, bad
		}
		if isNumber {
			if values[i], err = number.Int64(); err != nil {
				return nil, bad
			}
		}
	}
	return values, nil
}

// AfterID reads the cursor of a list by id, which lists by terms are too.
func (f Find) AfterID() (string, error) {
	values, err := f.after([]Key{{}})
	if err != nil || values == nil {
		return "", err
	}
	id, _ := values[0].(string)
	return id, nil
}
