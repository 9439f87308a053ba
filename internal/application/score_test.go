package application

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

func day(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestRate(t *testing.T) {
	nothing := Need{Equipment: "none", Learners: 1, Means: "none"}
	with := func(change func(*Need)) Need {
		need := nothing
		change(&need)
		return need
	}
	for _, c := range []struct {
		name      string
		need      Need
		level     string
		submitted string
		tier      int
		points    int
	}{
		{"nothing at home, almost no means", with(func(n *Need) { n.Means = "quotient_400" }), "lycee", "2026-11-01", 1, 20},
		{"minimum income", with(func(n *Need) { n.Means = "rsa" }), "job_seeker", "2026-11-01", 1, 20},
		{"in care", with(func(n *Need) { n.Means = "in_care" }), "college", "2026-11-01", 1, 20},
		{"nothing and low means", with(func(n *Need) { n.Means = "quotient_600" }), "lycee", "2026-11-01", 2, 20},
		{"nothing and modest means", with(func(n *Need) { n.Means = "quotient_800" }), "lycee", "2026-11-01", 3, 20},
		{"nothing despite sufficient means", nothing, "lycee", "2026-11-01", 4, 20},
		{"unknown means count as none proven", with(func(n *Need) { n.Means = "unknown" }), "lycee", "2026-11-01", 4, 20},
		{"scholarship collège 3", with(func(n *Need) { n.Scholarship = "3" }), "college", "2026-11-01", 1, 20},
		{"scholarship lycée 3 is weaker", with(func(n *Need) { n.Scholarship = "3" }), "lycee", "2026-11-01", 2, 20},
		{"scholarship lycée 5", with(func(n *Need) { n.Scholarship = "5" }), "lycee", "2026-11-01", 1, 20},
		{"scholarship higher 5", with(func(n *Need) { n.Scholarship = "5" }), "higher", "2026-11-01", 2, 20},
		{"scholarship higher 7", with(func(n *Need) { n.Scholarship = "7" }), "higher", "2026-11-01", 1, 20},
		{"any other scholarship", with(func(n *Need) { n.Scholarship = "0bis" }), "higher", "2026-11-01", 3, 20},
		{"the strongest proof counts", with(func(n *Need) { n.Scholarship, n.Means = "1", "quotient_400" }), "lycee", "2026-11-01", 1, 20},
		{"crowded: three learners, one computer", Need{Equipment: "shared", Learners: 3, Computers: 1, Means: "quotient_400"}, "lycee", "2026-11-01", 2, 15},
		{"shared by two", Need{Equipment: "shared", Learners: 2, Computers: 1, Means: "quotient_400"}, "lycee", "2026-11-01", 3, 10},
		{"five learners, two computers", Need{Equipment: "shared", Learners: 5, Computers: 2, Means: "quotient_400"}, "lycee", "2026-11-01", 3, 12},
		{"below the course's minimum", Need{Equipment: "below_minimum", Learners: 1, Computers: 1, Means: "quotient_400"}, "lycee", "2026-11-01", 2, 5},
		{"one of one's own", Need{Equipment: "own", Learners: 1, Computers: 1, Means: "quotient_400"}, "lycee", "2026-11-01", 5, 0},
		{"never beyond tier 5", Need{Equipment: "own", Learners: 1, Computers: 1, Means: "none"}, "lycee", "2026-11-01", 5, 0},
		{"grave obstacle", with(func(n *Need) { n.Means, n.GraveObstacle = "quotient_600", true }), "lycee", "2026-11-01", 1, 20},
		{"grave obstacle in tier 1 stays", with(func(n *Need) { n.Means, n.GraveObstacle = "rsa", true }), "lycee", "2026-11-01", 1, 20},
		{"grave obstacle with one of one's own", Need{Equipment: "own", Learners: 1, Computers: 1, Means: "rsa", GraveObstacle: true}, "lycee", "2026-11-01", 5, 0},
		{"six months' wait", nothing, "lycee", "2026-05-24", 3, 32},
		{"a day less than six months", nothing, "lycee", "2026-05-25", 4, 30},
		{"six months never lead into tier 1", with(func(n *Need) { n.Means = "quotient_600" }), "lycee", "2026-05-01", 2, 32},
		{"one step only", with(func(n *Need) { n.GraveObstacle = true }), "lycee", "2026-01-01", 3, 40},
		{"waiting is capped", nothing, "lycee", "2020-01-01", 3, 40},
		{"situation changed", with(func(n *Need) { n.Means, n.SituationChanged = "quotient_600", true }), "lycee", "2026-11-01", 1, 20},
		{"situation changed, sufficient before", with(func(n *Need) { n.SituationChanged = true }), "lycee", "2026-11-01", 3, 20},
		{"exam today", with(func(n *Need) { n.Deadline = "2026-11-24" }), "lycee", "2026-11-01", 4, 50},
		{"exam in 30 days", with(func(n *Need) { n.Deadline = "2026-12-24" }), "lycee", "2026-11-01", 4, 50},
		{"exam in 31 days", with(func(n *Need) { n.Deadline = "2026-12-25" }), "lycee", "2026-11-01", 4, 40},
		{"exam in 90 days", with(func(n *Need) { n.Deadline = "2027-02-22" }), "lycee", "2026-11-01", 4, 40},
		{"exam in 91 days", with(func(n *Need) { n.Deadline = "2027-02-23" }), "lycee", "2026-11-01", 4, 20},
		{"exam over", with(func(n *Need) { n.Deadline = "2026-11-23" }), "lycee", "2026-11-01", 4, 20},
		{"obstacles", with(func(n *Need) { n.Obstacles = []string{"housing", "disability"} }), "lycee", "2026-11-01", 4, 40},
		{"obstacles are capped", with(func(n *Need) {
			n.Obstacles = []string{"housing", "no_support", "disability", "no_public_access", "priority_neighbourhood"}
		}), "lycee", "2026-11-01", 4, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Rate(DefaultGrid(), c.need, c.level, day(t, c.submitted), day(t, "2026-11-24").Add(9*time.Hour))
			if got.Tier != c.tier || got.Points != c.points {
				t.Errorf("tier %d, points %d, want %d, %d: %+v", got.Tier, got.Points, c.tier, c.points, got.Parts)
			}
		})
	}
}

func TestRateSaysWhy(t *testing.T) {
	need := Need{
		Equipment: "shared", Learners: 3, Computers: 1, Means: "quotient_600",
		Obstacles: []string{"housing"}, Deadline: "2026-12-01", GraveObstacle: true,
	}
	score := Rate(DefaultGrid(), need, "lycee", day(t, "2026-08-24"), day(t, "2026-11-24"))
	var got []string
	for _, p := range score.Parts {
		got = append(got, p.Of+" "+p.Rule+" "+p.Fact)
	}
	want := "tier equipment crowded, tier means quotient_600, tier grave_obstacle attested, " +
		"points deadline 30, points sharing 3/1, points obstacle housing, points waiting 3"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if score.Waited() != 6 {
		t.Errorf("waiting gave %d", score.Waited())
	}
}

// Whatever a family states, the score stays within its bounds, its parts add
// up to it, and waiting longer never weakens it.
func TestRateHolds(t *testing.T) {
	now := day(t, "2026-11-24")
	rapid.Check(t, func(t *rapid.T) {
		need := Need{
			Equipment:        rapid.SampledFrom([]string{"none", "shared", "below_minimum", "own"}).Draw(t, "equipment"),
			Learners:         rapid.IntRange(1, 15).Draw(t, "learners"),
			Computers:        rapid.IntRange(0, 15).Draw(t, "computers"),
			Means:            rapid.SampledFrom([]string{"quotient_400", "quotient_600", "quotient_800", "rsa", "none"}).Draw(t, "means"),
			Scholarship:      rapid.SampledFrom([]string{"", "0bis", "1", "3", "7"}).Draw(t, "scholarship"),
			Obstacles:        rapid.SliceOfN(rapid.SampledFrom([]string{"housing", "disability"}), 0, 5).Draw(t, "obstacles"),
			GraveObstacle:    rapid.Bool().Draw(t, "grave"),
			SituationChanged: rapid.Bool().Draw(t, "changed"),
		}
		level := rapid.SampledFrom([]string{"college", "lycee", "higher", "job_seeker"}).Draw(t, "level")
		days := rapid.IntRange(0, 2000).Draw(t, "days")
		later := Rate(DefaultGrid(), need, level, now.AddDate(0, 0, -days), now)
		sum := 0
		for _, p := range later.Parts {
			if p.Of == OfPoints {
				sum += p.Points
			}
		}
		if later.Tier < 1 || later.Tier > Tiers || later.Points < 0 || later.Points > 100 || sum != later.Points {
			t.Fatalf("out of bounds: %+v", later)
		}
		sooner := Rate(DefaultGrid(), need, level, now.AddDate(0, 0, -days/2), now)
		if Priority(later, docstore.At(now.AddDate(0, 0, -days))) > Priority(sooner, docstore.At(now.AddDate(0, 0, -days/2))) {
			t.Fatalf("waiting longer weakens: %+v after %d days, %+v after %d", later, days, sooner, days/2)
		}
	})
}

func TestPriorityOrder(t *testing.T) {
	early, late := docstore.At(day(t, "2026-01-01")), docstore.At(day(t, "2026-06-01"))
	order := []int64{
		Priority(Score{Tier: 1, Points: 90}, late),
		Priority(Score{Tier: 1, Points: 10}, early),
		Priority(Score{Tier: 1, Points: 10}, late),
		Priority(Score{Tier: 2, Points: 100}, early),
		Priority(Score{Tier: 5, Points: 0}, late),
	}
	for i := 1; i < len(order); i++ {
		if order[i-1] >= order[i] {
			t.Errorf("%d stands before %d", i, i-1)
		}
	}
}
