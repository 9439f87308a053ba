package inventory

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCell is how many letters of a cell are kept.
const maxCell = 300

// quotedText is how spreadsheets are told that a number is a text: ="0123".
var quotedText = regexp.MustCompile(`^="([^"]*)"$`)

// clean gives the text of a cell that is safe to show and to write into a
// spreadsheet again.
func (l *list) clean(row int, field Field, cell string) string {
	text := l.printable(row, field, cell)
	if m := quotedText.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if escaped := len(text) > 1 && (text[0] == '`' || text[0] == '\'') && strings.ContainsRune("=+-@", rune(text[1])); escaped {
		text = text[1:]
	}
	if text != "" && strings.ContainsRune("=+@", rune(text[0])) {
		l.problem(row, field, Formula, nil)
		return ""
	}
	if utf8.RuneCountInString(text) > maxCell {
		l.problem(row, field, TooLong, map[string]any{"limit": maxCell})
		text = strings.TrimSpace(string([]rune(text)[:maxCell]))
	}
	return text
}

// printable takes out control characters and broken letters, and makes every
// kind of space a plain one; line ends stay, as GLPI parts values by them.
func (l *list) printable(row int, field Field, cell string) string {
	bad := !utf8.ValidString(cell)
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r):
			bad = true
			return -1
		case unicode.Is(unicode.Cf, r): // invisible marks of direction and joining
			return -1
		}
		return r
	}, cell)
	if bad {
		l.problem(row, field, BadText, nil)
	}
	return strings.TrimSpace(text)
}

// oneLine joins the lines of a cell.
func oneLine(cell string) string { return strings.Join(strings.Fields(cell), " ") }

// saysNothing tells the marks and words that stand for an unknown date or size.
func saysNothing(cell string) bool {
	switch fold(cell) {
	case "", "n a", "na", "nc", "n c", "none", "null", "unknown", "inconnu", "inconnue", "aucun", "0000 00 00":
		return true
	}
	return false
}
