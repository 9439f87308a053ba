package delivery

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// OpenSlots makes windows at a pick-up point: every chosen weekday between two
// days, one after another between two hours.
type OpenSlots struct {
	Site     string `json:"site" form:"site" validate:"required,max=40"`
	FromDay  string `json:"from_day" form:"from_day" validate:"required,datetime=2006-01-02"`
	ToDay    string `json:"to_day" form:"to_day" validate:"required,datetime=2006-01-02"`
	Weekdays []int  `json:"weekdays" form:"weekdays" validate:"required,min=1,max=7,dive,min=0,max=6"` // 0 is Sunday
	From     string `json:"from" form:"from" validate:"required,datetime=15:04"`
	To       string `json:"to" form:"to" validate:"required,datetime=15:04"`
	Minutes  int    `json:"minutes" form:"minutes" validate:"min=10,max=480"`
	Capacity int    `json:"capacity" form:"capacity" validate:"min=1,max=200"`
}

// Opened is how many slots were made; those that existed are left as they are.
type Opened struct {
	Made int `json:"made"`
}

// longest is the longest window that can be opened.
const longest = 480 * time.Minute

// slotBound is how many slots one request makes at most.
const slotBound = 2000

// OpenSlots makes a series of slots.
func (s *Deliveries) OpenSlots(ctx context.Context, actor people.Actor, req OpenSlots) (Opened, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return Opened{}, err
	}
	site, err := s.partners.Site(ctx, req.Site)
	if err != nil {
		return Opened{}, err
	}
	if err := people.MustSee(actor.Desk(), site.Territory); err != nil {
		return Opened{}, err
	}
	zone, err := s.partners.Zone(ctx, site.Territory)
	if err != nil {
		return Opened{}, err
	}
	slots, err := series(req, site, zone)
	if err != nil {
		return Opened{}, err
	}
	if err := s.mustNotOverlap(ctx, slots); err != nil {
		return Opened{}, err
	}
	existing, err := s.slots.InsertMany(ctx, slots)
	return Opened{Made: len(slots) - len(existing)}, err
}

func series(req OpenSlots, site *partner.Site, place *time.Location) ([]*Slot, error) {
	first, _ := time.ParseInLocation(time.DateOnly, req.FromDay, place)
	last, _ := time.ParseInLocation(time.DateOnly, req.ToDay, place)
	if last.Before(first) {
		return nil, fault.InvalidField("to_day", "before_from")
	}
	var slots []*Slot
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		if !slices.Contains(req.Weekdays, int(day.Weekday())) {
			continue
		}
		at, _ := time.ParseInLocation("2006-01-02 15:04", day.Format(time.DateOnly)+" "+req.From, place)
		end, _ := time.ParseInLocation("2006-01-02 15:04", day.Format(time.DateOnly)+" "+req.To, place)
		for ; !at.Add(time.Duration(req.Minutes) * time.Minute).After(end); at = at.Add(time.Duration(req.Minutes) * time.Minute) {
			slots = append(slots, newSlot(site, at, req.Minutes, req.Capacity))
			if len(slots) > slotBound {
				return nil, fault.InvalidField("to_day", "too_many_slots")
			}
		}
	}
	return slots, nil
}

func newSlot(site *partner.Site, at time.Time, minutes, capacity int) *Slot {
	day, from := at.Format(time.DateOnly), at.Format("15:04")
	return &Slot{
		Meta: docstore.Meta{ID: fmt.Sprintf("slo_%s_%s_%s", site.ID, day, at.Format("1504"))}, Territory: site.Territory, Site: site.ID,
		Day: day, From: from, To: at.Add(time.Duration(minutes) * time.Minute).Format("15:04"), Zone: at.Location().String(), Capacity: capacity,
		Taken: []string{}, Order: at.UnixMilli(),
	}
}

// mustNotOverlap refuses windows that run into others of the place: two
// families would meet one greeter. The very same window is no other.
func (s *Deliveries) mustNotOverlap(ctx context.Context, wanted []*Slot) error {
	if len(wanted) == 0 {
		return nil
	}
	ids := map[string]bool{}
	for _, slot := range wanted {
		ids[slot.ID] = true
	}
	first, last := wanted[0], wanted[len(wanted)-1]
	q := docstore.Query{
		Scope: people.System().Within(first.Territory), Index: "site", Equal: []docstore.In{docstore.Is(first.Site)},
		From: first.Order - longest.Milliseconds(), To: last.Order + longest.Milliseconds(), Limit: 200,
	}
	for {
		page, err := s.slots.Find(ctx, q, func(open *Slot) bool {
			return !ids[open.ID] && slices.ContainsFunc(wanted, open.overlaps)
		})
		if err != nil {
			return err
		}
		if len(page.Items) > 0 {
			return fault.InvalidField("from", "slots_overlap")
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

// overlaps tells whether two windows of a place share a minute.
func (s *Slot) overlaps(other *Slot) bool {
	return s.Day == other.Day && s.From < other.To && other.From < s.To
}

// SlotView is a window as a family or the desk reads it.
type SlotView struct {
	ID   string `json:"id"`
	Site string `json:"site"`
	Day  string `json:"day"`
	From string `json:"from"`
	To   string `json:"to"`
	Free int    `json:"free"`
}

// Choices is where and when a family can come.
type Choices struct {
	call.Tag
	Home  bool         `json:"home"` // the territory also brings devices to an address
	Sites []SiteChoice `json:"sites"`
}

// SiteChoice is a pick-up point with its free windows, and how far it is as the
// crow flies.
type SiteChoice struct {
	Site  partner.SiteView `json:"site"`
	KM    int              `json:"km"`
	Slots []SlotView       `json:"slots"`
}

// lead is how long before a window it can still be booked; ahead is how far
// the choice goes.
const (
	lead  = 12 * time.Hour
	ahead = 21 * 24 * time.Hour
)

// Choices lists the free windows of the territory's pick-up points for a
// delivery, the nearest point first.
func (s *Deliveries) Choices(ctx context.Context, actor people.Actor, req call.One) (Choices, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return Choices{}, err
	}
	if !actor.Desk().Sees(d.Territory) {
		if err := s.owned(ctx, actor, d); err != nil {
			return Choices{}, err
		}
	}
	sites, err := s.partners.PickUpPoints(ctx, d.Territory)
	if err != nil {
		return Choices{}, err
	}
	territory, err := s.partners.Territory(ctx, d.Territory)
	if err != nil {
		return Choices{}, err
	}
	app, err := s.applications.Find(ctx, d.Application)
	if err != nil {
		return Choices{}, err
	}
	from := place.Point{Lat: app.Lat, Lon: app.Lon}
	choices := Choices{Home: territory.Home, Tag: call.Tag{ID: d.ID, Version: d.Version}, Sites: []SiteChoice{}}
	for _, site := range sites {
		free, err := s.freeSlots(ctx, d.Territory, site.ID)
		if err != nil {
			return Choices{}, err
		}
		km := place.DistanceKM(from, place.Point{Lat: site.Lat, Lon: site.Lon})
		choices.Sites = append(choices.Sites, SiteChoice{Site: site, KM: int(math.Round(km)), Slots: free})
	}
	slices.SortStableFunc(choices.Sites, func(a, b SiteChoice) int { return cmp.Compare(a.KM, b.KM) })
	return choices, nil
}

func (s *Deliveries) freeSlots(ctx context.Context, territory, site string) ([]SlotView, error) {
	now := s.clock()
	page, err := s.slots.Find(ctx, docstore.Query{
		Scope: people.System().Within(territory), Index: "site", Equal: []docstore.In{docstore.Is(site)},
		From: now.Add(lead).UnixMilli(), To: now.Add(ahead).UnixMilli(), Limit: 40,
	}, func(slot *Slot) bool { return len(slot.Taken) < slot.Capacity })
	views := make([]SlotView, 0, len(page.Items))
	for _, slot := range page.Items {
		views = append(views, slot.view())
	}
	return views, err
}

func (s *Slot) view() SlotView {
	return SlotView{ID: s.ID, Site: s.Site, Day: s.Day, From: s.From, To: s.To, Free: s.Capacity - len(s.Taken)}
}

// claim takes a place in a slot of its territory for a delivery, in one atomic
// write.
func (s *Deliveries) claim(ctx context.Context, slotID string, d *Delivery) (*Slot, error) {
	slot, err := s.slots.Update(ctx, slotID, func(slot *Slot) error {
		if slot.Territory != d.Territory {
			return fault.InvalidField("slot", "slot_unknown")
		}
		if slices.Contains(slot.Taken, d.ID) {
			return docstore.Unchanged
		}
		if len(slot.Taken) >= slot.Capacity {
			return fault.New(fault.Conflict, "slot_full")
		}
		if time.UnixMilli(slot.Order).Before(s.clock()) {
			return fault.New(fault.Conflict, "slot_past")
		}
		slot.Taken = append(slot.Taken, d.ID)
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil, fault.InvalidField("slot", "slot_unknown")
	}
	return slot, err
}

// free gives a place back.
func (s *Deliveries) free(ctx context.Context, slotID, deliveryID string) error {
	if slotID == "" {
		return nil
	}
	_, err := s.slots.Update(ctx, slotID, func(slot *Slot) error {
		i := slices.Index(slot.Taken, deliveryID)
		if i < 0 {
			return docstore.Unchanged
		}
		slot.Taken = slices.Delete(slot.Taken, i, i+1)
		return nil
	})
	return err
}
