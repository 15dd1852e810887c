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

// 暂不能注销的一个原因
struct Blocker {
  1: required string kind // matter 办件未办结、booking 预约未结束、booking_block 爽约限制期内
  2: required string id   // 编号
  3: required string say  // 说明
}

// 注销后仍依法保管的一个办件
struct KeptMatter {
  1: required string matter_no // 办件编号
  2: required string item      // 事项
  3: required string until     // 保管至
  4: required string why       // 依据
}

// 一类信息的保管期限
struct RetentionTerm {
  1: required string key      // 类别
  2: required string name     // 名称
  3: required string since    // 起算
  4: required i32 years       // 年，与天二者之一
  5: required i32 days        // 天
  6: required string why      // 理由
  7: required bool locked     // 注销后仍保管
}

// 注销账号
struct Erasure {
  1: required list<Blocker> blockers      // 暂不能注销的原因；空则可以注销
  2: required list<KeptMatter> kept       // 仍依法保管的办件：锁定，不作他用，到期清除
  3: optional string kept_until = ""      // 其中最晚的日期
  4: required list<RetentionTerm> terms   // 各类信息的保管期限
  5: optional string erased_at = ""       // 注销的时间；未注销则无
}

// 注销账号的请求
struct EraseRequest {
  1: required bool confirm // 确认注销，不可恢复
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
  // 注销会怎样：有无未完事项，哪些依法保管到何时
  Erasure ForeseeErasure() (api.get="/api/v1/me/erasure")
  // 注销账号：立即退出所有登录，删除草稿、通知、授权；依法须保管的办件锁定，到期清除
  Erasure EraseAccount(1: EraseRequest request) (api.post="/api/v1/me/erasure", doc.faults="erasure_blocked")
  // 各项授权及其历次
  ConsentList ListConsents() (api.get="/api/v1/me/consents")
  // 同意或撤回一项授权
  Consent SayConsent(1: SayConsentRequest request) (api.post="/api/v1/me/consents", doc.faults="consent_outdated consent_needed")
} (doc.auth="citizen")
