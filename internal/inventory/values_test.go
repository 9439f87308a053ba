package inventory

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDates(t *testing.T) {
	for cell, want := range map[string]string{
		"2019-03-04":          "2019-03-04",
		"2019-03-04 10:20:30": "2019-03-04",
		"2019-03-04T10:20:30": "2019-03-04",
		"2019/3/4":            "2019-03-04",
		"04/03/2019":          "2019-03-04",
		"4/3/19":              "2019-03-04",
		"04.03.2019":          "2019-03-04",
		"31-12-2019 08:00":    "2019-12-31",
		"12/31/2019":          "2019-12-31",
		"43528":               "2019-03-04",
		"43528.75":            "2019-03-04",
		"Mon Mar 04, 2019":    "2019-03-04",
		"4 mars 2019":         "2019-03-04",
		"1er août 2019":       "2019-08-01",
		"lundi 3 juin 2019":   "2019-06-03",
		"8 juil. 2019":        "2019-07-08",
		"4-Mar-2019":          "2019-03-04",
		"N/A":                 "",
		"0000-00-00":          "",
		"31/02/2019":          "invalid",
		"2019":                "invalid",
		"mars 2019":           "invalid",
		"04/03/1899":          "invalid",
		"0/0/2019":            "invalid",
		"13/13/2019":          "invalid",
		"bientôt":             "invalid",
		"99999999999999":      "invalid",
	} {
		l := &list{}
		got := l.readDate(2, cell)
		if len(l.report.Problems) > 0 {
			got = "invalid"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", cell, got, want)
		}
	}
}

func TestMemory(t *testing.T) {
	for cell, want := range map[string]int{
		"8": 8, "8,0": 8, "16 Go": 16, "16GB": 16, "8192": 8, "16 384 Mo": 16, "8000 Mo": 8, "7.81 Gio": 8, "15,6 Gio": 16,
		"2x8 Go": 16, "2 × 4 Go": 8, "DDR4 16 Go": 16, "PC4-2400 8 Go": 8, "8 Gio\n8 Gio": 16, "": 0, "NC": 0,
		"beaucoup": -1, "0": -1, "9999999 Go": -1, "-": 0,
	} {
		l := &list{}
		got := l.readMemory(2, cell)
		if len(l.report.Problems) > 0 {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, want %d", cell, got, want)
		}
	}
}

func TestDisks(t *testing.T) {
	for cell, want := range map[string]struct {
		gb   int
		kind string
	}{
		"256":                 {256, ""},
		"256 Go SSD":          {256, "ssd"},
		"SSD NVMe 512 Go":     {512, "nvme"},
		"1 To HDD":            {1000, "hdd"},
		"1TB 7200rpm":         {1000, "hdd"},
		"238.47 Gio":          {256, ""},
		"476,94 GiB":          {512, ""},
		"931.51 Gio":          {1000, ""},
		"256 Gio":             {256, ""},
		"244198 Mo":           {256, ""},
		"500000":              {500, ""},
		"64 Go eMMC":          {64, "emmc"},
		"128 Go SSD\n1 To":    {1000, "ssd"},
		"SAMSUNG MZVLB-000L7": {-1, ""},
		"aucun":               {0, ""},
	} {
		l := &list{}
		got := l.readDisk(2, cell)
		if len(l.report.Problems) > 0 {
			got = -1
		}
		if got != want.gb || diskType(cell) != want.kind {
			t.Errorf("%q is %d %q, want %v", cell, got, diskType(cell), want)
		}
	}
}

func TestRealSerialsAreNotTakenForPlaceholders(t *testing.T) {
	for _, serial := range []string{"5CG8412KQZ", "PF1ABX3T", "C02XG2JHJ1WK", "7GHJ2K3", "0012345678", "100000001", "AAAAAAB"} {
		if isPlaceholder(serial) || isDamaged(serial) {
			t.Errorf("%s is refused", serial)
		}
	}
}

func TestCapacityNeverFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &list{}
		cell := rapid.StringMatching(`[0-9x ,.]{0,12} ?(Go|GB|To|Mio|SSD|\n)?[0-9]{0,20}`).Draw(t, "cell")
		if gb := l.readMemory(1, cell); gb < 0 || gb > 1024 {
			t.Fatalf("memory %q is %d", cell, gb)
		}
		if gb := l.readDisk(1, cell); gb < 0 || gb > 65_536 {
			t.Fatalf("disk %q is %d", cell, gb)
		}
	})
}
