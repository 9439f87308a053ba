package place

import (
	"regexp"
	"testing"
)

func TestLook(t *testing.T) {
	g, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"cergy", "st ouen", "95000", "aumone", "paris", "l'isle", "saint-ouen-l'aum", "970", "pontoise"} {
		t.Log(q)
		for _, c := range g.Search(q, 5) {
			t.Logf("   %+v", c)
		}
	}
	t.Log(g.ByPostcode("95000"), g.ByPostcode("75011"), len(g.In("95")), g.Len(), len(g.Departements()))
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(); err != nil {
			b.Fatal(err)
		}
	}
}
func BenchmarkSearch(b *testing.B) {
	g, _ := Load()
	b.ReportAllocs()
	for b.Loop() {
		g.Search("s", 10)
	}
}

func TestOutlines(t *testing.T) {
	m, err := Outlines()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Outlines) != 101 {
		t.Fatalf("%d départements are drawn, want 101", len(m.Outlines))
	}
	shape := regexp.MustCompile(`^(M-?\d+ -?\d+l(-?\d+ -?\d+ )+z)+$`)
	box := map[string]Box{}
	for _, o := range m.Outlines {
		box[o.Code] = o.Box
		if o.Name == "" || !shape.MatchString(o.Path) {
			t.Errorf("%s (%s) is drawn as %.60q", o.Code, o.Name, o.Path)
		}
		if o.Box.X < 0 || o.Box.Y < 0 || o.Box.X+o.Box.Width > m.Width || o.Box.Y+o.Box.Height > m.Height {
			t.Errorf("%s stands outside the map: %+v", o.Code, o.Box)
		}
	}
	// North is up and east is right; Réunion stands in the Atlantic, below Brittany.
	if box["59"].Y > box["66"].Y || box["29"].X > box["67"].X || box["974"].X > box["33"].X || box["974"].Y < box["29"].Y+box["29"].Height {
		t.Errorf("the map is not as one knows it: %v", box)
	}
	if oise := box["95"]; oise.Width < 300 || oise.Width > 800 || oise.Height > oise.Width {
		t.Errorf("Val-d'Oise is drawn as %+v", oise)
	}
}
