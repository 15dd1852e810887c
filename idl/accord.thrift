// 两地协作：协议、事项提议、联席会议。
namespace go accord

include "view.thrift"

// 联系岗位，不写个人
struct Contact {
  1: required string org_id   (api.vd="required,max=20") // 单位编号
  2: required string duty     (api.vd="required,max=40") // 岗位，如“跨城通办专班”
  3: string phone             (api.vd="omitempty,max=20") // 值班电话
}

// 签订协议
struct ConcludeRequest {
  1: required string city       (api.vd="required,len=6")  // 另一方城市
  2: required string title      (api.vd="required,max=100") // 名称
  3: list<string> items         (api.vd="omitempty,max=500,dive,max=40") // 事项编码，不填为全部
  4: required list<string> modes (api.vd="required,min=1,max=3,dive,oneof=online window kiosk") // 办理方式
  5: required list<Contact> contacts (api.vd="required,min=1,max=20,dive") // 联系岗位
  6: required string valid_from (api.vd="required,datetime=2006-01-02") // 生效日期
  7: required string valid_to   (api.vd="required,datetime=2006-01-02") // 截止日期
  8: string note                (api.vd="omitempty,max=1000") // 说明
}

// 续签或变更
struct RenewRequest {
  1: required string id         (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: list<string> items         (api.vd="omitempty,max=500,dive,max=40") // 事项编码，不填为全部
  3: required list<string> modes (api.vd="required,min=1,max=3,dive,oneof=online window kiosk") // 办理方式
  4: required list<Contact> contacts (api.vd="required,min=1,max=20,dive") // 联系岗位
  5: required string valid_from (api.vd="required,datetime=2006-01-02") // 生效日期
  6: required string valid_to   (api.vd="required,datetime=2006-01-02") // 截止日期
  7: string note                (api.vd="omitempty,max=1000") // 说明
}

// 查协议
struct AgreementsRequest {
  1: string city   (api.query="city", go.tag='json:"-"', api.vd="omitempty,len=6")       // 另一方城市
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 以编号指明，并说明理由
struct ReasonRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required string reason (api.vd="required,max=500") // 理由
}

// 联系岗位
struct ContactView {
  1: required view.Org org  // 单位
  2: required string duty   // 岗位
  3: optional string phone = "" // 值班电话
}

// 协议的一版
struct Terms {
  1: required i32 version            // 版本
  2: required list<string> items     // 事项编码，空为全部
  3: required list<string> modes     // 办理方式
  4: required list<ContactView> contacts // 联系岗位
  5: required string valid_from      // 生效日期
  6: required string valid_to        // 截止日期
  7: optional string note = ""       // 说明
  8: required string signed_at       // 登记时间
}

// 协议
struct Agreement {
  1: required string id             // 编号
  2: required string title          // 名称
  3: required string home           // 本市
  4: required string city           // 另一方城市
  5: required string city_name      // 另一方城市名称
  6: required string state          // pending 未生效、valid 有效、expiring 将到期、expired 已到期、ended 已终止
  7: required list<Terms> versions  // 各版，新的在后
  8: optional string ended_at = ""  // 终止时间
  9: optional string end_reason = "" // 终止原因
  10: required string last_day      // 各版中最后的截止日期
  11: required i32 days_left        // 距其还有几天；已过或已终止为 0
  12: required string effect        // 现状对办件与开通的影响
}

// 协议列表
struct AgreementPage {
  1: required list<Agreement> items   // 协议
  2: optional string next_cursor = "" // 下一页的游标
}

// 提议变更事项
struct ProposeRequest {
  1: required string kind  (api.vd="required,oneof=add change remove situations materials days modes") // 种类：新增、变更、取消、情形、材料、时限、方式
  2: string item_code      (api.vd="omitempty,max=40")  // 事项编码，新增时不填
  3: string name           (api.vd="omitempty,max=100") // 新增事项的名称
  4: string owner          (api.vd="omitempty,max=20")  // 新增事项的主管部门
  5: required string city  (api.vd="required,len=6")    // 对方城市
  6: required string text  (api.vd="required,max=2000") // 变更内容与理由
  7: bool minor                                        // 只减少材料，不必经对方确认
}

// 答复提议
struct AnswerProposalRequest {
  1: required string id  (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required bool agree                              // 是否同意
  3: string note         (api.vd="omitempty,max=1000") // 说明，不同意时必填
}

// 已发布
struct PublishedRequest {
  1: required string id  (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required i32 version (api.vd="required,min=1") // 事项版本
}

// 查提议
struct ProposalsRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=proposed agreed declined consented refused published") // 状态
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 查与本单位有关的提议
struct OwnProposalsRequest {
  1: required string side (api.query="side", go.tag='json:"-"', api.vd="required,oneof=org owner partner") // org 本单位提出、owner 待本单位决定、partner 待本单位确认
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 经过
struct ProposalStep {
  1: required string at   // 时间
  2: required view.Org org // 单位
  3: required string what // proposed、agreed、declined、consented、refused、published
  4: optional string text = "" // 说明
}

// 提议
struct Proposal {
  1: required string id           // 编号
  2: required string kind         // 种类
  3: optional string item_code = "" // 事项编码
  4: required string name         // 事项
  5: required string text         // 变更内容与理由
  6: required bool minor          // 只减少材料
  7: required view.Org org        // 提出单位
  8: required view.Org owner      // 主管部门
  9: required view.Org partner    // 对方城市
  10: required string state       // 状态
  11: required string state_name  // 状态名称
  12: optional string due = ""    // 应答复的日期
  13: optional i32 version        // 发布的版本
  14: required list<ProposalStep> steps // 经过
}

// 提议列表
struct ProposalPage {
  1: required list<Proposal> items    // 提议，新的在前
  2: optional string next_cursor = "" // 下一页的游标
}

// 召集会议
struct CallRequest {
  1: required string title       (api.vd="required,max=100") // 名称
  2: required list<string> cities (api.vd="required,min=1,max=20,dive,len=6") // 参会的另一方城市
  3: required string starts_at   (api.vd="required,max=40")  // 时间，RFC 3339
  4: required string place       (api.vd="required,max=100") // 地点
  5: list<string> orgs           (api.vd="omitempty,max=60,dive,max=20") // 邀请的单位
  6: list<string> points         (api.vd="omitempty,max=50,dive,max=200") // 另加的议题
}

// 重拟议程
struct AgendaRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: list<string> points  (api.vd="omitempty,max=50,dive,max=200") // 另加的议题，不填则保留原有
}

// 参会单位
struct AttendeeInput {
  1: required string org_id (api.vd="required,max=20") // 单位编号
  2: required string duty   (api.vd="required,max=40") // 职务，不写姓名
}

// 议定事项
struct DecisionInput {
  1: required string text (api.vd="required,max=500") // 内容
  2: required string unit (api.vd="required,max=20")  // 责任单位
  3: required string due  (api.vd="required,datetime=2006-01-02") // 期限
}

// 会议纪要
struct HoldRequest {
  1: required string id       (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required list<AttendeeInput> attendees (api.vd="required,min=1,max=100,dive") // 参会单位
  3: required string minutes  (api.vd="required,max=10000") // 纪要
  4: list<DecisionInput> decisions (api.vd="omitempty,max=50,dive") // 议定事项，各成一张工单
}

// 议题
struct Point {
  1: required string title        // 题目
  2: optional string problem = "" // 问题工单编号
  3: optional view.Org unit       // 责任单位
  4: required i32 late            // 逾期次数
}

// 参会单位
struct Attendee {
  1: required view.Org org // 单位
  2: required string duty  // 职务
}

// 议定事项
struct Decision {
  1: required i32 n               // 序号
  2: required string text         // 内容
  3: required view.Org unit       // 责任单位
  4: required string due          // 期限
  5: optional string problem = "" // 工单编号
  6: optional string state = ""   // 工单状态
}

// 联席会议
struct Meeting {
  1: required string id          // 编号
  2: required string title       // 名称
  3: required list<string> cities // 参会的另一方城市
  4: required string starts_at   // 时间
  5: required string place       // 地点
  6: required string state       // planned 待召开、held 已召开
  7: required list<view.Org> orgs // 邀请的单位
  8: required list<Point> agenda // 议程
  9: required list<Attendee> attendees // 参会单位
  10: optional string minutes = "" // 纪要
  11: required list<Decision> decisions // 议定事项
  12: optional string held_at = "" // 记录时间
}

// 会议列表
struct MeetingPage {
  1: required list<Meeting> items     // 会议，新的在前
  2: optional string next_cursor = "" // 下一页的游标
}

// 两地协作
service Accord {
  // 协议
  AgreementPage ListAgreements(1: AgreementsRequest request) (api.get="/api/v1/supervise/agreements")
  // 登记新协议
  Agreement Conclude(1: ConcludeRequest request) (api.post="/api/v1/supervise/agreements", doc.status="201", doc.faults="unknown_region")
  // 一份协议
  Agreement GetAgreement(1: view.IDRef request) (api.get="/api/v1/supervise/agreements/:id", doc.faults="not_found")
  // 续签或变更：加一版
  Agreement Renew(1: RenewRequest request) (api.post="/api/v1/supervise/agreements/:id/renew", doc.faults="not_found transition_not_allowed")
  // 终止协议
  Agreement EndAgreement(1: ReasonRequest request) (api.post="/api/v1/supervise/agreements/:id/end", doc.faults="not_found")
  // 事项提议
  ProposalPage ListProposals(1: ProposalsRequest request) (api.get="/api/v1/supervise/proposals")
  // 提议已在目录的某一版发布
  Proposal PublishProposal(1: PublishedRequest request) (api.post="/api/v1/supervise/proposals/:id/published", doc.faults="not_found transition_not_allowed")
  // 与本单位有关的提议
  ProposalPage ListOwnProposals(1: OwnProposalsRequest request) (api.get="/api/v1/staff/proposals", doc.auth="staff")
  // 提议新增或变更事项
  Proposal Propose(1: ProposeRequest request) (api.post="/api/v1/staff/proposals", doc.auth="staff", doc.status="201")
  // 一项提议
  Proposal GetProposal(1: view.IDRef request) (api.get="/api/v1/staff/proposals/:id", doc.auth="staff", doc.faults="not_found")
  // 主管部门决定，限科室负责人
  Proposal DecideProposal(1: AnswerProposalRequest request) (api.post="/api/v1/staff/proposals/:id/decide", doc.auth="staff", doc.faults="not_found wrong_organisation approval_required transition_not_allowed")
  // 对方城市确认（互认）
  Proposal ConsentProposal(1: AnswerProposalRequest request) (api.post="/api/v1/staff/proposals/:id/consent", doc.auth="staff", doc.faults="not_found wrong_organisation transition_not_allowed")
  // 联席会议
  MeetingPage ListMeetings(1: view.PageRequest request) (api.get="/api/v1/supervise/meetings")
  // 召集会议，议程取自两地未办结的问题
  Meeting CallMeeting(1: CallRequest request) (api.post="/api/v1/supervise/meetings", doc.status="201", doc.faults="unknown_region")
  // 一次会议
  Meeting GetMeeting(1: view.IDRef request) (api.get="/api/v1/supervise/meetings/:id", doc.faults="not_found")
  // 重拟议程
  Meeting RedrawAgenda(1: AgendaRequest request) (api.post="/api/v1/supervise/meetings/:id/agenda", doc.faults="not_found transition_not_allowed")
  // 记录会议：参会、纪要、议定事项
  Meeting HoldMeeting(1: HoldRequest request) (api.post="/api/v1/supervise/meetings/:id/hold", doc.faults="not_found transition_not_allowed")
} (doc.auth="supervisor")
