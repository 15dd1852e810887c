package model

// Door is the way by which a caller comes in. Each door has its own idl file and handler package.
type Door string

const (
	DoorCitizen   Door = "citizen"
	DoorCounter   Door = "counter"
	DoorDesk      Door = "desk"
	DoorSupervise Door = "supervise"
	DoorKiosk     Door = "kiosk"
	DoorCourier   Door = "courier" // /callbacks/couriers
	DoorPeer      Door = "peer"    // /callbacks/peers
	DoorSystem    Door = "system"  // timers and rules
)

// Role is what a caller is allowed to be at a door.
type Role string

const (
	RoleApplicant  Role = "applicant"
	RoleAgent      Role = "agent"
	RoleClerk      Role = "clerk"
	RoleReviewer   Role = "reviewer"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
	RoleCourier    Role = "courier"
	RolePeer       Role = "peer"
	RoleDevice     Role = "device"
	RoleSystem     Role = "system"
)

// Actor is who does something: the one shape in which doors hand a caller to the model.
type Actor struct {
	Door   Door   `json:"door"`
	Role   Role   `json:"role"`
	ID     string `json:"id"`               // applicant, staff, device, carrier or peer id
	Org    string `json:"org,omitempty"`    // organisation id, "441500-RS"; staff only
	Region string `json:"region,omitempty"` // the organisation's or device's region
	Hall   string `json:"hall,omitempty"`   // a clerk's hall
	Lead   bool   `json:"lead,omitempty"`   // 科室负责人: may approve
}

// System is the actor of timers and rules.
var System = Actor{Door: DoorSystem, Role: RoleSystem, ID: "system"}
