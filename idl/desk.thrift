// 审批入口：办理地部门的工作人员。
namespace go desk

include "view.thrift"

// 本部门办件
struct MattersRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,max=40")  // 状态
  2: string light  (api.query="light", go.tag='json:"-"', api.vd="omitempty,oneof=green yellow red overdue none") // 灯
  3: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")   // 每页条数，默认 20，最多 100
  4: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512") // 上一页给出的游标
}

// 以办件与编码指明材料
struct MaterialRef {
  1: required string no   (api.path="no", go.tag='json:"-"', api.vd="required,max=40")   // 办件编号
  2: required string code (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 材料编码
}

// 容缺材料
struct Lack {
  1: required string material_code (api.vd="required,max=40") // 材料编码
  2: required string until (api.vd="required,datetime=2006-01-02") // 最迟补齐日期
}

// 受理
struct AcceptRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: list<Lack> lacking (api.vd="omitempty,max=60,dive") // 容缺的材料
  3: string note (api.vd="omitempty,max=500") // 说明
}

// 不予受理
struct RefuseRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string reason (api.vd="required,oneof=no_licence_needed not_competent false_materials barred not_corrected duplicate") // 理由代码
  3: required string law    (api.vd="required,max=200")   // 法律依据
  4: string remedies        (api.vd="omitempty,max=500")  // 救济途径，默认由系统写明复议与诉讼的机关和期限
  5: string competent       (api.vd="omitempty,max=100")  // 有权处理的机关，理由为 not_competent 时填写
  6: string note            (api.vd="omitempty,max=500")  // 说明
}

// 一次性告知需补正或补充的材料
struct SupplementRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required list<string> materials (api.vd="required,min=1,max=60,dive,required,max=40") // 材料编码
  3: list<string> paper (api.vd="omitempty,max=60,dive,required,max=40") // 其中必须到窗口提交原件的
  4: required string note (api.vd="required,max=500") // 说明
  5: string reason (api.vd="omitempty,max=200") // 同一阶段再次要求补充的理由，由科室负责人填写
}

// 进入特别程序
struct SuspendRequest {
  1: required string no    (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string kind  (api.vd="required,oneof=hearing tender auction inspection testing quarantine appraisal expert_review") // 种类
  3: required string basis (api.vd="required,max=200")   // 法律依据
  4: required i32 days     (api.vd="required,min=1,max=365") // 所需天数
}

// 特别程序结束
struct ResumeRequest {
  1: required string no      (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string outcome (api.vd="required,max=500") // 结果
}

// 延长期限
struct ExtendRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required i32 days      (api.vd="required,min=1")    // 延长的工作日
  3: required string reason (api.vd="required,max=200")  // 理由
}

// 作出决定
struct DecideRequest {
  1: required string no      (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string outcome (api.vd="required,oneof=granted denied") // 决定：granted 准予、denied 不予
  3: string note             (api.vd="omitempty,max=500") // 说明
  4: string reason           (api.vd="omitempty,max=500") // 不予的理由
  5: string law              (api.vd="omitempty,max=200") // 不予的法律依据
  6: string remedies         (api.vd="omitempty,max=500") // 救济途径，默认由系统写明
}

// 送达结果
struct DispatchRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string method (api.vd="required,oneof=mail electronic pickup") // 送达方式：mail 邮寄、electronic 电子送达、pickup 自取
  3: string carrier (api.vd="omitempty,max=32") // 承运商，邮寄时填写
  4: string company (api.vd="omitempty,max=32") // 经聚合平台时的快递公司代码
  5: string waybill (api.vd="omitempty,max=40") // 运单号，邮寄时填写
  6: string hall    (api.vd="omitempty,max=64") // 领取的大厅，自取时填写
  7: string phone   (api.vd="omitempty,max=20") // 面单上的联系电话，默认收件人的：顺丰、中通凭其后四位查询
}

// 更正运单号
struct CorrectWaybillRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string waybill (api.vd="required,max=40") // 正确的运单号
}

// 移交同一办理地的其他部门
struct ReassignRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string org    (api.vd="required,max=32")  // 接手单位编号
  3: required string reason (api.vd="required,max=200") // 理由
}

// 说明理由
struct ReasonRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string reason (api.vd="required,max=200") // 理由
}

// 终止
struct TerminateRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string reason (api.vd="required,oneof=applicant_deceased applicant_dissolved duplicate object_gone transferred") // 理由代码
  3: string note            (api.vd="omitempty,max=500") // 说明
}

// 说明
struct NoteRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: string note (api.vd="omitempty,max=200") // 说明
}

// 凭证据确认送达
struct DeliverRequest {
  1: required string no    (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string proof (api.vd="required,max=200") // 送达的证据
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

// 作废证明
struct RevokeCertificateRequest {
  1: required string no     (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 证明编号
  2: required string reason (api.vd="required,max=200") // 理由
}

// 作废的证明
struct RevokedCertificate {
  1: required string no         // 证明编号
  2: required string name       // 名称
  3: required string revoked_at // 作废时间
}

// 审批
service Desk {
  // 本部门办件，将到期的在前
  view.MatterPage ListMatters(1: MattersRequest request) (api.get="/api/v1/desk/matters")
  // 办件
  view.Matter GetMatter(1: view.MatterRef request) (api.get="/api/v1/desk/matters/:no", doc.faults="not_found")
  // 查看材料
  binary GetMaterial(1: MaterialRef request) (api.get="/api/v1/desk/matters/:no/materials/:code", doc.produces="image/jpeg image/png application/pdf", doc.faults="not_found")
  // 材料已到（人工确认）
  view.Matter Arrive(1: NoteRequest request) (api.post="/api/v1/desk/matters/:no/arrive", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties")
  // 受理
  view.Matter Accept(1: AcceptRequest request) (api.post="/api/v1/desk/matters/:no/accept", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties materials_missing material_unknown")
  // 不予受理
  view.Matter Refuse(1: RefuseRequest request) (api.post="/api/v1/desk/matters/:no/refuse", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties reason_required")
  // 移交其他部门
  view.Matter Reassign(1: ReassignRequest request) (api.post="/api/v1/desk/matters/:no/reassign", doc.faults="not_found transition_not_allowed wrong_organisation approval_required item_not_offered")
  // 要求补正（受理前）或补充（受理后）材料
  view.Matter RequestSupplement(1: SupplementRequest request) (api.post="/api/v1/desk/matters/:no/request-supplement", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties approval_required reason_required material_unknown")
  // 进入特别程序，期限暂停
  view.Matter Suspend(1: SuspendRequest request) (api.post="/api/v1/desk/matters/:no/suspend", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties special_procedure_invalid")
  // 特别程序结束，期限继续
  view.Matter Resume(1: ResumeRequest request) (api.post="/api/v1/desk/matters/:no/resume", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties")
  // 延长期限，一次为限
  view.Matter Extend(1: ExtendRequest request) (api.post="/api/v1/desk/matters/:no/extend", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties approval_required extension_used extension_too_long deadline_passed reason_required")
  // 作出决定
  view.Matter Decide(1: DecideRequest request) (api.post="/api/v1/desk/matters/:no/decide", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties approval_required lacking_outstanding reason_required")
  // 撤销尚未送出的决定
  view.Matter RevokeDecision(1: ReasonRequest request) (api.post="/api/v1/desk/matters/:no/revoke-decision", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties approval_required decision_sent reason_required")
  // 上传部门自己的结果文件（PDF）
  view.Matter PutResult(1: view.MatterRef request) (api.put="/api/v1/desk/matters/:no/result", doc.multipart="file", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties file_type_not_allowed file_empty decision_sent")
  // 查看结果文件
  binary GetResult(1: view.MatterRef request) (api.get="/api/v1/desk/matters/:no/result", doc.produces="application/pdf", doc.faults="not_found result_missing")
  // 送达结果
  view.Matter Dispatch(1: DispatchRequest request) (api.post="/api/v1/desk/matters/:no/dispatch", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties waybill_invalid waybill_in_use address_incomplete parcel_open mailings_exhausted result_missing delivery_not_offered")
  // 更正抄错的运单号，限快递揽收之前
  view.Matter CorrectWaybill(1: CorrectWaybillRequest request) (api.post="/api/v1/desk/matters/:no/correct-waybill", doc.faults="not_found transition_not_allowed wrong_organisation waybill_invalid waybill_in_use parcel_mismatch")
  // 凭证据确认已送达
  view.Matter Deliver(1: DeliverRequest request) (api.post="/api/v1/desk/matters/:no/deliver", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties")
  // 送达未成
  view.Matter FailDelivery(1: ReasonRequest request) (api.post="/api/v1/desk/matters/:no/fail-delivery", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties")
  // 在本部门领取结果
  view.Matter PickUp(1: PickUpRequest request) (api.post="/api/v1/desk/matters/:no/pick-up", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties")
  // 终止
  view.Matter Terminate(1: TerminateRequest request) (api.post="/api/v1/desk/matters/:no/terminate", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties approval_required")
  // 重新办理
  view.Matter Reopen(1: ReasonRequest request) (api.post="/api/v1/desk/matters/:no/reopen", doc.faults="not_found transition_not_allowed wrong_organisation separation_of_duties approval_required deadline_passed materials_missing reason_required")
  // 退还纸质材料
  view.Matter ReturnPapers(1: ReturnPapersRequest request) (api.post="/api/v1/desk/matters/:no/return-papers", doc.faults="not_found transition_not_allowed papers_not_held waybill_invalid waybill_in_use")
  // 作废自助终端打印的证明
  RevokedCertificate RevokeCertificate(1: RevokeCertificateRequest request) (api.post="/api/v1/desk/certificates/:no/revoke", doc.faults="not_found wrong_organisation reason_required")
} (doc.auth="reviewer")
