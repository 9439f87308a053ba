package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// measure is one thing whose cost must not grow with the store.
type measure struct {
	name    string
	prepare func(ctx context.Context, b *bed) error
	do      func(b *bed, n int) error
}

func asking(name string, c comparison) measure {
	return measure{name: name, do: func(b *bed, _ int) error {
		c.token = b.token
		_, err := b.ask(c)
		return err
	}}
}

func reading(name, path string) measure { return asking(name, comparison{method: "GET", path: path}) }

func measures() []measure {
	return []measure{
		reading("applications, by state", "/api/applications?state=eligible&limit=50"),
		reading("applications, strongest need", "/api/applications?limit=50"),
		asking("search by name", comparison{method: "POST", path: "/api/search", body: `{"words":"Benalibcd"}`}),
		reading("matches", "/api/matches?state=accepted&limit=50"),
		reading("devices", "/api/devices?limit=50"),
		reading("deliveries", "/api/deliveries?limit=50"),
		reading("donations", "/api/donations?limit=50"),
		reading("figures", "/api/figures"),
		{name: "one application", do: func(b *bed, _ int) error {
			_, err := b.ask(comparison{method: "GET", path: "/api/applications/" + b.first, token: b.token})
			return err
		}},
		{name: "an approval", prepare: func(ctx context.Context, b *bed) error { return b.propose(ctx) }, do: func(b *bed, n int) error {
			_, err := b.ask(comparison{method: "POST", path: "/api/matches/" + b.proposals[n] + "/approve", token: b.token, body: "{}"})
			return err
		}},
	}
}

// repetitions is how often each is measured at each size; as many proposals are
// approved.
const repetitions = 200

// spent is what one thing cost.
type spent struct {
	p50, p99, cpu time.Duration
	allocs        uint64
}

// growth measures each at rising numbers of stored applications; the ratio to
// the first says how the cost grows. Writes do not wait for the disk here. after
// is called at each size, with what is measured there besides.
func growth(ctx context.Context, out io.Writer, sizes []int, after func(*bed) (*bed, error)) error {
	b, err := newBed(ctx, sizes[0])
	if err != nil {
		return err
	}
	defer func() { b.remove(ctx) }()
	all := measures()
	first := make([]time.Duration, len(all))
	for _, size := range sizes {
		if err := b.fill(ctx, size); err != nil {
			return err
		}
		if err := b.costs(ctx, out, all, first); err != nil {
			return err
		}
		next, err := after(b)
		if err != nil {
			return err
		}
		b = next
	}
	return nil
}

// costs prints a table of what each costs at the size reached.
func (b *bed) costs(ctx context.Context, out io.Writer, all []measure, first []time.Duration) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%d applications, %d devices\tp50\tp99\tCPU\tallocs\tp50 to the smallest\n", b.filled, b.devices)
	for i, m := range all {
		cost, err := b.cost(ctx, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if first[i] == 0 {
			first[i] = cost.p50
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%.2f\n", m.name, micro(cost.p50), micro(cost.p99), micro(cost.cpu), cost.allocs,
			float64(cost.p50)/float64(first[i]))
	}
	return table.Flush()
}

func micro(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

func (b *bed) cost(ctx context.Context, m measure) (spent, error) {
	if m.prepare != nil {
		if err := m.prepare(ctx, b); err != nil {
			return spent{}, err
		}
	}
	took := make([]time.Duration, repetitions)
	cpu, allocs := usage()
	for n := range took {
		begun := time.Now()
		if err := m.do(b, n); err != nil {
			return spent{}, err
		}
		took[n] = time.Since(begun)
	}
	cpuAfter, allocsAfter := usage()
	slices.Sort(took)
	return spent{
		p50: took[repetitions/2], p99: took[repetitions*99/100], cpu: (cpuAfter - cpu) / repetitions, allocs: (allocsAfter - allocs) / repetitions,
	}, nil
}
