package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"os"
	"slices"
	"sort"
)

// The instances look like a country: four hundred towns of Zipf's sizes, some
// people between them, and every student linked to the nearest devices strong
// enough for them. They depend on their recipe alone.

// recipe says what an instance is made of.
type recipe struct {
	Students, Devices int
	Near              int  // devices a student is linked to at most
	Dense             bool // all pairs instead
	Seed              uint64
}

const (
	countryKM = 980.0
	reachKM   = 60.0
	townCount = 400
	scattered = 0.15 // of people who live in no town
)

// random is SplitMix64.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (r *random) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// normal draws by Box and Muller.
func (r *random) normal() float64 {
	u := r.unit()
	for u == 0 {
		u = r.unit()
	}
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*r.unit())
}

type town struct{ x, y, upTo, spread float64 }

// dot is a student or a device on the map.
type dot struct {
	x, y  float32
	class int8 // strength a student needs, or a device has: 1..4
	tier  int8
	wait  float32
	order uint64 // along a Hilbert curve: neighbours get near ids
}

// country draws towns, then people and devices in them.
type country struct {
	random
	towns []town
	size  float64
}

func newCountry(seed uint64) *country {
	c := &country{random: random(seed), towns: make([]town, townCount)}
	for i := range c.towns {
		size := 1 / float64(i+1)
		c.size += size
		c.towns[i] = town{c.unit() * countryKM, c.unit() * countryKM, c.size, 1.5 + 25*math.Sqrt(size)}
	}
	return c
}

func (c *country) dots(n int, student bool) []dot {
	dots := make([]dot, n)
	for i := range dots {
		d := &dots[i]
		c.place(d)
		class := c.unit()
		if student {
			d.class = classOf(class, .5, .8, .95)
			q := c.unit() // the strongest need is the rarest
			d.tier = int8(1 + 4*q*q + .3*c.unit())
			w := c.unit()
			d.wait = float32(w * w)
		} else {
			d.class = classOf(class, .25, .6, .85)
		}
		d.order = hilbert(d.x, d.y)
	}
	slices.SortStableFunc(dots, func(a, b dot) int { return cmp.Compare(a.order, b.order) })
	return dots
}

func (c *country) place(d *dot) {
	if c.unit() < scattered {
		d.x, d.y = float32(c.unit()*countryKM), float32(c.unit()*countryKM)
		return
	}
	z := c.unit() * c.size
	t := c.towns[sort.Search(len(c.towns), func(k int) bool { return c.towns[k].upTo >= z })]
	d.x = float32(min(max(t.x+t.spread*c.normal(), 0), countryKM))
	d.y = float32(min(max(t.y+t.spread*c.normal(), 0), countryKM))
}

func classOf(u float64, bounds ...float64) int8 {
	for k, b := range bounds {
		if u < b {
			return int8(k + 1)
		}
	}
	return int8(len(bounds) + 1)
}

// hilbert is the place of a point along the curve of order 16.
func hilbert(x, y float32) (at uint64) {
	a, b := uint32(x/1000*65535), uint32(y/1000*65535)
	for s := uint32(1 << 15); s > 0; s >>= 1 {
		var right, up uint32
		if a&s > 0 {
			right = 1
		}
		if b&s > 0 {
			up = 1
		}
		at += uint64(s) * uint64(s) * uint64((3*right)^up)
		if up == 0 {
			if right == 1 {
				a, b = 65535-a, 65535-b
			}
			a, b = b, a
		}
	}
	return at
}

// score of a student and a device so far apart, 1..1e6.
func score(s, d *dot, km float64) uint32 {
	need := float64(s.tier) / 5
	fit := 1 - float64(d.class-s.class)/3
	near := max(0, 1-km/reachKM)
	return uint32(min(max(400000*need+200000*float64(s.wait)+150000*fit+250000*near*near, 1), 1e6))
}

type arc struct{ student, device, score uint32 }

// arcs links everybody, in the order of students.
func (r recipe) arcs(students, devices []dot) []arc {
	var arcs []arc
	if r.Dense {
		for i := range students {
			for j := range devices {
				km := math.Hypot(float64(students[i].x-devices[j].x), float64(students[i].y-devices[j].y))
				arcs = append(arcs, arc{uint32(i), uint32(j), score(&students[i], &devices[j], km/16)})
			}
		}
		return arcs
	}
	g := newGrid(devices)
	for i := range students {
		for _, n := range g.nearest(&students[i], r.Near) {
			arcs = append(arcs, arc{uint32(i), uint32(n.device), score(&students[i], &devices[n.device], math.Sqrt(n.square))})
		}
	}
	return arcs
}

// grid finds devices by square cells that hold about two.
type grid struct {
	devices []dot
	cell    float64
	wide    int
	start   []int32
	ids     []int32
}

func newGrid(devices []dot) *grid {
	g := &grid{devices: devices, cell: max(math.Sqrt(countryKM*countryKM/float64(len(devices))*2), 1)}
	g.wide = int(countryKM/g.cell) + 1
	g.start = make([]int32, g.wide*g.wide+1)
	for j := range devices {
		g.start[g.of(&devices[j])+1]++
	}
	for c := 1; c < len(g.start); c++ {
		g.start[c] += g.start[c-1]
	}
	g.ids = make([]int32, len(devices))
	next := slices.Clone(g.start)
	for j := range devices {
		c := g.of(&devices[j])
		g.ids[next[c]] = int32(j)
		next[c]++
	}
	return g
}

func (g *grid) at(v float32) int { return int(float64(v) / g.cell) }

func (g *grid) of(d *dot) int { return g.at(d.y)*g.wide + g.at(d.x) }

type neighbour struct {
	square float64 // of the distance
	device int32
}

// nearest gives up to k devices strong enough within reach, by id.
func (g *grid) nearest(s *dot, k int) []neighbour {
	var found []neighbour
	order := func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.square, b.square), cmp.Compare(a.device, b.device))
	}
	for ring := 0; ; ring++ {
		if inner := float64(ring-1) * g.cell; inner > reachKM || len(found) == k && ring > 0 && inner*inner > found[k-1].square {
			break
		}
		g.ring(s, ring, func(j int32) {
			d := &g.devices[j]
			dx, dy := float64(d.x-s.x), float64(d.y-s.y)
			n := neighbour{dx*dx + dy*dy, j}
			if d.class < s.class || n.square > reachKM*reachKM {
				return
			}
			if at, _ := slices.BinarySearchFunc(found, n, order); at < k {
				found = slices.Insert(found, at, n)
				found = found[:min(len(found), k)]
			}
		})
	}
	slices.SortFunc(found, func(a, b neighbour) int { return cmp.Compare(a.device, b.device) })
	return found
}

// ring visits the devices in the cells so many steps away.
func (g *grid) ring(s *dot, ring int, visit func(int32)) {
	cx, cy := g.at(s.x), g.at(s.y)
	for y := max(cy-ring, 0); y <= min(cy+ring, g.wide-1); y++ {
		for x := max(cx-ring, 0); x <= min(cx+ring, g.wide-1); x++ {
			if max(x-cx, cx-x) != ring && max(y-cy, cy-y) != ring {
				continue
			}
			for _, j := range g.ids[g.start[y*g.wide+x]:g.start[y*g.wide+x+1]] {
				visit(j)
			}
		}
	}
}

// write makes an instance: NAME.bin (students, devices, arcs, then each arc as
// student, device, score, all 32 bits, the low byte first) and NAME.tier (a byte
// for each student).
func (r recipe) write(path string) error {
	c := newCountry(r.Seed)
	students, devices := c.dots(r.Students, true), c.dots(r.Devices, false)
	arcs := r.arcs(students, devices)
	tiers := make([]byte, len(students))
	for i := range students {
		tiers[i] = byte(students[i].tier)
	}
	if err := os.WriteFile(path+".tier", tiers, 0o600); err != nil {
		return err
	}
	return toFile(path+".bin", func(w io.Writer) error {
		head := arc{uint32(r.Students), uint32(r.Devices), uint32(len(arcs))}
		var words [12]byte
		for _, a := range append([]arc{head}, arcs...) {
			binary.LittleEndian.PutUint32(words[0:], a.student)
			binary.LittleEndian.PutUint32(words[4:], a.device)
			binary.LittleEndian.PutUint32(words[8:], a.score)
			if _, err := w.Write(words[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func toFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
