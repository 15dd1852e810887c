// 诚信记录：只记事实，到期失效，本人可申诉；不因此拒绝办理。
namespace go credit

include "view.thrift"

// 一条记录
struct Fact {
  1: required string id          // 编号
  2: required string kind        // false_materials 虚假材料、unclaimed 三次逾期未领、no_shows 多次爽约
  3: required string name        // 名称
  4: required string source      // 来源：办件或预约编号
  5: optional view.Org org       // 记录单位
  6: required string at          // 发生时间
  7: required string until       // 失效时间
  8: required string state       // standing 有效、appealed 申诉中、struck 已撤销
  9: optional string appeal = ""      // 申诉理由
  10: optional string answer = ""     // 答复
  11: optional string answered_at = "" // 答复时间
}

// 记录列表
struct Facts {
  1: required list<Fact> items        // 新的在前
  2: optional string next_cursor = "" // 下一页的游标
}

// 申诉
struct ContestRequest {
  1: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=100") // 编号
  2: required string text (api.vd="required,max=500")  // 理由
}

// 查记录
struct FactsRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=standing appealed struck") // 状态，默认 appealed
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")   // 上一页给出的游标
}

// 答复申诉
struct AnswerRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=100") // 编号
  2: required bool strike   // 撤销记录；否则维持
  3: required string reason (api.vd="required,max=500") // 理由
}

// 诚信记录
service Credit {
  // 本人的诚信记录
  Facts MyFacts() (api.get="/api/v1/me/credit")
  // 申诉
  Fact Contest(1: ContestRequest request) (api.post="/api/v1/me/credit/:id/appeal", doc.faults="not_found transition_not_allowed")
  // 记录与申诉
  Facts ListFacts(1: FactsRequest request) (api.get="/api/v1/supervise/credit")
  // 答复申诉
  Fact Answer(1: AnswerRequest request) (api.post="/api/v1/supervise/credit/:id/answer", doc.faults="not_found transition_not_allowed")
} (doc.auth="staff")
