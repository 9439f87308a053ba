package seal

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Kinds of look-ups that are normalised in a way of their own. Any other kind
// ignores case and spaces at the ends.
const (
	Name   = "name"   // accents, case, hyphens and apostrophes do not count
	Person = "person" // names and date of birth: the same, in any order
	Phone  = "phone"  // digits and a leading + alone; give the international form
)

// lookupBytes is 128 bits: no accidental twin, and short in an index.
const lookupBytes = 16

// Lookup is the keyed hash under which a value is found again without being
// readable: the same for all spellings that mean the same. The empty value has
// none: "".
func (b *Box) Lookup(kind, value string) string {
	value = normal(kind, value)
	if value == "" {
		return ""
	}
	hash, err := b.lookups.ComputePRF([]byte(kind+"\x00"+value), lookupBytes)
	if err != nil { // only for a length beyond the hash's
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(hash)
}

func normal(kind, value string) string {
	switch kind {
	case Name:
		return strings.Join(foldName(value), " ")
	case Person:
		words := foldName(value)
		slices.Sort(words)
		return strings.Join(words, " ")
	case Phone:
		return foldPhone(value)
	default:
		return strings.TrimSpace(cases.Fold().String(norm.NFKC.String(value)))
	}
}

func foldName(value string) []string {
	bare := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)))
	if plain, _, err := transform.String(bare, value); err == nil {
		value = plain
	}
	return strings.FieldsFunc(cases.Fold().String(value), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func foldPhone(value string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, value)
}
