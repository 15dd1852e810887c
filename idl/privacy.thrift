// 本人的个人信息：登录设备、查看记录、授权同意。
namespace go privacy

include "view.thrift"

// 一次登录
struct Session {
  1: required string id         // 编号
  2: required string device     // mini_program 小程序、app 手机应用、other 其他
  3: required string first_seen // 登录时间
  4: required string last_seen  // 最近使用时间
  5: required string expires_at // 不再使用则于此时失效
  6: required bool current      // 是否本次登录
}

// 登录列表
struct SessionList {
  1: required list<Session> items // 有效的登录，新的在前
}

// 退出其他登录的结果
struct RevokedAnswer {
  1: required i32 ended // 退出的个数
}

// 一次查看
struct Access {
  1: required string at        // 时间
  2: required string viewer    // 工作人员编号
  3: required string role      // 角色
  4: optional view.Org org     // 单位
  5: required string matter_no // 办件编号
  6: required string field     // 信息项：name、id_number、phone、address
  7: required string reason    // 理由
}

// 查看记录
struct AccessPage {
  1: required list<Access> items       // 查看，新的在前
  2: required bool verified            // 本页的散列链是否完整
  3: optional string next_cursor = ""  // 下一页的游标
}

// 查看记录的分页：以有查看的日子计
struct AccessRequest {
  1: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")     // 每页的天数，默认 20，最多 100
  2: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")  // 上一页给出的游标
}

// 一次同意或撤回
struct ConsentStep {
  1: required bool granted   // 同意或撤回
  2: required string version // 文本的版本
  3: required string at      // 时间
}

// 一项授权
struct Consent {
  1: required string purpose // 目的：privacy、face_check、licence_fetch、push、agent
  2: required string title   // 名称
  3: required string version // 现行文本的版本
  4: required string text    // 现行文本
  5: required bool needed    // 是否为提供服务所必需
  6: required bool granted   // 现在是否同意
  7: required bool outdated  // 同意的是旧版本，须重新同意
  8: required list<ConsentStep> history // 历次，旧的在前
}

// 授权列表
struct ConsentList {
  1: required list<Consent> items // 各项授权
}

// 同意或撤回
struct SayConsentRequest {
  1: required string purpose (api.vd="required,oneof=privacy face_check licence_fetch push agent") // 目的
  2: required bool granted   // 同意或撤回
  3: string version          (api.vd="omitempty,max=32") // 所同意文本的版本，同意时必填
}

// 本人的个人信息
service Privacy {
  // 有效的登录
  SessionList ListSessions() (api.get="/api/v1/me/sessions")
  // 退出一个登录，即时生效
  view.Nothing RevokeSession(1: view.IDRef request) (api.delete="/api/v1/me/sessions/:id", doc.faults="not_found")
  // 退出其他所有登录，即时生效
  RevokedAnswer RevokeOthers() (api.post="/api/v1/me/sessions/revoke-others")
  // 谁查看过我的未脱敏信息
  AccessPage ListAccesses(1: AccessRequest request) (api.get="/api/v1/me/access")
  // 各项授权及其历次
  ConsentList ListConsents() (api.get="/api/v1/me/consents")
  // 同意或撤回一项授权
  Consent SayConsent(1: SayConsentRequest request) (api.post="/api/v1/me/consents", doc.faults="consent_outdated consent_needed")
} (doc.auth="citizen")
