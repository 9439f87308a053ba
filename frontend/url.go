package frontend

import (
	"fmt"
	"net/url"
	"strings"
)

// addresses of the pages by name and language. A path may have one parameter,
// written ":id". Routes and templates both read them here.
var addresses = map[string][3]string{ //nolint:gochecknoglobals // a constant table; fr, en, ar
	"home":          {"/fr/", "/en/", "/ar/"},
	"choice":        {"/fr/choix", "/en/choice", "/ar/choice"},
	"legal":         {"/fr/mentions", "/en/legal", "/ar/legal"},
	"privacy":       {"/fr/donnees", "/en/privacy", "/ar/privacy"},
	"accessibility": {"/fr/accessibilite", "/en/accessibility", "/ar/accessibility"},
	"sign-in":       {"/fr/connexion", "/en/sign-in", "/ar/sign-in"},
	"sign-in-code":  {"/fr/connexion/code", "/en/sign-in/code", "/ar/sign-in/code"},
	"sign-in-link":  {"/fr/connexion/lien/:id", "/en/sign-in/link/:id", "/ar/sign-in/link/:id"},
	"sign-out":      {"/fr/deconnexion", "/en/sign-out", "/ar/sign-out"},

	"apply":         {"/fr/demander", "/en/apply", "/ar/apply"},
	"applied":       {"/fr/demander/merci", "/en/apply/thanks", "/ar/apply/thanks"},
	"my":            {"/fr/mes-demandes", "/en/my-applications", "/ar/my-applications"},
	"application":   {"/fr/mes-demandes/:id", "/en/my-applications/:id", "/ar/my-applications/:id"},
	"offer":         {"/fr/proposition/:id", "/en/offer/:id", "/ar/offer/:id"},
	"delivery":      {"/fr/remise/:id", "/en/delivery/:id", "/ar/delivery/:id"},
	"my-data":       {"/fr/mes-donnees", "/en/my-data", "/ar/my-data"},
	"status-link":   {"/fr/suivi/:id", "/en/follow/:id", "/ar/follow/:id"},
	"guardian-link": {"/fr/accord/:id", "/en/consent/:id", "/ar/consent/:id"},

	"attest-link":   {"/fr/attestation/:id", "/en/attestation/:id", "/ar/attestation/:id"},
	"prescriber":    {"/fr/prescripteur", "/en/prescriber", "/ar/prescriber"},
	"hand-overs":    {"/fr/prescripteur/remises", "/en/prescriber/hand-overs", "/ar/prescriber/hand-overs"},
	"consent-sheet": {"/fr/feuille-accord/:id", "/en/consent-sheet/:id", "/ar/consent-sheet/:id"},
	"refer":         {"/fr/prescripteur/orienter", "/en/prescriber/refer", "/ar/prescriber/refer"},

	"partner":            {"/fr/partenaire", "/en/partner", "/ar/partner"},
	"partner-convention": {"/fr/partenaire/:id/convention", "/en/partner/:id/agreement", "/ar/partner/:id/agreement"},

	"donate":     {"/fr/donner", "/en/donate", "/ar/donate"},
	"donated":    {"/fr/donner/merci", "/en/donate/thanks", "/ar/donate/thanks"},
	"donations":  {"/fr/mes-dons", "/en/my-donations", "/ar/my-donations"},
	"donation":   {"/fr/mes-dons/:id", "/en/my-donations/:id", "/ar/my-donations/:id"},
	"list":       {"/fr/mes-dons/:id/liste", "/en/my-donations/:id/list", "/ar/my-donations/:id/list"},
	"convention": {"/fr/mes-dons/:id/convention", "/en/my-donations/:id/agreement", "/ar/my-donations/:id/agreement"},

	"colleagues": {"/fr/mon-entreprise/:id", "/en/my-company/:id", "/ar/my-company/:id"},

	"bench":        {"/fr/atelier", "/en/bench", "/ar/bench"},
	"bench-device": {"/fr/atelier/:id", "/en/bench/:id", "/ar/bench/:id"},
	"desk":         {"/desk", "/desk", "/desk"},
	"greeter":      {"/fr/accueil", "/en/greeter", "/ar/greeter"},
}

// URL gives a page's address in a language; params fill its ":id", then come
// as name and value of a query.
func URL(lang, page string, params ...any) (string, error) {
	paths, ok := addresses[page]
	if !ok {
		return "", fmt.Errorf("frontend: no address for page %q", page)
	}
	address := paths[0]
	switch lang {
	case "en":
		address = paths[1]
	case "ar":
		address = paths[2]
	}
	if strings.Contains(address, ":id") {
		if len(params) == 0 {
			return "", fmt.Errorf("frontend: page %q needs an id", page)
		}
		address = strings.Replace(address, ":id", url.PathEscape(fmt.Sprint(params[0])), 1)
		params = params[1:]
	}
	query := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		query.Set(fmt.Sprint(params[i]), fmt.Sprint(params[i+1]))
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address, nil
}

// Paths gives a page's path in each language as routers write it, with ":id".
func Paths(page string) map[string]string {
	paths := addresses[page]
	return map[string]string{"fr": paths[0], "en": paths[1], "ar": paths[2]}
}

// NameOf gives the page of a router's path; empty where it is none.
func NameOf(path string) string {
	for name, paths := range addresses {
		if paths[0] == path || paths[1] == path || paths[2] == path {
			return name
		}
	}
	return ""
}
