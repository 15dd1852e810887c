// 互联网+监管：规则与信号。
namespace go signal

include "view.thrift"

// 规则的设定
struct RuleSetting {
  1: required double threshold // 阈值
  2: required i32 window_days  // 统计的日数，0 为逐件
  3: required i32 minimum      // 至少多少件才统计
  4: required string severity  // remark 提示、warning 预警、grave 严重
  5: required bool enabled     // 是否启用
}

// 规则
struct SignalRule {
  1: required string id        // 规则编码
  2: required string name      // 名称
  3: required string measures  // 量什么，何时报
  4: required double threshold // 阈值
  5: required string unit      // 阈值单位：cases 件、percent 百分比、stars 星、seconds 秒、days 日、hours 时、fold 倍、clock 时刻
  6: required i32 window_days  // 统计的日数，0 为逐件
  7: required i32 minimum      // 至少多少件才统计
  8: required string severity  // remark 提示、warning 预警、grave 严重
  9: required string severity_name // 程度名称
  10: required list<string> texts  // 说明的写法
  11: required bool enabled    // 是否启用
  12: required bool threshold_fixed // 阈值不能改
  13: required bool window_fixed    // 统计期间不能改
  14: required RuleSetting standard // 系统原有的设定
}

// 规则的一次改动
struct RuleChange {
  1: required string at    // 时间
  2: required string by    // 谁
  3: required string rule  // 规则编码
  4: required RuleSetting before // 改前
  5: required RuleSetting after  // 改后
  6: required string reason      // 理由
}

// 规则表
struct SignalRules {
  1: required list<SignalRule> items // 规则
  2: required list<RuleChange> changes // 改动，新的在前，至多五百次
}

// 改规则：没有给出的照旧；今后的发现按新的设定，已有的信号不变
struct ChangeRuleRequest {
  1: required string rule (api.vd="required,max=40") // 规则编码
  2: optional double threshold  // 阈值
  3: optional i32 window_days   // 统计的日数
  4: optional i32 minimum       // 至少多少件才统计
  5: optional string severity (api.vd="omitempty,oneof=remark warning grave") // 程度
  6: optional bool enabled      // 是否启用
  7: required string reason (api.vd="required,max=500") // 理由
}

// 查信号
struct SignalsRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=open snoozed dismissed raised") // 状态，默认 open 待处理
  2: string rule   (api.query="rule", go.tag='json:"-"', api.vd="omitempty,max=40")       // 规则
  3: string org    (api.query="org", go.tag='json:"-"', api.vd="omitempty,max=20")        // 单位
  4: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")       // 每页条数，默认 20，最多 100
  5: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")    // 上一页给出的游标
}

// 量得的数
struct SignalFigures {
  1: required i64 numerator    // 分子，或所量的数
  2: optional i64 denominator = 0 // 分母，没有则缺
  3: required double threshold // 阈值
  4: required string unit      // 单位
  5: required i32 window_days  // 统计的日数，0 为逐件
}

// 对象
struct SignalSubject {
  1: required string kind // matter 办件、org 单位、person 工作人员、applicant 申请人、waybill 运单、carrier 承运公司、peer 对接城市
  2: required string id   // 编号
  3: required string name // 名称，没有则为编号
}

// 经过
struct SignalStep {
  1: required string at   // 时间
  2: required string by   // 谁
  3: required string what // found 发现、snoozed 稍后、reopened 再报、dismissed 不予处理、raised 立工单
  4: optional string text = "" // 说明
}

// 信号
struct Signal {
  1: required string id            // 编号
  2: required string rule          // 规则
  3: required string rule_name     // 规则名称
  4: required string severity      // 程度
  5: required string severity_name // 程度名称
  6: required SignalSubject subject      // 对象
  7: optional view.Org org         // 单位
  8: required string region        // 区划代码
  9: optional string period = ""   // 归并的期间
  10: required string text         // 说明，可据以核对
  11: required SignalFigures figures     // 量得的数
  12: required list<string> matters // 所依据的办件编号，至多一百件，新的在后
  13: required string state        // open 待处理、snoozed 稍后提醒、dismissed 不予处理、raised 已立工单
  14: required string state_name   // 状态名称
  15: optional string snoozed_until = "" // 稍后提醒至
  16: optional string problem_id = ""    // 工单
  17: required string first_seen   // 首次发现
  18: required string last_seen    // 最近发现
  19: required i32 times           // 发现次数
  20: required list<SignalStep> steps // 经过
}

// 信号列表
struct SignalPage {
  1: required list<Signal> items       // 信号，新的在前
  2: optional string next_cursor = ""  // 下一页的游标
}

// 稍后提醒：日期或天数二者择一，至多九十日
struct SnoozeRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 信号编号
  2: string until (api.vd="omitempty,datetime=2006-01-02") // 至该日止，含当日
  3: i32 days     (api.vd="omitempty,min=1,max=90")        // 天数，含当日
}

// 不予处理
struct DismissRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 信号编号
  2: required string reason (api.vd="required,max=500") // 理由
}

// 互联网+监管
service Signals {
  // 规则表：量什么、阈值、说明
  SignalRules ListRules() (api.get="/api/v1/supervise/signal-rules")
  // 改一条规则的阈值、统计期间、起算件数、程度，或停用；只由市级
  SignalRules ChangeRule(1: ChangeRuleRequest request) (api.post="/api/v1/supervise/signal-rules", doc.faults="not_found forbidden reason_required validation_failed")
  // 辖区的信号
  SignalPage ListSignals(1: SignalsRequest request) (api.get="/api/v1/supervise/signals", doc.faults="validation_failed")
  // 信号
  Signal GetSignal(1: view.IDRef request) (api.get="/api/v1/supervise/signals/:id", doc.faults="not_found")
  // 稍后提醒；期满仍在或再次发现则再报
  Signal SnoozeSignal(1: SnoozeRequest request) (api.post="/api/v1/supervise/signals/:id/snooze", doc.faults="not_found transition_not_allowed validation_failed")
  // 不予处理，本期间内不再报
  Signal DismissSignal(1: DismissRequest request) (api.post="/api/v1/supervise/signals/:id/dismiss", doc.faults="not_found transition_not_allowed reason_required")
  // 立为问题工单；再立仍是同一工单
  view.Problem RaiseSignal(1: view.IDRef request) (api.post="/api/v1/supervise/signals/:id/problem", doc.status="201", doc.faults="not_found transition_not_allowed")
} (doc.auth="supervisor")
