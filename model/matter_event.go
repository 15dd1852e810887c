package model

// MatterEvent is something that can happen to a matter: one row of the transition table.
type MatterEvent string

// The thirty-nine events.
const (
	EvOpen               MatterEvent = "open"
	EvPutMaterial        MatterEvent = "put_material"
	EvChangeDelivery     MatterEvent = "change_delivery"
	EvSubmit             MatterEvent = "submit"
	EvIssue              MatterEvent = "issue"
	EvConfirmPrint       MatterEvent = "confirm_print"
	EvTurnBack           MatterEvent = "turn_back"
	EvReceive            MatterEvent = "receive"
	EvReceiveMore        MatterEvent = "receive_more"
	EvForwardMail        MatterEvent = "forward_mail"
	EvForwardNetwork     MatterEvent = "forward_network"
	EvArrive             MatterEvent = "arrive"
	EvBounce             MatterEvent = "bounce"
	EvLose               MatterEvent = "lose"
	EvAccept             MatterEvent = "accept"
	EvDeemAccept         MatterEvent = "deem_accept"
	EvRefuse             MatterEvent = "refuse"
	EvReassign           MatterEvent = "reassign"
	EvRequestSupplement  MatterEvent = "request_supplement"
	EvSupply             MatterEvent = "supply"
	EvExpire             MatterEvent = "expire"
	EvSuspend            MatterEvent = "suspend"
	EvResume             MatterEvent = "resume"
	EvExtend             MatterEvent = "extend"
	EvDecide             MatterEvent = "decide"
	EvRevokeDecision     MatterEvent = "revoke_decision"
	EvDispatchMail       MatterEvent = "dispatch_mail"
	EvDispatchElectronic MatterEvent = "dispatch_electronic"
	EvOfferPickup        MatterEvent = "offer_pickup"
	EvReachHall          MatterEvent = "reach_hall"
	EvDeliver            MatterEvent = "deliver"
	EvPickUp             MatterEvent = "pick_up"
	EvFailDelivery       MatterEvent = "fail_delivery"
	EvDisputeDelivery    MatterEvent = "dispute_delivery"
	EvClose              MatterEvent = "close"
	EvWithdraw           MatterEvent = "withdraw"
	EvTerminate          MatterEvent = "terminate"
	EvReopen             MatterEvent = "reopen"
	EvReturnPapers       MatterEvent = "return_papers"
)

// MatterEvents lists all events in the order of the table.
var MatterEvents = []MatterEvent{
	EvOpen, EvPutMaterial, EvChangeDelivery, EvSubmit, EvIssue, EvConfirmPrint, EvTurnBack, EvReceive,
	EvReceiveMore, EvForwardMail, EvForwardNetwork, EvArrive, EvBounce, EvLose, EvAccept, EvDeemAccept,
	EvRefuse, EvReassign, EvRequestSupplement, EvSupply, EvExpire, EvSuspend, EvResume, EvExtend, EvDecide,
	EvRevokeDecision, EvDispatchMail, EvDispatchElectronic, EvOfferPickup, EvReachHall, EvDeliver, EvPickUp,
	EvFailDelivery, EvDisputeDelivery, EvClose, EvWithdraw, EvTerminate, EvReopen, EvReturnPapers,
}

var matterEventNames = map[MatterEvent]string{
	EvOpen: "新建", EvPutMaterial: "提交材料文件", EvChangeDelivery: "变更送达方式", EvSubmit: "提交申请",
	EvIssue: "即时出证", EvConfirmPrint: "确认打印", EvTurnBack: "退回补齐", EvReceive: "收件",
	EvReceiveMore: "接收补交材料", EvForwardMail: "邮寄流转", EvForwardNetwork: "网络流转", EvArrive: "材料送达办理地",
	EvBounce: "邮件退回收件地", EvLose: "邮件遗失", EvAccept: "受理", EvDeemAccept: "逾期视为受理",
	EvRefuse: "不予受理", EvReassign: "改派", EvRequestSupplement: "一次性告知补正（补充）", EvSupply: "补交材料",
	EvExpire: "期限届满", EvSuspend: "转入特别程序", EvResume: "特别程序结束", EvExtend: "延期", EvDecide: "作出决定",
	EvRevokeDecision: "撤销未送出的决定", EvDispatchMail: "邮寄结果", EvDispatchElectronic: "电子送达",
	EvOfferPickup: "通知自取", EvReachHall: "结果到达大厅", EvDeliver: "签收", EvPickUp: "领取",
	EvFailDelivery: "送达未成", EvDisputeDelivery: "签收异议", EvClose: "办结归档", EvWithdraw: "撤回申请",
	EvTerminate: "终止办理", EvReopen: "重新办理", EvReturnPapers: "退还材料",
}

// Name is the event in Chinese.
func (e MatterEvent) Name() string { return matterEventNames[e] }

// Side is on whose behalf a caller acts on a matter.
type Side string

const (
	SideOwner   Side = "owner"   // the applicant or the agent
	SideR       Side = "R"       // the receiving organisation
	SideH       Side = "H"       // the handling organisation
	SideHall    Side = "hall"    // the hall at which the result waits or arrives
	SidePeer    Side = "peer"    // the handling city's own system, in H's name
	SideFollow  Side = "follow"  // the receiving city's own system, on the copy that is handled here
	SideOutside Side = "outside" // couriers, timers, machines, supervision
)

// Caller is one way in which an event may come: through which door, as which role, on whose side.
type Caller struct {
	Door Door
	Role Role
	Side Side
	Lead bool // only with the flag that they may approve
}

// ClockAction is what an event does to a clock.
type ClockAction string

const (
	ClockStart  ClockAction = "start"
	ClockStop   ClockAction = "stop"
	ClockPause  ClockAction = "pause"
	ClockResume ClockAction = "resume"
	ClockExtend ClockAction = "extend"
	ClockRevive ClockAction = "revive" // as if never stopped
	ClockCancel ClockAction = "cancel" // as if never started
)

// ClockEffect is one entry of the table's clock column.
type ClockEffect struct {
	Clock  ClockName
	Action ClockAction
}

// What a transition sets in motion beside notices.
const (
	AlsoTicket = "problem_ticket"
	AlsoSignal = "signal"
)

// Transition is a row of the table: what an event does in the states that it is allowed in.
type Transition struct {
	Event   MatterEvent
	From    []MatterState // none for open
	To      MatterState   // "" stays
	Modes   []Mode        // nil = all
	Who     []Caller
	Clocks  []ClockEffect
	Notices []string // keys; empty tells the applicant nothing
	Also    []string
}

// Target is the state after the transition from one of its states.
func (t *Transition) Target(from MatterState) MatterState {
	if t.To == "" {
		return from
	}
	return t.To
}
