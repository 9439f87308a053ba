// Command peers compares the solver with LEMON and scipy: it generates the
// instances, builds the peers' drivers, runs each side in turn on one core, and
// prints the table. Objectives must be equal and our proof must hold.
//
//	go run ./deployments/peers [-only s10k,s100k] [-runs 3] [-seeds 10]
//
// Needs g++, LEMON's headers, and Python with scipy; as root on Debian it
// installs what is missing.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// instance is what is solved, and the SHA-256 of its arcs.
type instance struct {
	recipe
	sum string
}

var instances = map[string]instance{ //nolint:gochecknoglobals // a constant table
	"s10k":  {recipe{Students: 10_000, Devices: 5_000, Near: 32, Seed: 1}, "d2e15999cbd531f1bbde95fd319fa05a7da6bd8dec5a4c0d8a3ab6036954d8e0"},
	"s100k": {recipe{Students: 100_000, Devices: 50_000, Near: 32, Seed: 1}, "93694253b628e4192b3c5ba883097fb55d7b110271aa55e7008bbfb60d7d6c46"},
	"s1m":   {recipe{Students: 1_000_000, Devices: 250_000, Near: 16, Seed: 1}, "09c839f62658d42c13abe393388f1cf72bf98bda7c23d9f12e6d00484f078429"},
	"q100k": {recipe{Students: 100_000, Devices: 100_000, Near: 32, Seed: 1}, "86453825aa4c6a053cceda32054ca04773a965f211bc42e2aafb4b1fe834ecb7"},
	"d500":  {recipe{Students: 500, Devices: 500, Dense: true, Seed: 1}, "3b4244797cb427e70a60d5f3eb41ddc64eee9be7872240458c57d483c497e2be"},
	"d2000": {recipe{Students: 2_000, Devices: 2_000, Dense: true, Seed: 1}, "29e9d650b37844e08c57409f7c906213357710a430d692c99f7ef86d742bcd58"},
	"d5000": {recipe{Students: 5_000, Devices: 5_000, Dense: true, Seed: 1}, "f1441004461a6adc4dc1625570389257d25f4b1fa368515f2e73007fb2f202c6"},
}

// row is a line of the table: an instance, those it is compared with (of
// several the fastest counts), and what is to be reached.
type row struct {
	instance string
	tiers    bool
	peers    []string
	goal     float64
}

var rows = []row{ //nolint:gochecknoglobals // a constant table
	{"s10k", false, []string{"ns", "cs", "cas", "mwm"}, .20},
	{"s10k", true, []string{"ns"}, 1},
	{"s100k", false, []string{"ns", "cs", "mwm"}, .20},
	{"s100k", true, []string{"ns"}, 1},
	{"s1m", false, []string{"ns"}, .06},
	{"q100k", false, []string{"ns"}, .25},
	{"q100k", true, []string{"ns"}, .50},
	{"d500", false, []string{"scipy"}, 1},
	{"d500", false, []string{"ns", "cs", "mwm"}, .81},
	{"d2000", false, []string{"ns", "cs"}, .55},
	{"d5000", false, []string{"scipy"}, .20},
	{"d5000", false, []string{"ns", "cs"}, .40},
}

// answer is what a side found, and the CPU seconds of its solve.
type answer struct {
	Objective int64   `json:"objective"`
	Pairs     int64   `json:"pairs"`
	Seconds   float64 `json:"seconds"`
	peak      int64   // bytes resident at most; ours alone
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	only := flag.String("only", "", "instances to compare on, with commas; all unless told")
	runs := flag.Int("runs", 3, "runs of each side, in turn")
	seeds := flag.Int("seeds", 10, "other seeds of s10k whose objective is compared with network simplex")
	folder := flag.String("in", "bin/peers", "where instances and drivers are kept")
	flag.Parse()
	b := bench{folder: *folder, runs: *runs, out: os.Stdout}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(b.out, "| instance | ours, s | fastest peer, s | ratio | reach | |\n|---|---|---|---|---|---|"); err != nil {
		return err
	}
	for _, r := range rows {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), r.instance) {
			continue
		}
		if err := b.compare(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.instance, err)
		}
	}
	return b.otherSeeds(ctx, *seeds)
}

type bench struct {
	folder string
	runs   int
	out    io.Writer
}

// prepare installs and builds what is missing.
func (b *bench) prepare(ctx context.Context) error {
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		return err
	}
	if missing() && os.Geteuid() == 0 {
		if _, err := command(ctx, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "g++", "liblemon-dev", "python3-scipy"); err != nil {
			return err
		}
	}
	if missing() {
		return errors.New("install g++, liblemon-dev and python3-scipy")
	}
	if _, err := command(ctx, "g++", "-O3", "-march=native", "-DNDEBUG", "deployments/peers/drivers/lemon.cc", "-llemon", "-o", b.path("lemon")); err != nil {
		return err
	}
	_, err := command(ctx, "go", "build", "-o", b.path("assign"), "./cmd/assign")
	return err
}

func missing() bool {
	for _, need := range []string{"/usr/include/lemon/network_simplex.h", "/usr/lib/python3/dist-packages/scipy"} {
		if _, err := os.Stat(need); err != nil {
			return true
		}
	}
	_, err := exec.LookPath("g++")
	return err != nil
}

func (b *bench) path(name string) string { return filepath.Join(b.folder, name) }

// generated makes an instance once and checks that it is the one meant.
func (b *bench) generated(name string) (string, error) {
	in, path := instances[name], b.path(name)
	if _, err := os.Stat(path + ".bin"); err != nil {
		if err := in.write(path); err != nil {
			return "", err
		}
	}
	f, err := os.Open(path + ".bin")
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != in.sum {
		return "", fmt.Errorf("%s.bin has SHA-256 %s, not %s", path, got, in.sum)
	}
	return path, nil
}

// compare runs both sides in turn and prints a line with the medians.
func (b *bench) compare(ctx context.Context, r row) error {
	path, err := b.generated(r.instance)
	if err != nil {
		return err
	}
	ours, peers := []answer{}, map[string][]answer{}
	for range b.runs {
		mine, err := b.ours(ctx, path, r.tiers)
		if err != nil {
			return err
		}
		ours = append(ours, mine)
		for _, name := range r.peers {
			theirs, err := b.peer(ctx, name, path, r.tiers)
			if err != nil {
				return err
			}
			if theirs.Objective != mine.Objective {
				return fmt.Errorf("%s finds %d, we %d", name, theirs.Objective, mine.Objective)
			}
			peers[name] = append(peers[name], theirs)
		}
	}
	best := slices.MinFunc(r.peers, func(a, c string) int {
		return cmpSeconds(median(peers[a]), median(peers[c]))
	})
	mine, theirs := median(ours), median(peers[best])
	label, said := r.instance, "reached"
	if r.tiers {
		label += " with tiers"
	}
	if mine.Seconds/theirs.Seconds > r.goal {
		said = "missed"
	}
	_, err = fmt.Fprintf(b.out, "| %s | %.3f (%d MB) | %.3f %s | %.3f | %.2f | %s |\n",
		label, mine.Seconds, mine.peak>>20, theirs.Seconds, best, mine.Seconds/theirs.Seconds, r.goal, said)
	return err
}

func cmpSeconds(a, b answer) int {
	if a.Seconds < b.Seconds {
		return -1
	}
	return 1
}

func median(runs []answer) answer {
	sorted := slices.SortedFunc(slices.Values(runs), cmpSeconds)
	return sorted[len(sorted)/2]
}

// ours runs the command; its objective is put into the peers' terms.
func (b *bench) ours(ctx context.Context, path string, tiers bool) (answer, error) {
	args := []string{path + ".bin"}
	if tiers {
		args = []string{"-tiers", path + ".tier", path + ".bin"}
	}
	text, err := pinned(ctx, b.path("assign"), args...)
	if err != nil {
		return answer{}, err
	}
	var found struct {
		Students  int64            `json:"students"`
		Devices   int64            `json:"devices"`
		Matched   int64            `json:"matched"`
		Score     int64            `json:"score"`
		Tiers     map[string]int64 `json:"tier_counts"`
		Seconds   float64          `json:"solve_cpu_seconds"`
		Peak      int64            `json:"peak_rss_bytes"`
		Certified bool             `json:"certified"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return answer{}, err
	}
	if !found.Certified {
		return answer{}, errors.New("our result is not certified")
	}
	a := answer{Objective: found.Score, Pairs: found.Matched, Seconds: found.Seconds, peak: found.Peak}
	if tiers {
		step := min(found.Students, found.Devices)*1_000_000 + 1
		for tier, n := range found.Tiers {
			a.Objective += step * int64(tier[0]-'0') * n
		}
	}
	return a, nil
}

func (b *bench) peer(ctx context.Context, name, path string, tiers bool) (a answer, err error) {
	var text []byte
	switch {
	case name == "scipy":
		text, err = pinned(ctx, "/usr/bin/python3", "deployments/peers/drivers/linear_sum.py", path+".bin")
	case tiers:
		text, err = pinned(ctx, b.path("lemon"), name, path+".bin", path+".tier")
	default:
		text, err = pinned(ctx, b.path("lemon"), name, path+".bin")
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}

// otherSeeds compares objectives alone.
func (b *bench) otherSeeds(ctx context.Context, seeds int) error {
	for seed := range uint64(seeds) { //nolint:gosec // a flag
		r := instances["s10k"].recipe
		r.Seed = seed + 2
		path := b.path("seed")
		if err := r.write(path); err != nil {
			return err
		}
		for _, tiers := range []bool{false, true} {
			mine, err := b.ours(ctx, path, tiers)
			if err != nil {
				return err
			}
			theirs, err := b.peer(ctx, "ns", path, tiers)
			if err != nil {
				return err
			}
			if mine.Objective != theirs.Objective {
				return fmt.Errorf("seed %d: LEMON finds %d, we %d", r.Seed, theirs.Objective, mine.Objective)
			}
		}
	}
	_, err := fmt.Fprintf(b.out, "\nObjectives equal on %d other seeds, with and without tiers.\n", seeds)
	return err
}

// pinned runs a command on one core.
func pinned(ctx context.Context, name string, args ...string) ([]byte, error) {
	return command(ctx, "taskset", append([]string{"-c", "0", name}, args...)...)
}

func command(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "GOMAXPROCS=1")
	text, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("%s: %w: %s", name, err, failed.Stderr)
	}
	return text, err
}
