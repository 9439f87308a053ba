package matching

import "slices"

// few is how many people make a group that may be told of outside the desk.
const few = 5

// outside is the report for those who are not at the desk: without groups of
// which fewer than five asked, are served or are left, and without what would
// give these away by subtraction.
func (r Report) outside() Report {
	r.Hidden, r.Overrides = true, []Beside{}
	hide(&r.All)
	r.Dimensions = slices.Clone(r.Dimensions)
	for i := range r.Dimensions {
		r.Dimensions[i] = r.Dimensions[i].outside(r.All.Hidden)
	}
	r.Devices = r.Devices.outside(r.All.Hidden)
	if r.All.Hidden {
		r.Certificate.Applications, r.Certificate.Devices, r.Certificate.Pairs, r.Certificate.Score = 0, 0, 0, 0
	}
	r.Aside, r.Overridden = grouped(r.Aside), grouped(r.Overridden)
	r.Sensitivity = slices.Clone(r.Sensitivity)
	for i := range r.Sensitivity {
		s := &r.Sensitivity[i]
		s.Gained, s.Lost, s.Moved = grouped(s.Gained), grouped(s.Lost), grouped(s.Moved)
	}
	r.Envy = slices.Clone(r.Envy)
	for i, e := range r.Envy {
		r.Envy[i] = Envy{RAM: e.RAM, Disk: e.Disk, Before: grouped(e.Before)}
	}
	return r
}

// grouped is a number in whole groups.
func grouped(n int) int { return n / few * few }

// hide takes the figures of a group that is too small.
func hide(g *Group) {
	if g.small() {
		*g = Group{Name: g.Name, Hidden: true}
	}
}

// small tells a group of which some are too few to be told of.
func (g Group) small() bool {
	one := func(n int) bool { return n > 0 && n < few }
	return g.Asked < few || one(g.Served) || one(g.Asked-g.Served)
}

// outside hides the small groups of a dimension, then the smallest of the
// others until what is hidden cannot be told by subtracting what is shown from
// the whole.
func (d Dimension) outside(whole bool) Dimension {
	order := make([]int, len(d.Groups)) // smallest first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return d.Groups[a].Asked - d.Groups[b].Asked })
	hidden, sum := 0, Group{}
	shut := make([]bool, len(d.Groups))
	shutOne := func(i int) {
		shut[i] = true
		hidden++
		sum.Asked, sum.Served = sum.Asked+d.Groups[i].Asked, sum.Served+d.Groups[i].Served
	}
	for i, g := range d.Groups {
		if whole || g.small() {
			shutOne(i)
		}
	}
	for _, i := range order {
		if hidden > 0 && (hidden == 1 || sum.small()) && !shut[i] {
			shutOne(i)
		}
	}
	d.Groups = slices.Clone(d.Groups)
	for i := range d.Groups {
		if shut[i] {
			d.Groups[i] = Group{Name: d.Groups[i].Name, Hidden: true}
		}
	}
	return d
}
