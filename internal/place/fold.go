package place

import "strings"

// folded gives the plain letters of each accented one in French place names.
var folded = strings.NewReplacer(
	"à", "a", "â", "a", "ä", "a", "á", "a", "ã", "a", "å", "a", "ç", "c",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "í", "i",
	"ñ", "n", "ô", "o", "ö", "o", "ó", "o", "õ", "o", "ù", "u", "û", "u",
	"ü", "u", "ú", "u", "ÿ", "y", "œ", "oe", "æ", "ae",
	"-", " ", "'", " ", "’", " ", ".", " ", ",", " ", "/", " ", "_", " ",
)

// Fold makes names comparable: lower case, no accents, single spaces in place
// of hyphens and apostrophes ("Saint-Ouen-l'Aumône" → "saint ouen l aumone").
func Fold(s string) string {
	s = folded.Replace(strings.ToLower(s))
	return strings.Join(strings.Fields(s), " ")
}

// foldQuery folds what somebody typed, and writes out the usual short forms
// once the word is complete ("St Ouen" → "saint ouen", but "st" may yet become
// "stains").
func foldQuery(s string) string {
	words := strings.Fields(Fold(s))
	for i := range words {
		last := i == len(words)-1
		switch {
		case words[i] == "st" && !last:
			words[i] = "saint"
		case words[i] == "ste" && !last:
			words[i] = "sainte"
		}
	}
	return strings.Join(words, " ")
}
