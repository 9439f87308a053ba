package matching

import "github.com/digitalfranceschool/passerelle/internal/place"

// distances between askers and classes. Both stand at few points, the centres
// of communes and the places of stock, so that most distances are asked for
// again and again.
type distances struct {
	from, to []int32 // of an asker and of a class: their point
	askers   []place.Point
	classes  []place.Point
	table    []float64 // by asker's point and class's; nil where it would be too large
}

// tableBound is how many distances are kept.
const tableBound = 1 << 22

func (p *problem) distances() distances {
	var d distances
	d.from, d.askers = points(len(p.Askers), func(i int) place.Point { return p.Askers[i].Point })
	d.to, d.classes = points(len(p.Classes), func(k int) place.Point { return p.Classes[k].Point })
	if len(d.askers)*len(d.classes) > tableBound {
		return d
	}
	d.table = make([]float64, 0, len(d.askers)*len(d.classes))
	for _, a := range d.askers {
		for _, c := range d.classes {
			d.table = append(d.table, distance(a, c))
		}
	}
	return d
}

// points lists the different ones among n, and which each is.
func points(n int, at func(int) place.Point) (of []int32, all []place.Point) {
	of = make([]int32, n)
	known := map[place.Point]int32{}
	for i := range of {
		p := at(i)
		k, seen := known[p]
		if !seen {
			k = int32(len(all)) //nolint:gosec // no more than n
			known[p], all = k, append(all, p)
		}
		of[i] = k
	}
	return of, all
}

func (d *distances) km(asker, class int32) float64 {
	from, to := d.from[asker], d.to[class]
	if d.table == nil {
		return distance(d.askers[from], d.classes[to])
	}
	return d.table[int(from)*len(d.classes)+int(to)]
}

// asker and class add one that arrives; its distances are not kept.
func (d *distances) asker(p place.Point) { d.from, d.askers, d.table = add(d.from, d.askers, p) }

func (d *distances) class(p place.Point) { d.to, d.classes, d.table = add(d.to, d.classes, p) }

func add(of []int32, all []place.Point, p place.Point) ([]int32, []place.Point, []float64) {
	return append(of, int32(len(all))), append(all, p), nil //nolint:gosec // no more than there are askers
}
