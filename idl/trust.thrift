// 监管：未脱敏信息查看的审计。
namespace go trust

include "view.thrift"

// 查审计：按申请人，或按工作人员
struct AuditRequest {
  1: string subject (api.query="subject", go.tag='json:"-"', api.vd="omitempty,max=64")  // 申请人编号或办件编号
  2: string viewer  (api.query="viewer", go.tag='json:"-"', api.vd="omitempty,max=64")   // 工作人员编号；与 subject 二者择一
  3: i32 limit      (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")     // 每页的天数，默认 20，最多 100
  4: string cursor  (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")  // 上一页给出的游标
}

// 一次查看
struct AuditLine {
  1: required string at        // 时间
  2: required string viewer    // 工作人员编号
  3: required string role      // 角色
  4: optional view.Org org     // 单位
  5: required string subject   // 申请人编号
  6: required string matter_no // 办件编号
  7: required string field     // 信息项
  8: required string reason    // 理由
  9: required string hash      // 散列
  10: required string kind     // viewed 查看、disclosed 对外提供、exported 本人复制
  11: optional string to = ""  // 提供给谁
}

// 审计
struct AuditPage {
  1: required list<AuditLine> items    // 辖区内的查看，新的在前
  2: required bool verified            // 本页的散列链是否完整
  3: optional string next_cursor = ""  // 下一页的游标
}

// 封存密钥的轮换
struct Rotation {
  1: required string key       // 首个密钥的编号
  2: required string phase     // resealing 重新封存、proving 复核、done 完成；空为从未轮换
  3: required i32 source       // 进行到第几处
  4: required i32 sources      // 共几处
  5: required i64 looked       // 本阶段看过的项数
  6: required i64 resealed     // 重新封存的项数
  7: required map<string,i64> left // 复核时仍用旧密钥的项数，依密钥编号
  8: required i64 lost         // 现有密钥打不开的项数
  9: optional string started_at = "" // 开始时间
  10: optional string ended_at = ""  // 完成时间
  11: required bool proven     // 已证明不再需要旧密钥
}

// 审计与密钥
service Trust {
  // 谁查看过谁的未脱敏信息
  AuditPage ListAudit(1: AuditRequest request) (api.get="/api/v1/supervise/audit", doc.faults="not_found")
  // 密钥轮换的进度
  Rotation GetRotation() (api.get="/api/v1/supervise/keys")
  // 以首个密钥重新封存全部数据，在后台进行，可中断、可续
  Rotation Reseal() (api.post="/api/v1/supervise/keys/reseal", doc.auth="admin")
} (doc.auth="supervisor")
