package matching

import (
	"context"
	"errors"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Grace is how old an intent must be before a job takes it up: longer than any
// request works at one, so that recovery meets none still at work.
const Grace = grace

// Recover finishes or undoes every saga begun before a moment: Grace ago while
// requests run, or the start of the only process. It ends the rounds whose
// process died as well. It runs beside live requests and other processes, and
// tells how many it finished; one that fails does not keep the others from it.
func (m *Matches) Recover(ctx context.Context, before time.Time) (int, error) {
	unfinished, err := m.unfinished(ctx, docstore.At(before))
	finished := 0
	failed := []error{err}
	for _, match := range unfinished {
		_, err := m.finish(ctx, people.System(), match)
		if err != nil && !refused(err) { // a refusal has undone it
			failed = append(failed, err)
			continue
		}
		finished++
	}
	rounds, err := m.failLost(ctx)
	return finished + rounds, errors.Join(append(failed, err, m.failLostWhatIfs(ctx))...)
}

// unfinished lists the matches whose saga began before a moment, and the ended
// ones that are due to be looked at once more. Nothing else is read, however
// many matches live.
func (m *Matches) unfinished(ctx context.Context, before docstore.Millis) ([]*Match, error) {
	var found []*Match
	for _, due := range []struct {
		sagas  docstore.In
		before docstore.Millis
	}{
		{docstore.In{string(Approval), string(Acceptance), string(Fulfilment), string(Ending)}, before},
		{docstore.Is(string(Watch)), docstore.At(m.clock().Add(-watchFor))},
	} {
		query := docstore.Query{Scope: everywhere(), Index: "saga", Equal: []docstore.In{due.sagas}, To: int64(due.before)}
		err := m.docs.Each(ctx, query, func(match *Match) error {
			found = append(found, match)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
