package frontend

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
)

//go:embed all:dist
var built embed.FS

//go:embed styles public
var plain embed.FS

// Assets serves styles, scripts, fonts and icons under names that carry a hash
// of their content, compressed once at start.
type Assets struct {
	urls    map[string]string // by source name: "site.css"
	scripts map[string]string // by entry: "src/family/apply.ts"
	files   map[string]asset  // by path below /assets/
}

type asset struct {
	kind   string
	body   []byte
	brotli []byte
}

// manifest is what Vite writes of an entry.
type manifest struct {
	File string   `json:"file"`
	CSS  []string `json:"css"`
}

func openAssets() (*Assets, error) {
	a := &Assets{urls: map[string]string{}, scripts: map[string]string{}, files: map[string]asset{}}
	for _, root := range []string{"styles", "public"} {
		if err := a.addPlain(root); err != nil {
			return nil, err
		}
	}
	return a, a.addBuilt()
}

func (a *Assets) addPlain(root string) error {
	return fs.WalkDir(plain, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := plain.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		base := path.Base(name)
		ext := path.Ext(base)
		hashed := strings.TrimSuffix(base, ext) + "-" + hex.EncodeToString(sum[:4]) + ext
		a.urls[base] = "/assets/" + hashed
		a.keep(hashed, body)
		return nil
	})
}

// addBuilt takes what Vite built; without a build the pages work without
// scripts, and the desk says what to run.
func (a *Assets) addBuilt() error {
	text, err := built.ReadFile("dist/.vite/manifest.json")
	if err != nil {
		return nil //nolint:nilerr // no build, no scripts
	}
	var entries map[string]manifest
	if err := json.Unmarshal(text, &entries); err != nil {
		return err
	}
	for source, e := range entries {
		a.scripts[source] = "/" + e.File
		for _, css := range e.CSS {
			a.urls[source+".css"] = "/" + css
		}
	}
	return fs.WalkDir(built, "dist/assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := built.ReadFile(name)
		if err != nil {
			return err
		}
		a.keep(strings.TrimPrefix(name, "dist/assets/"), body)
		return nil
	})
}

func (a *Assets) keep(name string, body []byte) {
	f := asset{kind: mime.TypeByExtension(path.Ext(name)), body: body}
	if strings.HasPrefix(f.kind, "text/") || strings.Contains(f.kind, "javascript") || strings.Contains(f.kind, "json") || strings.Contains(f.kind, "svg") {
		var small bytes.Buffer
		w := brotli.NewWriterLevel(&small, 9)
		if _, err := w.Write(body); err == nil && w.Close() == nil {
			f.brotli = small.Bytes()
		}
	}
	a.files[name] = f
}

// URL gives the address of a file by its source name; empty where there is none.
func (a *Assets) URL(name string) string { return a.urls[name] }

// Script gives the address of a built script by its entry; empty without a build.
func (a *Assets) Script(entry string) string { return a.scripts[entry] }

// ServeHTTP answers /assets/NAME. A name never changes its content, so it may
// be kept for good.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[strings.TrimPrefix(r.URL.Path, "/assets/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.kind)
	h.Add("Vary", "Accept-Encoding")
	body := f.body
	if f.brotli != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
		h.Set("Content-Encoding", "br")
		body = f.brotli
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// Worker gives the service worker that was built.
func (a *Assets) Worker() ([]byte, bool) {
	f, ok := a.files[strings.TrimPrefix(a.scripts["src/worker.ts"], "/assets/")]
	return f.body, ok
}
