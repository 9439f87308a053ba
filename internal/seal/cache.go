package seal

import (
	"sync"
	"time"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"
)

const (
	// generation bounds the cache: at most two generations of keys are held,
	// about 4 MB.
	generation = 2048
	// fresh is how long a key is believed without asking the store: what
	// another process forgets is gone here after that.
	fresh = time.Minute
)

// cache holds data keys in two generations: when the young one is full it
// becomes the old one, and what nobody asked for since is let go.
type cache struct {
	clock func() time.Time

	mu         *sync.Mutex
	young, old map[string]cached
}

type cached struct {
	data *aead.AESGCM
	read time.Time
}

func newCache(clock func() time.Time) cache {
	return cache{clock: clock, mu: &sync.Mutex{}, young: map[string]cached{}}
}

func (c *cache) get(owner string) (*aead.AESGCM, bool) {
	now := c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.young[owner]
	if !found {
		if entry, found = c.old[owner]; found {
			c.keep(owner, entry)
		}
	}
	if !found || now.Sub(entry.read) >= fresh || now.Before(entry.read) {
		return nil, false
	}
	return entry.data, true
}

func (c *cache) put(owner string, data *aead.AESGCM) {
	now := c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(owner, cached{data: data, read: now})
}

func (c *cache) keep(owner string, entry cached) {
	if len(c.young) >= generation {
		c.old, c.young = c.young, make(map[string]cached, generation)
	}
	c.young[owner] = entry
}

func (c *cache) drop(owner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, owner)
	delete(c.old, owner)
}
