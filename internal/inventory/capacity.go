package inventory

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// amount finds "16", "2x8", "238,47 Gio", "1 To" in a cell.
var amount = regexp.MustCompile(`(?i)\b(?:([0-9]{1,2})\s*[x*×]\s*)?` +
	`([0-9]{1,3}(?:[ \x{a0}\x{202f}][0-9]{3})+(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)?)` +
	`\s*(tib|tio|tb|to|gib|gio|gb|go|g|mib|mio|mb|mo|t|m)?\b`)

// findAmount prefers what has a unit: "PC4-2400 8 Go" speaks of 8 Go.
func findAmount(line string) []string {
	all := amount.FindAllStringSubmatch(line, 8)
	for _, m := range all {
		if m[3] != "" {
			return m
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// parseCapacity reads each amount of a cell, in GB, and tells whether they are
// counted in binary; the lines of a cell are the parts of one machine. A number
// without a unit of bareMB or more is one of MB.
func parseCapacity(cell string, bareMB float64) (parts []float64, binary bool) {
	for line := range strings.Lines(cell) {
		m := findAmount(line)
		if m == nil {
			continue
		}
		value, err := strconv.ParseFloat(plainNumber.Replace(m[2]), 64)
		if err != nil {
			continue
		}
		unit := strings.ToLower(m[3])
		if unit == "" && value >= bareMB {
			unit = "mb"
		}
		gb, isBinary := inGB(value, unit)
		if times, err := strconv.Atoi(m[1]); err == nil {
			gb *= float64(times)
		}
		parts = append(parts, gb)
		binary = binary || isBinary
	}
	return parts, binary
}

// plainNumber writes a French number as the standard library reads it.
var plainNumber = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".")

// inGB counts MB in binary, as inventory agents do, unless somebody typed
// round thousands.
func inGB(value float64, unit string) (gb float64, binary bool) {
	switch unit {
	case "tib", "tio":
		return value * 1024, true
	case "tb", "to", "t":
		return value * 1000, false
	case "gib", "gio":
		return value, true
	case "mib", "mio":
		return value / 1024, true
	case "mb", "mo", "m":
		if math.Mod(value, 1000) == 0 {
			return value / 1000, false
		}
		return value / 1024, true
	}
	return value, false
}

// readMemory gives whole GB; a machine that keeps some of its memory for
// graphics shows a little less than it has.
func (l *list) readMemory(row int, cell string) int {
	if saysNothing(cell) {
		return 0
	}
	const bareMB, most = 512, 1024
	parts, _ := parseCapacity(cell, bareMB)
	sum := 0.0
	for _, part := range parts {
		sum += part
	}
	gb := int(math.Ceil(sum - 0.05))
	if gb < 1 || gb > most {
		return l.badNumber(row, RAMGB, cell)
	}
	return gb
}

// readDisk gives whole GB as drives are sold, of the largest drive.
func (l *list) readDisk(row int, cell string) int {
	if saysNothing(cell) {
		return 0
	}
	const bareMB, most = 20_000, 65_536
	parts, binary := parseCapacity(cell, bareMB)
	if len(parts) == 0 {
		return l.badNumber(row, DiskGB, cell)
	}
	gb := soldAs(slices.Max(parts), binary)
	if gb < 1 || gb > most {
		return l.badNumber(row, DiskGB, cell)
	}
	return gb
}

// soldAs turns what an operating system counts in binary into the decimal size
// on the label: 238.47 GiB is a drive of 256 GB. A round size was typed by a
// person and stays.
func soldAs(gb float64, binary bool) int {
	round := []float64{32, 64, 120, 128, 160, 180, 240, 250, 256, 320, 480, 500, 512, 640, 750, 960, 1000, 1024, 2000, 2048}
	if binary && !slices.Contains(round, gb) {
		gb *= 1.073741824
	}
	return int(math.Round(gb))
}

func (l *list) badNumber(row int, field Field, cell string) int {
	l.problem(row, field, NumberInvalid, map[string]any{"value": cell})
	return 0
}

// diskType recognises the kind of drive in the words of a list.
func diskType(cells ...string) string {
	text := " " + fold(strings.Join(cells, " ")) + " "
	for _, kind := range []struct {
		name  string
		words []string
	}{
		{"nvme", []string{"nvme", "pcie"}},
		{"emmc", []string{"emmc"}},
		{"ssd", []string{"ssd", " flash ", "solid state", "m 2"}},
		{"hdd", []string{"hdd", "rpm", "mecanique", "magnetique", "5400", "7200", " sata "}},
	} {
		for _, word := range kind.words {
			if strings.Contains(text, word) {
				return kind.name
			}
		}
	}
	return ""
}
