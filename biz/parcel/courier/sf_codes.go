package courier

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"kuacheng/model"
)

// sfCodes are the operations that a state follows from (couriers.md §4, §7); the vendor's own table has about
// 150. Those that depend on the text or on the reason are in meaning.
var sfCodes = map[string]meaning{
	"50": {event: model.EventCollected}, "54": {event: model.EventCollected},
	"31": {event: model.EventAtCentre},
	"30": {event: model.EventInTransit}, "36": {event: model.EventInTransit}, "3036": {event: model.EventInTransit}, "302": {event: model.EventInTransit},
	"304": {event: model.EventInTransit}, "10": {event: model.EventInTransit}, "11": {event: model.EventInTransit}, "105": {event: model.EventInTransit},
	"106": {event: model.EventInTransit}, "41": {event: model.EventInTransit}, "43": {event: model.EventInTransit}, "46": {event: model.EventInTransit},
	"407": {event: model.EventInTransit}, "126": {event: model.EventInTransit}, "99": {event: model.EventInTransit},
	"123": {event: model.EventToShop}, "130": {event: model.EventAtShop}, "607": {event: model.EventAtShop},
	"44": {event: model.EventOutForDelivery}, "204": {event: model.EventOutForDelivery}, "34": {event: model.EventOutForDelivery}, "47": {event: model.EventOutForDelivery},
	"634": {event: model.EventOutForDelivery}, "630": {event: model.EventOutForDelivery}, "933": {event: model.EventOutForDelivery},
	"125": {event: model.EventAtPickupPoint}, "642": {event: model.EventAtPickupPoint}, "678": {event: model.EventAtPickupPoint},
	"33": {event: model.EventDeliveryFailed}, "70": {event: model.EventDeliveryFailed}, "66": {event: model.EventDeliveryFailed}, "77": {event: model.EventDeliveryFailed},
	"833": {event: model.EventDeliveryFailed}, "72": {event: model.EventDeliveryFailed}, "870": {event: model.EventDeliveryFailed}, "611": {event: model.EventDeliveryFailed},
	"648": {event: model.EventReturning}, "631": {event: model.EventReturning},
	"80": {event: model.EventDelivered}, "935": {event: model.EventDelivered},
	"128": {event: model.EventDelivered, signer: model.SignedLocker}, "679": {event: model.EventDelivered, signer: model.SignedLocker},
	"8000": {}, "51": {},
}

// sfReasons are the operations that mean something else with a reason.
var sfReasons = map[string]meaning{
	"70+46": {event: model.EventCancelled}, "70+83": {event: model.EventAtPickupPoint}, "70+85": {event: model.EventAtPickupPoint},
	"33+83": {event: model.EventAtPickupPoint}, "33+85": {event: model.EventAtPickupPoint}, "99+2": {event: model.EventReturning},
	"8000+6": {event: model.EventLost}, "8000+2": {event: model.EventLost},
}

// sfFirst is firstStatusCode of newer accounts, which wins over the operation. Returns and forwards have none.
var sfFirst = map[string]meaning{
	"1": {event: model.EventCollected}, "2": {event: model.EventInTransit}, "3": {event: model.EventOutForDelivery}, "4": {event: model.EventDelivered},
	"11": {event: model.EventAtPickupPoint}, "13": {event: model.EventDeliveryFailed},
}

// meaning reads a node; known is false when the table lacks its operation.
func (n sfRoute) meaning() (m meaning, known bool) {
	op, reason, words := n.OpCode.String(), n.ReasonCode.String(), n.Remark.String()+n.ReasonName.String()
	m, known = sfCodes[op]
	if first, ok := sfFirst[n.FirstStatusCode.String()]; ok {
		depends := m.event == model.EventToShop || m.event == model.EventAtShop
		if !depends && m.event.State() == first.event.State() { // the operation may say more of the same
			return m, true
		}
		return first, true
	}
	if r, ok := sfReasons[op+"+"+reason]; ok {
		return r, true
	}
	switch {
	case (op == "33" || op == "70") && (strings.Contains(words, "拒收") || strings.Contains(words, "拒签")):
		return meaning{event: model.EventRejected}, true
	case m.event == model.EventDeliveryFailed && strings.Contains(words, "破损"):
		return meaning{event: model.EventDamaged}, true
	}
	return m, known
}

const (
	maxXMLDepth = 4
	maxSFRoutes = 100 // SF sends at most ten
	sfRouteName = "WaybillRoute"
)

// sfXML reads the XML form. The decoder expands no entity and reads no other charset, but would let a document
// type and a repeated attribute pass.
func sfXML(content string) ([]sfRoute, *Refusal) {
	dec := xml.NewDecoder(strings.NewReader(content))
	var routes []sfRoute
	depth, elements := 0, 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && depth == 0 && elements > 0 {
			return routes, nil
		}
		if err != nil {
			return nil, refusedStructure
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, refusedStructure
		case xml.StartElement:
			depth++
			elements++
			attributes, twice := xmlAttributes(t)
			if twice {
				return nil, refusedTwice
			}
			if depth > maxXMLDepth || len(routes) == maxSFRoutes {
				return nil, refusedStructure
			}
			if t.Name.Local == sfRouteName {
				routes = append(routes, sfRouteOf(attributes))
			}
		case xml.EndElement:
			depth--
		}
	}
}

func xmlAttributes(e xml.StartElement) (map[string]string, bool) {
	all := make(map[string]string, len(e.Attr))
	for _, a := range e.Attr {
		if _, twice := all[a.Name.Local]; twice {
			return nil, true
		}
		all[a.Name.Local] = a.Value
	}
	return all, false
}

func sfRouteOf(a map[string]string) sfRoute {
	return sfRoute{
		MailNo: flex(a["mailno"]), AcceptTime: flex(a["acceptTime"]), AcceptAddress: flex(a["acceptAddress"]),
		Remark: flex(a["remark"]), OpCode: flex(a["opCode"]), ReasonCode: flex(a["reasonCode"]), ReasonName: flex(a["reasonName"]),
		FirstStatusCode: flex(a["firstStatusCode"]),
	}
}
