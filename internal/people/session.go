package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// How long a session lasts: staff come every day, families now and then.
const (
	staffLife  = 12 * time.Hour
	familyLife = 30 * 24 * time.Hour
	// known is how long a session is believed without asking the store; a
	// sign-out elsewhere takes effect after it at the latest.
	believed   = 5 * time.Second
	knownBound = 10_000
)

// session is one sign-in on one device; its id is the hash of its token.
type session struct {
	docstore.Meta `json:",inline"`

	Person  string          `json:"person"`
	Epoch   int64           `json:"epoch"`
	Expires docstore.Millis `json:"expires"`
	Created docstore.Millis `json:"created"`
}

// token makes 256 bits that only their holder knows.
func token() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: the process ends where there is no randomness
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Session is what a fresh sign-in gives: the token, shown once.
type Session struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	Person  string    `json:"person"`
}

// begin opens a session for an account that has proved who it is.
func (p *People) begin(ctx context.Context, person *Person) (Session, error) {
	if person.Disabled {
		return Session{}, fault.New(fault.Unauthenticated, "code_wrong")
	}
	now := p.clock()
	life := staffLife
	if !person.staff() {
		life = familyLife
	}
	t := token()
	s := &session{
		Meta: docstore.Meta{ID: hash(t)}, Person: person.ID, Epoch: person.Epoch,
		Expires: docstore.At(now.Add(life)), Created: docstore.At(now),
	}
	if err := p.sessions.Insert(ctx, s); err != nil {
		return Session{}, err
	}
	return Session{Token: t, Expires: s.Expires.Time(), Person: person.ID}, nil
}

func (p *Person) staff() bool {
	for _, g := range p.Grants {
		if !g.Role.Family() && g.Role != Donor && g.Role != PrescriberOf {
			return true
		}
	}
	return false
}

// Resume gives the actor of a session's token; Unauthenticated where it is
// unknown, over, signed out everywhere, or the account was disabled.
func (p *People) Resume(ctx context.Context, token string) (Actor, error) {
	key := hash(token)
	if actor, ok := p.known.get(key); ok {
		return actor, nil
	}
	s, err := p.sessions.Get(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return Actor{}, fault.New(fault.Unauthenticated, "sign_in")
	}
	if err != nil {
		return Actor{}, err
	}
	person, err := p.persons.Get(ctx, s.Person)
	if err != nil {
		return Actor{}, err
	}
	if person.Disabled || person.Epoch != s.Epoch || s.Expires.Time().Before(p.clock()) {
		return Actor{}, fault.New(fault.Unauthenticated, "sign_in")
	}
	actor := Actor{Person: person.ID, Lang: person.Lang, grants: person.Grants}
	p.known.put(key, actor)
	return actor, nil
}

// SignOut ends the session of a token.
func (p *People) SignOut(ctx context.Context, token string) error {
	s, err := p.sessions.Get(ctx, hash(token))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p.known.forget(s.Person)
	return p.sessions.Delete(ctx, s)
}

// SignOutEverywhere ends every session of the actor.
func (p *People) SignOutEverywhere(ctx context.Context, actor Actor, _ struct{}) (call.Done, error) {
	_, err := p.persons.Update(ctx, actor.Person, func(person *Person) error {
		person.Epoch++
		person.Record(docstore.Record{Kind: "person.signed_out", Actor: actor.Name(), At: docstore.At(p.clock())})
		return nil
	})
	p.known.forget(actor.Person)
	return call.Done{OK: err == nil}, err
}

// cache remembers for a moment who a session belongs to, so that a request
// reads no session from the store.
type cache struct {
	mu      sync.Mutex
	clock   func() time.Time
	entries map[string]known
}

type known struct {
	actor Actor
	until time.Time
}

func newCache(clock func() time.Time) *cache {
	return &cache{clock: clock, entries: map[string]known{}}
}

func (c *cache) get(key string) (Actor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.entries[key]
	return k.actor, ok && c.clock().Before(k.until)
}

func (c *cache) put(key string, actor Actor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= knownBound {
		clear(c.entries)
	}
	c.entries[key] = known{actor, c.clock().Add(believed)}
}

func (c *cache) forget(person string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, k := range c.entries {
		if k.actor.Person == person {
			delete(c.entries, key)
		}
	}
}
