package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// What coordinators write of a decision may name people, so it is sealed under
// the application's key and read at the desk alone; histories and events carry
// codes.

// The fields of a match that hold words.
const (
	decisionWords = "decision"
	releaseWords  = "release"
)

func wordsOf(match, field string) string { return "match." + match + "." + field }

func (m *Matches) sealWords(ctx context.Context, application, match, field, words string) (seal.Text, error) {
	return m.applications.SealWords(ctx, application, wordsOf(match, field), words)
}

// openWords opens the words of a match into its view.
func (m *Matches) openWords(ctx context.Context, d *Match, v *View) (err error) {
	if v.Reason, err = m.applications.OpenWords(ctx, d.Application, wordsOf(d.ID, decisionWords), d.Decision.Words); err != nil {
		return err
	}
	v.ReleaseReason, err = m.applications.OpenWords(ctx, d.Application, wordsOf(d.ID, releaseWords), d.ReleaseWords)
	return err
}
