package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOneStoreThroughItsLives follows one data folder as an operator has it:
// a stop that lets requests finish, a second start that keeps what was done, a
// backup while people write, and its restoration elsewhere.
func TestOneStoreThroughItsLives(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	site := &site{binary: build(t), data: filepath.Join(t.TempDir(), "demo"), env: []string{"MONGODB_URI="}}
	server := site.start(t)
	first := apply(t, server, "first@example.org")
	slow := startSlowly(t, server)
	if err := server.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // the server is stopping when the rest of the request comes
	if status := slow.finish(); status != http.StatusCreated {
		t.Errorf("a request under way at a stop answers %d", status)
	}
	if err := <-server.ended; err != nil {
		t.Errorf("a graceful stop: %v", err)
	}

	server = site.start(t)
	if strings.Contains(server.said.text(), "making the demonstration") {
		t.Error("the second start made the territory anew")
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	writing, stop := context.WithCancel(t.Context())
	written := make(chan int)
	go func() { written <- keepApplying(writing, server) }()
	site.must(t, "backup", "-data", site.data, copied)
	stop()
	if n := <-written; n == 0 {
		t.Error("nobody wrote during the backup")
	}
	site.fails(t, 1, "exists", "backup", "-data", site.data, copied)
	roundBeside(t, site, server)
	server.stop(t)

	elsewhere := filepath.Join(t.TempDir(), "restored")
	site.must(t, "restore", "-data", elsewhere, copied)
	site.must(t, "check", "-data", elsewhere)
	site.fails(t, 1, "", "restore", "-data", elsewhere, copied)
	marker, err := os.ReadFile(filepath.Join(site.data, "demonstration.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "demonstration.json"), marker, 0o600); err != nil {
		t.Fatal(err)
	}
	moved := *site
	moved.data = elsewhere
	server = moved.start(t)
	var app struct{ State string }
	if !server.client(t.Context(), "coordinator").get("/api/applications/"+first, &app) || app.State != "submitted" {
		t.Errorf("the restored store lacks what the first had: %+v", app)
	}
	server.stop(t)
}

// roundBeside has a command ask for a round while a server holds the folder,
// and expects the server to have run it.
func roundBeside(t *testing.T, site *site, server *server) {
	t.Helper()
	desk := server.client(t.Context(), "coordinator")
	var territories struct{ Items []struct{ ID string } }
	if !desk.get("/api/territories", &territories) || len(territories.Items) == 0 {
		t.Fatal("no territory")
	}
	site.must(t, "round", "-data", site.data, "-territory", territories.Items[0].ID)
	var rounds struct {
		Items []struct{ ID, State, Territory string }
	}
	if !desk.get("/api/rounds?limit=1", &rounds) || len(rounds.Items) == 0 || rounds.Items[0].State != "done" {
		t.Fatalf("the server ran no round: %+v", rounds)
	}
	site.must(t, "round", "-data", site.data, "-replay", rounds.Items[0].ID)
}

func application(email string) string {
	return fmt.Sprintf(`{"postcode":"95000","commune":"95127","for":"self","first_name":"Lina","last_name":"Benali","birth_date":"2004-05-14",
		"level":"higher","course":"bts","equipment":"none","learners":2,"means":"quotient_400","email":%q,"agree":true}`, email)
}

func apply(t *testing.T, v *server, email string) string {
	t.Helper()
	var app struct{ ID string }
	text, ok := v.client(t.Context(), "").do(http.MethodPost, "/api/applications", "application/json", strings.NewReader(application(email)))
	if !ok || !decode(text, &app) {
		t.Fatalf("apply: %s", text)
	}
	return app.ID
}

// keepApplying sends applications until told to stop, and counts them.
func keepApplying(ctx context.Context, v *server) (n int) {
	for ctx.Err() == nil {
		c := v.client(ctx, "")
		if _, ok := c.do(http.MethodPost, "/api/applications", "application/json", strings.NewReader(application(fmt.Sprintf("many%d@example.org", n)))); ok {
			n++
		}
	}
	return n
}

// slow is a request whose second half has not been sent.
type slow struct {
	rest   string
	body   *io.PipeWriter
	status chan int
}

func startSlowly(t *testing.T, v *server) *slow {
	t.Helper()
	read, write := io.Pipe()
	s := &slow{body: write, status: make(chan int, 1)}
	text := application("slow@example.org")
	s.rest = text[len(text)/2:]
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+"/api/applications", read)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			s.status <- 0
			return
		}
		_ = response.Body.Close()
		s.status <- response.StatusCode
	}()
	if _, err := io.WriteString(write, text[:len(text)/2]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // so that it has reached the server
	return s
}

func (s *slow) finish() int {
	_, _ = io.WriteString(s.body, s.rest)
	_ = s.body.Close()
	return <-s.status
}

func (s *site) must(t *testing.T, args ...string) {
	t.Helper()
	if out, err := s.command(args...).CombinedOutput(); err != nil {
		t.Fatalf("passerelle %s: %v\n%s", args[0], err, out)
	}
}

// fails runs a command that must end with a status, and say why.
func (s *site) fails(t *testing.T, status int, says string, args ...string) {
	t.Helper()
	out, err := s.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != status {
		t.Errorf("passerelle %v: %v, want status %d\n%s", args, err, status, out)
	}
	if !bytes.Contains(out, []byte(says)) {
		t.Errorf("passerelle %v does not say %q:\n%s", args, says, out)
	}
}

// TestServeRefusesWhatMustNotServe: no key, the demonstration's, no mail.
func TestServeRefusesWhatMustNotServe(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	public := base64.StdEncoding.EncodeToString([]byte("demonstration key, no real data!"))
	binary := build(t)
	mail := []string{"PASSERELLE_SMTP_HOST=127.0.0.1", "PASSERELLE_MAIL_FROM=bonjour@passerelle.example"}
	for _, c := range []struct {
		env  []string
		says string
	}{
		{mail, "PASSERELLE_KEY is missing"},
		{append(mail, "PASSERELLE_KEY="+public), "demonstration's"},
		{append(mail, "PASSERELLE_KEY=c2hvcnQ="), "32 bytes"},
		{[]string{"PASSERELLE_KEY=" + key}, "PASSERELLE_SMTP_HOST is missing"},
		{append(mail, "PASSERELLE_KEY="+key, "PASSERELLE_BASE_URL=ftp://passerelle.example"), "PASSERELLE_BASE_URL"},
		{append(mail, "PASSERELLE_KEY="+key, "PASSERELLE_SMTP_TLS=perhaps"), "TLS"},
		{append(mail, "PASSERELLE_KEY="+key, "PASSERELLE_ADDR=nowhere"), "listen"},
		{append(mail, "PASSERELLE_KEY="+key, "PASSERELLE_SMTP_PORT=many"), "PASSERELLE_SMTP_PORT"},
	} {
		site := &site{binary: binary, env: append(c.env, "MONGODB_URI=", "PASSERELLE_DATA="+t.TempDir())}
		site.fails(t, 1, c.says, "serve")
	}
}

// TestServeShowsItsConfigurationMasked starts the real server and reads what it
// prints.
func TestServeShowsItsConfigurationMasked(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	site := &site{binary: build(t), env: []string{
		"MONGODB_URI=", "PASSERELLE_DATA=" + t.TempDir(), "PASSERELLE_ADDR=127.0.0.1:0", "PASSERELLE_KEY=" + key,
		"PASSERELLE_SMTP_HOST=127.0.0.1", "PASSERELLE_SMTP_PASSWORD=hidden-word", "PASSERELLE_MAIL_FROM=bonjour@passerelle.example",
	}}
	command, said, ended := site.command("serve"), &output{}, make(chan error, 1)
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- command.Wait() }()
	for end := time.Now().Add(time.Minute); !strings.Contains(said.text(), "ready http"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the server does not start:\n%s", said.text())
		}
	}
	_ = command.Process.Signal(os.Interrupt)
	if err := <-ended; err != nil {
		t.Errorf("stop: %v", err)
	}
	for _, secret := range []string{key, "hidden-word"} {
		if strings.Contains(said.text(), secret) {
			t.Errorf("a secret is printed:\n%s", said.text())
		}
	}
	if !strings.Contains(said.text(), "PASSERELLE_BENEFICIARY is not set") {
		t.Errorf("nothing says that conventions lack a recipient:\n%s", said.text())
	}
	if !strings.Contains(said.text(), "PASSERELLE_KEY") || !strings.Contains(said.text(), "(set)") {
		t.Errorf("the configuration is not shown:\n%s", said.text())
	}
}

// TestCommandsAnswerByStatus: 0 done, 1 failed, 2 called wrongly.
func TestCommandsAnswerByStatus(t *testing.T) {
	site := &site{binary: build(t), env: []string{"MONGODB_URI=", "PASSERELLE_DATA=" + filepath.Join(t.TempDir(), "nothing")}}
	site.must(t, "help")
	site.must(t, "version")
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{2, "Commands:", nil},
		{2, "no command", []string{"fly"}},
		{2, "1 arguments wanted", []string{"inventory"}},
		{2, "-territory", []string{"round", "-fast"}},
		{2, "say `add`", []string{"coordinator"}},
		{1, "no such file", []string{"inventory", "nothing.csv"}},
		{1, "", []string{"check"}},
		{1, "", []string{"backup", filepath.Join(t.TempDir(), "b.db")}},
		{1, "say -territory", []string{"round"}},
		{1, "PASSERELLE_KEY", []string{"coordinator", "add", "-email", "a@b.example", "-first-name", "A", "-last-name", "B", "-territory", "Val d’Oise", "-areas", "95"}},
		{1, "loopback", []string{"demo", "-addr", "0.0.0.0:0", "-data", t.TempDir()}},
	} {
		if c.args == nil {
			out, err := site.command().CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != c.status || !bytes.Contains(out, []byte(c.says)) {
				t.Errorf("no command: %v\n%s", err, out)
			}
			continue
		}
		site.fails(t, c.status, c.says, c.args...)
	}
}
