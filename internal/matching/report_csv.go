package matching

import (
	"encoding/csv"
	"io"
	"strconv"
)

// CSV writes a report as a table of one figure a line: what it is about, which
// part of that, what is measured, and the figure; "hidden" where a group is too
// small to be told of.
func (r Report) CSV(to io.Writer) error {
	out := csv.NewWriter(to)
	line := func(about, of, measure, value string) { _ = out.Write([]string{about, of, measure, value}) } // Flush keeps the error
	number := func(about, of, measure string, n int64) { line(about, of, measure, strconv.FormatInt(n, 10)) }
	line("about", "of", "measure", "value")
	line("round", "", "id", r.Round)
	line("round", "", "territory", r.Territory)
	line("round", "", "at", r.At.UTC().Format("2006-01-02T15:04:05Z"))
	c := r.Certificate
	line("certificate", "", "digest", c.Digest)
	line("certificate", "", "certified", strconv.FormatBool(c.Certified))
	number("certificate", "", "seed", c.Seed)
	number("certificate", "", "grid", int64(c.Grid))
	for _, w := range []struct {
		name string
		n    int
	}{{"point", c.Weights.Point}, {"fit", c.Weights.Fit}, {"distance", c.Weights.Distance}, {"reach_km", c.Weights.ReachKM}} {
		number("certificate", "weight", w.name, int64(w.n))
	}
	if !r.All.Hidden {
		number("certificate", "", "applications", int64(c.Applications))
		number("certificate", "", "devices", int64(c.Devices))
		number("certificate", "", "pairs", int64(c.Pairs))
		number("certificate", "", "score", c.Score)
	}
	group := func(about string, g Group) {
		if g.Hidden {
			line(about, g.Name, "asked", "hidden")
			return
		}
		number(about, g.Name, "asked", int64(g.Asked))
		number(about, g.Name, "served", int64(g.Served))
		if g.Waited != nil {
			number(about, g.Name, "median_days_waited_by_served", int64(*g.Waited))
		}
		if g.Waits != nil {
			number(about, g.Name, "median_days_waited_by_left", int64(*g.Waits))
		}
	}
	group("all", r.All)
	number("aside", "", "applications", int64(r.Aside))
	for _, d := range append(r.Dimensions[:len(r.Dimensions):len(r.Dimensions)], r.Devices) {
		for _, g := range d.Groups {
			group(d.Name, g)
		}
	}
	for _, name := range r.Absent {
		line(name, "", "asked", "not collected")
	}
	for _, e := range r.Envy {
		number("envy", strconv.Itoa(e.RAM)+"/"+strconv.Itoa(e.Disk), "before", int64(e.Before))
	}
	for _, s := range r.Sensitivity {
		of := s.Weight + " " + strconv.Itoa(s.Percent) + " %"
		number("sensitivity", of, "gained", int64(s.Gained))
		number("sensitivity", of, "lost", int64(s.Lost))
		number("sensitivity", of, "moved", int64(s.Moved))
	}
	number("overrides", "", "count", int64(r.Overridden))
	for _, o := range r.Overrides {
		number("override", o.Reference+" "+o.Label, "before", int64(o.Before))
	}
	out.Flush()
	return out.Error()
}
