// Package place knows the communes of France: INSEE code, name, département,
// postcodes, population and the point of the town centre, and how far two
// points lie apart. The tables are embedded; deployments/places makes them.
package place

import "math"

// Attribution must stand on a public page, as the licences of the data ask.
const Attribution = "Communes et codes postaux : Etalab, INSEE, La Poste (Licence Ouverte). " +
	"Emprises : IGN ADMIN EXPRESS via Etalab (Licence Ouverte 2.0). " +
	"Lieux : GeoNames, CC BY 4.0, modifié. Contours : Natural Earth."

// France is the ISO 3166-1 code of every commune in the table.
const France = "FR"

// Point is a place on the sphere, in degrees.
type Point struct {
	Lat float64 `json:"lat" bson:"lat"`
	Lon float64 `json:"lon" bson:"lon"`
}

// Commune is a municipality, or an arrondissement of Paris, Lyon or Marseille.
type Commune struct {
	Country     string   `json:"country"`
	INSEE       string   `json:"insee"`
	Name        string   `json:"name"`
	Departement string   `json:"departement"` // code: 95, 2A, 974
	Postcodes   []string `json:"postcodes"`
	Population  int      `json:"population"`
	Point       Point    `json:"point"`
}

// Departement is a French département or overseas collectivity.
type Departement struct {
	Country string `json:"country"`
	Code    string `json:"code"`
	Name    string `json:"name"`
	Region  string `json:"region"` // name of the region
}

const earthRadiusKM = 6371.0088

// DistanceKM is the great-circle distance in kilometres.
func DistanceKM(a, b Point) float64 {
	const degree = math.Pi / 180
	lat1, lat2 := a.Lat*degree, b.Lat*degree
	sinLat := math.Sin((lat2 - lat1) / 2)
	sinLon := math.Sin((b.Lon - a.Lon) * degree / 2)
	h := sinLat*sinLat + math.Cos(lat1)*math.Cos(lat2)*sinLon*sinLon
	return 2 * earthRadiusKM * math.Asin(math.Sqrt(min(1, h)))
}

// DepartementOf gives the code of the département that an INSEE code of a
// commune begins with: two characters, three overseas.
func DepartementOf(insee string) string {
	switch {
	case len(insee) != 5:
		return ""
	case insee[:2] == "97" || insee[:2] == "98":
		return insee[:3]
	}
	return insee[:2]
}
