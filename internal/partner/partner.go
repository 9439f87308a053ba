// Package partner holds the institutions around the product: territories and
// their communes, pick-up points and workshops, prescribers, partners and
// their quotas.
package partner

import "github.com/digitalfranceschool/passerelle/internal/docstore"

// Territory is an area that one team serves. Each commune belongs to one.
type Territory struct {
	docstore.Meta `json:",inline"`

	Country      string          `json:"country"`
	Name         string          `json:"name"`
	Zone         string          `json:"zone"`                    // time zone: Europe/Paris
	Areas        []string        `json:"areas"`                   // département codes ("95") or communes (INSEE codes)
	Contact      string          `json:"contact,omitempty"`       // how its team is reached, in words
	Open         bool            `json:"open"`                    // takes applications
	OfferDays    int             `json:"offer_days"`              // how long an offer stands
	Household    int             `json:"household"`               // devices a household may hold
	Home         bool            `json:"home,omitempty"`          // brings devices to an address where a family cannot come
	TwoApprovers bool            `json:"two_approvers,omitempty"` // an override waits for a second person
	AtOnce       bool            `json:"at_once,omitempty"`       // what arrives between rounds is proposed at once
	Created      docstore.Millis `json:"created"`
}

// area keeps a département or commune to one territory: its id is country and
// code, so that two territories made at once cannot share it.
type area struct {
	docstore.Meta `json:",inline"`

	Territory string          `json:"territory"`
	Claimed   docstore.Millis `json:"claimed,omitempty"` // by an edit, which stores its territory next
}

// TerritorySpec declares the collection.
func TerritorySpec() docstore.Spec { return docstore.Spec{Name: "territories"} }

// Site is a place where devices stand or are handed over.
type Site struct {
	docstore.Meta `json:",inline"`

	Territory string          `json:"territory"`
	Kind      string          `json:"kind"` // workshop, pick_up
	Name      string          `json:"name"`
	Address   string          `json:"address"`
	Commune   string          `json:"commune"`
	Lat       float64         `json:"lat"`
	Lon       float64         `json:"lon"`
	Hours     string          `json:"hours,omitempty"`  // plain words
	Access    string          `json:"access,omitempty"` // how to get in, step-free or not
	Keeper    string          `json:"keeper,omitempty"` // the structure whose people hand over there
	Order     int64           `json:"order"`
	Created   docstore.Millis `json:"created"`
}

// SiteSpec declares the collection.
func SiteSpec() docstore.Spec {
	return docstore.Spec{
		Name: "sites", Scoped: true,
		Indexes: []docstore.Index{{Name: "kind", Equal: []string{"kind"}, Order: "order"}},
	}
}

// Prescriber is a school, social service or association that attests needs.
type Prescriber struct {
	docstore.Meta `json:",inline"`

	Territory string          `json:"territory"`
	Name      string          `json:"name"`
	Kind      string          `json:"kind"` // school, social_service, association
	Commune   string          `json:"commune"`
	Partner   string          `json:"partner,omitempty"` // institution that it belongs to
	Order     int64           `json:"order"`
	Created   docstore.Millis `json:"created"`
}

// PrescriberSpec declares the collection.
func PrescriberSpec() docstore.Spec {
	return docstore.Spec{
		Name: "prescribers", Scoped: true,
		Indexes: []docstore.Index{{Name: "order", Order: "order"}, {Name: "partner", Equal: []string{"partner"}, Order: "order"}},
	}
}

// Partner is an institution with conventions, the newest last.
type Partner struct {
	docstore.Meta `json:",inline"`

	Name        string          `json:"name"`
	Kind        string          `json:"kind"` // association, departement, prefecture, school_network
	Territories []string        `json:"territories"`
	Conventions []Convention    `json:"conventions,omitempty"`
	Order       int64           `json:"order"`
	Created     docstore.Millis `json:"created"`
}

// PartnerSpec declares the collection.
func PartnerSpec() docstore.Spec {
	return docstore.Spec{Name: "partners", Indexes: []docstore.Index{{Name: "order", Order: "order"}}}
}
