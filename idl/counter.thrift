// 窗口入口：收件地的工作人员。
namespace go counter

include "view.thrift"

// 扫码
struct ScanRequest {
  1: required string qr (api.vd="required,max=512") // 二维码：其中的链接或令牌
}

// 核对要点
struct CheckPoint {
  1: required string material_code  // 材料编码
  2: required string name           // 名称
  3: required bool required         // 是否必要
  4: optional string when = ""      // 非必要材料在何种情况下需要
  5: required string original       // 原件处理：shown 核验后退还、kept 随件收取、none 不需要
  6: required i32 originals         // 原件份数
  7: required i32 copies            // 复印件份数
  8: required list<string> points   // 审查要点
}

// 来办的人与事
struct Visit {
  1: required view.Booking booking     // 预约；签到后有排队号
  2: optional view.Matter matter       // 办件
  3: optional view.Person applicant    // 申请人（脱敏）
  4: required list<CheckPoint> checks  // 核对要点
}

// 签到
struct CheckInRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 预约编号
  2: string priority (api.vd="omitempty,oneof=elderly disabled pregnant infant soldier") // 优先的缘由：elderly 六十五岁以上、disabled 残疾、pregnant 孕期、infant 携婴、soldier 现役军人
}

// 叫号
struct CallRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 预约编号
  2: string window (api.vd="omitempty,max=16") // 窗口号，默认工作人员所在窗口
}

// 现场取号
struct TicketRequest {
  1: required string matter_no (api.vd="required,max=40") // 办件编号
  2: string priority (api.vd="omitempty,oneof=elderly disabled pregnant infant soldier") // 优先的缘由
  3: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号
}

// 队列
struct QueueList {
  1: required list<view.Booking> items // 本大厅今日预约，依办理次序
}

// 一项核对
struct MaterialCheck {
  1: required string material_code (api.vd="required,max=40") // 材料编码
  2: required bool ok // 是否合格
  3: string note (api.vd="omitempty,max=200") // 说明；不合格时写明问题
}

// 收件：形式审查与人证核验一步完成
struct ReceiveRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required view.IdentityCheck identity (api.vd="required") // 人证核验
  3: list<MaterialCheck> checks (api.vd="omitempty,max=60,dive") // 各项核对
  4: string note (api.vd="omitempty,max=200") // 说明
}

// 流转
struct ForwardRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string by (api.vd="required,oneof=mail network") // 流转方式：mail 邮寄、network 网络
  3: string carrier (api.vd="omitempty,max=32") // 承运商
  4: string waybill (api.vd="omitempty,max=40") // 运单号
  5: bool consent // 材料遗失后改走网络，申请人已同意
  6: string company (api.vd="omitempty,max=32") // 经聚合平台时的快递公司代码，可由运单号推断时不必填
  7: string phone (api.vd="omitempty,max=20") // 面单上的联系电话：顺丰、中通凭其后四位查询
}

// 更正运单号
struct CorrectWaybillRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string waybill (api.vd="required,max=40") // 正确的运单号
}

// 退件、遗失等说明
struct NoteRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: string note (api.vd="omitempty,max=200") // 说明
}

// 确认遗失
struct LoseRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string note (api.vd="required,max=200") // 承运商的答复
}

// 领取
struct PickUpRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required view.IdentityCheck identity (api.vd="required") // 人证核验
}

// 退还材料
struct ReturnPapersRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string by (api.vd="required,oneof=hand mail") // 退还方式：hand 当面、mail 邮寄
  3: string carrier (api.vd="omitempty,max=32") // 承运商
  4: string waybill (api.vd="omitempty,max=40") // 运单号
  5: string company (api.vd="omitempty,max=32") // 经聚合平台时的快递公司代码
}

// 代为撤回
struct WithdrawRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string reason (api.vd="required,max=200") // 书面申请的理由
}

// 扫描材料
struct PutMaterialRequest {
  1: required string no      (api.path="no", go.tag='json:"-"', api.vd="required,max=40")   // 办件编号
  2: required string code    (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 材料编码
  3: optional string licence = "" (api.vd="omitempty,max=64") // 电子证照编号，只能由申请人本人引用
}

// 窗口
service Counter {
  // 扫预约码
  Visit Scan(1: ScanRequest request) (api.post="/api/v1/counter/scan", doc.faults="qr_invalid qr_expired qr_revoked qr_not_expected wrong_hall not_found")
  // 本大厅今日队列
  QueueList GetQueue() (api.get="/api/v1/counter/queue")
  // 现场取号
  Visit TakeTicket(1: TicketRequest request) (api.post="/api/v1/counter/tickets", doc.status="201", doc.faults="not_found matter_not_bookable hall_not_serving already_booked idempotency_conflict")
  // 签到，取得排队号
  Visit CheckIn(1: CheckInRequest request) (api.post="/api/v1/counter/bookings/:id/check-in", doc.faults="not_found too_early too_late wrong_hall wrong_day booking_ended transition_not_allowed")
  // 叫号，至多三次
  Visit Call(1: CallRequest request) (api.post="/api/v1/counter/bookings/:id/call", doc.faults="not_found call_too_soon booking_ended transition_not_allowed")
  // 开始办理
  Visit Serve(1: view.IDRef request) (api.post="/api/v1/counter/bookings/:id/serve", doc.faults="not_found booking_ended transition_not_allowed")
  // 过号；第二次为爽约
  Visit NoShow(1: view.IDRef request) (api.post="/api/v1/counter/bookings/:id/no-show", doc.faults="not_found booking_ended transition_not_allowed")

  // 办件
  view.Matter GetMatter(1: view.MatterRef request) (api.get="/api/v1/counter/matters/:no", doc.faults="not_found")
  // 扫描上传材料，或引用电子证照
  view.Material PutMaterial(1: PutMaterialRequest request) (api.put="/api/v1/counter/matters/:no/materials/:code", doc.multipart="file", doc.faults="not_found transition_not_allowed material_unknown material_not_asked_for file_type_not_allowed file_empty licence_consent_required")
  // 收件；有不合格的则一次性告知并退回
  view.Matter Receive(1: ReceiveRequest request) (api.post="/api/v1/counter/matters/:no/receive", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties not_your_hall material_unknown material_not_asked_for")
  // 流转至办理地
  view.Matter Forward(1: ForwardRequest request) (api.post="/api/v1/counter/matters/:no/forward", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties papers_not_held waybill_invalid waybill_in_use materials_missing parcel_open")
  // 更正抄错的运单号，限快递揽收之前
  view.Matter CorrectWaybill(1: CorrectWaybillRequest request) (api.post="/api/v1/counter/matters/:no/correct-waybill", doc.faults="not_found transition_not_allowed wrong_organisation waybill_invalid waybill_in_use parcel_mismatch")
  // 材料邮件被退回本单位
  view.Matter Bounce(1: NoteRequest request) (api.post="/api/v1/counter/matters/:no/bounce", doc.faults="not_found transition_not_allowed wrong_organisation")
  // 材料邮件确认遗失
  view.Matter Lose(1: LoseRequest request) (api.post="/api/v1/counter/matters/:no/lose", doc.faults="not_found transition_not_allowed wrong_organisation")
  // 结果邮件已到本大厅
  view.Matter ReachHall(1: NoteRequest request) (api.post="/api/v1/counter/matters/:no/reach-hall", doc.faults="not_found transition_not_allowed not_your_hall")
  // 申请人领取结果
  view.Matter PickUp(1: PickUpRequest request) (api.post="/api/v1/counter/matters/:no/pick-up", doc.faults="not_found transition_not_allowed not_your_hall")
  // 依书面申请代为撤回
  view.Matter Withdraw(1: WithdrawRequest request) (api.post="/api/v1/counter/matters/:no/withdraw", doc.faults="not_found transition_not_allowed wrong_organisation reason_required")
  // 退还纸质材料
  view.Matter ReturnPapers(1: ReturnPapersRequest request) (api.post="/api/v1/counter/matters/:no/return-papers", doc.faults="not_found transition_not_allowed papers_not_held waybill_invalid waybill_in_use")
} (doc.auth="clerk")
