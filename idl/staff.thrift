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
}

// 登录结果
struct LoginAnswer {
  1: required string token      // 访问令牌
  2: required string expires_at // 失效时间
  3: required Member staff       // 工作人员
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

// 工作人员
service Staff {
  // 登录
  LoginAnswer Login(1: LoginRequest request) (api.post="/api/v1/staff/login", doc.auth="none", doc.faults="login_failed login_locked")
  // 本人信息
  MeAnswer GetMe() (api.get="/api/v1/staff/me")
  // 办件留痕
  TrailAnswer GetTrail(1: view.MatterRef request) (api.get="/api/v1/matters/:no/trail", doc.faults="not_found")
  // 查看一项未脱敏信息，记入留痕
  RevealAnswer Reveal(1: RevealRequest request) (api.post="/api/v1/matters/:no/reveal", doc.faults="not_found reason_required")
} (doc.auth="staff")
