// 计划任务、进度报送、进度通报。
namespace go plan

include "view.thrift"

// 查任务
struct TasksRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=open done") // 状态
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 下达任务
struct SetTaskRequest {
  1: string code            (api.vd="omitempty,max=10")  // 方案中的编号
  2: required string title  (api.vd="required,max=200")  // 任务
  3: string milestone       (api.vd="omitempty,max=500") // 节点要求
  4: required string unit   (api.vd="required,max=20")   // 责任单位
  5: required string due    (api.vd="required,datetime=2006-01-02") // 期限
}

// 采用方案的全部任务
struct AdoptRequest {
  1: required string starts (api.vd="required,datetime=2006-01-02") // 起步之月的任一天，期限自该月起算
}

// 采用结果
struct Adopted {
  1: required i32 adopted // 新下达的任务数，已有的不变
}

// 报进展
struct ShowTaskRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required string text (api.vd="required,max=2000") // 进展或佐证
  3: bool done                                         // 已完成，限市政数局认定
}

// 调整任务
struct MoveTaskRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: string due             (api.vd="omitempty,datetime=2006-01-02") // 新的期限
  3: string milestone       (api.vd="omitempty,max=500") // 新的节点要求
  4: required string reason (api.vd="required,max=500")  // 理由
}

// 进展
struct Evidence {
  1: required string at     // 时间
  2: optional view.Org org  // 单位
  3: required string text   // 内容
}

// 计划任务
struct Task {
  1: required string id           // 编号
  2: optional string code = ""    // 方案中的编号
  3: required string title        // 任务
  4: optional string milestone = "" // 节点要求
  5: required view.Org unit       // 责任单位
  6: required string due          // 期限
  7: required string state        // open 推进中、done 已完成
  8: required string light        // green、yellow 将到期、red 逾期、none 已完成
  9: optional string done_at = "" // 完成时间
  10: required i32 escalated      // 上报次数
  11: required list<Evidence> evidence // 进展与佐证
}

// 任务列表
struct TaskPage {
  1: required list<Task> items        // 任务，期限早的在前
  2: optional string next_cursor = "" // 下一页的游标
}

// 查报送
struct FilingsRequest {
  1: string period (api.query="period", go.tag='json:"-"', api.vd="omitempty,max=20")    // 期别
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 布置报送
struct AskRequest {
  1: required string period (api.vd="required,max=10") // 期别，如 2026-11、2026-Q4
  2: required string title  (api.vd="required,max=100") // 名称
  3: required string due    (api.vd="required,datetime=2006-01-02") // 报送期限
  4: list<string> units     (api.vd="omitempty,max=200,dive,max=20") // 单位，不填为各县（市、区）政数局
}

// 报送
struct SubmitRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required string text (api.vd="required,max=5000")  // 工作进展
  3: string results       (api.vd="omitempty,max=5000") // 成效
  4: string problems      (api.vd="omitempty,max=5000") // 问题与建议
}

// 一个单位一期的报送
struct Filing {
  1: required string id            // 编号
  2: required string period        // 期别
  3: required string title         // 名称
  4: required view.Org unit        // 单位
  5: required string due           // 期限
  6: required string state         // due 待报送、late 逾期未报、filed 已报送
  7: required bool filed_late      // 逾期报送
  8: optional string filed_at = "" // 报送时间
  9: optional string text = ""     // 工作进展
  10: optional string results = "" // 成效
  11: optional string problems = "" // 问题与建议
}

// 报送列表
struct FilingPage {
  1: required list<Filing> items      // 报送
  2: optional string next_cursor = "" // 下一页的游标
}

// 起草通报
struct DraftRequest {
  1: required string title (api.vd="required,max=100") // 标题
  2: required string from  (api.vd="required,datetime=2006-01-02") // 起始日期
  3: required string to    (api.vd="required,datetime=2006-01-02") // 截止日期
  4: string period         (api.vd="omitempty,max=10") // 对应的报送期别，列出未报单位
}

// 修改草稿
struct EditRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: optional string notes  (api.vd="omitempty,max=5000") // 说明
  3: list<string> praise    (api.vd="omitempty,max=50,dive,max=200") // 表扬
  4: list<string> criticism (api.vd="omitempty,max=50,dive,max=200") // 批评
}

// 合计
struct Total {
  1: required i64 matters     // 办件
  2: required i64 trips_saved // 少跑的趟数
  3: required i64 rated       // 评价
  4: optional double on_time_rate      // 按时办结率
  5: optional double correction_rate   // 补正补充率
  6: optional double satisfaction_rate // 满意率
  7: optional double mean_days         // 平均用时（工作日）
}

// 一个城市对或单位
struct Line {
  1: required string key  // 编码
  2: required string name // 名称
  3: required Total total // 合计
}

// 阶段
struct Stage {
  1: required i32 number  // 序号
  2: required string name // 名称
  3: required i32 planned // 计划开通的城市
  4: required i32 live    // 已开通
}

// 方式的事项数
struct Target {
  1: required string mode // 方式
  2: required i32 items   // 现有事项
  3: required i32 planned // 计划事项，0 为没有规定
}

// 进度通报
struct Progress {
  1: required string id            // 编号
  2: required string title         // 标题
  3: optional string number = ""   // 文号，印发后有
  4: required string from          // 起始日期
  5: required string to            // 截止日期
  6: required string state         // draft 草稿、approved 已核准、issued 已印发
  7: required Total total          // 合计
  8: optional Total last           // 上期合计
  9: required map<string,i64> by_mode // 各方式
  10: required i64 refused         // 不予受理
  11: required i64 overdue         // 超期未办结
  12: required i64 km_saved        // 少跑的公里数（估计值）
  13: required list<Line> pairs    // 城市对
  14: required list<Line> units    // 单位，依名次
  15: required list<Stage> stages  // 阶段
  16: required list<Target> targets // 各方式的事项数
  17: required i64 problems_open   // 未办结问题
  18: required i64 problems_late   // 其中逾期
  19: required i32 tasks_done      // 已完成任务
  20: required i32 tasks_open      // 推进中任务
  21: required list<string> tasks_late // 逾期任务
  22: required list<string> not_filed  // 未按期报送的单位
  23: required list<string> praise     // 表扬
  24: required list<string> criticism  // 批评
  25: optional string notes = ""       // 说明
  26: required string made_at          // 起草时间
  27: optional string issued_at = ""   // 印发时间
}

// 通报的一行
struct ProgressLine {
  1: required string id          // 编号
  2: required string title       // 标题
  3: optional string number = "" // 文号
  4: required string from        // 起始日期
  5: required string to          // 截止日期
  6: required string state       // 状态
}

// 通报列表
struct ProgressPage {
  1: required list<ProgressLine> items // 通报，新的在前
  2: optional string next_cursor = ""  // 下一页的游标
}

// 计划与通报
service Plan {
  // 计划任务
  TaskPage ListTasks(1: TasksRequest request) (api.get="/api/v1/supervise/plan-tasks")
  // 下达任务
  Task SetTask(1: SetTaskRequest request) (api.post="/api/v1/supervise/plan-tasks", doc.status="201")
  // 采用方案的全部任务
  Adopted AdoptTasks(1: AdoptRequest request) (api.post="/api/v1/supervise/plan-tasks/adopt")
  // 报进展；完成由市政数局认定
  Task ShowTask(1: ShowTaskRequest request) (api.post="/api/v1/supervise/plan-tasks/:id/evidence", doc.faults="not_found transition_not_allowed")
  // 调整期限或节点
  Task MoveTask(1: MoveTaskRequest request) (api.post="/api/v1/supervise/plan-tasks/:id/move", doc.faults="not_found transition_not_allowed")
  // 本单位的任务
  TaskPage ListOwnTasks(1: view.PageRequest request) (api.get="/api/v1/staff/plan-tasks", doc.auth="staff")
  // 本单位报进展
  Task ShowOwnTask(1: ShowTaskRequest request) (api.post="/api/v1/staff/plan-tasks/:id/evidence", doc.auth="staff", doc.faults="not_found transition_not_allowed")
  // 进度报送
  FilingPage ListFilings(1: FilingsRequest request) (api.get="/api/v1/supervise/reports")
  // 布置报送
  FilingPage AskFilings(1: AskRequest request) (api.post="/api/v1/supervise/reports", doc.status="201")
  // 县（市、区）报送
  Filing SubmitFiling(1: SubmitRequest request) (api.post="/api/v1/supervise/reports/:id/submit", doc.faults="not_found wrong_organisation transition_not_allowed")
  // 本单位的报送
  FilingPage ListOwnFilings(1: view.PageRequest request) (api.get="/api/v1/staff/reports", doc.auth="staff")
  // 本单位报送
  Filing SubmitOwnFiling(1: SubmitRequest request) (api.post="/api/v1/staff/reports/:id/submit", doc.auth="staff", doc.faults="not_found wrong_organisation transition_not_allowed")
  // 进度通报
  ProgressPage ListProgress(1: view.PageRequest request) (api.get="/api/v1/supervise/progress-reports")
  // 起草通报
  Progress DraftProgress(1: DraftRequest request) (api.post="/api/v1/supervise/progress-reports", doc.status="201")
  // 一份通报
  Progress GetProgress(1: view.IDRef request) (api.get="/api/v1/supervise/progress-reports/:id", doc.faults="not_found")
  // 通报网页
  binary GetProgressPage(1: view.IDRef request) (api.get="/api/v1/supervise/progress-reports/:id/report.html", doc.produces="text/html", doc.faults="not_found")
  // 通报工作簿
  binary GetProgressBook(1: view.IDRef request) (api.get="/api/v1/supervise/progress-reports/:id/report.xlsx", doc.produces="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", doc.faults="not_found")
  // 修改草稿
  Progress EditProgress(1: EditRequest request) (api.post="/api/v1/supervise/progress-reports/:id/edit", doc.faults="not_found transition_not_allowed")
  // 核准，不得由起草人核准
  Progress ApproveProgress(1: view.IDRef request) (api.post="/api/v1/supervise/progress-reports/:id/approve", doc.faults="not_found transition_not_allowed")
  // 印发：编号并固定
  Progress IssueProgress(1: view.IDRef request) (api.post="/api/v1/supervise/progress-reports/:id/issue", doc.faults="not_found transition_not_allowed")
} (doc.auth="supervisor")
