// Command assign solves assignment instances: it reads, solves, proves and
// prints one JSON object. Run without arguments it tells how.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// Exit statuses: 0 done, 1 not optimal, 2 malformed or called wrongly.
const (
	notOptimal = 1
	malformed  = 2
)

type arguments struct {
	tiers, capacity, out, check, instance string
}

// report is what is printed: sizes, the optimum, and what it cost.
type report struct {
	Students int            `json:"students"`
	Devices  int            `json:"devices"`
	Arcs     int            `json:"arcs"`
	Matched  int            `json:"matched"`
	Score    int64          `json:"score"`
	Tiers    map[string]int `json:"tier_counts"`
	Solve    float64        `json:"solve_cpu_seconds"`
	Read     float64        `json:"read_cpu_seconds"`
	Peak     int64          `json:"peak_rss_bytes"`
	Proved   bool           `json:"certified"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, complain io.Writer) int {
	a, err := parse(args, complain)
	if err != nil {
		return malformed
	}
	err = work(ctx, a, out, complain)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, assign.ErrNotOptimal):
		_, _ = fmt.Fprintln(complain, "assign:", err)
		return notOptimal
	default:
		_, _ = fmt.Fprintln(complain, "assign:", err)
		return malformed
	}
}

func parse(args []string, complain io.Writer) (arguments, error) {
	var a arguments
	set := flag.NewFlagSet("assign", flag.ContinueOnError)
	set.SetOutput(complain)
	set.Usage = func() {
		_, _ = fmt.Fprintln(complain, "assign [-tiers FILE] [-capacity FILE] [-out FILE] [-check FILE] INSTANCE")
		set.PrintDefaults()
	}
	set.StringVar(&a.tiers, "tiers", "", "tier of each student, one byte each or text, one number a line; higher is served first")
	set.StringVar(&a.capacity, "capacity", "", "text, one number per device: how many students it serves")
	set.StringVar(&a.out, "out", "", "write pairs and prices to this file")
	set.StringVar(&a.check, "check", "", "verify a result written with -out; exit status 1 when it is not optimal")
	if err := set.Parse(args); err != nil {
		return a, err
	}
	if set.NArg() != 1 {
		set.Usage()
		return a, errors.New("one instance is wanted")
	}
	a.instance = set.Arg(0)
	return a, nil
}

func work(ctx context.Context, a arguments, out, complain io.Writer) error {
	before := cpu()
	in, err := read(a)
	if err != nil {
		return err
	}
	readTime := cpu() - before
	before = cpu()
	var result *assign.Result
	if a.check != "" {
		if result, err = readResult(a.check, in); err != nil {
			return err
		}
	} else if result, err = assign.Solve(ctx, in, assign.Options{Progress: progress(complain)}); err != nil {
		return err
	}
	solveTime := cpu() - before
	if err := assign.Check(in, result); err != nil {
		return err
	}
	if a.out != "" {
		if err := writeResult(a.out, result); err != nil {
			return err
		}
	}
	r := report{
		Students: in.Students, Devices: in.Devices, Arcs: len(in.Arcs), Matched: result.Matched, Score: result.Score,
		Tiers: map[string]int{}, Solve: solveTime.Seconds(), Read: readTime.Seconds(), Peak: peak(), Proved: true,
	}
	for tier, n := range result.TierCounts {
		r.Tiers[strconv.Itoa(tier)] = n
	}
	return json.NewEncoder(out).Encode(r)
}

// progress shows how far the solver is where a person looks on.
func progress(to io.Writer) func(done, total int) {
	f, ok := to.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(done, total int) {
		_, _ = fmt.Fprintf(f, "\r%d / %d devices", done, total)
		if done == total {
			_, _ = fmt.Fprintln(f)
		}
	}
}

// usage is what this process has used so far; nothing where the system does not
// say.
func usage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u
}

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	u := usage()
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory it ever held, in bytes. Linux tells it of this program
// alone; what getrusage tells counts whoever started it, too.
func peak() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return usage().Maxrss << 10
}
