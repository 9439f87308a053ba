package matching_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

func recovered(t *testing.T, w *matchingtest.Town) {
	t.Helper()
	_, err := w.Matches.Recover(t.Context(), w.Now().Add(-matching.Grace))
	matchingtest.Must(t, err)
}

// TestALateClaimIsFreed writes the claims of a match after it has ended, as a
// process does that froze between two steps and then died.
func TestALateClaimIsFreed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 1, 1)
		w.Round(t)
		match := call.Change{ID: w.Proposals(t)[0].ID}
		v, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: match})
		matchingtest.Must(t, err)
		_, err = w.Matches.Decline(t.Context(), system, matching.Decline{Change: match})
		matchingtest.Must(t, err)
		matchingtest.Must(t, w.Devices.Claim(t.Context(), system, v.Device, v.ID))
		matchingtest.Must(t, w.Applications.Claim(t.Context(), system, v.Application, v.ID))
		w.Wait(11 * time.Minute)
		recovered(t, w)
		stands(t, w, v.ID, matching.Declined, device.Available, application.Eligible)
		if _, err := give(t, w, w.Device(t), v.Application); err != nil {
			t.Errorf("its share is still held: %v", err)
		}
	})
}

// reads is a real engine that counts the documents that are read.
type reads struct {
	docstore.Engine

	n atomic.Int64
}

func (r *reads) Get(ctx context.Context, collection, id string, into any) error {
	r.n.Add(1)
	return r.Engine.Get(ctx, collection, id, into)
}

func (r *reads) Find(ctx context.Context, find docstore.Find, each func(docstore.Found) (bool, error)) error {
	return r.Engine.Find(ctx, find, func(found docstore.Found) (bool, error) {
		r.n.Add(1)
		return each(found)
	})
}

// TestRecoveryReadsWhatIsUnsettledAlone has offers stand: they cost nothing.
func TestRecoveryReadsWhatIsUnsettledAlone(t *testing.T) {
	store := storetest.Open(t)
	engine := &reads{Engine: store.Engine()}
	w := town(t, docstore.New(engine), 5, 5)
	w.Round(t)
	for _, row := range w.Proposals(t) {
		_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: call.Change{ID: row.ID}})
		matchingtest.Must(t, err)
	}
	w.Wait(time.Hour)
	engine.n.Store(0)
	recovered(t, w)
	if n := engine.n.Load(); n > 0 {
		t.Errorf("with nothing to do recovery reads %d documents", n)
	}
}

var errSick = errors.New("this document cannot be written") //nolint:gochecknoglobals // a sentinel of the tests

// sick is a real engine on which one document cannot be written.
type sick struct {
	docstore.Engine

	id string
}

func (s *sick) Replace(ctx context.Context, collection string, row docstore.Row) error {
	if row.ID == s.id {
		return errSick
	}
	return s.Engine.Replace(ctx, collection, row)
}

// TestOneSickOfferKeepsNoOtherFromExpiring makes the first of several late
// offers unwritable.
func TestOneSickOfferKeepsNoOtherFromExpiring(t *testing.T) {
	store := storetest.Open(t)
	engine := &sick{Engine: store.Engine()}
	w := town(t, docstore.New(engine), 3, 3)
	w.Round(t)
	rows := w.Proposals(t)
	for _, row := range rows {
		_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: call.Change{ID: row.ID}})
		matchingtest.Must(t, err)
	}
	w.Wait(8 * 24 * time.Hour)
	engine.id = rows[0].ID
	n, err := w.Matches.Expire(t.Context())
	if n != 2 || !errors.Is(err, errSick) {
		t.Errorf("%d offers expired: %v", n, err)
	}
}
