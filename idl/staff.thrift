// 工作人员共用：登录、留痕、查看未脱敏信息。
namespace go staff

include "view.thrift"

// 登录
struct LoginRequest {
  1: required string username (api.vd="required,max=64")  // 账号
  2: required string password (api.vd="required,max=128") // 密码
}

// 工作人员
struct Member {
  1: required string id         // 编号
  2: required string name       // 姓名
  3: required string role       // clerk 窗口、reviewer 审批、supervisor 监管、admin 管理
  4: required view.Org org      // 单位
  5: optional bool lead = false // 科室负责人
  6: optional view.HallRef hall // 所在大厅
  7: optional list<string> windows // 负责的窗口号；没有则为全部
}

// 登录结果
struct LoginAnswer {
  1: required string token      // 访问令牌
  2: required string expires_at // 失效时间
  3: required Member staff       // 工作人员
  4: optional bool must_change = false // 用的是初始密码：修改密码前不能进行其他操作
}

// 修改密码
struct ChangePasswordRequest {
  1: required string old_password (api.vd="required,max=128") // 原密码
  2: required string new_password (api.vd="required,max=128") // 新密码：至少十位，含大写、小写、数字、符号中的三类
}

// 本人
struct MeAnswer {
  1: required Member staff // 工作人员
}

// 留痕
struct TrailAnswer {
  1: required bool verified                 // 散列链是否完整
  2: required list<view.TrailEntry> items   // 依时间排列
}

// 查看一项未脱敏信息
struct RevealRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string field  (api.vd="required,oneof=name id_number phone address") // 信息项
  3: required string reason (api.vd="required,max=200") // 理由，记入留痕
}

// 未脱敏信息
struct RevealAnswer {
  1: required string field // 信息项
  2: required string value // 内容
}

// 邮件列表
struct ParcelList {
  1: required list<view.Parcel> items // 邮件
}

// 登记邮件的实际情况：电话核实的遗失、矛盾记录的澄清
struct ReportParcelRequest {
  1: required string no    (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string id    (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 邮件编号
  3: required string event (api.vd="required,oneof=collected in_transit out_for_delivery at_pickup_point delivery_failed damaged rejected returning delivered delivered_by_other lost returned cancelled") // 实际情况
  4: required string note  (api.vd="required,max=200") // 依据，如承运商的答复
  5: string at             (api.vd="omitempty,max=40") // 发生的时间，默认现在
}

// 更正面单：快递公司、电话
struct LabelParcelRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 邮件编号
  3: string company     (api.vd="omitempty,max=32") // 快递公司代码，核对面单后填写
  4: string phone       (api.vd="omitempty,max=20") // 面单上的联系电话：顺丰、中通凭其后四位查询
}

// 本单位的一条消息
struct Notice {
  1: required string id           // 编号
  2: required string key          // 种类
  3: required string title        // 标题
  4: required string text         // 正文
  5: required string ref_kind     // 所指：matter、booking、parcel、policy
  6: required string ref_id       // 所指的编号
  7: required string at           // 时间
  8: optional string read_at = "" // 已读时间
}

// 本单位的消息
struct NoticePage {
  1: required list<Notice> items       // 消息，新的在前
  2: optional string next_cursor = ""  // 下一页的游标
}

// 本单位的工单
struct UnitProblemsRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=assigned answered closed") // 状态，默认 assigned 处理中
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 答复或回访
struct ProblemTextRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 工单编号
  2: required string text (api.vd="required,max=1000") // 内容
}

// 工作人员
service Staff {
  // 登录
  LoginAnswer Login(1: LoginRequest request) (api.post="/api/v1/staff/login", doc.auth="none", doc.faults="login_failed login_locked")
  // 修改本人密码；其他登录随即失效，给出新的令牌
  LoginAnswer ChangePassword(1: ChangePasswordRequest request) (api.post="/api/v1/staff/password", doc.faults="validation_failed password_weak login_locked")
  // 本人信息
  MeAnswer GetMe() (api.get="/api/v1/staff/me")
  // 办件留痕
  TrailAnswer GetTrail(1: view.MatterRef request) (api.get="/api/v1/matters/:no/trail", doc.faults="not_found")
  // 查看一项未脱敏信息，记入留痕
  RevealAnswer Reveal(1: RevealRequest request) (api.post="/api/v1/matters/:no/reveal", doc.faults="not_found reason_required")
  // 办件的邮件，附承运商的原文
  ParcelList ListParcels(1: view.MatterRef request) (api.get="/api/v1/staff/matters/:no/parcels", doc.faults="not_found")
  // 登记邮件的实际情况，限寄件或收件单位及监管
  view.Parcel ReportParcel(1: ReportParcelRequest request) (api.post="/api/v1/staff/matters/:no/parcels/:id/report", doc.faults="not_found wrong_organisation")
  // 更正面单上的快递公司或电话
  view.Parcel LabelParcel(1: LabelParcelRequest request) (api.post="/api/v1/staff/matters/:no/parcels/:id/label", doc.faults="not_found wrong_organisation transition_not_allowed")
  // 本单位的消息，新的在前
  NoticePage ListInbox(1: view.PageRequest request) (api.get="/api/v1/staff/inbox")
  // 标为已读
  Notice ReadNotice(1: view.IDRef request) (api.post="/api/v1/staff/inbox/:id/read", doc.faults="not_found")
  // 本单位要答复的问题工单，急的在前
  view.ProblemPage ListProblems(1: UnitProblemsRequest request) (api.get="/api/v1/staff/problems")
  // 回访反映问题的人
  view.Problem ContactProblem(1: ProblemTextRequest request) (api.post="/api/v1/staff/problems/:id/contact", doc.faults="not_found transition_not_allowed")
  // 答复
  view.Problem AnswerProblem(1: ProblemTextRequest request) (api.post="/api/v1/staff/problems/:id/answer", doc.faults="not_found transition_not_allowed wrong_organisation")
} (doc.auth="staff")
