package matching

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// problemField is what a problem is sealed as, under its round's key: it holds
// no names, but the needs of people.
const problemField = "problem"

func (m *Matches) keepProblem(ctx context.Context, roundID string, p *problem) error {
	plain, err := p.encode()
	if err != nil {
		return fault.Wrap(fault.Internal, "internal", err)
	}
	sealed, err := m.applications.SealWords(ctx, roundID, problemField, string(plain))
	if err != nil {
		return err
	}
	return m.problems.Put(ctx, roundID, []byte(sealed))
}

// problemOf reads the problem that a round answered; NotFound for rounds that
// are older than problems are kept.
func (m *Matches) problemOf(ctx context.Context, roundID string) (*problem, error) {
	sealed, err := m.problems.Get(ctx, roundID)
	if err != nil {
		return nil, err
	}
	plain, err := m.applications.OpenWords(ctx, roundID, problemField, seal.Text(sealed))
	if err != nil {
		return nil, err
	}
	p, err := decodeProblem([]byte(plain))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "internal", err)
	}
	return p, nil
}

// recall answers a round's problem again; the last answers are kept.
func (m *Matches) recall(ctx context.Context, round *Round) (*choice, error) {
	answer := m.recalled.of(round.ID)
	answer.mu.Lock() // whoever asks meanwhile waits for the one answer
	defer answer.mu.Unlock()
	if answer.choice != nil {
		return answer.choice, nil
	}
	c, err := m.recompute(ctx, round)
	if err != nil {
		return nil, err
	}
	answer.choice = c
	return c, nil
}

// recompute answers a round's problem again, and holds the answer against what
// was stored.
func (m *Matches) recompute(ctx context.Context, round *Round) (*choice, error) {
	p, err := m.problemOf(ctx, round.ID)
	if err != nil {
		return nil, err
	}
	c, err := p.choose(ctx, func(string, int, int) {})
	if err != nil {
		return nil, err
	}
	if digest := c.digest(); digest != round.Digest {
		return nil, fault.Wrap(fault.Internal, "replay_differs", fmt.Errorf("round %s: %s, stored %s", round.ID, digest, round.Digest))
	}
	return c, nil
}

// recalled keeps the choices that were asked about last, so that a page does
// not solve a round twice.
type recalled struct {
	mu   sync.Mutex
	kept []*answer // the latest first
}

// answer is the choice of a round, once it is there. It is only read.
type answer struct {
	round  string
	mu     sync.Mutex
	choice *choice
}

// recalledAtMost is how many are kept: a large one is a hundred megabytes.
const recalledAtMost = 2

func (r *recalled) of(round string) *answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.kept, func(a *answer) bool { return a.round == round })
	if i < 0 {
		r.kept = append(r.kept, &answer{round: round})
		i = len(r.kept) - 1
	}
	asked := r.kept[i]
	r.kept = append([]*answer{asked}, slices.Delete(r.kept, i, i+1)...)
	r.kept = r.kept[:min(len(r.kept), recalledAtMost)]
	return asked
}

// Replay is a past round computed again from its stored problem.
type Replay struct {
	Round     string      `json:"round"`
	Seed      int64       `json:"seed"`
	Grid      int         `json:"grid"`
	Digest    string      `json:"digest"`    // of the result; equal to the stored one
	Certified bool        `json:"certified"` // the proof holds
	Score     int64       `json:"score"`
	Tiers     []TierCount `json:"tiers"`
}

// Replay recomputes a round; an error says that the result is another one.
func (m *Matches) Replay(ctx context.Context, actor people.Actor, req call.One) (Replay, error) {
	round, err := m.seen(ctx, actor, req.ID)
	if err != nil {
		return Replay{}, err
	}
	if round.State != roundDone {
		return Replay{}, fault.New(fault.Conflict, "wrong_state").With("from", round.State)
	}
	c, err := m.recompute(ctx, round)
	if err != nil {
		return Replay{}, err
	}
	return Replay{
		Round: round.ID, Seed: round.Seed, Grid: round.Grid, Digest: round.Digest, Certified: true, Score: c.result.Score, Tiers: c.tiers(),
	}, nil
}
