// Package client calls Passerelle's API. Its calls and types are generated
// from the description that the server publishes at /api/openapi.json.
//
//	c, err := client.New("https://passerelle.example", token)
//	answer, err := c.GetMeWithResponse(ctx)
//
// A session's token comes from SignInWithResponse. Errors of the API are
// problem+json (RFC 9457) and stand in each answer's ApplicationproblemJSONDefault.
package client

import (
	"context"
	"net/http"
)

// New gives a client of the server at base; token is a session's, or empty for
// what anyone may call.
func New(base, token string) (*ClientWithResponses, error) {
	return NewClientWithResponses(base, WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return nil
	}))
}
