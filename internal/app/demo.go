package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
)

// Demo is where and from what seed the demonstration runs.
type Demo struct {
	Addr string
	Data string
	Seed int64
}

// marker stands in a folder that a demonstration made, with whom it invented.
const marker = "demonstration.json"

// made is what the marker holds.
type made struct {
	Seed     int64    `json:"seed"`
	Accounts []person `json:"accounts"`
}

// person is one account of the demonstration that a visitor may sign in as.
type person struct {
	Role  string `json:"role"`
	Email string `json:"email"`
	ID    string `json:"id"`
	Token string `json:"token"` // of a sign-in link that works again and again
}

// ServeDemo serves an invented territory on a loopback address, made on first
// start from the seed, with a mailbox page in place of SMTP.
func ServeDemo(ctx context.Context, d Demo, out io.Writer, log *slog.Logger, version string) error {
	if err := loopback(d.Addr); err != nil {
		return err
	}
	config, err := Load()
	if err != nil {
		return err
	}
	config.Addr, config.Data, config.Key, config.BaseURL = d.Addr, d.Data, demoKey, "http://"+d.Addr
	config.Contact = cmp.Or(config.Contact, "bonjour@demo.example")
	who, err := ensureDemo(ctx, d, config, out, log, version)
	if err != nil {
		return err
	}
	p, err := assemble(ctx, config, options{log: log, version: version, demo: true, accounts: func() []httpapi.Account { return who.links("") }})
	if err != nil {
		return err
	}
	return p.run(ctx, out, func(url string) error {
		for _, a := range who.links(url) {
			if _, err := fmt.Fprintf(out, "%s\t%s\t%s\n", a.Role, a.Email, a.URL); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(out, "accounts and mail: %s/demo\n", url)
		return err
	})
}

// loopback refuses to serve sign-in links that work again and again to others.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the demonstration serves on loopback alone, not on %q", host)
	}
	return nil
}

func (m made) links(base string) []httpapi.Account {
	accounts := make([]httpapi.Account, len(m.Accounts))
	for i, a := range m.Accounts {
		accounts[i] = httpapi.Account{Role: a.Role, Email: a.Email, URL: base + "/fr/connexion/lien/" + a.Token}
	}
	return accounts
}

// ensureDemo reads the demonstration of a folder, or makes it. A folder that
// holds anything else is left alone.
func ensureDemo(ctx context.Context, d Demo, c Config, out io.Writer, log *slog.Logger, version string) (made, error) {
	text, err := os.ReadFile(filepath.Join(d.Data, marker))
	if err == nil {
		var m made
		return m, json.Unmarshal(text, &m)
	}
	entries, err := os.ReadDir(d.Data)
	if err == nil && len(entries) > 0 {
		return made{}, fmt.Errorf("%s holds something that is no demonstration", d.Data)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return made{}, err
	}
	if _, err := fmt.Fprintln(out, "making the demonstration territory …"); err != nil {
		return made{}, err
	}
	return makeIn(ctx, d, c, log, version)
}

// makeIn makes the demonstration beside its folder and moves it there whole: a
// start that was cut short leaves nothing behind that looks made.
func makeIn(ctx context.Context, d Demo, c Config, log *slog.Logger, version string) (m made, err error) {
	parent := filepath.Dir(filepath.Clean(d.Data))
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return m, err
	}
	draft, err := os.MkdirTemp(parent, ".demonstration-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	c.Data = draft
	if m, err = makeDemo(ctx, d, c, log, version); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return m, err
	}
	if err := os.WriteFile(filepath.Join(draft, marker), text, 0o600); err != nil {
		return m, err
	}
	if err := os.Remove(d.Data); err != nil && !errors.Is(err, os.ErrNotExist) {
		return m, err
	}
	return m, os.Rename(draft, d.Data)
}

// movedClock is a clock that the making sets: the territory lives through three
// months in seconds.
type movedClock struct{ now atomic.Int64 }

func (c *movedClock) Now() time.Time      { return time.UnixMilli(c.now.Load()).UTC() }
func (c *movedClock) set(t time.Time)     { c.now.Store(t.UnixMilli()) }
func (c *movedClock) add(d time.Duration) { c.now.Add(d.Milliseconds()) }

// makeDemo opens the store without waiting for the disk, lets the territory
// live, and closes it.
func makeDemo(ctx context.Context, d Demo, c Config, log *slog.Logger, version string) (m made, err error) {
	clock := &movedClock{}
	clock.set(time.Now())
	o := options{log: slog.New(slog.DiscardHandler), version: version, demo: true, clock: clock.Now}
	store, err := demoStore(ctx, c, o)
	if err != nil {
		return m, err
	}
	p, err := wire(ctx, store, c, o)
	if err != nil {
		return m, errors.Join(err, store.Engine().Close(context.WithoutCancel(ctx)))
	}
	defer func() { err = errors.Join(err, p.close()) }()
	t := newTerritory(p, clock, d.Seed)
	return t.live(ctx)
}

func demoStore(ctx context.Context, c Config, o options) (*docstore.Store, error) {
	if c.MongoDB != "" {
		return openStore(ctx, c, o)
	}
	engine, err := sqlite.Open(ctx, c.Data, sqlite.Options{Unsafe: true})
	if err != nil {
		return nil, err
	}
	return docstore.New(engine), nil
}
