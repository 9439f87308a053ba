package application

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// What a part of a score counts towards.
const (
	OfTier   = "tier"   // steps away from tier 1
	OfPoints = "points" // points within the tier
	OfPair   = "pair"   // score of a device and an application
)

// Rate computes tier and points of a need under a grid, with the reason of
// each part. It depends on nothing but its arguments: level decides what a
// scholarship proves, submitted is when waiting began.
func Rate(grid Grid, need Need, level string, submitted, now time.Time) Score {
	score := Score{Grid: grid.Number, At: docstore.At(now)}
	score.Tier = tier(grid, need, level, months(submitted, now), &score)
	deadline(grid, need, now, &score)
	sharing(grid, need, &score)
	obstacles(grid, need, &score)
	waiting(grid, months(submitted, now), &score)
	return score
}

func tier(grid Grid, need Need, level string, waited int, score *Score) int {
	e, home := equipment(grid.Equipment, need)
	m, proof := means(grid, need, level)
	score.add(OfTier, "equipment", home, e)
	score.add(OfTier, "means", proof, m)
	tier := min(Tiers, 1+e+m)
	if e >= grid.Step.NotAt {
		return tier
	}
	switch {
	case need.GraveObstacle && tier > 1:
		score.add(OfTier, "grave_obstacle", "attested", -1)
		return tier - 1
	case waited >= grid.Step.Months && tier > 2: // waiting alone never leads into tier 1
		score.add(OfTier, "long_wait", strconv.Itoa(waited), -1)
		return tier - 1
	}
	return tier
}

func equipment(e Equipment, need Need) (value int, fact string) {
	switch {
	case need.Equipment == "own":
		return e.Own, "own"
	case need.Equipment == "below_minimum":
		return e.BelowMinimum, "below_minimum"
	case need.Equipment == "none" || need.Computers == 0:
		return e.None, "none"
	case need.Learners >= e.CrowdedFrom*need.Computers:
		return e.Crowded, "crowded"
	default:
		return e.Shared, "shared"
	}
}

// means takes the strongest proof. A changed situation, attested, counts one
// band stronger: the family quotient lags by a year.
func means(grid Grid, need Need, level string) (value int, fact string) {
	value, fact = len(grid.Means), "none"
	for _, band := range grid.Means {
		switch {
		case band.Value >= value:
		case slices.Contains(band.Means, need.Means):
			value, fact = band.Value, need.Means
		case slices.Contains(band.Scholarships[level], need.Scholarship):
			value, fact = band.Value, "scholarship_"+need.Scholarship
		}
	}
	if need.SituationChanged && value > 0 {
		return max(0, value-grid.Changed), "situation_changed"
	}
	return value, fact
}

// deadline looks at days of the calendar: one that is over gives nothing.
func deadline(grid Grid, need Need, now time.Time, score *Score) {
	day, err := time.Parse(time.DateOnly, need.Deadline)
	if err != nil {
		return
	}
	left := int(day.Sub(now.UTC().Truncate(24*time.Hour)).Hours() / 24)
	if left < 0 {
		return
	}
	for _, d := range grid.Deadlines {
		if left <= d.Days {
			score.add(OfPoints, "deadline", strconv.Itoa(d.Days), d.Points)
			return
		}
	}
}

// sharing gives the most where there is nothing to share.
func sharing(grid Grid, need Need, score *Score) {
	switch {
	case need.Equipment == "own":
	case need.Equipment == "none" || need.Computers == 0:
		score.add(OfPoints, "sharing", "none", grid.Sharing.Most)
	default:
		points := min(grid.Sharing.Most, grid.Sharing.Each*need.Learners/need.Computers)
		score.add(OfPoints, "sharing", fmt.Sprintf("%d/%d", need.Learners, need.Computers), points)
	}
}

func obstacles(grid Grid, need Need, score *Score) {
	left := grid.Obstacles.Most
	for _, obstacle := range need.Obstacles {
		points := min(left, grid.Obstacles.Each)
		left -= points
		score.add(OfPoints, "obstacle", obstacle, points)
	}
}

func waiting(grid Grid, waited int, score *Score) {
	if waited > 0 {
		score.add(OfPoints, "waiting", strconv.Itoa(waited), min(grid.Waiting.Most, grid.Waiting.Each*waited))
	}
}

func (s *Score) add(of, rule, fact string, points int) {
	s.Parts = append(s.Parts, Part{Of: of, Rule: rule, Fact: fact, Points: points})
	if of == OfPoints {
		s.Points += points
	}
}

// Waited is how many of the points waiting gave.
func (s *Score) Waited() int {
	for _, part := range s.Parts {
		if part.Of == OfPoints && part.Rule == "waiting" {
			return part.Points
		}
	}
	return 0
}

// Priority is the order key of lists, strongest need first: tier, then
// points, then who waits longest.
func Priority(score Score, submitted docstore.Millis) int64 {
	const pointsUnit, tierUnit = int64(1e13), int64(1e17) // milliseconds stay under 1e13 until the year 2286
	return int64(score.Tier)*tierUnit + int64(1000-score.Points)*pointsUnit + int64(submitted)
}
