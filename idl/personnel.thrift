// 人员管理：工作人员的账号、岗位与在办移交。
namespace go personnel

include "view.thrift"

// 查账号
struct StaffRequest {
  1: string org    (api.query="org", go.tag='json:"-"', api.vd="omitempty,max=20")  // 单位
  2: string role   (api.query="role", go.tag='json:"-"', api.vd="omitempty,oneof=clerk reviewer supervisor admin") // 角色
  3: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=active disabled") // 状态，默认 active 在用
  4: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  5: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 开户
struct CreateStaffRequest {
  1: required string account (api.vd="required,max=32")  // 账号：小写字母、数字、点、横线或下划线，以字母开头
  2: required string name    (api.vd="required,max=60")  // 姓名
  3: required string role    (api.vd="required,oneof=clerk reviewer supervisor admin") // clerk 窗口、reviewer 审批、supervisor 监管、admin 管理
  4: required string org     (api.vd="required,max=20")  // 单位
  5: string hall             (api.vd="omitempty,max=40") // 大厅，窗口人员必填
  6: list<string> windows    (api.vd="omitempty,max=20,dive,required,max=20") // 负责的窗口号；不填为全部
  7: bool lead               // 科室负责人，限审批人员
  8: string idempotency_key  (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号
}

// 调岗；不填的不变
struct MoveStaffRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 账号
  2: string role            (api.vd="omitempty,oneof=clerk reviewer supervisor admin") // 角色
  3: string org             (api.vd="omitempty,max=20")  // 单位，部门随单位
  4: string hall            (api.vd="omitempty,max=40")  // 大厅
  5: list<string> windows   (api.vd="omitempty,max=20,dive,required,max=20") // 负责的窗口号
  6: optional bool lead     // 科室负责人
  7: required string reason (api.vd="required,max=200")  // 理由
  8: string successor       (api.vd="omitempty,max=64")  // 接手在办的人：同一单位、同一角色；不填则退回本单位
}

// 说明理由
struct StaffReasonRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 账号
  2: required string reason (api.vd="required,max=200") // 理由
}

// 停用
struct DisableStaffRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 账号
  2: required string reason (api.vd="required,max=200") // 理由
  3: string successor       (api.vd="omitempty,max=64") // 接手在办的人：同一单位、同一角色；不填则退回本单位
}

// 对账号做过的一件事
struct StaffStep {
  1: required string at        // 时间
  2: required string by        // 谁，账号
  3: required string role      // 其角色
  4: required string what      // created、moved、password_reset、password_changed、disabled、enabled、handed_over
  5: required string what_name // 名称
  6: optional string reason = "" // 理由
  7: optional map<string, string> data (doc.free="1") // 前后的岗位等
}

// 一次在办移交
struct StaffHandover {
  1: required string at            // 时间
  2: required string by            // 由谁决定，账号
  3: required string reason        // 理由
  4: required view.Org org         // 离开的岗位所在单位
  5: optional string successor = "" // 接手人的账号；没有则退回本单位
  6: required i32 matters          // 当时在办的件数
  7: required bool done            // 是否移交完毕
  8: optional string done_at = ""  // 完毕时间
}

// 账号
struct StaffLine {
  1: required string id          // 账号
  2: required string name        // 姓名，列表中已脱敏
  3: required string role        // 角色
  4: required view.Org org       // 单位
  5: optional view.HallRef hall  // 大厅
  6: optional list<string> windows // 负责的窗口号；没有则为全部
  7: required bool lead          // 科室负责人
  8: required bool active        // 是否在用
  9: required bool must_change   // 用的仍是初始密码
  10: required string created_at // 开户时间
  11: required string password_at // 密码设置时间
  12: optional list<StaffStep> history // 记录，仅在单个账号中
  13: optional list<StaffHandover> handovers // 在办移交，仅在单个账号中
}

// 账号列表
struct StaffPage {
  1: required list<StaffLine> items   // 账号
  2: optional string next_cursor = "" // 下一页的游标
}

// 账号与初始密码
struct StaffPassword {
  1: required StaffLine staff // 账号
  2: required string password // 初始密码，只给出这一次；72 小时内登录并修改
}

// 查在办
struct WorkRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 账号
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 叫到其窗口的一个号
struct HeldTicket {
  1: required string id     // 预约编号或排队号
  2: required string ticket // 排队号
  3: required string matter_no // 办件编号
  4: required string state  // called 已叫号、serving 办理中
  5: optional string window = "" // 窗口
}

// 一人的在办与移交
struct StaffWork {
  1: required StaffLine staff             // 账号
  2: required i32 held                    // 名下在办的件数
  3: required list<view.MatterLine> items // 名下在办，急的在前
  4: optional string next_cursor = ""     // 下一页的游标
  5: required list<HeldTicket> tickets    // 今日叫到其窗口、尚未办完的号
  6: required list<StaffHandover> handovers // 移交
}

// 人员管理
service Personnel {
  // 辖区内的账号
  StaffPage ListStaff(1: StaffRequest request) (api.get="/api/v1/supervise/staff")
  // 开户；初始密码只给出这一次，首次登录须修改
  StaffPassword CreateStaff(1: CreateStaffRequest request) (api.post="/api/v1/supervise/staff", doc.status="201", doc.faults="account_taken validation_failed name_invalid idempotency_conflict")
  // 账号与其记录
  StaffLine GetStaff(1: view.IDRef request) (api.get="/api/v1/supervise/staff/:id", doc.faults="not_found")
  // 调岗；原岗位的登录随即失效，在办移交
  StaffLine MoveStaff(1: MoveStaffRequest request) (api.post="/api/v1/supervise/staff/:id/move", doc.faults="not_found own_account last_admin validation_failed reason_required transition_not_allowed")
  // 重置密码，给出新的初始密码
  StaffPassword ResetPassword(1: StaffReasonRequest request) (api.post="/api/v1/supervise/staff/:id/password", doc.faults="not_found own_account reason_required transition_not_allowed")
  // 停用；登录随即失效，在办移交
  StaffLine DisableStaff(1: DisableStaffRequest request) (api.post="/api/v1/supervise/staff/:id/disable", doc.faults="not_found own_account last_admin validation_failed reason_required")
  // 启用
  StaffLine EnableStaff(1: StaffReasonRequest request) (api.post="/api/v1/supervise/staff/:id/enable", doc.faults="not_found own_account reason_required")
  // 在办与移交的进展
  StaffWork GetWork(1: WorkRequest request) (api.get="/api/v1/supervise/staff/:id/work", doc.faults="not_found")
} (doc.auth="supervisor")
