package matching

import (
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// class is all that the hard rules and the score see of a device. Devices of
// one class are the same to the engine: one node with a capacity. Memory and
// disk are rounded down to powers of two, GB.
type class struct {
	RAM      int            `json:"ram"`
	Disk     int            `json:"disk"`
	Solid    bool           `json:"solid"` // no spinning disk
	Layout   string         `json:"layout"`
	Equipped bool           `json:"equipped"` // webcam, Wi-Fi, charger
	Large    bool           `json:"large"`
	Light    bool           `json:"light"`
	Battery  bool           `json:"battery"` // graded A or B
	Earmark  device.Earmark `json:"earmark"`
	Point    place.Point    `json:"point"`
}

func classOf(d *device.Device) class {
	s := d.Specs
	return class{
		RAM: powerBelow(s.RAMGB), Disk: powerBelow(s.DiskGB * 16 / 15), // 240 GB are sold as 256
		Solid:    s.DiskType == "ssd" || s.DiskType == "nvme" || s.DiskType == "emmc",
		Layout:   s.Layout,
		Equipped: s.Webcam && s.Wifi && s.Charger,
		Large:    s.Screen >= 156, Light: s.Screen > 0 && s.Screen <= 140,
		Battery: d.Grades.Battery == "A" || d.Grades.Battery == "B",
		Earmark: d.Earmark,
		Point:   place.Point{Lat: d.Lat, Lon: d.Lon},
	}
}

func powerBelow(n int) int {
	if n <= 0 {
		return 0
	}
	return 1 << (bits.Len(uint(n)) - 1)
}

// asker is all that the rules, the score and the report of a round see of an
// application: no name, no id, no address.
type asker struct {
	Kind      application.Kind `json:"kind"`
	Territory string           `json:"territory"`
	Commune   string           `json:"commune"`
	Level     string           `json:"level"`
	Course    string           `json:"course"`
	Minimum   country.Spec     `json:"minimum"` // of the course
	Keyboard  string           `json:"keyboard"`
	Need      application.Need `json:"need"`
	Point     place.Point      `json:"point"` // the centre of the commune
	Submitted docstore.Millis  `json:"submitted"`
	Born      int              `json:"born"`                // the year
	Referred  bool             `json:"referred"`            // a prescriber attested the need
	Structure string           `json:"structure,omitempty"` // the prescriber who did
	Shares    []int32          `json:"shares,omitempty"`    // places in the problem's
	score     application.Score
}

// askerOf reads an application; false when its country or course is unknown.
func askerOf(app *application.Application) (asker, bool) {
	rules, ok := country.Get(app.Country)
	if !ok {
		return asker{}, false
	}
	course, ok := rules.Course(app.Course)
	a := asker{
		Kind: app.Kind, Territory: app.Territory, Commune: app.Commune, Level: app.Level, Course: app.Course,
		Minimum: course.Minimum, Keyboard: rules.Keyboard, Need: app.Need, Point: place.Point{Lat: app.Lat, Lon: app.Lon},
		Submitted: app.Submitted, Born: app.BirthYear, Referred: app.Attestation != nil,
	}
	if app.Attestation != nil {
		a.Structure = app.Attestation.Prescriber
	}
	return a, ok
}

// rate scores an asker under a grid, as of a moment.
func (a *asker) rate(grid application.Grid, at docstore.Millis) {
	a.score = application.Rate(grid, a.Need, a.Level, a.Submitted.Time(), at.Time())
}

// barrier names the hard rule that keeps a class from an application; empty
// when there is none.
func barrier(c *class, a *asker) string {
	switch {
	case c.RAM < powerBelow(a.Minimum.RAMGB):
		return "ram"
	case !c.Solid || c.Disk < powerBelow(a.Minimum.DiskGB):
		return "disk"
	case !c.Equipped:
		return "equipment"
	case c.Layout != "" && c.Layout != a.Keyboard: // none recorded: fitted with stickers at the bench
		return "layout"
	case !earmarked(c.Earmark, a):
		return "earmark"
	case !accessible(c, a.Need.Accessibility):
		return "accessibility"
	}
	return ""
}

// earmarked tells whether what is set aside is for this application. Devices
// of a partner stay in the territory; its quota bounds how many a round gives.
func earmarked(e device.Earmark, a *asker) bool {
	switch e.Kind {
	case "award":
		return a.Kind == application.Award
	case "pool":
		return a.Kind == application.Pool
	case "territory":
		return a.Territory == e.ID
	default:
		return true
	}
}

// accessible checks what can be measured: 15.6 inches is large, 14 and less
// light, and a screen reader wants 8 GB.
func accessible(c *class, needs []string) bool {
	return !slices.ContainsFunc(needs, func(need string) bool {
		switch need {
		case "large_screen":
			return !c.Large
		case "light":
			return !c.Light
		case "long_battery":
			return !c.Battery
		case "screen_reader":
			return c.RAM < 8
		default:
			return false
		}
	})
}

// maxScore is the most a pair can score, as the solver is told.
const maxScore = 1_000_000

// worth is the score of a pair so far apart, 1 to 1e6: points of need, fit
// without waste, nearness. The rules' tier stands before it and is not part of
// it.
func worth(w application.PairWeights, c *class, a *asker, km float64) int64 {
	sum := w.Point*a.score.Points + fit(w, c, a) + nearness(w, km)
	return int64(min(max(sum, 1), maxScore))
}

// worthAtMost is more than an asker is worth with any class.
func worthAtMost(w application.PairWeights, a *asker) int64 {
	return int64(min(max(w.Point*a.score.Points+w.Fit+w.Distance, 1), maxScore))
}

// fit falls by a fifth for each doubling of memory beyond what the course
// needs, and by a tenth for each of the disk: the strongest machines go to
// those whose course needs them.
func fit(w application.PairWeights, c *class, a *asker) int {
	tenths := 10 - 2*doublings(a.Minimum.RAMGB, c.RAM) - doublings(a.Minimum.DiskGB, c.Disk)
	return w.Fit * max(tenths, 0) / 10
}

func doublings(from, to int) int {
	return max(bits.Len(uint(max(to, 0)))-bits.Len(uint(max(from, 0))), 0)
}

func nearness(w application.PairWeights, km float64) int {
	if km < 0 || km >= float64(w.ReachKM) {
		return 0
	}
	return int(float64(w.Distance) * (1 - km/float64(w.ReachKM)))
}

// distance is in km, to a tenth; -1 where one of the places is unknown.
func distance(a, b place.Point) float64 {
	if a == (place.Point{}) || b == (place.Point{}) {
		return -1
	}
	return math.Round(place.DistanceKM(a, b)*10) / 10
}

// reasons are the parts of worth, behind those of tier and points.
func reasons(w application.PairWeights, c *class, a *asker) []application.Part {
	waited := a.score.Waited()
	part := func(rule, fact string, points int) application.Part {
		return application.Part{Of: application.OfPair, Rule: rule, Fact: fact, Points: points}
	}
	km := distance(c.Point, a.Point)
	return append(slices.Clone(a.score.Parts),
		part("need", strconv.Itoa(a.score.Points-waited), w.Point*(a.score.Points-waited)),
		part("waiting", strconv.Itoa(waited), w.Point*waited),
		part("fit", strconv.Itoa(c.RAM)+"/"+strconv.Itoa(c.Disk), fit(w, c, a)),
		part("distance", strconv.FormatFloat(km, 'f', 1, 64), nearness(w, km)),
	)
}
