package main

import (
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/place"
)

// townHalls are the arrondissements of Paris, Lyon and Marseille, which no
// source has: the point of each town hall.
var townHalls = map[string]place.Point{
	"75101": {Lat: 48.8601, Lon: 2.3412}, "75102": {Lat: 48.8663, Lon: 2.3403}, "75103": {Lat: 48.8637, Lon: 2.3615},
	"75104": {Lat: 48.8558, Lon: 2.3553}, "75105": {Lat: 48.8463, Lon: 2.3449}, "75106": {Lat: 48.8512, Lon: 2.3326},
	"75107": {Lat: 48.8572, Lon: 2.3199}, "75108": {Lat: 48.8778, Lon: 2.3178}, "75109": {Lat: 48.8729, Lon: 2.3401},
	"75110": {Lat: 48.8720, Lon: 2.3577}, "75111": {Lat: 48.8588, Lon: 2.3793}, "75112": {Lat: 48.8406, Lon: 2.3880},
	"75113": {Lat: 48.8317, Lon: 2.3555}, "75114": {Lat: 48.8331, Lon: 2.3268}, "75115": {Lat: 48.8413, Lon: 2.3003},
	"75116": {Lat: 48.8637, Lon: 2.2767}, "75117": {Lat: 48.8846, Lon: 2.3222}, "75118": {Lat: 48.8921, Lon: 2.3444},
	"75119": {Lat: 48.8828, Lon: 2.3820}, "75120": {Lat: 48.8651, Lon: 2.3990},
	"69381": {Lat: 45.7695, Lon: 4.8301}, "69382": {Lat: 45.7530, Lon: 4.8293}, "69383": {Lat: 45.7601, Lon: 4.8502},
	"69384": {Lat: 45.7743, Lon: 4.8277}, "69385": {Lat: 45.7561, Lon: 4.8031}, "69386": {Lat: 45.7690, Lon: 4.8499},
	"69387": {Lat: 45.7456, Lon: 4.8421}, "69388": {Lat: 45.7354, Lon: 4.8697}, "69389": {Lat: 45.7743, Lon: 4.8057},
	"13201": {Lat: 43.2985, Lon: 5.3784}, "13202": {Lat: 43.3046, Lon: 5.3672}, "13203": {Lat: 43.3114, Lon: 5.3796},
	"13204": {Lat: 43.3048, Lon: 5.4006}, "13205": {Lat: 43.2931, Lon: 5.3972}, "13206": {Lat: 43.2862, Lon: 5.3806},
	"13207": {Lat: 43.2883, Lon: 5.3620}, "13208": {Lat: 43.2705, Lon: 5.3829}, "13209": {Lat: 43.2502, Lon: 5.4043},
	"13210": {Lat: 43.2801, Lon: 5.4163}, "13211": {Lat: 43.2870, Lon: 5.4715}, "13212": {Lat: 43.3096, Lon: 5.4365},
	"13213": {Lat: 43.3368, Lon: 5.4149}, "13214": {Lat: 43.3396, Lon: 5.3879}, "13215": {Lat: 43.3530, Lon: 5.3648},
	"13216": {Lat: 43.3607, Lon: 5.3375},
}

// locator finds the point of a commune's centre from several sources.
type locator struct {
	boxes         map[string]box
	byCode        map[string][]town
	byName        map[string][]town
	byDepartement map[string][]town
	formers       map[string][]string // former communes of a current one
	found         map[string]int      // how many points came from which source
}

func newLocator(towns []town, boxes map[string]box, communes []official) *locator {
	l := &locator{
		boxes: boxes, byCode: map[string][]town{}, byName: map[string][]town{}, byDepartement: map[string][]town{},
		formers: map[string][]string{}, found: map[string]int{},
	}
	for _, t := range towns {
		l.byCode[t.insee] = append(l.byCode[t.insee], t)
		l.byName[t.name] = append(l.byName[t.name], t)
		l.byDepartement[t.departement] = append(l.byDepartement[t.departement], t)
	}
	for _, c := range communes {
		l.formers[c.Code] = append(l.formers[c.Code], c.Former...)
		if c.Seat != "" {
			l.formers[c.Seat] = append(l.formers[c.Seat], c.Code)
		}
	}
	return l
}

// locate tries the sources from the best to the poorest.
func (l *locator) locate(c official) (place.Point, bool) {
	if p, ok := townHalls[c.Code]; ok {
		return l.from("town hall", p)
	}
	extent, hasBox := l.boxes[c.Code]
	if trustBox(c.Code) && hasBox {
		if p, ok := l.townInside(c, extent); ok {
			return l.from("town", p)
		}
		return l.from("box", extent.centre())
	}
	if t, ok := largest(l.byCode[c.Code]); ok {
		return l.from("town", t.point)
	}
	for _, t := range l.byName[place.Fold(c.Name)] {
		if t.departement == place.DepartementOf(c.Code) {
			return l.from("town", t.point)
		}
	}
	if hasBox {
		return l.from("box", extent.centre())
	}
	for _, former := range l.formers[c.Code] {
		if extent, ok := l.boxes[former]; ok {
			return l.from("former commune", extent.centre())
		}
	}
	return l.mainTown(place.DepartementOf(c.Code))
}

// mainTown serves the overseas collectivities alone, where towns are few and
// distances are not compared.
func (l *locator) mainTown(departement string) (place.Point, bool) {
	if departement < "975" || departement == "976" {
		return place.Point{}, false
	}
	t, ok := largest(l.byDepartement[departement])
	if !ok {
		return place.Point{}, false
	}
	return l.from("main town", t.point)
}

func (l *locator) from(source string, p place.Point) (place.Point, bool) {
	l.found[source]++
	return p, true
}

// trustBox is false in Guyane: Cayenne's box is wrong there and others reach 89 km.
func trustBox(code string) bool { return !strings.HasPrefix(code, "973") }

// townInside prefers the town that bears the commune's code and name, then its
// name, then its code; a town outside the box is another of that name.
func (l *locator) townInside(c official, extent box) (place.Point, bool) {
	name := place.Fold(c.Name)
	var sameName, sameCode []town
	for _, t := range l.byName[name] {
		if extent.holds(t.point) {
			sameName = append(sameName, t)
		}
	}
	for _, t := range l.byCode[c.Code] {
		if !extent.holds(t.point) {
			continue
		}
		if t.name == name {
			return t.point, true
		}
		sameCode = append(sameCode, t)
	}
	if t, ok := largest(sameName); ok {
		return t.point, true
	}
	t, ok := largest(sameCode)
	return t.point, ok
}

// largest leaves out sections of towns and localities.
func largest(towns []town) (town, bool) {
	best := -1
	for i, t := range towns {
		if t.feature == "PPLX" || t.feature == "PPLL" {
			continue
		}
		if best < 0 || t.population > towns[best].population {
			best = i
		}
	}
	if best < 0 {
		return town{}, false
	}
	return towns[best], true
}
