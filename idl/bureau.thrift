// 问题处理与差评整改。
namespace go bureau

include "view.thrift"

// 查工单
struct ProblemsRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=open assigned answered closed") // 状态，默认 assigned 处理中
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 登记问题
struct OpenProblemRequest {
  1: required string title (api.vd="required,max=60")   // 问题
  2: string text           (api.vd="omitempty,max=1000") // 详情
  3: string matter_no      (api.vd="omitempty,max=40")   // 涉及的办件
  4: string unit           (api.vd="omitempty,max=20")   // 责任单位，先不定则为待交办
  5: bool urgent           // 紧急：一个工作日内答复
  6: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号
}

// 交办
struct AssignProblemRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 工单编号
  2: required string unit (api.vd="required,max=20")  // 责任单位
  3: string note          (api.vd="omitempty,max=500") // 说明
}

// 退回、延长、办结
struct ProblemReasonRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 工单编号
  2: required string reason (api.vd="required,max=500") // 理由
}

// 查评价
struct ReviewsRequest {
  1: bool bad      (api.query="bad", go.tag='json:"-"')                                  // 只要差评
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 评价，不显示是谁作出
struct ReviewLine {
  1: required string matter_no       // 办件编号，即评价编号
  2: required string item_code       // 事项编码
  3: required string mode            // 方式
  4: required view.Org receiving_org // 收件单位
  5: required view.Org handling_org  // 办理单位
  6: required view.Review review     // 评价
  7: required list<string> objects   // 差评所指：R 收件地、H 办理地、carrier 承运商、platform 平台
  8: required bool excluded          // 经核实不计入
  9: optional string outcome = ""    // 整改结果：rectified、explained、mistaken、malicious
  10: optional string answer = ""    // 答复
  11: optional i32 second_stars      // 整改后再次评价
  12: optional string problem_id = "" // 差评的工单
}

// 评价列表
struct ReviewPage {
  1: required list<ReviewLine> items   // 评价，新的在前
  2: optional string next_cursor = ""  // 下一页的游标
}

// 差评整改结果
struct FollowUpRequest {
  1: required string id      (api.path="id", go.tag='json:"-"', api.vd="required,max=40") // 评价编号，即办件编号
  2: required string outcome (api.vd="required,oneof=rectified explained mistaken malicious") // rectified 已整改、explained 已说明、mistaken 误评、malicious 恶意（后两者不计入）
  3: required string answer  (api.vd="required,max=500") // 给评价人的答复
}

// 登记终端
struct RegisterDeviceRequest {
  1: required string kind   (api.vd="required,oneof=kiosk bank_terminal") // kiosk 一体机、bank_terminal 金融终端
  2: required string region (api.vd="required,len=6")   // 所在地
  3: required string place  (api.vd="required,max=60")  // 地点
  4: required string org    (api.vd="required,max=20")  // 管理单位
}

// 终端
struct DeviceLine {
  1: required string id             // 编号
  2: required string kind           // 种类
  3: required string region         // 所在地
  4: required string place          // 地点
  5: required view.Org org          // 管理单位
  6: required bool active           // 是否启用
  7: optional string seen_at = ""   // 最近一次联系
  8: optional string paper = ""     // 纸张
  9: optional string trouble = ""   // 故障：paper 缺纸、silent 没有响应
  10: optional string key = ""      // 密钥（十六进制），仅在登记时给出一次
}

// 终端列表
struct DevicePage {
  1: required list<DeviceLine> items   // 终端
  2: optional string next_cursor = ""  // 下一页的游标
}

// 停用、启用终端
struct SwitchDeviceRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required bool active // 是否启用
}

// 问题处理
service Bureau {
  // 辖区的工单，急的在前
  view.ProblemPage ListProblems(1: ProblemsRequest request) (api.get="/api/v1/supervise/problems")
  // 登记问题
  view.Problem OpenProblem(1: OpenProblemRequest request) (api.post="/api/v1/supervise/problems", doc.status="201", doc.faults="not_found validation_failed")
  // 工单
  view.Problem GetProblem(1: view.IDRef request) (api.get="/api/v1/supervise/problems/:id", doc.faults="not_found")
  // 交办或改派
  view.Problem AssignProblem(1: AssignProblemRequest request) (api.post="/api/v1/supervise/problems/:id/assign", doc.faults="not_found transition_not_allowed")
  // 退回重办
  view.Problem SendBackProblem(1: ProblemReasonRequest request) (api.post="/api/v1/supervise/problems/:id/send-back", doc.faults="not_found transition_not_allowed reason_required")
  // 复杂问题延长期限，限一次
  view.Problem ExtendProblem(1: ProblemReasonRequest request) (api.post="/api/v1/supervise/problems/:id/extend", doc.faults="not_found transition_not_allowed extension_used reason_required")
  // 办结，责任单位自己不能办结
  view.Problem CloseProblem(1: ProblemReasonRequest request) (api.post="/api/v1/supervise/problems/:id/close", doc.faults="not_found reason_required")
  // 评价
  ReviewPage ListReviews(1: ReviewsRequest request) (api.get="/api/v1/supervise/reviews")
  // 差评的整改结果与答复；工单随之办结
  ReviewLine FollowUpReview(1: FollowUpRequest request) (api.post="/api/v1/supervise/reviews/:id/follow-up", doc.faults="not_found not_reviewable reason_required")
  // 登记终端；密钥只给出这一次
  DeviceLine RegisterDevice(1: RegisterDeviceRequest request) (api.post="/api/v1/supervise/devices", doc.status="201", doc.faults="unknown_region validation_failed")
  // 终端
  DevicePage ListDevices(1: view.PageRequest request) (api.get="/api/v1/supervise/devices")
  // 停用或启用终端，即时生效
  DeviceLine SwitchDevice(1: SwitchDeviceRequest request) (api.put="/api/v1/supervise/devices/:id", doc.faults="not_found")
} (doc.auth="supervisor")
