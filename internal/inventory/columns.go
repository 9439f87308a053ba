package inventory

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// headerRows is how far down the headers may stand: people put a title above.
const headerRows = 20

// headers are the names under which each field is known, folded, the surest
// first: Snipe-IT in English and French, GLPI in both, then what people write.
var headers = map[Field][]string{
	Serial: {
		"serial", "serie", "numero de serie", "serial number", "n de serie", "no de serie", "num de serie",
		"numero serie", "num serie", "serial no", "sn", "s n", "service tag", "numero de serie du pc",
	},
	AssetTag: {
		"asset tag", "etiquette de l actif", "numero d inventaire", "inventory number", "n d inventaire",
		"n inventaire", "num inventaire", "code inventaire", "inventaire", "asset", "asset id", "etiquette",
		"numero d immobilisation", "n immobilisation", "immobilisation", "tag",
	},
	Manufacturer: {"manufacturer", "fabricant", "constructeur", "marque", "brand", "make", "vendor"},
	Model: {
		"model", "modele", "model name", "asset model", "nom du modele", "modele d ordinateur", "reference",
		"designation", "produit", "product", "model no", "model number",
	},
	Category: {
		"category", "categorie", "type", "type de materiel", "type d ordinateur", "device type", "asset type",
		"famille", "nature",
	},
	Processor: {"processeur", "processor", "cpu", "proc", "type de processeur", "nom du processeur"},
	RAMGB: {"memoire", "memory", "ram", "memoire vive", "memoire ram", "ram size", "memory size", "taille memoire",
		"taille de la memoire", "taille ram"},
	DiskGB: {
		"disque dur capacite par defaut", "hard drive capacity by default", "disque dur taille", "disk size",
		"taille disque dur", "taille du disque dur", "hard drive size",
		"capacite disque", "capacite du disque", "taille disque", "taille du disque", "stockage", "storage",
		"disque dur", "disque", "disk", "hard drive", "hard disk", "ssd", "hdd", "disque ssd",
	},
	DiskType: {
		"disque dur type", "hard drive type", "type de disque dur", "type de disque", "type disque", "type du disque", "disk type",
		"storage type", "type de stockage",
	},
	Purchased: {
		"purchased", "purchase date", "achete", "date d achat", "date of purchase", "date achat", "achat",
		"date d acquisition", "date acquisition", "acquisition date", "date de mise en service",
		"mise en service", "startup date",
	},
}

// groups are what GLPI writes before the name of a column, folded.
var groups = []string{
	"composants", "components", "caracteristiques", "characteristics",
	"informations financieres et administratives", "financial and administrative information",
	"informations financieres", "financial and administratives information", "gestion", "management",
}

// units that stand behind a header, as in "RAM (Go)".
var units = []string{" go", " gb", " gib", " gio", " mo", " mb", " mib", " mio"}

// fold makes headers comparable: lower case, no accents, words parted by
// single spaces.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}

// headerName folds a header and takes off GLPI's group and a unit.
func headerName(header string) string {
	name := fold(header)
	for _, group := range groups {
		if rest, ok := strings.CutPrefix(name, group+" "); ok {
			name = rest
			break
		}
	}
	for _, unit := range units {
		name = strings.TrimSuffix(name, unit)
	}
	return name
}

// guessColumns gives the column of each field that the headers name.
func guessColumns(cells []string) Mapping {
	columns := map[string]int{}
	for i, cell := range cells {
		if len(cell) > 200 {
			continue
		}
		if name := headerName(cell); name != "" {
			if _, taken := columns[name]; !taken {
				columns[name] = i
			}
		}
	}
	mapping := Mapping{}
	for field, names := range headers {
		for _, name := range names {
			if column, ok := columns[name]; ok {
				mapping[field] = column
				break
			}
		}
	}
	return mapping
}

// Columns that the two tools write beside those of a device, folded: three of
// them tell a list of theirs from somebody's own.
var (
	snipeColumns = []string{
		"company", "societe", "asset name", "nom de l actif", "model no", "model number", "n de modele", "status", "statut",
		"checked out", "checked out to", "extrait vers", "location", "lieu", "default location",
		"emplacement par defaut", "eol", "eol date", "eol rate", "warranty", "warranty expires",
		"purchase cost", "cost", "current value", "diff", "order number", "supplier", "checkout date",
		"expected checkin date", "last audit", "next audit date", "device image", "notes",
	}
	glpiColumns = []string{
		"nom", "name", "entite", "entity", "statut", "status", "lieu", "location", "derniere modification", "last update",
		"usager", "alternate username", "systeme d exploitation", "operating system",
		"systeme d exploitation nom", "operating system name", "numero d inventaire", "inventory number",
		"utilisateur", "user", "uuid", "date du dernier inventaire", "last inventory date",
	}
)

// layoutOf recognises who wrote the list.
func layoutOf(cells []string) Layout {
	names := map[string]bool{}
	for _, cell := range cells {
		names[fold(cell)] = true
	}
	count := func(known []string) int {
		n := 0
		for _, name := range known {
			if names[name] {
				n++
			}
		}
		return n
	}
	tagged := names["asset tag"] || names["etiquette de l actif"]
	named := names["nom"] || names["name"]
	serial := names["numero de serie"] || names["serial number"]
	maker := names["fabricant"] || names["manufacturer"]
	switch {
	case tagged && (serial || names["serial"] || names["serie"]) && count(snipeColumns) >= 3:
		return SnipeIT
	case named && serial && maker && count(glpiColumns) >= 4:
		return GLPI
	}
	return Plain
}
