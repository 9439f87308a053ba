package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"
)

// load is one kind of request, repeated.
type load struct {
	Method  string `json:"method"`
	URL     string `json:"url"`
	Token   string `json:"token"`
	Body    string `json:"body"` // "%d" becomes a number of its own
	Seconds float64
	Clients int
	From    int // first number
}

// served is what a load measured at the client.
type served struct {
	Requests int
	Seconds  float64
	Failed   int
	P50, P99 time.Duration
}

// generate is the load generator: another process, so that its cost is not the
// server's.
func generate(in io.Reader, out io.Writer) error {
	var l load
	if err := json.NewDecoder(in).Decode(&l); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.Clients}}
	var mu sync.Mutex
	var all []time.Duration
	failed := 0
	begun := time.Now()
	end := begun.Add(time.Duration(l.Seconds * float64(time.Second)))
	var clients sync.WaitGroup
	for n := range l.Clients {
		clients.Go(func() {
			var mine []time.Duration
			wrong := 0
			for number := l.From + n; time.Now().Before(end); number += l.Clients {
				start := time.Now()
				if err := l.once(client, number); err != nil {
					wrong++
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, mine...), failed+wrong
		})
	}
	clients.Wait()
	spent := time.Since(begun)
	slices.Sort(all)
	return json.NewEncoder(out).Encode(served{
		Requests: len(all), Seconds: spent.Seconds(), Failed: failed, P50: all[len(all)/2], P99: all[len(all)*99/100],
	})
}

func (l load) once(client *http.Client, number int) error {
	var body io.Reader
	if l.Body != "" {
		body = bytes.NewBufferString(string(bytes.ReplaceAll([]byte(l.Body), []byte("%d"), []byte(strconv.Itoa(number)))))
	}
	request, err := http.NewRequestWithContext(context.Background(), l.Method, l.URL, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+l.Token)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// put runs the generator on a load and reads what it measured.
func put(ctx context.Context, l load) (served, error) {
	sent, err := json.Marshal(l)
	if err != nil {
		return served{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return served{}, err
	}
	command := exec.CommandContext(ctx, self, "load") //nolint:gosec // itself
	command.Stdin, command.Stderr = bytes.NewReader(sent), os.Stderr
	out, err := command.Output()
	if err != nil {
		return served{}, err
	}
	var s served
	if err := json.Unmarshal(out, &s); err != nil {
		return s, err
	}
	if s.Failed > 0 {
		return s, fmt.Errorf("%s %s: %d of %d requests failed", l.Method, l.URL, s.Failed, s.Requests)
	}
	return s, nil
}
