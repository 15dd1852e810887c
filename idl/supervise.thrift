// 监管入口：政数局与县级主管部门。
namespace go supervise

include "view.thrift"

// 查办件
struct MattersRequest {
  1: string light   (api.query="light", go.tag='json:"-"', api.vd="omitempty,oneof=green yellow red overdue none") // 灯
  2: string state   (api.query="state", go.tag='json:"-"', api.vd="omitempty,max=40")   // 状态
  3: bool overdue   (api.query="overdue", go.tag='json:"-"')                            // 只要已超期的
  4: i32 limit      (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")    // 每页条数，默认 20，最多 100
  5: string cursor  (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512") // 上一页给出的游标
}

// 确认遗失
struct LoseRequest {
  1: required string no   (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string note (api.vd="required,max=200") // 承运商的答复
}

// 任务队列
struct Queue {
  1: required string name        // 名称
  2: required i32 pending        // 等待
  3: required i32 active         // 进行中
  4: required i32 scheduled      // 定时
  5: required i32 retry          // 等待重试
  6: required i32 archived       // 已归档，等待人工处理
  7: required i64 latency_ms     // 最早等待任务的等待时间（毫秒）
  8: required i32 processed_today // 今日处理
  9: required i32 failed_today   // 今日失败
  10: required bool paused       // 是否暂停
}

// 队列列表
struct QueueList {
  1: required list<Queue> items // 队列
}

// 以名称指明队列
struct ArchivedRequest {
  1: required string name (api.path="name", go.tag='json:"-"', api.vd="required,max=40") // 队列
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 归档任务：自动办理已放弃，由人决定
struct ArchivedTask {
  1: required string id             // 编号
  2: required string kind           // 种类
  3: required string collection     // 所属集合
  4: required string subject        // 所属单据编号
  5: required string reason         // 放弃的原因
  6: required i32 retried           // 已重试次数
  7: optional string failed_at = "" // 最后失败时间
}

// 归档任务列表
struct ArchivedPage {
  1: required list<ArchivedTask> items // 任务
  2: optional string next_cursor = ""  // 下一页的游标
}

// 以队列与编号指明任务
struct TaskRef {
  1: required string name (api.path="name", go.tag='json:"-"', api.vd="required,max=40") // 队列
  2: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=128")  // 任务编号
}

// 对接的城市系统
struct PeerCity {
  1: required string region         // 行政区划代码
  2: required string name           // 名称
  3: required bool linked           // 双向对接；否则对方只发来消息
  4: optional string heard_at = ""    // 最近一次收到对方消息
  5: optional string answered_at = "" // 最近一次得到对方应答
  6: optional string failed_at = ""   // 从何时起未能送达
  7: optional string failure = ""     // 未能送达的原因
  8: optional PeerReport report       // 最近一次对账
}

// 对账结果
struct PeerReport {
  1: required string at     // 时间
  2: required i32 compared  // 核对的办件
  3: required i32 equal     // 一致
  4: required i32 repaired  // 自动补发
  5: required i32 open      // 需人工处理
}

// 对接列表
struct PeerCities {
  1: required list<PeerCity> items // 城市
}

// 以地区指明对方
struct PeerRef {
  1: required string region (api.path="region", go.tag='json:"-"', api.vd="required,len=6") // 行政区划代码
}

// 查差异
struct PeerDifferencesRequest {
  1: required string region (api.path="region", go.tag='json:"-"', api.vd="required,len=6") // 行政区划代码
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 双方不一致的办件
struct PeerDiffers {
  1: required string matter_no    // 办件编号
  2: required string what         // 种类
  3: required string text         // 说明
  4: optional string detail = ""  // 代码
  5: optional string ours = ""    // 本系统状态
  6: optional string theirs = ""  // 对方状态
  7: required string since        // 发现时间
}

// 差异列表
struct PeerDiffersPage {
  1: required list<PeerDiffers> items // 办件
  2: optional string next_cursor = "" // 下一页的游标
}

// 以编码指明事项
struct ItemCodeRequest {
  1: required string code (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
}

// 监管
service Supervise {
  // 辖区内的办件
  view.MatterPage ListMatters(1: MattersRequest request) (api.get="/api/v1/supervise/matters")
  // 办件
  view.Matter GetMatter(1: view.MatterRef request) (api.get="/api/v1/supervise/matters/:no", doc.faults="not_found")
  // 材料邮件确认遗失
  view.Matter Lose(1: LoseRequest request) (api.post="/api/v1/supervise/matters/:no/lose", doc.faults="not_found transition_not_allowed")
  // 任务队列
  QueueList ListQueues() (api.get="/api/v1/supervise/queues")
  // 归档的任务
  ArchivedPage ListArchived(1: ArchivedRequest request) (api.get="/api/v1/supervise/queues/:name/archived", doc.faults="not_found")
  // 重新办理归档的任务
  ArchivedTask Requeue(1: TaskRef request) (api.post="/api/v1/supervise/queues/:name/archived/:id/requeue", doc.faults="not_found task_not_archived")
  // 对接的城市系统
  PeerCities ListPeers() (api.get="/api/v1/supervise/peers")
  // 与对方系统不一致的办件
  PeerDiffersPage ListPeerDifferences(1: PeerDifferencesRequest request) (api.get="/api/v1/supervise/peers/:region/differences", doc.faults="peer_unknown")
  // 立即与对方系统对账，结果见对接列表
  PeerCities ComparePeer(1: PeerRef request) (api.post="/api/v1/supervise/peers/:region/compare", doc.faults="peer_unknown")
  // 大厅海报用的小程序码
  binary GetHallCode(1: view.IDRef request) (api.get="/api/v1/supervise/halls/:id/wxacode.png", doc.produces="image/png", doc.faults="not_found")
  // 事项海报用的小程序码
  binary GetItemCode(1: ItemCodeRequest request) (api.get="/api/v1/supervise/items/:code/wxacode.png", doc.produces="image/png", doc.faults="not_found")
} (doc.auth="supervisor")
