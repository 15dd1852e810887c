// 政策精准推送，以及本人的同意与退出。
namespace go policy

include "view.thrift"

// 人群规则：空的不限，事项、条线、地区至少一项
struct Rule {
  1: list<string> items       (api.vd="omitempty,max=50,dive,max=40") // 办过其中一项
  2: list<string> departments (api.vd="omitempty,max=20,dive,max=8")  // 办过其中一个条线的事项
  3: list<string> regions     (api.vd="omitempty,max=50,dive,len=6")  // 收件地，含下级
  4: string subject           (api.vd="omitempty,oneof=natural legal") // natural 自然人、legal 法人
  5: string used_from         (api.vd="omitempty,datetime=2006-01-02") // 办理日期起
  6: string used_to           (api.vd="omitempty,datetime=2006-01-02") // 办理日期止
}

// 登记政策
struct AddPolicyRequest {
  1: required string title     (api.vd="required,max=60")   // 名称
  2: required string text      (api.vd="required,max=5000") // 内容
  3: required string publisher (api.vd="required,max=20")   // 发布单位
  4: required string audience  (api.vd="required,max=40")   // 适用人群
  5: string item_code          (api.vd="omitempty,max=40")  // 推荐的事项
  6: required string until     (api.vd="required,datetime=2006-01-02") // 截止日期
  7: required Rule rule                                     // 推送给谁
  8: i32 cap                   (api.vd="omitempty,min=0")   // 最多多少人，0 为不限
  9: i32 rate                  (api.vd="omitempty,min=0,max=2400") // 每分钟多少人，默认 600
}

// 推送
struct PushRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: bool dry_run                                      // 只看人数，不推送
}

// 政策
struct Policy {
  1: required string id         // 编号
  2: required string title      // 名称
  3: required string text       // 内容
  4: required view.Org publisher // 发布单位
  5: required string audience   // 适用人群
  6: optional string item_code = "" // 推荐的事项
  7: required string until      // 截止日期
  8: required Rule rule         // 推送给谁
  9: required i32 cap           // 最多多少人
  10: required i32 rate         // 每分钟多少人
  11: required string state     // draft 未推送、pushing 推送中、paused 已暂停、done 已完成
  12: required i32 sent         // 已推送
  13: required i32 declined     // 已退出而未推送
  14: required i32 limited      // 本月已满而未推送
  15: optional string started_at = "" // 开始时间
  16: optional string done_at = ""    // 完成时间
}

// 推送的答复
struct PushAnswer {
  1: required Policy policy // 政策
  2: optional i32 size      // 试算：同意接收且符合规则的人数
  3: optional bool exact    // 试算：人数是否准确，过多时为下限
}

// 政策列表
struct PolicyPage {
  1: required list<Policy> items      // 政策，新的在前
  2: optional string next_cursor = "" // 下一页的游标
}

// 本人所见的政策
struct PolicyView {
  1: required string id          // 编号
  2: required string title       // 名称
  3: required string text        // 内容
  4: required view.Org publisher // 发布单位
  5: required string audience    // 适用人群
  6: optional string item_code = "" // 推荐的事项
  7: required string until       // 截止日期
  8: optional string why = ""    // 为何推送给您
  9: required bool push_on       // 您是否接收推送
  10: required string opt_out    // 一键退出的地址，POST
}

// 同意接收
struct AgreeRequest {
  1: required string version (api.vd="required,max=20") // 所阅读的同意书版本
}

// 一次同意
struct Consent {
  1: required string version           // 版本
  2: required string at                // 时间
  3: optional string withdrawn_at = "" // 撤回时间
}

// 推送的同意
struct PushConsent {
  1: required bool on                // 是否接收
  2: required string version         // 现行同意书版本
  3: required string text            // 同意书
  4: required list<Consent> consents // 历次同意
}

// 精准推送
service Policies {
  // 政策
  PolicyPage ListPolicies(1: view.PageRequest request) (api.get="/api/v1/supervise/policies")
  // 登记政策
  Policy AddPolicy(1: AddPolicyRequest request) (api.post="/api/v1/supervise/policies", doc.status="201", doc.faults="unknown_region")
  // 政策与推送进度
  Policy GetPolicyProgress(1: view.IDRef request) (api.get="/api/v1/supervise/policies/:id", doc.faults="not_found")
  // 推送；dry_run 只看人数
  PushAnswer PushPolicy(1: PushRequest request) (api.post="/api/v1/supervise/policies/:id/push", doc.faults="not_found transition_not_allowed deadline_passed")
  // 暂停推送
  Policy PausePolicy(1: view.IDRef request) (api.post="/api/v1/supervise/policies/:id/pause", doc.faults="not_found transition_not_allowed")
  // 继续推送
  Policy ResumePolicy(1: view.IDRef request) (api.post="/api/v1/supervise/policies/:id/resume", doc.faults="not_found transition_not_allowed deadline_passed")
  // 政策详情：为何推送、如何退出
  PolicyView GetPolicy(1: view.IDRef request) (api.get="/api/v1/policies/:id", doc.auth="citizen", doc.faults="not_found")
  // 一键退出推送
  PushConsent OptOut(1: view.IDRef request) (api.post="/api/v1/policies/:id/opt-out", doc.auth="citizen", doc.faults="not_found")
  // 本人对推送的同意
  PushConsent GetPushConsent() (api.get="/api/v1/me/push", doc.auth="citizen")
  // 同意接收推送
  PushConsent AgreeToPush(1: AgreeRequest request) (api.post="/api/v1/me/push/agree", doc.auth="citizen")
  // 不再接收推送
  PushConsent DeclinePush() (api.post="/api/v1/me/push/decline", doc.auth="citizen")
} (doc.auth="supervisor")
