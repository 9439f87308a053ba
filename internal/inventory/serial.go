package inventory

import (
	"regexp"
	"strings"
)

// isPlaceholder tells what makers and clerks leave where a serial number
// should stand.
func isPlaceholder(serial string) bool {
	switch fold(serial) {
	case "", // marks alone: "-", "?", "..."
		"to be filled by o e m", "to be filled by oem", "to be filled", "filled by o e m", "o e m", "oem",
		"default string", "default", "string", "system serial number", "chassis serial number",
		"base board serial number", "system serialnumber", "serial number", "serial", "sn", "sernum",
		"not specified", "not applicable", "not available", "not found", "n a", "na", "nc", "n c", "none", "null",
		"nil", "unknown", "undefined", "empty", "blank", "invalid", "tbd", "todo", "test",
		"inconnu", "inconnue", "non renseigne", "non communique", "non disponible", "non lisible", "illisible",
		"aucun", "aucune", "neant", "vide", "sans", "sans objet", "pas de numero", "a completer", "a renseigner",
		"123456789", "1234567890", "0123456789", "12345678", "1234567", "123456", "12345", "1234", "123",
		"abcdefgh", "abc123", "azerty":
		return true
	}
	return isRepeated(serial)
}

// isRepeated finds one letter over and over: "0000000", "XXXXXXXX", "FFFF-FFFF".
func isRepeated(serial string) bool {
	letters := strings.ReplaceAll(fold(serial), " ", "")
	return strings.Trim(letters, letters[:min(1, len(letters))]) == ""
}

// damagedNumber is what a spreadsheet makes of a long number: "1,23457E+11".
var damagedNumber = regexp.MustCompile(`^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,2}$`)

// maxSerial is longer than any maker's number: beyond it two cells ran into one.
const maxSerial = 60

func isDamaged(serial string) bool {
	return damagedNumber.MatchString(serial) || len(serial) > maxSerial || strings.Contains(serial, "\n")
}

// serialKey is what two spellings of one serial number share.
func serialKey(serial string) string {
	return strings.ToUpper(strings.Join(strings.Fields(serial), ""))
}

// readSerial gives the serial number of a row, and what is wrong with it.
func (l *list) readSerial(row int, cell string) string {
	switch {
	case cell == "":
		l.problem(row, Serial, SerialMissing, nil)
		return ""
	case isPlaceholder(cell):
		l.problem(row, Serial, SerialPlaceholder, map[string]any{"value": cell})
		return ""
	case isDamaged(cell):
		l.problem(row, Serial, SerialDamaged, map[string]any{"value": cell})
		return ""
	}
	key := serialKey(cell)
	if first, seen := l.serials[key]; seen {
		l.problem(row, Serial, SerialDuplicate, map[string]any{"value": cell, "first": first})
		return cell
	}
	l.serials[key] = row
	return cell
}
