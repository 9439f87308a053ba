package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// life is how long a session lasts at most, and how long unused.
type life struct{ most, idle time.Duration }

// lifeOf: staff sign in every working day on shared machines, families come
// now and then from a phone of their own.
func lifeOf(person *Person) life {
	if person.staff() {
		return life{most: 12 * time.Hour, idle: 3 * time.Hour}
	}
	return life{most: 30 * 24 * time.Hour, idle: 14 * 24 * time.Hour}
}

// session is one sign-in on one device; its id is the hash of its token.
type session struct {
	docstore.Meta `json:",inline"`

	Person  string          `json:"person"`
	Epoch   int64           `json:"epoch"`
	Ends    docstore.Millis `json:"ends"`    // at the latest
	Expires docstore.Millis `json:"expires"` // where it is not used until then
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
	lasts := lifeOf(person)
	t := token()
	s := &session{
		Meta: docstore.Meta{ID: hash(t)}, Person: person.ID, Epoch: person.Epoch,
		Ends: docstore.At(now.Add(lasts.most)), Expires: docstore.At(now.Add(lasts.idle)), Created: docstore.At(now),
	}
	if err := p.sessions.Insert(ctx, s); err != nil {
		return Session{}, err
	}
	return Session{Token: t, Expires: s.Ends.Time(), Person: person.ID}, nil
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
	seen := p.known.round()
	s, person, err := p.open(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return Actor{}, fault.New(fault.Unauthenticated, "sign_in")
	}
	if err != nil {
		return Actor{}, err
	}
	if person.Disabled || person.Epoch != s.Epoch || s.Expires.Time().Before(p.clock()) {
		return Actor{}, fault.New(fault.Unauthenticated, "sign_in")
	}
	if err := p.prolong(ctx, s, lifeOf(person)); err != nil {
		return Actor{}, err
	}
	actor := Actor{Person: person.ID, Lang: person.Lang, grants: person.Grants}
	p.known.put(key, actor, seen)
	return actor, nil
}

func (p *People) open(ctx context.Context, key string) (*session, *Person, error) {
	s, err := p.sessions.Get(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	person, err := p.persons.Get(ctx, s.Person)
	return s, person, err
}

// prolong moves the end of a session in use, in steps of an eighth of its idle
// time so that reading costs almost no writes.
func (p *People) prolong(ctx context.Context, s *session, lasts life) error {
	wanted := min(docstore.At(p.clock().Add(lasts.idle)), s.Ends)
	step := docstore.Millis(lasts.idle.Milliseconds() / 8)
	if wanted-s.Expires < step {
		return nil
	}
	_, err := p.sessions.Update(ctx, s.ID, func(stored *session) error {
		if stored.Expires >= wanted {
			return docstore.Unchanged
		}
		stored.Expires = wanted
		return nil
	})
	return err
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
	defer p.known.forget(s.Person)
	err = p.sessions.Delete(ctx, s)
	if fault.Is(err, fault.Stale) { // prolonged meanwhile
		return p.SignOut(ctx, token)
	}
	return err
}

// SignOutEverywhere ends every session of the actor.
func (p *People) SignOutEverywhere(ctx context.Context, actor Actor, _ struct{}) (call.Done, error) {
	if actor.Person == "" {
		return call.Done{}, fault.New(fault.Unauthenticated, "sign_in")
	}
	_, err := p.persons.Update(ctx, actor.Person, func(person *Person) error {
		person.Epoch++
		person.Record(docstore.Record{Kind: "person.signed_out", Actor: actor.Name(), At: docstore.At(p.clock())})
		return nil
	})
	p.known.forget(actor.Person)
	return call.Done{OK: err == nil}, err
}
