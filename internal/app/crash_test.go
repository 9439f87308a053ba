package app_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCrash kills the server with SIGKILL at random moments while eight
// clients take students through the main job, and starts it again: whatever
// was acknowledged must be there, and every invariant hold. Ten times an
// engine; PASSERELLE_CRASHES says otherwise.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("kills servers for a minute")
	}
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // a seed has no sign
	t.Logf("seed %d", seed)
	binary := build(t)
	for _, engine := range engines(t) {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // moments of a test
			site := &site{binary: binary, data: filepath.Join(t.TempDir(), "demo"), env: engine.env}
			story := &story{acknowledged: map[string]int{}}
			for crash := range crashes(t) {
				server := site.start(t)
				story.verify(t, server)
				if story.lot == "" {
					story.collect(t, server)
				}
				story.play(t, server, crash, time.Duration(200+r.IntN(1600))*time.Millisecond)
				site.check(t)
			}
			server := site.start(t)
			story.verify(t, server)
			site.settles(t)
			server.stop(t)
			site.check(t, "-settled")
			t.Logf("%d applications acknowledged, %d handed over, %d approved proposals, %d devices through the bench",
				len(story.acknowledged), story.count("fulfilled"), story.approved, story.stocked)
			if story.count("fulfilled") == 0 || story.approved == 0 || story.stocked == 0 {
				t.Error("the main job was not walked to its end")
			}
		})
	}
}

func crashes(t *testing.T) int {
	t.Helper()
	text := os.Getenv("PASSERELLE_CRASHES")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("PASSERELLE_CRASHES is %q", text)
	}
	return n
}

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "passerelle")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/passerelle") //nolint:gosec // our own build
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

type engine struct {
	name string
	env  []string
}

// engines are those at hand: MongoDB where its test server is said, which CI
// insists on.
func engines(t *testing.T) []engine {
	t.Helper()
	all := []engine{{"embedded", []string{"MONGODB_URI="}}}
	uri := os.Getenv("PASSERELLE_TEST_MONGODB_URI")
	if uri == "" {
		if os.Getenv("PASSERELLE_REQUIRE_MONGODB") != "" {
			t.Fatal("PASSERELLE_TEST_MONGODB_URI is not set, and the MongoDB leg is required")
		}
		return all
	}
	database := fmt.Sprintf("crash_%d", time.Now().UnixNano())
	return append(all, engine{"mongodb", []string{"MONGODB_URI=" + uri, "PASSERELLE_MONGODB_DATABASE=" + database}})
}

// site is where one demonstration lives through its crashes.
type site struct {
	binary string
	data   string
	env    []string
}

func (s *site) command(args ...string) *exec.Cmd {
	command := exec.Command(s.binary, args...) //nolint:gosec,noctx // killed by the test itself
	command.Env = append(append(os.Environ(), s.env...), "PASSERELLE_TRUSTED_PROXIES=127.0.0.1")
	return command
}

// check runs `passerelle check` on the store.
func (s *site) check(t *testing.T, flags ...string) {
	t.Helper()
	if out, err := s.checked(flags...); err != nil {
		t.Fatalf("check: %v\n%s", err, out)
	}
}

func (s *site) checked(flags ...string) ([]byte, error) {
	return s.command(append([]string{"check", "-data", s.data}, flags...)...).CombinedOutput()
}

// settles waits until recovery has left nothing over, beside the running server.
func (s *site) settles(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) {
		out, err := s.checked("-settled")
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("sagas are left over: %v\n%s", err, out)
		}
	}
}

// server is one life of the process.
type server struct {
	command *exec.Cmd
	said    *output
	url     string
	links   map[string]string // role → sign-in token
	ended   chan error
}

var line = regexp.MustCompile(`(?m)^(\w+)\t\S+\t\S+/lien/(\S+)$`)

func (s *site) start(t *testing.T) *server {
	t.Helper()
	v := &server{command: s.command("demo", "-addr", "127.0.0.1:0", "-data", s.data), said: &output{}, links: map[string]string{}, ended: make(chan error, 1)}
	v.command.Stdout, v.command.Stderr = v.said, v.said
	if err := v.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.command.Process.Kill() })
	go func() { v.ended <- v.command.Wait() }()
	for end := time.Now().Add(4 * time.Minute); !strings.Contains(v.said.text(), "accounts and mail:"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the server does not start:\n%s", v.said.text())
		}
	}
	v.url = regexp.MustCompile(`ready (\S+)`).FindStringSubmatch(v.said.text())[1]
	for _, found := range line.FindAllStringSubmatch(v.said.text(), -1) {
		v.links[found[1]] = found[2]
	}
	return v
}

// stop ends the server as an operator does.
func (v *server) stop(t *testing.T) {
	t.Helper()
	_ = v.command.Process.Signal(os.Interrupt)
	if err := <-v.ended; err != nil {
		t.Errorf("graceful stop: %v", err)
	}
}

// output collects what a process says, from any goroutine.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// ranks orders the states of an application on its way: what was acknowledged
// may be followed by more, never by less.
var ranks = map[string]int{"submitted": 1, "eligible": 2, "offered": 3, "accepted": 4, "fulfilled": 5} //nolint:gochecknoglobals // a constant table

// story is what the clients were told, over all lives of the server.
type story struct {
	mu           sync.Mutex
	acknowledged map[string]int // application → rank
	made         int
	approved     int // proposals of a round
	stocked      int // devices that came through the bench
	lot          string
}

// collect takes a donation to where its devices are received.
func (s *story) collect(t *testing.T, v *server) {
	t.Helper()
	desk, donor := v.client(t.Context(), "coordinator"), v.client(t.Context(), "donor")
	var lot struct{ ID string }
	var text struct{ SHA256 string }
	day := time.Now().AddDate(0, 0, 3).Format(time.DateOnly)
	ok := donor.post("/api/donations", map[string]any{
		"siren": "732829320", "name": "Atelier Nord", "address": "1 rue Neuve", "postcode": "95000", "commune": "95127",
		"contact_name": "Ada Martin", "contact_email": "donor@demo.example",
		"lines": []map[string]any{{"model": "ThinkPad T480", "quantity": 500, "condition": "working"}},
	}, &lot) &&
		desk.post("/api/donations/"+lot.ID+"/agree", map[string]any{}, nil) &&
		donor.get("/api/donations/"+lot.ID+"/convention", &text) &&
		donor.post("/api/donations/"+lot.ID+"/convention", map[string]any{"sha256": text.SHA256, "name": "Ada Martin", "title": "Directrice", "owner": true}, nil) &&
		desk.post("/api/donations/"+lot.ID+"/collection", map[string]any{"day": day, "from": "09:00", "to": "11:00"}, nil) &&
		desk.post("/api/donations/"+lot.ID+"/collect", map[string]any{"boxes": 12}, nil)
	if !ok {
		t.Fatal("the lot is not collected")
	}
	s.lot = lot.ID
}

func (s *story) told(application, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acknowledged[application] = max(s.acknowledged[application], ranks[state])
}

func (s *story) count(state string) (n int) {
	for _, rank := range s.acknowledged {
		if rank >= ranks[state] {
			n++
		}
	}
	return n
}

// verify reads back every acknowledged application.
func (s *story) verify(t *testing.T, v *server) {
	t.Helper()
	desk := v.client(t.Context(), "coordinator")
	for id, rank := range s.acknowledged {
		var app struct{ State string }
		if !desk.get("/api/applications/"+id, &app) {
			t.Errorf("application %s was acknowledged and is gone", id)
		} else if ranks[app.State] < rank {
			t.Errorf("application %s is %q, acknowledged was rank %d", id, app.State, rank)
		}
	}
}

// play lets eight clients work until the server is killed.
func (s *story) play(t *testing.T, v *server, crash int, life time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for n := range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				s.student(ctx, v, n)
			}
		})
	}
	time.Sleep(life)
	if err := v.command.Process.Kill(); err != nil {
		t.Errorf("crash %d: %v", crash, err)
	}
	<-v.ended
	cancel()
	clients.Wait()
}

// student takes one through the main job, as far as the server lives and the
// stock lasts, and notes each step that was acknowledged.
func (s *story) student(ctx context.Context, v *server, n int) {
	number := s.number()
	mail := fmt.Sprintf("crash%d@example.org", number)
	born := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, number) // of somebody else each time: one device a person
	family, desk := v.client(ctx, ""), v.client(ctx, "coordinator")
	var app struct{ ID, Reference string }
	if !family.post("/api/applications", map[string]any{
		"postcode": "95000", "commune": "95127", "for": "self", "first_name": "Lina", "last_name": "Benali", "birth_date": born.Format(time.DateOnly),
		"level": "higher", "course": "bts", "equipment": "none", "learners": 2, "means": "quotient_400", "email": mail, "agree": true,
	}, &app) {
		return
	}
	s.told(app.ID, "submitted")
	if !desk.post("/api/applications/"+app.ID+"/verify", map[string]any{"eligible": true}, nil) {
		return
	}
	s.told(app.ID, "eligible")
	s.stock(desk, fmt.Sprintf("CR%d", s.number()))
	if n%2 == 0 {
		s.approve(desk)
	}
	match := override(desk, app.ID)
	if match == "" {
		return
	}
	s.told(app.ID, "offered")
	var paper struct{ Reference, Code string }
	if !desk.post("/api/applications/"+app.ID+"/paper-code", map[string]any{}, &paper) ||
		!family.signIn("/api/sign-in", map[string]any{"reference": paper.Reference, "code": paper.Code}) ||
		!family.post("/api/offers/"+match+"/accept", map[string]any{}, nil) {
		return
	}
	s.told(app.ID, "accepted")
	if handOver(family, desk, match, app.Reference) {
		s.told(app.ID, "fulfilled")
	}
}

func (s *story) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return s.made
}

func (s *story) add(to *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*to++
}

// stock takes one more device through the bench: received beyond a lot's list,
// audited, erased, prepared, released.
func (s *story) stock(desk *client, serial string) {
	var got struct{ Device string }
	if !desk.post("/api/donations/"+s.lot+"/receive", map[string]any{"code": serial, "extra": true, "model": "ThinkPad T480"}, &got) {
		return
	}
	for _, step := range []struct {
		action string
		body   map[string]any
	}{
		{"audit", map[string]any{
			"specs":  map[string]any{"model": "ThinkPad T480", "category": "laptop", "ram_gb": 8, "disk_gb": 256, "disk_type": "ssd", "webcam": true, "wifi": true, "charger": true},
			"grades": map[string]any{"appearance": "B", "functionality": "A", "battery": "B"},
			"drives": []map[string]any{{"serial": "DR" + serial, "medium": "ssd", "size_gb": 256}},
		}},
		{"erase", map[string]any{"drive": "DR" + serial, "tool": "hdparm", "method": "ata_sanitize", "verified": true, "status": "erased"}},
		{"prepare", map[string]any{"system": "Linux", "supported_until": "2032-01-01", "unlocked": true, "charger_safe": true, "battery_safe": true}},
		{"release", map[string]any{}},
	} {
		if !desk.post("/api/devices/"+got.Device+"/"+step.action, step.body, nil) {
			return
		}
	}
	s.add(&s.stocked)
}

// override offers any device in stock to an application.
func override(desk *client, app string) string {
	var stock struct{ Items []struct{ ID string } }
	if !desk.get("/api/devices?state=available&limit=50", &stock) || len(stock.Items) == 0 {
		return ""
	}
	var made struct{ ID string }
	device := stock.Items[rand.IntN(len(stock.Items))].ID //nolint:gosec // any of them
	desk.post("/api/overrides", map[string]any{"device": device, "application": app, "reason": "essai"}, &made)
	return made.ID
}

// approve begins a round and approves any proposal that stands.
func (s *story) approve(desk *client) {
	var in struct{ Items []struct{ ID string } }
	if !desk.get("/api/territories", &in) || len(in.Items) == 0 ||
		!desk.post("/api/rounds", map[string]any{"territory": in.Items[0].ID}, nil) {
		return
	}
	var rows struct {
		Items []struct{ ID, Application string }
	}
	if !desk.get("/api/matches?state=proposed&limit=50", &rows) || len(rows.Items) == 0 {
		return
	}
	row := rows.Items[rand.IntN(len(rows.Items))] //nolint:gosec // any of them
	if desk.post("/api/matches/"+row.ID+"/approve", map[string]any{}, nil) {
		s.told(row.Application, "offered")
		s.add(&s.approved)
	}
}

// handOver books a slot, types the code and confirms.
func handOver(family, desk *client, match, reference string) bool {
	page := family.page("/fr/remise/" + match)
	slots := regexp.MustCompile(`name="slot" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(slots) == 0 {
		return false
	}
	slot := slots[rand.IntN(len(slots))][1] //nolint:gosec // any of them
	if !family.form("/fr/remise/"+match, url.Values{"do": {"book"}, "slot": {slot}}) {
		return false
	}
	code := regexp.MustCompile(`class="handcode">(\d{6})<`).FindStringSubmatch(family.page("/fr/remise/" + match))
	var board struct {
		Items []struct{ ID, Reference string }
	}
	if code == nil || !desk.get("/api/deliveries?state=booked&limit=200", &board) {
		return false
	}
	for _, d := range board.Items {
		if d.Reference == reference {
			return desk.post("/api/deliveries/"+d.ID+"/hand-over", map[string]any{"code": code[1]}, nil) &&
				family.post("/api/deliveries/"+d.ID+"/confirm", map[string]any{}, nil)
		}
	}
	return false
}
