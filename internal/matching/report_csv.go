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
	t := table{csv.NewWriter(to)}
	t.line("about", "of", "measure", "value")
	t.line("round", "", "id", r.Round)
	t.line("round", "", "territory", r.Territory)
	t.line("round", "", "at", r.At.UTC().Format("2006-01-02T15:04:05Z"))
	t.certificate(r)
	t.group("all", r.All)
	t.number("aside", "", "applications", int64(r.Aside))
	for _, d := range append(r.Dimensions[:len(r.Dimensions):len(r.Dimensions)], r.Devices) {
		for _, g := range d.Groups {
			t.group(d.Name, g)
		}
	}
	for _, name := range r.Absent {
		t.line(name, "", "asked", "not collected")
	}
	t.doubts(r)
	t.Flush()
	return t.Error()
}

// table writes lines; Flush keeps the error of any.
type table struct{ *csv.Writer }

func (t table) line(about, of, measure, value string) {
	_ = t.Write([]string{about, of, measure, value})
}

func (t table) number(about, of, measure string, n int64) {
	t.line(about, of, measure, strconv.FormatInt(n, 10))
}

func (t table) certificate(r Report) {
	c := r.Certificate
	t.line("certificate", "", "digest", c.Digest)
	t.line("certificate", "", "certified", strconv.FormatBool(c.Certified))
	t.number("certificate", "", "seed", c.Seed)
	t.number("certificate", "", "grid", int64(c.Grid))
	for _, w := range []struct {
		name string
		n    int
	}{{"point", c.Weights.Point}, {"fit", c.Weights.Fit}, {"distance", c.Weights.Distance}, {"reach_km", c.Weights.ReachKM}} {
		t.number("certificate", "weight", w.name, int64(w.n))
	}
	if !r.All.Hidden {
		t.number("certificate", "", "applications", int64(c.Applications))
		t.number("certificate", "", "devices", int64(c.Devices))
		t.number("certificate", "", "pairs", int64(c.Pairs))
		t.number("certificate", "", "score", c.Score)
	}
}

func (t table) group(about string, g Group) {
	if g.Hidden {
		t.line(about, g.Name, "asked", "hidden")
		return
	}
	t.number(about, g.Name, "asked", int64(g.Asked))
	t.number(about, g.Name, "served", int64(g.Served))
	if g.Waited != nil {
		t.number(about, g.Name, "median_days_waited_by_served", int64(*g.Waited))
	}
	if g.Waits != nil {
		t.number(about, g.Name, "median_days_waited_by_left", int64(*g.Waits))
	}
}

// doubts are what speaks against a round: envy, how much hangs on each weight,
// and what coordinators chose beside it.
func (t table) doubts(r Report) {
	for _, e := range r.Envy {
		t.number("envy", strconv.Itoa(e.RAM)+"/"+strconv.Itoa(e.Disk), "before", int64(e.Before))
	}
	for _, s := range r.Sensitivity {
		of := s.Weight + " " + strconv.Itoa(s.Percent) + " %"
		t.number("sensitivity", of, "gained", int64(s.Gained))
		t.number("sensitivity", of, "lost", int64(s.Lost))
		t.number("sensitivity", of, "moved", int64(s.Moved))
	}
	t.number("overrides", "", "count", int64(r.Overridden))
	for _, o := range r.Overrides {
		t.number("override", o.Reference+" "+o.Label, "before", int64(o.Before))
	}
}
