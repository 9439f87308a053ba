package matching

import (
	"context"
	"errors"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Recover finishes or undoes every saga that nobody is at work on any more,
// and ends the rounds whose process died. It runs at start and then as a job,
// beside live requests and beside other processes. It tells how many it
// finished; one that fails does not keep the others from it.
func (m *Matches) Recover(ctx context.Context) (int, error) {
	unfinished, err := m.unfinished(ctx)
	if err != nil {
		return 0, err
	}
	finished := 0
	var failed []error
	for _, match := range unfinished {
		_, err := m.finish(ctx, people.System(), match)
		if err != nil && !refused(err) { // a refusal has undone it
			failed = append(failed, err)
			continue
		}
		finished++
	}
	loose, err := m.freeLoose(ctx)
	rounds, roundsErr := m.failLost(ctx)
	return finished + loose + rounds, errors.Join(append(failed, err, roundsErr)...)
}

// unfinished lists the matches whose saga is older than any request may work.
func (m *Matches) unfinished(ctx context.Context) ([]*Match, error) {
	var found []*Match
	query := docstore.Query{
		Scope: everywhere(), Index: "saga",
		Equal: []docstore.In{{string(Approval), string(Acceptance), string(Fulfilment), string(Ending)}},
		To:    int64(docstore.At(m.clock().Add(-grace))),
	}
	err := m.docs.Each(ctx, query, func(match *Match) error {
		found = append(found, match)
		return nil
	})
	return found, err
}
