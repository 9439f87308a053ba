package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// client is one person's browser. A request that fails in any way is no
// acknowledgement, and answers false.
type client struct {
	ctx    context.Context //nolint:containedctx // a test's own, for all its requests
	http   *http.Client
	base   string
	origin string // network address, as a proxy would tell it
	token  string // of the session
}

// client opens a browser, signed in as a role of the demonstration or not.
func (v *server) client(ctx context.Context, role string) *client {
	c := &client{
		ctx: ctx, http: &http.Client{Timeout: 20 * time.Second}, base: v.url,
		origin: fmt.Sprintf("192.0.2.%d", rand.IntN(250)), //nolint:gosec // any of them
	}
	if role != "" {
		c.signIn("/api/sign-in/links", map[string]any{"link": v.links[role]})
	}
	return c
}

// signIn opens a session and keeps its token.
func (c *client) signIn(path string, body map[string]any) bool {
	var session struct{ Token string }
	ok := c.post(path, body, &session)
	c.token = session.Token
	return ok
}

func (c *client) do(method, path, kind string, body io.Reader) ([]byte, bool) {
	request, err := http.NewRequestWithContext(c.ctx, method, c.base+path, body)
	if err != nil {
		return nil, false
	}
	request.Header.Set("X-Forwarded-For", c.origin)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, false
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return text, err == nil && response.StatusCode < 400
}

func (c *client) get(path string, into any) bool {
	text, ok := c.do(http.MethodGet, path, "", nil)
	return ok && decode(text, into)
}

func decode(text []byte, into any) bool { return json.Unmarshal(text, into) == nil }

func (c *client) post(path string, body, into any) bool {
	sent, err := json.Marshal(body)
	if err != nil {
		return false
	}
	text, ok := c.do(http.MethodPost, path, "application/json", bytes.NewReader(sent))
	return ok && (into == nil || decode(text, into))
}

// page reads a page of the product; nothing where it is refused.
func (c *client) page(path string) string {
	text, ok := c.do(http.MethodGet, path, "", nil)
	if !ok {
		return ""
	}
	return string(text)
}

func (c *client) form(path string, values url.Values) bool {
	_, ok := c.do(http.MethodPost, path, "application/x-www-form-urlencoded", bytes.NewBufferString(values.Encode()))
	return ok
}
