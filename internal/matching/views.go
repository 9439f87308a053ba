package matching

import (
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
)

// StartRound asks for a round over a territory.
type StartRound struct {
	call.Create
	Territory string `json:"territory" form:"territory" validate:"required,max=40"`
	Seed      int64  `json:"seed,omitempty" form:"seed" validate:"min=0"` // of the tie-break; 0 draws one
}

// RoundView is a round as the desk reads it, running or ended.
type RoundView struct {
	call.Tag
	State        string      `json:"state"` // waiting, running, done, failed
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
	WhatIf       string      `json:"what_if,omitempty"`     // that it adopts
	Changes      *Changes    `json:"changes,omitempty"`     // of the rules in force, for this round
	Constrained  int         `json:"constrained,omitempty"` // how many constraints it had
	Constraints  []Bound     `json:"constraints,omitempty"` // of one round, not in lists
}

// Rounds asks for the rounds of the actor's territories, newest first.
type Rounds struct {
	call.List
	Territory string `json:"-" form:"territory" validate:"max=40"`
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
	LockedBy    string             `json:"locked_by,omitempty"` // who locked the pair
	Given       bool               `json:"given"`
	Until       string             `json:"until,omitempty"`
	Action      string             `json:"action,omitempty"` // approve, override, reject, swap
	By          string             `json:"by,omitempty"`
	Deadline    *time.Time         `json:"deadline,omitempty"`
	Since       time.Time          `json:"since"`
	Created     time.Time          `json:"created"`
}

// View is one match with its history.
type View struct {
	Row
	Reason        string       `json:"reason,omitempty"` // of the decision, in a coordinator's words
	ReleaseReason string       `json:"release_reason,omitempty"`
	History       []ChangeView `json:"history"`
	May           []string     `json:"may"` // approve, reject, release ...
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

// OfferView is an offer as the family reads it.
type OfferView struct {
	call.Tag
	State        State      `json:"state"`
	Application  string     `json:"application"`
	Territory    string     `json:"territory"`
	Reference    string     `json:"reference"`
	Manufacturer string     `json:"manufacturer"`
	Model        string     `json:"model"`
	RAMGB        int        `json:"ram_gb"`
	DiskGB       int        `json:"disk_gb"`
	DiskType     string     `json:"disk_type"`
	Screen       int        `json:"screen,omitempty"` // tenths of an inch
	Appearance   string     `json:"appearance,omitempty"`
	Battery      string     `json:"battery,omitempty"`
	System       string     `json:"system,omitempty"`   // what is installed
	Keyboard     string     `json:"keyboard,omitempty"` // layout
	Charger      bool       `json:"charger"`
	Given        bool       `json:"given"`
	Until        string     `json:"until,omitempty"`
	Deadline     *time.Time `json:"deadline,omitempty"`
	Answer       string     `json:"answer"` // who may accept: you, guardian
	Why          []string   `json:"why"`    // codes, in plain words to the family
}

// WhyNot is why an application has no proposal.
type WhyNot struct {
	Application string             `json:"application"`
	Round       string             `json:"round,omitempty"`
	Code        string             `json:"code"` // no_round, no_device, no_compatible, stronger_need, held, household_full, stage_served
	Tier        int                `json:"tier"`
	CutTier     int                `json:"cut_tier,omitempty"`
	CutScore    int64              `json:"cut_score,omitempty"` // what was missing; 0 where only a stronger tier would do
	Ahead       int                `json:"ahead"`               // who waits with a stronger need; for the family about so many
	Few         bool               `json:"few,omitempty"`       // for the family: fewer than five, and not none
	Barriers    []string           `json:"barriers"`            // of no_compatible: what keeps the stock from it, the commonest first
	Parts       []application.Part `json:"parts"`
	Change      []string           `json:"change"` // actions that would change it, never circumstances
	At          *time.Time         `json:"at,omitempty"`
}
