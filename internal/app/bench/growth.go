package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// measure is one thing whose cost must not grow with the store.
type measure struct {
	name string
	do   func(ctx context.Context, b *bed, n int) error
}

func reading(name, path string) measure {
	return measure{name, func(_ context.Context, b *bed, _ int) error {
		_, err := b.ask(comparison{method: "GET", path: path, token: b.token})
		return err
	}}
}

func measures() []measure {
	return []measure{
		reading("applications, by state", "/api/applications?state=eligible&limit=50"),
		reading("applications, strongest need", "/api/applications?limit=50"),
		{"search by name", func(_ context.Context, b *bed, _ int) error {
			_, err := b.ask(comparison{method: "POST", path: "/api/search", token: b.token, body: `{"words":"Benalibcd"}`})
			return err
		}},
		reading("matches", "/api/matches?limit=50"),
		reading("devices", "/api/devices?limit=50"),
		reading("deliveries", "/api/deliveries?limit=50"),
		reading("donations", "/api/donations?limit=50"),
		reading("figures", "/api/figures"),
		{"one application", func(_ context.Context, b *bed, _ int) error {
			_, err := b.ask(comparison{method: "GET", path: "/api/applications/" + b.first, token: b.token})
			return err
		}},
		{"one approval", approve},
	}
}

// approve brings a device and offers it to an application by override, which
// walks the same saga as the approval of a proposal.
func approve(ctx context.Context, b *bed, n int) error {
	dev, err := b.device(ctx)
	if err != nil {
		return err
	}
	app, err := b.waiting(ctx)
	if err != nil {
		return err
	}
	_, err = b.product.Matches.Override(ctx, people.System(), matching.Override{Device: dev, Application: app, Reason: "bench"})
	return err
}

const repetitions = 60

// growth measures each at rising numbers of stored applications; the ratio to
// the first says how the cost grows.
func growth(ctx context.Context, out io.Writer, sizes []int) error {
	b, err := newBed(ctx, sizes[0])
	if err != nil {
		return err
	}
	defer b.remove(ctx)
	all := measures()
	first := make([]time.Duration, len(all))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "stored applications\twhat\tmedian\tratio to the smallest")
	for _, size := range sizes {
		if err := b.fill(ctx, size); err != nil {
			return err
		}
		for i, m := range all {
			spent, err := b.cost(ctx, m)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if first[i] == 0 {
				first[i] = spent
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%.2f\n", size, m.name, spent.Round(time.Microsecond), float64(spent)/float64(first[i]))
		}
	}
	return table.Flush()
}

func (b *bed) cost(ctx context.Context, m measure) (time.Duration, error) {
	spent := make([]float64, 0, repetitions)
	for n := range repetitions {
		begun := time.Now()
		if err := m.do(ctx, b, n); err != nil {
			return 0, err
		}
		spent = append(spent, float64(time.Since(begun)))
	}
	return time.Duration(median(spent)), nil
}
