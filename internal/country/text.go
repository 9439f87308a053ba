package country

import (
	"strings"
	"unicode"
)

// compact drops the spaces, points and hyphens that people put into numbers,
// and writes letters large.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == '-' || r == '\u202f' || r == '\u200e' {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
