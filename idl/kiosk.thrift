// 一体机与金融终端。
namespace go kiosk

include "view.thrift"

// 终端会话：以终端密钥对“时间戳\n随机串\n终端编号”作 HMAC-SHA256
struct SessionRequest {
  1: required string device_id (api.vd="required,max=64")  // 终端编号
  2: required string timestamp (api.vd="required,max=20")  // Unix 秒，偏差不超过 300 秒
  3: required string nonce     (api.vd="required,max=64")  // 随机串，16 至 64 位，不可重复
  4: required string signature (api.vd="required,len=64")  // 十六进制
}

// 终端
struct Device {
  1: required string id      // 编号
  2: required string kind    // kiosk 一体机、bank_terminal 金融终端
  3: required string region  // 所在地
  4: required string place   // 地点
}

// 会话
struct SessionAnswer {
  1: required string token       // 终端令牌
  2: required string expires_at  // 失效时间
  3: required Device device      // 终端
}

// 终端状况
struct StatusRequest {
  1: required string paper (api.vd="required,oneof=ok low out") // 纸张：ok 充足、low 不足、out 缺纸
}

// 终端状况
struct StatusAnswer {
  1: required string seen_at // 收到时间
}

// 办理地
struct ItemsRequest {
  1: string to (api.query="to", go.tag='json:"-"', api.vd="omitempty,len=6") // 办理地，默认本市
}

// 终端上的场景
struct Scenario {
  1: required string code            // 事项编码
  2: required string name            // 事项
  3: required string department_name // 条线
  4: required bool instant           // 即时出证
  5: required list<view.Coded> situations // 情形
}

// 场景列表
struct ScenarioList {
  1: required bool live             // 该城市对的一体机是否开通
  2: optional string reason = ""    // 未开通的原因
  3: optional string opens_on = ""  // 开通日期
  4: required list<Scenario> items  // 场景，常办的在前
}

// 登录码
struct LoginAnswer {
  1: required string id             // 编号
  2: required string state          // waiting 待扫码、confirmed 已确认、refused 已拒绝、used 已登录、ended 已退出
  3: required string expires_at     // 登录码失效时间
  4: optional view.QR qr            // 登录码，仅在新取时给出
  5: optional string token = ""     // 本人令牌，确认后仅给出一次；120 秒无操作即失效
  6: optional string token_expires_at = "" // 最迟失效时间
  7: optional view.Person person    // 谁确认的（已脱敏）
}

// 出证
struct CertificateRequest {
  1: required string item_code      (api.vd="required,max=40") // 事项编码
  2: required string situation_code (api.vd="required,max=40") // 情形编码
  3: string handling_region         (api.vd="omitempty,len=6") // 办理地，默认本市
}

// 证明
struct Certificate {
  1: required string no          // 证明编号
  2: required string name        // 名称
  3: required string state       // valid 有效、expired 过期、revoked 作废、superseded 被替代
  4: required string issued_at   // 出具时间
  5: optional string until = ""  // 有效期至，长期则缺
  6: required string check_code  // 核验码
  7: required string pdf_url     // A4
  8: required string slip_url    // 58 mm
  9: required string verify_url  // 核验链接
  10: required i32 prints        // 打印次数
}

// 即时办件与证明
struct CertificateAnswer {
  1: required string no            // 办件编号
  2: required string state         // 办件状态
  3: required Certificate certificate // 证明
}

// 以编号指明证明
struct PaperRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 证明编号
  2: string page (api.query="page", go.tag='json:"-"', api.vd="omitempty,oneof=a4 58mm") // 纸张，默认 a4
}

// 在终端开始办件
struct StartRequest {
  1: required string item_code      (api.vd="required,max=40") // 事项编码
  2: required string situation_code (api.vd="required,max=40") // 情形编码
  3: string handling_region         (api.vd="omitempty,len=6") // 办理地，默认本市
  4: required string delivery_method (api.vd="required,oneof=electronic pickup") // 结果送达：electronic 电子、pickup 自取；邮寄请在手机上填写地址
  5: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号
}

// 以编号指明材料
struct MaterialRef {
  1: required string no   (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string code (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 材料编码
}

// 提交、撤回
struct SubmitRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required bool declared // 作出材料真实性承诺
}

// 一体机
service Kiosk {
  // 终端会话
  SessionAnswer Begin(1: SessionRequest request) (api.post="/api/v1/kiosk/session", doc.auth="none", doc.faults="signature_invalid timestamp_out_of_range nonce_replayed device_disabled")
  // 报告状况，至少每十分钟一次
  StatusAnswer Report(1: StatusRequest request) (api.post="/api/v1/kiosk/status")
  // 本终端可办的场景
  ScenarioList ListItems(1: ItemsRequest request) (api.get="/api/v1/kiosk/items", doc.faults="unknown_region same_region")
  // 取登录码
  LoginAnswer StartLogin() (api.post="/api/v1/kiosk/login", doc.status="201")
  // 登录码的进展；确认后给出本人令牌
  LoginAnswer GetLogin(1: view.IDRef request) (api.get="/api/v1/kiosk/login/:id", doc.faults="not_found")
  // 退出
  LoginAnswer Logout() (api.post="/api/v1/kiosk/logout")
  // 即时出证；当日再次请求为补打，不另生办件
  CertificateAnswer Certify(1: CertificateRequest request) (api.post="/api/v1/kiosk/certificates", doc.status="201", doc.faults="item_not_offered identity_required materials_missing licence_unavailable pair_not_live mode_not_offered certificate_not_valid")
  // 证明的 PDF：A4 或 58 mm
  binary GetPaper(1: PaperRequest request) (api.get="/api/v1/kiosk/certificates/:no/paper.pdf", doc.produces="application/pdf", doc.faults="not_found certificate_not_valid")
  // 在终端开始办件
  view.Matter StartMatter(1: StartRequest request) (api.post="/api/v1/kiosk/matters", doc.status="201", doc.faults="identity_required pair_not_live mode_not_offered item_not_offered delivery_not_offered idempotency_conflict")
  // 办件
  view.Matter GetMatter(1: view.MatterRef request) (api.get="/api/v1/kiosk/matters/:no", doc.faults="not_found")
  // 扫描材料
  view.Material PutMaterial(1: MaterialRef request) (api.put="/api/v1/kiosk/matters/:no/materials/:code", doc.multipart="file", doc.faults="not_found transition_not_allowed material_unknown file_type_not_allowed file_empty")
  // 提交
  view.Matter Submit(1: SubmitRequest request) (api.post="/api/v1/kiosk/matters/:no/submit", doc.faults="not_found transition_not_allowed materials_missing declaration_required")
  // 办件回执，58 mm
  binary GetReceipt(1: view.MatterRef request) (api.get="/api/v1/kiosk/matters/:no/receipt.pdf", doc.produces="application/pdf", doc.faults="not_found transition_not_allowed")
} (doc.auth="kiosk")
