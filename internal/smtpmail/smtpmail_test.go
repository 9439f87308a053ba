package smtpmail_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/notice"
	"github.com/digitalfranceschool/passerelle/internal/smtpmail"
)

// server is a real mail server for tests, with its mailbox.
type server struct {
	port int
	http string
}

func start(t *testing.T) server {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and starts a mail server")
	}
	binary := filepath.Join(t.TempDir(), "mailpit")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=../../tools/go.mod", "-o", binary, "github.com/axllent/mailpit") //nolint:gosec // our own build
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build mailpit: %v\n%s", err, out)
	}
	smtp, web := freePort(t), freePort(t)
	s := server{port: smtp, http: fmt.Sprintf("http://127.0.0.1:%d", web)}
	run := exec.CommandContext(t.Context(), binary, "--disable-version-check", //nolint:gosec // our own build
		"--smtp", fmt.Sprintf("127.0.0.1:%d", smtp), "--listen", fmt.Sprintf("127.0.0.1:%d", web))
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Wait() }) // the test's context has ended it
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if response, err := http.Get(s.http + "/readyz"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Now().After(end) {
			t.Fatal("the mail server does not start")
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s server) read(t *testing.T, path string, into any) string {
	t.Helper()
	response, err := http.Get(s.http + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, text)
		}
	}
	return string(text)
}

func (s server) sender(t *testing.T, tls string) *smtpmail.Sender {
	t.Helper()
	sender, err := smtpmail.New(smtpmail.Config{Host: "127.0.0.1", Port: s.port, From: "bonjour@passerelle.example", TLS: tls})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func letter() notice.Mail {
	return notice.Mail{
		ID: "not_1", To: "ines@example.org", Lang: "ar", Subject: "الملف K7F-3Q2 — été",
		Text: "Votre rendez-vous est noté.\n\nAllez-y : https://passerelle.example/x\n", HTML: "<p>موعدك غدًا</p>",
	}
}

func TestALetterArrivesAsWritten(t *testing.T) {
	s := start(t)
	if err := s.sender(t, "none").Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	var box struct {
		Messages []struct {
			ID, Subject, MessageID string
			To, From               any
		}
	}
	s.read(t, "/api/v1/messages", &box)
	if len(box.Messages) != 1 || box.Messages[0].Subject != letter().Subject || box.Messages[0].MessageID != "not_1@passerelle" {
		t.Fatalf("%+v", box.Messages)
	}
	var message struct{ Text, HTML string }
	s.read(t, "/api/v1/message/"+box.Messages[0].ID, &message)
	if strings.ReplaceAll(message.Text, "\r\n", "\n") != letter().Text || !strings.Contains(message.HTML, "موعدك غدًا") {
		t.Errorf("%+v", message)
	}
	headers := map[string][]string{}
	s.read(t, "/api/v1/message/"+box.Messages[0].ID+"/headers", &headers)
	if headers["Auto-Submitted"][0] != "auto-generated" || headers["Content-Language"][0] != "ar" {
		t.Errorf("%+v", headers)
	}
}

// TestAFailureIsWorthAnotherTryAndNamesNobody: no server, no TLS where it must
// be, an address that is none.
func TestAFailureIsWorthAnotherTryAndNamesNobody(t *testing.T) {
	s := start(t)
	gone := server{port: freePort(t)}
	wrong := letter()
	wrong.To = "ines at example.org"
	for name, c := range map[string]struct {
		sender *smtpmail.Sender
		mail   notice.Mail
		kind   fault.Kind
	}{
		"no server":  {gone.sender(t, "none"), letter(), fault.Unavailable},
		"no TLS":     {s.sender(t, "mandatory"), letter(), fault.Unavailable},
		"no address": {s.sender(t, "none"), wrong, fault.Invalid},
	} {
		err := c.sender.Send(t.Context(), c.mail)
		if !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "example.org") {
			t.Errorf("%s: the error names the address: %v", name, err)
		}
	}
	if text := s.read(t, "/api/v1/messages", nil); strings.Contains(text, "ines@example.org") {
		t.Error("a letter went out in clear where TLS is mandatory")
	}
}

func TestAPolicyMustBeKnown(t *testing.T) {
	if _, err := smtpmail.New(smtpmail.Config{Host: "127.0.0.1", Port: 25, TLS: "perhaps"}); err == nil {
		t.Error("TLS \"perhaps\" was taken")
	}
}
