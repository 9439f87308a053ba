package httpapi

import (
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// floods bounds what one network address may send to a route that is open to
// all, page or API: a school behind one address gets through, a flood does not.
// It counts in process: where several serve, each lets as much through.
type floods struct {
	mu    sync.Mutex
	known map[string]*rate.Limiter
}

// mostKnown bounds the addresses remembered; beyond it those at rest are let go.
const mostKnown = 20_000

func (f *floods) allows(key string, most int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[string]*rate.Limiter{}
	}
	l := f.known[key]
	if l == nil {
		if len(f.known) >= mostKnown {
			f.forget()
		}
		l = rate.NewLimiter(rate.Every(time.Hour/time.Duration(most)), most)
		f.known[key] = l
	}
	return l.Allow()
}

func (f *floods) forget() {
	for key, l := range f.known {
		if l.Tokens() >= float64(l.Burst())-1 {
			delete(f.known, key)
		}
	}
	if len(f.known) >= mostKnown { // a flood from everywhere at once: start anew
		clear(f.known)
	}
}

// flooded refuses what somebody without a session sends too often.
func (a *API) flooded(c *gin.Context, r Route) error {
	if r.Access.most == 0 || actorOf(c).Person != "" || a.floods.allows(r.Path+" "+c.ClientIP(), r.Access.most) {
		return nil
	}
	return fault.New(fault.TooMany, "too_many")
}
