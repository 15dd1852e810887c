package standin

import (
	"time"

	"kuacheng/model"
)

// Scan is a row for tests of the encoders.
type Scan struct {
	Event model.ParcelEvent
	At    time.Time
	City  string
	Words string
}

// Bodies makes a carrier's callbacks as the office would, for comparison with the reference's vectors.
func (s *Server) Bodies(c model.Carrier, company, waybill string, order string, scans []Scan) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(c, waybill)
	if err != nil {
		panic(err)
	}
	p.company, p.order = company, order
	for _, scan := range scans {
		p.rows = append(p.rows, row{event: scan.Event, at: scan.At, city: scan.City, words: scan.Words})
	}
	var bodies []string
	for _, one := range s.offices[c].pushes(p, len(scans), "") {
		bodies = append(bodies, string(one.make().body))
	}
	return bodies
}
