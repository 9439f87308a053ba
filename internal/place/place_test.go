package place

import (
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
