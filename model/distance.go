package model

import "math"

const (
	earthKm = 6371.0
	// byRoad is how much longer a road is than the line through the air; a figure for estimates, not a measured one.
	byRoad = 1.3
)

// Km is about how far it is by road between the seats of two regions; that of its city stands for a region without one.
func (rs *Regions) Km(a, b string) int {
	from, ok1 := rs.seat(a)
	to, ok2 := rs.seat(b)
	if !ok1 || !ok2 {
		return 0
	}
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	dLat, dLon := rad(to.Lat-from.Lat), rad(to.Lon-from.Lon)
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(rad(from.Lat))*math.Cos(rad(to.Lat))*math.Pow(math.Sin(dLon/2), 2)
	return int(math.Round(2 * earthKm * math.Asin(math.Sqrt(h)) * byRoad))
}

func (rs *Regions) seat(code string) (Region, bool) {
	for range 4 { // region, city, province
		r, ok := rs.Get(code)
		if !ok || r.Lat != 0 {
			return r, ok
		}
		code = r.Parent
	}
	return Region{}, false
}
