package matching_test

import (
	"bytes"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestWhatCoordinatorsWriteIsSealed looks for the words of an override, a
// release and a rejection in all that is stored, then forgets the family.
func TestWhatCoordinatorsWriteIsSealed(t *testing.T) {
	store := storetest.Open(t)
	w := town(t, store, 2, 1)
	w.Round(t)
	row := w.Proposals(t)[0]
	const words = "Karim, 0612345678"
	_, err := w.Matches.Reject(t.Context(), system, matching.Reject{Change: call.Change{ID: row.ID}, Reason: words})
	matchingtest.Must(t, err)
	given, err := w.Matches.Override(t.Context(), system, matching.Override{Device: row.Device, Application: row.Application, Reason: words})
	matchingtest.Must(t, err)
	_, err = w.Matches.Release(t.Context(), system, matching.Release{Change: call.Change{ID: given.ID}, Reason: words})
	matchingtest.Must(t, err)
	w.Relay(t)

	var all bytes.Buffer
	matchingtest.Must(t, store.Dump(t.Context(), &all))
	if !bytes.Contains(all.Bytes(), []byte(given.ID)) || bytes.Contains(all.Bytes(), []byte("Karim")) {
		t.Error("a coordinator's words stand in clear")
	}
	reads := func(id string) matching.View {
		v, err := w.Matches.Get(t.Context(), system, call.One{ID: id})
		matchingtest.Must(t, err)
		return v
	}
	if v := reads(given.ID); v.Reason != words || v.ReleaseReason != words {
		t.Errorf("the desk reads %q and %q", v.Reason, v.ReleaseReason)
	}
	if v := reads(row.ID); v.Reason != words {
		t.Errorf("the desk reads %q of a rejection", v.Reason)
	}
	matchingtest.Must(t, w.Applications.Forget(t.Context(), system, row.Application))
	if v := reads(given.ID); v.Reason != "" || v.ReleaseReason != "" {
		t.Errorf("words survive the family: %+v", v)
	}
	other := w.Student(t)
	w.Round(t)
	matchingtest.Must(t, w.Applications.Forget(t.Context(), system, other))
	for _, open := range w.Proposals(t) { // one of a family that is gone can still be closed
		_, err := w.Matches.Reject(t.Context(), system, matching.Reject{Change: call.Change{ID: open.ID}, Reason: words})
		matchingtest.Must(t, err)
	}
}
