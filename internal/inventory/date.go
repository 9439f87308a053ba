package inventory

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// clearDates leave no doubt which part is the month.
var clearDates = []string{"2006-1-2", "2006/1/2", "2006.1.2", "20060102"}

// months in English and French, folded; the first three letters decide, but
// for June and July in French.
var months = map[string]time.Month{
	"jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5, "jun": 6, "juin": 6,
	"jul": 7, "juil": 7, "aou": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}

// Days on which a spreadsheet's number of days is taken for a date: from 1990
// to 2064.
const (
	firstSerialDay = 32874
	lastSerialDay  = 60000
)

// dateOrder counts how a list writes its dates, so that 03/04/2021 is read as
// the rest of the list is.
type dateOrder struct {
	dayFirst, monthFirst int
	unclear              []unclearDate
}

type unclearDate struct {
	device int // its place in the report
	cell   string
}

// readDate gives YYYY-MM-DD; what can be read both ways is read day first, and
// noted to be turned round at the end.
func (l *list) readDate(row int, cell string) string {
	if saysNothing(cell) {
		return ""
	}
	if date, ok := clearDate(cell); ok {
		return date
	}
	first, second, year, ok := numericDate(dateOnly(cell))
	if !ok {
		return l.badDate(row, cell)
	}
	unclear := first <= 12 && second <= 12 && first != second
	switch {
	case first > 12:
		l.dates.dayFirst++
	case second > 12:
		l.dates.monthFirst++
		first, second = second, first
	}
	date, ok := plausible(year, time.Month(second), first)
	if !ok {
		return l.badDate(row, cell)
	}
	if unclear {
		l.dates.unclear = append(l.dates.unclear, unclearDate{device: len(l.report.Devices), cell: cell})
	}
	return date
}

func (l *list) badDate(row int, cell string) string {
	l.problem(row, Purchased, DateInvalid, map[string]any{"value": cell})
	return ""
}

// dateOnly drops the time of day.
func dateOnly(cell string) string {
	date, _, _ := strings.Cut(cell, "T")
	date, _, _ = strings.Cut(date, " ")
	return date
}

func clearDate(cell string) (string, bool) {
	if days, err := strconv.ParseFloat(cell, 64); err == nil && days >= firstSerialDay && days < lastSerialDay {
		return time.Date(1899, 12, 30+int(days), 0, 0, 0, 0, time.UTC).Format(time.DateOnly), true
	}
	for _, layout := range clearDates {
		if t, err := time.Parse(layout, dateOnly(cell)); err == nil {
			return plausible(t.Date())
		}
	}
	return wordDate(cell)
}

// wordDate reads "Mon Mar 04, 2019", "4 mars 2019", "1er juin 2019".
func wordDate(cell string) (string, bool) {
	var month time.Month
	var numbers []int
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",.-", r) }) {
		number, err := strconv.Atoi(strings.TrimSuffix(word, "er"))
		m, isMonth := monthOf(word)
		switch {
		case err == nil && len(numbers) < 2: // what follows is the time of day
			numbers = append(numbers, number)
		case isMonth && month == 0:
			month = m
		}
	}
	if month == 0 || len(numbers) != 2 {
		return "", false
	}
	return plausible(numbers[1], month, numbers[0])
}

func monthOf(word string) (time.Month, bool) {
	letters := fold(word)
	for _, n := range []int{4, 3} {
		if m, ok := months[letters[:min(n, len(letters))]]; ok {
			return m, true
		}
	}
	return 0, false
}

// numericDate parts 12/03/2021, 12-03-21 or 12.3.2021.
func numericDate(cell string) (first, second, year int, ok bool) {
	parts := strings.FieldsFunc(cell, func(r rune) bool { return r == '/' || r == '-' || r == '.' })
	if len(parts) != 3 {
		return 0, 0, 0, false
	}
	first, err1 := strconv.Atoi(parts[0])
	second, err2 := strconv.Atoi(parts[1])
	year, err3 := strconv.Atoi(parts[2])
	if err1 != nil || err2 != nil || err3 != nil || (len(parts[2]) != 2 && len(parts[2]) != 4) {
		return 0, 0, 0, false
	}
	if len(parts[2]) == 2 {
		year += 2000
	}
	return first, second, year, true
}

// plausible refuses 31 February and years in which nobody bought a computer
// that still runs.
func plausible(year int, month time.Month, day int) (string, bool) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || t.Month() != month || year < 1990 || year > 2064 {
		return "", false
	}
	return t.Format(time.DateOnly), true
}

// settleDates turns round the unclear dates of a list that writes the month
// first; a list that does both is told so, row by row.
func (l *list) settleDates() {
	if l.dates.monthFirst == 0 {
		return
	}
	for _, unclear := range l.dates.unclear {
		device := &l.report.Devices[unclear.device]
		if l.dates.dayFirst > 0 {
			l.problem(device.Row, Purchased, DateAmbiguous, map[string]any{"value": unclear.cell})
			continue
		}
		year, day, month := device.Purchased[:4], device.Purchased[8:], device.Purchased[5:7]
		device.Purchased = year + "-" + day + "-" + month
	}
}
