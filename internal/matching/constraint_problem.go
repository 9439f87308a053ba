package matching

import "slices"

// The kinds of constraints.
const (
	lockPair      = "lock"    // this device to that application
	forbidPair    = "forbid"  // this device never to that application
	reserveDevice = "reserve" // this device to whom a structure attested
)

// reservedShare is the part of a round's devices that may be reserved: one in
// so many.
const reservedShare = 20

// nobody is the place of an asker or class that is not there.
const nobody = int32(-1)

// binding is a constraint as a problem has it, by places. The class is that of
// its device alone, so that dropping the constraint leaves one more like the
// others.
type binding struct {
	Constraint string `json:"constraint"`
	Kind       string `json:"kind"`
	Asker      int32  `json:"asker"`
	Class      int32  `json:"class"`
	For        string `json:"for,omitempty"`  // the structure that a device is reserved for
	Away       string `json:"away,omitempty"` // why the round has no part in it: what it names is not there
}

// bonds is what the constraints of a problem come to. They are honoured in
// their order; one that goes against those before it has no effect.
type bonds struct {
	problem  *problem
	idle     []string // of each constraint: why it has no effect, or ""
	classOf  []int32  // of each asker: the class it is locked to
	askerOf  []int32  // of each class: the asker it is locked to
	reserved []string // of each class: the structure it is reserved for
	forbids  map[pair]bool
	refused  map[pair]bool // what was said no to before
	left     []int         // of each share, beyond what is locked
	most     []int         // of each quota, beyond what is locked
	reserves int
}

// bind goes through the constraints.
func (p *problem) bind() *bonds {
	b := &bonds{
		problem: p, idle: make([]string, len(p.Constraints)), reserved: make([]string, len(p.Classes)),
		classOf: slices.Repeat([]int32{nobody}, len(p.Askers)), askerOf: slices.Repeat([]int32{nobody}, len(p.Classes)),
		forbids: map[pair]bool{}, refused: map[pair]bool{},
	}
	for _, no := range p.Refused {
		b.refused[no] = true
	}
	for _, s := range p.Shares {
		b.left = append(b.left, s.Left)
	}
	for _, q := range p.Quotas {
		b.most = append(b.most, q.Most)
	}
	for n, c := range p.Constraints {
		switch {
		case c.Away != "":
			b.idle[n] = c.Away
		case c.Kind == lockPair:
			b.idle[n] = b.lock(pair{c.Asker, c.Class})
		case c.Kind == forbidPair:
			b.idle[n] = b.forbid(pair{c.Asker, c.Class})
		case c.Kind == reserveDevice:
			b.idle[n] = b.reserve(c.Class, c.For)
		}
	}
	return b
}

// lock gives a device to an asker, within its shares and the device's quota.
func (b *bonds) lock(p pair) (idle string) {
	a := &b.problem.Askers[p.Asker]
	switch {
	case b.refused[p]:
		return "said_no"
	case b.forbids[p], b.classOf[p.Asker] != nobody, b.askerOf[p.Class] != nobody, !b.reservedFor(p.Class, a):
		return "conflict"
	case !earmarked(b.problem.Classes[p.Class].Earmark, a):
		return "earmarked"
	}
	if s := slices.IndexFunc(a.Shares, func(s int32) bool { return b.left[s] <= 0 }); s >= 0 {
		return b.problem.Shares[a.Shares[s]].Code
	}
	q := slices.IndexFunc(b.problem.Quotas, func(q quota) bool { return slices.Contains(q.Classes, p.Class) })
	if q >= 0 {
		if b.most[q] == 0 {
			return "quota_full"
		}
		b.most[q]--
	}
	for _, s := range a.Shares {
		b.left[s]--
	}
	b.classOf[p.Asker], b.askerOf[p.Class] = p.Class, p.Asker
	return ""
}

func (b *bonds) forbid(p pair) (idle string) {
	if b.classOf[p.Asker] == p.Class {
		return "conflict"
	}
	b.forbids[p] = true
	return ""
}

func (b *bonds) reserve(k int32, structure string) (idle string) {
	devices := 0
	for _, n := range b.problem.Stock {
		devices += n
	}
	i := b.askerOf[k]
	switch {
	case b.reserved[k] != "", i != nobody && b.problem.Askers[i].Structure != structure:
		return "conflict"
	case (b.reserves+1)*reservedShare > devices:
		return "reserves_full"
	}
	b.reserves++
	b.reserved[k] = structure
	return ""
}

func (b *bonds) reservedFor(k int32, a *asker) bool {
	return b.reserved[k] == "" || b.reserved[k] == a.Structure
}

// locked tells whether a pair is locked: it has no other pair, so that every
// optimum has it, as if it were taken out before and counted in after.
func (b *bonds) locked(i, k int32) bool { return len(b.idle) > 0 && b.classOf[i] == k }

// bars tells whether constraints keep a pair apart.
func (b *bonds) bars(i, k int32) bool {
	if len(b.idle) == 0 {
		return false // and a problem without constraints may grow
	}
	if b.classOf[i] != nobody || b.askerOf[k] != nobody {
		return !b.locked(i, k)
	}
	return !b.reservedFor(k, &b.problem.Askers[i]) || len(b.forbids) > 0 && b.forbids[pair{i, k}]
}

func (b *bonds) saidNo(i, k int32) bool { return len(b.refused) > 0 && b.refused[pair{i, k}] }

// without is the problem as it were without its n-th constraint.
func (p *problem) without(n int) *problem {
	q := p.copied()
	q.Constraints = slices.Delete(q.Constraints, n, n+1)
	return q
}

// copied is a problem that can be changed beside the first.
func (p *problem) copied() *problem {
	q := *p
	q.Askers, q.Classes, q.Stock = slices.Clone(p.Askers), slices.Clone(p.Classes), slices.Clone(p.Stock)
	q.Refused, q.Constraints = slices.Clone(p.Refused), slices.Clone(p.Constraints)
	q.Quotas = slices.Clone(p.Quotas)
	for n := range q.Quotas {
		q.Quotas[n].Classes = slices.Clone(q.Quotas[n].Classes)
	}
	return &q
}

// single takes a device out of its class into one of its own.
func (p *problem) single(k int32) int32 {
	own := int32(len(p.Classes)) //nolint:gosec // classes are fewer than 2^31
	p.Stock[k]--
	p.Classes, p.Stock = append(p.Classes, p.Classes[k]), append(p.Stock, 1)
	for n, q := range p.Quotas {
		if slices.Contains(q.Classes, k) {
			p.Quotas[n].Classes = append(q.Classes, own)
		}
	}
	for _, no := range p.Refused {
		if no.Class == k {
			p.Refused = append(p.Refused, pair{no.Asker, own})
		}
	}
	return own
}
