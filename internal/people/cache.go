package people

import (
	"sync"
	"time"
)

const (
	// believed is how long a session is believed without asking the store; a
	// sign-out in another process takes effect after it at the latest.
	believed   = 5 * time.Second
	knownBound = 10_000
)

// cache remembers for a moment who a session belongs to, so that a request
// reads no session from the store.
type cache struct {
	mu      sync.Mutex
	clock   func() time.Time
	entries map[string]known
	rounds  int64 // how often something was forgotten
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

// round is asked before the store is read and given to put.
func (c *cache) round() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rounds
}

// put keeps what was read, unless something was forgotten while it was: it may
// be what is no longer true.
func (c *cache) put(key string, actor Actor, round int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if round != c.rounds {
		return
	}
	if len(c.entries) >= knownBound {
		clear(c.entries)
	}
	c.entries[key] = known{actor, c.clock().Add(believed)}
}

func (c *cache) forget(person string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rounds++
	for key, k := range c.entries {
		if k.actor.Person == person {
			delete(c.entries, key)
		}
	}
}
