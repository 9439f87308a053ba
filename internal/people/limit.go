package people

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// window counts what one address or network did in a span of time, across
// processes. Its id is a keyed hash: nothing personal stands in it.
type window struct {
	docstore.Meta `json:",inline"`

	Count   int             `json:"count"`
	Expires docstore.Millis `json:"expires"`
}

// limit refuses the call that is one too many within the span.
func (p *People) limit(ctx context.Context, key string, most int, span time.Duration) error {
	now := p.clock()
	if p.refused.holds(key, now) {
		return fault.New(fault.TooMany, "too_many")
	}
	fresh := &window{Meta: docstore.Meta{ID: key}, Count: 1, Expires: docstore.At(now.Add(span))}
	_, made, err := p.windows.Create(ctx, fresh)
	if err != nil || made {
		return err
	}
	_, err = p.windows.Update(ctx, key, func(w *window) error {
		if w.Expires.Time().Before(now) {
			w.Count, w.Expires = 0, fresh.Expires
		}
		if w.Count >= most {
			p.refused.keep(key, w.Expires.Time())
			return fault.New(fault.TooMany, "too_many")
		}
		w.Count++
		return nil
	})
	return err
}

// refusals remembers in process which windows are full, so that a flood costs
// the store nothing.
type refusals struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (r *refusals) holds(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.until[key])
}

func (r *refusals) keep(key string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until == nil || len(r.until) >= knownBound {
		r.until = map[string]time.Time{}
	}
	r.until[key] = until
}

// Limit is the same for other open forms: at most so many from one origin.
func (p *People) Limit(ctx context.Context, what, origin string, most int, span time.Duration) error {
	if origin == "" {
		return nil
	}
	return p.limit(ctx, what+":"+p.box.Lookup("origin", origin), most, span)
}

// sweepBound is how many documents one sweep removes at most.
const sweepBound = 5000

// Sweep removes codes, links, sessions and windows whose time is over; a job
// calls it.
func (p *People) Sweep(ctx context.Context) error {
	until := docstore.Query{Index: "expires", From: 1, To: int64(docstore.At(p.clock())), Limit: 200}
	return errors.Join(
		sweep(ctx, p.codes, until), sweep(ctx, p.links, until), sweep(ctx, p.sessions, until), sweep(ctx, p.windows, until),
	)
}

func sweep[T any](ctx context.Context, c *docstore.Collection[T], q docstore.Query) error {
	for removed := 0; removed < sweepBound; {
		page, err := c.Find(ctx, q, nil)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		var failed error
		gone := 0
		for _, doc := range page.Items {
			switch err := c.Delete(ctx, doc); {
			case err == nil:
				gone++
			case !fault.Is(err, fault.Stale) && !fault.Is(err, fault.NotFound):
				failed = err
			}
		}
		if failed != nil || gone == 0 {
			return failed
		}
		removed += gone
	}
	return nil
}
