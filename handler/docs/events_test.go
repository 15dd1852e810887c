package docs_test

import (
	"strings"
	"testing"

	"kuacheng/model"
)

// calls are the routes by which people send a matter's events (domain reference §2, "API call → event"). The
// kiosk has a contract of its own.
var calls = map[model.Door]map[model.MatterEvent]string{
	model.DoorCitizen: {
		model.EvOpen: "POST /api/v1/matters", model.EvPutMaterial: "PUT /api/v1/matters/{no}/materials/{code}",
		model.EvChangeDelivery: "PUT /api/v1/matters/{no}/delivery", model.EvSubmit: "POST /api/v1/matters/{no}/submit",
		model.EvSupply: "POST /api/v1/matters/{no}/submit", model.EvWithdraw: "POST /api/v1/matters/{no}/withdraw",
		model.EvDisputeDelivery: "POST /api/v1/matters/{no}/dispute-delivery", model.EvClose: "POST /api/v1/matters/{no}/confirm-receipt",
	},
	model.DoorCounter: {
		model.EvPutMaterial: "PUT /api/v1/counter/matters/{no}/materials/{code}",
		model.EvTurnBack:    "POST /api/v1/counter/matters/{no}/receive", model.EvReceive: "POST /api/v1/counter/matters/{no}/receive",
		model.EvReceiveMore: "POST /api/v1/counter/matters/{no}/receive", model.EvForwardMail: "POST /api/v1/counter/matters/{no}/forward",
		model.EvForwardNetwork: "POST /api/v1/counter/matters/{no}/forward", model.EvBounce: "POST /api/v1/counter/matters/{no}/bounce",
		model.EvLose: "POST /api/v1/counter/matters/{no}/lose", model.EvReachHall: "POST /api/v1/counter/matters/{no}/reach-hall",
		model.EvPickUp: "POST /api/v1/counter/matters/{no}/pick-up", model.EvWithdraw: "POST /api/v1/counter/matters/{no}/withdraw",
		model.EvReturnPapers: "POST /api/v1/counter/matters/{no}/return-papers",
	},
	model.DoorDesk: {
		model.EvDispatchMail: "POST /api/v1/desk/matters/{no}/dispatch", model.EvDispatchElectronic: "POST /api/v1/desk/matters/{no}/dispatch",
		model.EvOfferPickup: "POST /api/v1/desk/matters/{no}/dispatch",
	},
	model.DoorSupervise: {model.EvLose: "POST /api/v1/supervise/matters/{no}/lose"},
}

// unserved events have no call yet: a clerk starts no matter for somebody, who does so on a phone.
var unserved = map[model.Door]model.MatterEvent{model.DoorCounter: model.EvOpen}

// Whatever the transition table lets a person do at a door, next[] may name, and so the door must have a call for it.
func TestOpenAPI_has_a_call_for_every_event(t *testing.T) {
	t.Parallel()
	doc := document(t)
	tried := 0
	for _, row := range model.Transitions() {
		for _, who := range row.Who {
			known, served := calls[who.Door]
			if !served || unserved[who.Door] == row.Event {
				continue
			}
			tried++
			call := known[row.Event]
			if call == "" { // the rest by name
				call = "POST /api/v1/" + string(who.Door) + "/matters/{no}/" + strings.ReplaceAll(string(row.Event), "_", "-")
			}
			method, path, _ := strings.Cut(call, " ")
			if item := doc.Paths.Value(path); item == nil || item.GetOperation(method) == nil {
				t.Errorf("%s may %s, but there is no %s", who.Door, row.Event, call)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d pairs were tried", tried)
	}
}
