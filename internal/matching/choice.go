package matching

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

// tiers counts who waited and who is served, by published tier.
func (c *choice) tiers() []TierCount {
	counts := make([]TierCount, application.Tiers)
	for t := range counts {
		counts[t] = TierCount{Tier: t + 1, Served: c.result.TierCounts[int(solverTier(t+1))]}
	}
	for i := range c.problem.Askers {
		if c.turned[i] == "" {
			counts[c.problem.Askers[i].score.Tier-1].Waiting++
		}
	}
	return counts
}

// digest names the result: the same problem gives the same one.
func (c *choice) digest() string {
	sum := sha256.New()
	_ = binary.Write(sum, binary.LittleEndian, c.result.DeviceOf) // a hash takes everything
	_ = binary.Write(sum, binary.LittleEndian, c.result.StudentPrice)
	_ = binary.Write(sum, binary.LittleEndian, c.result.DevicePrice)
	_ = binary.Write(sum, binary.LittleEndian, c.result.DeviceGroupPrice)
	if q := c.result.Quota; q != nil {
		for _, prices := range [][]assign.Wide{q.Student, q.Device, q.StudentGroup, q.DeviceGroup} {
			_ = binary.Write(sum, binary.LittleEndian, prices)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// cutOffs says of everyone left out why, the strongest need first.
func (c *choice) cutOffs() []*CutOff {
	weakest := make([]int, len(c.problem.Classes)) // published tier that each class serves
	for i, k := range c.result.DeviceOf {
		if k >= 0 {
			weakest[k] = max(weakest[k], c.problem.Askers[i].score.Tier)
		}
	}
	cuts := make([]*CutOff, 0, len(c.problem.Askers)-c.result.Matched)
	ahead := 0
	for _, i := range c.order {
		if c.result.DeviceOf[i] >= 0 {
			continue
		}
		cut := &CutOff{Asker: i, Tier: c.problem.Askers[i].score.Tier, Code: c.turned[i]}
		cuts = append(cuts, cut)
		if cut.Code != "" {
			continue
		}
		cut.Ahead = ahead
		ahead++
		nearest, suited := c.nearest(i)
		if !suited {
			cut.Code, cut.Barriers = c.unsuited(), c.barriers(i)
			continue
		}
		cut.Code = "stronger_need"
		if nearest.gap != assign.Missing {
			cut.CutScore = nearest.gap
		}
		for k, tier := range weakest {
			if tier > cut.CutTier {
				if _, suits := c.arc(i, int32(k)); suits { //nolint:gosec // classes are fewer than 2^31
					cut.CutTier = tier
				}
			}
		}
	}
	return cuts
}

// unsuited is the code of who has no pair at all.
func (c *choice) unsuited() string {
	if len(c.problem.Classes) == 0 {
		return "no_device"
	}
	return "no_compatible"
}

// queue gives each device of a class another second choice.
type queue struct {
	classes [][]int32
}

// seconds lists, for each class, the askers left out that it would suit, the
// strongest need first.
func (c *choice) seconds() *queue {
	q := &queue{classes: make([][]int32, len(c.problem.Classes))}
	arcs := make([][]int32, len(c.problem.Askers)) // classes by asker
	for _, a := range c.in.Arcs {
		if c.result.DeviceOf[a.Student] < 0 {
			arcs[a.Student] = append(arcs[a.Student], a.Device)
		}
	}
	for _, i := range c.order {
		for _, k := range arcs[i] {
			if len(q.classes[k]) < c.problem.Stock[k] {
				q.classes[k] = append(q.classes[k], i)
			}
		}
	}
	return q
}

// next is the next second choice for a device of a class, or -1.
func (q *queue) next(class int32) int32 {
	if len(q.classes[class]) == 0 {
		return -1
	}
	first := q.classes[class][0]
	q.classes[class] = q.classes[class][1:]
	return first
}
