// 本人的个人信息：登录设备、查看与对外提供的记录、授权同意、所保存的信息及其副本。
namespace go privacy

include "view.thrift"

// 一次登录
struct Session {
  1: required string id         // 编号
  2: required string device     // mini_program 小程序、app 手机应用、kiosk 自助终端、other 其他
  3: required string first_seen // 登录时间
  4: required string last_seen  // 最近使用时间
  5: required string expires_at // 不再使用则于此时失效
  6: required bool current      // 是否本次登录
  7: optional string place = "" // 自助终端所在地点
}

// 登录列表
struct SessionList {
  1: required list<Session> items // 有效的登录，新的在前
}

// 退出其他登录的结果
struct RevokedAnswer {
  1: required i32 ended // 退出的个数
}

// 一次查看、对外提供或复制
struct Access {
  1: required string at        // 时间
  2: required string viewer    // 工作人员编号；由系统或本人进行的为空或本人编号
  3: required string role      // 角色
  4: optional view.Org org     // 单位
  5: required string matter_no // 办件编号；不涉及办件的为空
  6: required string field     // 信息项：name、id_number、phone、address 等，多项以逗号分隔
  7: required string reason    // 理由
  8: required string kind      // viewed 工作人员查看、disclosed 对外提供、exported 本人复制
  9: required list<string> fields // 信息项，逐项
  10: optional string to = ""  // 提供给谁
  11: optional string to_kind = "" // courier 快递、peer 外市系统、licence 电子证照库、register 其他部门登记
}

// 查看记录
struct AccessPage {
  1: required list<Access> items       // 查看，新的在前
  2: required bool verified            // 本页的散列链是否完整
  3: optional string next_cursor = ""  // 下一页的游标
}

// 一类所保存的信息
struct Holding {
  1: required string kind   // 类别：account、matters、materials 等
  2: required string title  // 名称
  3: required i64 count     // 条数
  4: required string why    // 为何保存
  5: required string kept   // 保存到何时
  6: required i32 locked    // 因归档锁定、到期前不能删除的条数
}

// 一件锁定的办件
struct Lock {
  1: required string matter_no // 办件编号
  2: required string item      // 事项名称
  3: required string state     // 状态
  4: required string why       // 为何锁定
  5: required string until     // 保存至
}

// 所保存的本人信息
struct DataAnswer {
  1: required list<Holding> items // 各类信息
  2: required list<Lock> locked   // 锁定的办件，新的在前，最多 100 件；全部见副本
  3: optional Export export       // 最近一次副本
}

// 一份个人信息副本
struct Export {
  1: required string id        // 编号
  2: required string state     // building 正在准备、ready 可以下载、expired 已过期删除、failed 未能生成
  3: required string state_name // 状态名称
  4: required string asked_at  // 申请时间
  5: optional string ready_at = "" // 备好时间
  6: optional string until = ""    // 逾期自动删除
  7: optional i64 size = 0     // 字节数
  8: optional string url = ""  // 一次性下载地址，须以本人登录访问；用过后可重新获取
  9: required list<string> fetched_at // 历次下载
}

// 申请副本
struct AskExportRequest {
  1: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号：同一编号只申请一份
}

// 下载副本
struct ExportFileRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64")      // 编号
  2: required string ticket (api.query="ticket", go.tag='json:"-"', api.vd="required,max=64") // 下载地址中的凭据
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
  // 退出一个登录，即时生效；自助终端上的登录同样
  view.Nothing RevokeSession(1: view.IDRef request) (api.delete="/api/v1/me/sessions/:id", doc.faults="not_found")
  // 退出其他所有登录，即时生效
  RevokedAnswer RevokeOthers() (api.post="/api/v1/me/sessions/revoke-others")
  // 谁查看过我的未脱敏信息，以及对外提供给了谁
  AccessPage ListAccesses(1: AccessRequest request) (api.get="/api/v1/me/access")
  // 注销会怎样：有无未完事项，哪些依法保管到何时
  Erasure ForeseeErasure() (api.get="/api/v1/me/erasure")
  // 注销账号：立即退出所有登录，删除草稿、通知、授权；依法须保管的办件锁定，到期清除
  Erasure EraseAccount(1: EraseRequest request) (api.post="/api/v1/me/erasure", doc.faults="erasure_blocked")
  // 各项授权及其历次
  ConsentList ListConsents() (api.get="/api/v1/me/consents")
  // 同意或撤回一项授权
  Consent SayConsent(1: SayConsentRequest request) (api.post="/api/v1/me/consents", doc.faults="consent_outdated consent_needed")
  // 保存着我的哪些信息、为何保存、保存到何时
  DataAnswer GetData() (api.get="/api/v1/me/data")
  // 申请全部个人信息的副本，每天一次，备好后通知；须经现场核验身份
  Export AskExport(1: AskExportRequest request) (api.post="/api/v1/me/data/exports", doc.status="201", doc.faults="identity_required export_running export_limit idempotency_conflict")
  // 副本是否备好
  Export GetExport(1: view.IDRef request) (api.get="/api/v1/me/data/exports/:id", doc.faults="not_found")
  // 下载中断后重新获取下载地址
  Export RenewExportLink(1: view.IDRef request) (api.post="/api/v1/me/data/exports/:id/link", doc.faults="not_found export_not_ready export_gone")
  // 下载副本，每个地址一次
  binary GetExportFile(1: ExportFileRequest request) (api.get="/api/v1/me/data/exports/:id/file", doc.produces="application/zip", doc.faults="not_found export_not_ready export_gone")
} (doc.auth="citizen")
