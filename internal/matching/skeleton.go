package matching

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var errNotYet error = fault.New(fault.Unavailable, "not_yet")

// Matches holds matches, rounds and cut-offs, and what deciding on them needs.
type Matches struct {
	docs   *docstore.Collection[Match]
	rounds *docstore.Collection[Round]
	clock  func() time.Time
}

// StartRound asks for a round over a territory.
type StartRound struct {
	call.Create
	Territory string `json:"territory" form:"territory" validate:"required,max=40"`
	Seed      int64  `json:"seed,omitempty" form:"seed" validate:"min=0"` // of the tie-break; 0 draws one
}

// RoundView is a round as the desk reads it, running or ended.
type RoundView struct {
	call.Tag
	State        string      `json:"state"` // running, done, failed
	Territory    string      `json:"territory"`
	Grid         int         `json:"grid"`
	Seed         int64       `json:"seed"`
	Stage        string      `json:"stage"`
	Done         int         `json:"done"`
	Total        int         `json:"total"`
	Applications int         `json:"applications"`
	Devices      int         `json:"devices"`
	Pairs        int         `json:"pairs"`
	Proposed     int         `json:"proposed"`
	Kept         int         `json:"kept"`
	Score        int64       `json:"score"`
	Tiers        []TierCount `json:"tiers"`
	Certified    bool        `json:"certified"`
	Failure      string      `json:"failure,omitempty"`
	Started      time.Time   `json:"started"`
	Ended        *time.Time  `json:"ended,omitempty"`
	Spent        []StageTime `json:"spent,omitempty"`
}

// StartRound begins a round and returns at once; the one that is running
// already in the territory is returned instead.
func (m *Matches) StartRound(ctx context.Context, actor people.Actor, req StartRound) (RoundView, error) {
	return RoundView{}, errNotYet
}

// StopRound asks a running round to stop; nothing is proposed then.
func (m *Matches) StopRound(ctx context.Context, actor people.Actor, req call.Change) (RoundView, error) {
	return RoundView{}, errNotYet
}

// Round reads a round and its progress.
func (m *Matches) Round(ctx context.Context, actor people.Actor, req call.One) (RoundView, error) {
	return RoundView{}, errNotYet
}

// Rounds asks for the rounds of the actor's territories, newest first.
type Rounds struct {
	call.List
	Territory string `json:"-" form:"territory" validate:"max=40"`
}

// Rounds gives a page of rounds.
func (m *Matches) Rounds(ctx context.Context, actor people.Actor, req Rounds) (call.Page[RoundView], error) {
	return call.Page[RoundView]{}, errNotYet
}

// Row is a match as a coordinator reads it on one line.
type Row struct {
	call.Tag
	State       State              `json:"state"`
	Territory   string             `json:"territory"`
	Round       string             `json:"round,omitempty"`
	Device      string             `json:"device"`
	Application string             `json:"application"`
	Reference   string             `json:"reference"`
	Commune     string             `json:"commune"`
	Place       string             `json:"place"`
	Level       string             `json:"level"`
	Course      string             `json:"course"`
	Model       string             `json:"model"`
	Label       string             `json:"label"`
	RAMGB       int                `json:"ram_gb"`
	DiskGB      int                `json:"disk_gb"`
	Tier        int                `json:"tier"`
	Points      int                `json:"points"`
	Score       int64              `json:"score"`
	KM          float64            `json:"km"`
	Reasons     []application.Part `json:"reasons"`
	Second      string             `json:"second,omitempty"`
	Given       bool               `json:"given"`
	Until       string             `json:"until,omitempty"`
	Action      string             `json:"action,omitempty"` // approve, override, reject, swap
	Reason      string             `json:"reason,omitempty"`
	By          string             `json:"by,omitempty"`
	Deadline    *time.Time         `json:"deadline,omitempty"`
	Since       time.Time          `json:"since"`
	Created     time.Time          `json:"created"`
}

// View is one match with its history.
type View struct {
	Row
	History []ChangeView `json:"history"`
	May     []string     `json:"may"` // approve, reject, release ...
}

// ChangeView is one line of the history.
type ChangeView struct {
	From  State     `json:"from,omitempty"`
	To    State     `json:"to"`
	At    time.Time `json:"at"`
	Actor string    `json:"actor"`
	Cause string    `json:"cause,omitempty"`
}

// List asks for matches of a state, strongest need first, of one round if said.
type List struct {
	call.List
	State State  `json:"-" form:"state" validate:"omitempty,oneof=proposed approving offered accepted fulfilled rejected superseded declined expired released"`
	Round string `json:"-" form:"round" validate:"max=40"`
	Tier  int    `json:"-" form:"tier" validate:"min=0,max=5"`
	Level string `json:"-" form:"level" validate:"omitempty,oneof=college lycee higher job_seeker"`
}

// List gives a page of the desk's matches.
func (m *Matches) List(ctx context.Context, actor people.Actor, req List) (call.Page[Row], error) {
	return call.Page[Row]{}, errNotYet
}

// Get reads one match at the desk.
func (m *Matches) Get(ctx context.Context, actor people.Actor, req call.One) (View, error) {
	return View{}, errNotYet
}

// Approve says yes to a proposal.
type Approve struct {
	call.Change
	Reason string `json:"reason,omitempty" form:"reason" validate:"plain,max=500"`
	Until  string `json:"until,omitempty" form:"until" validate:"omitempty,datetime=2006-01-02"` // lent until; given when empty
}

// Approve makes an offer of a proposal.
func (m *Matches) Approve(ctx context.Context, actor people.Actor, req Approve) (View, error) {
	return View{}, errNotYet
}

// Reject says no to a proposal; the reason is kept.
type Reject struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=500"`
}

// Reject ends a proposal; the same pair is not proposed again.
func (m *Matches) Reject(ctx context.Context, actor people.Actor, req Reject) (View, error) {
	return View{}, errNotYet
}

// Override is this device to that application, whatever a round proposed.
type Override struct {
	call.Create
	Device      string `json:"device" form:"device" validate:"required,max=40"`
	Application string `json:"application" form:"application" validate:"required,max=40"`
	Reason      string `json:"reason" form:"reason" validate:"required,plain,max=500"`
	Until       string `json:"until,omitempty" form:"until" validate:"omitempty,datetime=2006-01-02"`
}

// Override offers a device to an application by a coordinator's own choice.
func (m *Matches) Override(ctx context.Context, actor people.Actor, req Override) (View, error) {
	return View{}, errNotYet
}

// Decide approves or rejects several proposals, each on its own.
type Decide struct {
	Action string   `json:"action" form:"action" validate:"required,oneof=approve reject"`
	IDs    []string `json:"ids" form:"ids" validate:"required,min=1,max=200,dive,max=40"`
	Reason string   `json:"reason,omitempty" form:"reason" validate:"required_if=Action reject,plain,max=500"`
}

// Outcomes says what became of each.
type Outcomes struct {
	Items []Outcome `json:"items"`
}

// Outcome is what became of one match: its state, or the code that refused.
type Outcome struct {
	ID    string         `json:"id"`
	State State          `json:"state,omitempty"`
	Code  string         `json:"code,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// Decide gives the outcome of every row; one that is refused stops none.
func (m *Matches) Decide(ctx context.Context, actor people.Actor, req Decide) (Outcomes, error) {
	return Outcomes{}, errNotYet
}

// OfferView is an offer as the family reads it.
type OfferView struct {
	call.Tag
	State        State      `json:"state"`
	Application  string     `json:"application"`
	Reference    string     `json:"reference"`
	Manufacturer string     `json:"manufacturer"`
	Model        string     `json:"model"`
	RAMGB        int        `json:"ram_gb"`
	DiskGB       int        `json:"disk_gb"`
	DiskType     string     `json:"disk_type"`
	Screen       int        `json:"screen,omitempty"` // tenths of an inch
	Appearance   string     `json:"appearance,omitempty"`
	Battery      string     `json:"battery,omitempty"`
	Given        bool       `json:"given"`
	Until        string     `json:"until,omitempty"`
	Deadline     *time.Time `json:"deadline,omitempty"`
	Answer       string     `json:"answer"` // who may accept: you, guardian
	Why          []string   `json:"why"`    // codes, in plain words to the family
}

// Offer reads the offer of an application's match; family and status link.
func (m *Matches) Offer(ctx context.Context, actor people.Actor, req call.One) (OfferView, error) {
	return OfferView{}, errNotYet
}

// Accept is the student's yes, or that of a parent or guardian under 18. ID is the match's.
func (m *Matches) Accept(ctx context.Context, actor people.Actor, req call.Change) (OfferView, error) {
	return OfferView{}, errNotYet
}

// Decline is the student's no: the place is kept.
type Decline struct {
	call.Change
	Reason string `json:"reason,omitempty" form:"reason" validate:"omitempty,oneof=has_one not_suitable too_far later other"`
}

// Decline ends the offer; the second choice is proposed.
func (m *Matches) Decline(ctx context.Context, actor people.Actor, req Decline) (OfferView, error) {
	return OfferView{}, errNotYet
}

// Release ends a live match: failed for good, or a mistake. The place is kept.
type Release struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=500"`
}

// Release frees device and application.
func (m *Matches) Release(ctx context.Context, actor people.Actor, req Release) (View, error) {
	return View{}, errNotYet
}

// Fulfil closes a match: the device is in the student's hands. Delivery calls it.
func (m *Matches) Fulfil(ctx context.Context, actor people.Actor, match string) error {
	return errNotYet
}

// Swap gives another device of the same site in place of the matched one.
type Swap struct {
	call.Change        // of the accepted match that is replaced
	Device      string `json:"device" form:"device" validate:"required,max=40"` // id of the device that is handed over instead
}

// Swap supersedes and approves in one; the view is of the new, accepted match.
func (m *Matches) Swap(ctx context.Context, actor people.Actor, req Swap) (View, error) {
	return View{}, errNotYet
}

// Find reads a match as stored; for delivery and notices.
func (m *Matches) Find(ctx context.Context, id string) (*Match, error) { return m.docs.Get(ctx, id) }

// Expire ends the offers whose time is over; a job calls it. It tells how many.
func (m *Matches) Expire(ctx context.Context) (int, error) { return 0, errNotYet }

// Recover finishes or undoes what a crash left unfinished; at start, then by a job.
func (m *Matches) Recover(ctx context.Context) (int, error) { return 0, errNotYet }

// Close stops the rounds that run here and waits for them.
func (m *Matches) Close() {}

// Breach is one invariant that does not hold.
type Breach struct {
	Rule string `json:"rule"`
	ID   string `json:"id"`
	Fact string `json:"fact"`
}

// Check verifies what must hold between matches, devices and applications.
func (m *Matches) Check(ctx context.Context) ([]Breach, error) { return nil, errNotYet }

// Explanation is why a match was proposed, for the desk.
type Explanation struct {
	Match   Row                `json:"match"`
	Weights map[string]int     `json:"weights"` // of the round's grid
	Parts   []application.Part `json:"parts"`
	Second  string             `json:"second,omitempty"` // reference of the second choice
}

// Why explains a match at the desk.
func (m *Matches) Why(ctx context.Context, actor people.Actor, req call.One) (Explanation, error) {
	return Explanation{}, errNotYet
}

// WhyNot is why an application has no proposal.
type WhyNot struct {
	Application string             `json:"application"`
	Round       string             `json:"round,omitempty"`
	Code        string             `json:"code"` // no_round, no_device, no_compatible, stronger_need, held, household_full, stage_served
	Tier        int                `json:"tier"`
	CutTier     int                `json:"cut_tier,omitempty"`
	CutScore    int64              `json:"cut_score,omitempty"`
	Ahead       int                `json:"ahead"`
	Parts       []application.Part `json:"parts"`
	Change      []string           `json:"change"` // actions that would change it, never circumstances
	At          *time.Time         `json:"at,omitempty"`
}

// WhyNot explains to the desk and to the family why nothing is proposed yet;
// the family gets codes, and no figure of anybody else.
func (m *Matches) WhyNot(ctx context.Context, actor people.Actor, req call.One) (WhyNot, error) {
	return WhyNot{}, errNotYet
}
