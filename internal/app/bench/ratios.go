package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/gin-gonic/gin"
)

// comparison is one request of the product beside its bare twin.
type comparison struct {
	name   string
	goal   float64
	method string
	path   string
	token  string
	body   string
	answer any // what the twin encodes
}

// side is what one handler was measured at, a round each.
type side struct {
	rate, cpu, allocs []float64 // requests a second; microseconds and allocations a request
	p50, p99          []float64 // microseconds
}

const (
	rounds      = 5
	roundTime   = 1.0 // seconds
	clientCount = 8
)

// ratios measures each comparison in turn: product and twin by rounds, so that
// what else the machine does falls on both.
func (b *bed) ratios(ctx context.Context, out io.Writer, all []comparison) error {
	runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(runtime.NumCPU())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "request\tratio\tgoal\tproduct/s\tbare/s\tp50\tp99\tbare p50\tbare p99\tCPU µs\tbare\tallocs\tbare")
	for _, c := range all {
		product, bare, err := b.compare(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f µs\t%.0f µs\t%.0f µs\t%.0f µs\t%.0f\t%.0f\t%.0f\t%.0f\n", c.name,
			median(product.rate)/median(bare.rate), c.goal, median(product.rate), median(bare.rate),
			median(product.p50), median(product.p99), median(bare.p50), median(bare.p99),
			median(product.cpu), median(bare.cpu), median(product.allocs), median(bare.allocs))
	}
	return table.Flush()
}

func (b *bed) compare(ctx context.Context, c comparison) (product, bare side, err error) {
	twin, err := b.twin(c)
	if err != nil {
		return product, bare, err
	}
	first, stopFirst, err := listen(ctx, b.product.API)
	if err != nil {
		return product, bare, err
	}
	defer stopFirst()
	second, stopSecond, err := listen(ctx, twin)
	if err != nil {
		return product, bare, err
	}
	defer stopSecond()
	for range rounds {
		for _, turn := range []struct {
			base string
			into *side
		}{{first, &product}, {second, &bare}} {
			l := load{Method: c.method, URL: turn.base + c.path, Token: c.token, Body: c.body, Seconds: roundTime, Clients: clientCount, From: b.number}
			if err := turn.into.round(ctx, l); err != nil {
				return product, bare, err
			}
			b.number += 1_000_000
		}
	}
	return product, bare, nil
}

func (s *side) round(ctx context.Context, l load) error {
	cpu, allocs := usage()
	measured, err := put(ctx, l)
	if err != nil {
		return err
	}
	cpuAfter, allocsAfter := usage()
	n := float64(measured.Requests)
	s.rate = append(s.rate, n/measured.Seconds)
	s.cpu = append(s.cpu, float64((cpuAfter-cpu).Microseconds())/n)
	s.allocs = append(s.allocs, float64(allocsAfter-allocs)/n)
	s.p50 = append(s.p50, float64(measured.P50.Microseconds()))
	s.p99 = append(s.p99, float64(measured.P99.Microseconds()))
	return nil
}

// usage is the CPU time and the allocations of this process so far.
func usage() (time.Duration, uint64) {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // cannot fail for oneself
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), m.Mallocs
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func listen(ctx context.Context, handler http.Handler) (base string, stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// twin is the bare Gin handler: it reads the request's JSON, makes the store
// calls that the product makes for it, and encodes the same answer.
func (b *bed) twin(c comparison) (http.Handler, error) {
	if _, err := b.ask(c); err != nil { // sessions and caches are warm when recorded, as in the rounds
		return nil, err
	}
	var answer []byte
	var err error
	calls, made := b.engine.record(func() { answer, err = b.ask(c) })
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer, c.answer); err != nil {
		return nil, err
	}
	var count atomic.Int64
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	handle := func(g *gin.Context) {
		if c.body != "" {
			var body map[string]any
			if err := g.ShouldBindJSON(&body); err != nil {
				g.Status(http.StatusBadRequest)
				return
			}
		}
		fresh := names(made, strconv.FormatInt(count.Add(1), 36))
		for _, call := range calls {
			if err := call(g.Request.Context(), b.engine.Engine, fresh); err != nil {
				g.String(http.StatusInternalServerError, err.Error())
				return
			}
		}
		g.JSON(http.StatusOK, c.answer)
	}
	router.Handle(c.method, "/*path", handle)
	return router, nil
}
