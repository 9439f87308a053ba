package app

import (
	"context"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// visitor reads the pages of the demonstration as somebody, or as nobody.
type visitor struct {
	api    http.Handler
	routes []pattern
	name   string
	token  string
	seen   map[string]bool // addresses
	times  map[string]int  // routes
}

// pattern is a page's route and the addresses it answers.
type pattern struct {
	path    string
	address *regexp.Regexp
}

// alike is how many documents of one page a visitor opens.
const alike = 4

var (
	hole = regexp.MustCompile(`:[a-z]+`)
	link = regexp.MustCompile(`(?:href="|http://127\.0\.0\.1:8080)(/[^"#\s<>]*)`)
)

// TestEveryPageShows follows every link of the demonstration as each of its
// people: none is dead, and each page in each language is seen by somebody.
func TestEveryPageShows(t *testing.T) {
	p, who := demonstration(t)
	var routes []pattern
	var open []string
	for _, r := range p.api.Routes() {
		if r.Method != http.MethodGet || frontend.NameOf(r.Path) == "" && r.Path != "/demo" && r.Path != "/api" {
			continue
		}
		address := hole.ReplaceAllString(regexp.QuoteMeta(r.Path), `[^/]+`)
		routes = append(routes, pattern{r.Path, regexp.MustCompile("^" + address + "$")})
		if r.Access.Open() && !strings.Contains(r.Path, ":") {
			open = append(open, r.Path)
		}
	}
	shown := map[string]bool{}
	visit := func(name, token string, from ...string) {
		v := &visitor{api: p.api, routes: routes, name: name, token: token, seen: map[string]bool{}, times: map[string]int{}}
		v.follow(t, from)
		for route := range v.times {
			shown[route] = true
		}
	}
	for _, lang := range []string{"fr", "en", "ar"} {
		open = append(open, map[string]string{"fr": "/fr/connexion/code", "en": "/en/sign-in/code", "ar": "/ar/sign-in/code"}[lang]+"?paper=1")
	}
	visit("nobody", "", append(open, asked(t, p))...)
	for _, account := range who.Accounts {
		session, err := p.people.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: account.Token})
		if err != nil {
			t.Fatal(err)
		}
		var from []string
		for _, r := range p.api.Routes() {
			if r.Method == http.MethodGet && !r.Access.Open() && r.Access.Allows(people.Role(account.Role)) && !strings.ContainsAny(r.Path, ":*") {
				from = append(from, r.Path)
			}
		}
		visit(account.Role, session.Token, append(from, "/demo?to="+account.Email)...)
	}
	for _, r := range routes {
		if !shown[r.path] {
			t.Errorf("nobody comes to see %s", r.path)
		}
	}
}

// asked is the address that the last parent whose agreement is missing was sent.
func asked(t *testing.T, p *product) string {
	t.Helper()
	for n := applicationsMade - 1; n >= 0; n-- {
		letters, err := p.mailbox.Latest(t.Context(), fmt.Sprintf("parent%03d@demo.example", n), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, letter := range letters {
			for _, to := range link.FindAllStringSubmatch(letter.Text, -1) {
				if strings.HasPrefix(to[1], "/fr/accord/") {
					return to[1]
				}
			}
		}
	}
	t.Fatal("no parent is asked")
	return ""
}

func demonstration(t *testing.T) (*product, made) {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	c.Data, c.Key = t.TempDir(), demoKey
	log := slog.New(slog.DiscardHandler)
	who, err := makeDemo(t.Context(), Demo{Seed: 1}, c, log, "test")
	if err != nil {
		t.Fatal(err)
	}
	p, err := assemble(t.Context(), c, options{log: log, version: "test", demo: true, accounts: func() []httpapi.Account { return who.links("") }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p, who
}

// follow opens addresses and what they lead to.
func (v *visitor) follow(t *testing.T, addresses []string) {
	t.Helper()
	for len(addresses) > 0 {
		address := addresses[0]
		addresses = addresses[1:]
		if v.seen[address] {
			continue
		}
		v.seen[address] = true
		addresses = append(addresses, v.open(t, address)...)
	}
}

// open reads a page and gives the addresses it links to.
func (v *visitor) open(t *testing.T, address string) []string {
	t.Helper()
	path, _, _ := strings.Cut(address, "?")
	at := slices.IndexFunc(v.routes, func(r pattern) bool { return r.address.MatchString(path) })
	if at < 0 || v.times[v.routes[at].path] == alike || v.token != "" && address == "/demo" {
		return nil // no page, enough of them, or everybody's letters
	}
	req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if v.token != "" {
		req.Header.Set("Authorization", "Bearer "+v.token)
	}
	rec := httptest.NewRecorder()
	v.api.ServeHTTP(rec, req)
	body := rec.Body.String()
	switch {
	case rec.Code == http.StatusSeeOther && v.token == "":
		return nil // one signs in first
	case rec.Code == http.StatusOK && rec.Header().Get("Content-Disposition") != "":
		return nil // a file
	case rec.Code != http.StatusOK || !strings.Contains(body, "</html>"):
		t.Errorf("%s finds %d at %s", v.name, rec.Code, address)
		return nil
	case strings.Contains(body, "no value&gt;") || strings.Contains(body, "&lt;nil&gt;"):
		t.Errorf("%s shows a value that is not there", address)
	}
	v.times[v.routes[at].path]++
	var found []string
	for _, to := range link.FindAllStringSubmatch(body, -1) {
		found = append(found, html.UnescapeString(to[1]))
	}
	return found
}
