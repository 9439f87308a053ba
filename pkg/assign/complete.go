package assign

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// Complete solves an instance whose arcs are a choice among more: it looks for
// arcs left out that weigh more than the prices of their ends, takes them in
// and solves again, until there are none. Then the optimum and its proof hold
// for all arcs that left gives, though most of them were never stored. Left
// gives the arcs of a student, those of the instance among them or not, and may
// skip what could not gain: the result so far tells prices and gaps. The
// instance with what was taken in comes back with the result, for Check.
func Complete(ctx context.Context, in Instance, o Options, left func(so *Result, student int32) iter.Seq[Arc]) (Instance, *Result, error) {
	for {
		r, err := Solve(ctx, in, o)
		if err != nil {
			return in, nil, err
		}
		found, err := leftOut(ctx, in, r, left)
		if err != nil || len(found) == 0 {
			return in, r, err
		}
		in.Arcs = append(slices.Clone(in.Arcs), found...)
		slices.SortStableFunc(in.Arcs, func(a, b Arc) int { return cmp.Compare(a.Student, b.Student) })
	}
}

// leftOut lists the arcs that would gain.
func leftOut(ctx context.Context, in Instance, r *Result, left func(*Result, int32) iter.Seq[Arc]) (found []Arc, err error) {
	for i := range int32(in.Students) { //nolint:gosec // Solve checked the size
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for a := range left(r, i) {
			if r.Gap(in, a) < 0 {
				found = append(found, a)
			}
		}
	}
	return found, nil
}
