// Command bench prints, in one run, what the product costs beside a bare Gin
// handler that makes the same store calls and encodes the same JSON, how costs
// grow with the store, and what a start takes. Figures are ratios: machines
// are noisy.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "load" {
		end(generate(os.Stdin, os.Stdout))
		return
	}
	to := flag.Int("to", 1_000_000, "stored applications up to which growth is measured")
	at := flag.Int("at", 100_000, "stored applications from which on a start is measured")
	binary := flag.String("binary", "bin/passerelle", "the built server")
	flag.Parse()
	end(bench(context.Background(), os.Stdout, *binary, *at, *to))
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, out io.Writer, binary string, at, to int) error {
	fmt.Fprintf(out, "Requests per second beside a bare Gin handler (one core for the server, %d clients, medians of %d rounds in turn)\n", clientCount, rounds)
	if err := beside(ctx, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nGrowth (%d of each at every size; writes do not wait for the disk) and start\n", repetitions)
	return growth(ctx, out, sizes(to), func(b *bed) (*bed, error) {
		if b.filled < at {
			return b, nil
		}
		if err := start(ctx, out, binary, b); err != nil {
			return nil, err
		}
		return b.reopened(ctx, true)
	})
}

// sizes are the powers of ten from a thousand.
func sizes(to int) (all []int) {
	for size := 1000; size <= to; size *= 10 {
		all = append(all, size)
	}
	return all
}

func beside(ctx context.Context, out io.Writer) error {
	filled, err := newBed(ctx, 1000)
	if err != nil {
		return err
	}
	b, err := filled.again(ctx)
	if err != nil {
		return err
	}
	defer b.remove(ctx)
	return b.ratios(ctx, out, []comparison{
		{"read one", .70, "GET", "/api/applications/" + b.first, b.token, "", new(application.View)},
		{"list a page", .70, "GET", "/api/applications?state=eligible&limit=50", b.token, "", new(call.Page[application.Row])},
		{"create", .60, "POST", "/api/applications", b.token, newApplication, new(application.Receipt)},
	})
}

// newApplication is a family's form; each is another person.
const newApplication = `{"postcode":"95000","commune":"95127","for":"self","first_name":"Lina","last_name":"Benali",
"birth_date":"2004-05-14","level":"higher","course":"bts","equipment":"none","learners":2,"computers":0,
"means":"quotient_400","email":"bench%d@example.org","agree":true,"lang":"fr"}`
