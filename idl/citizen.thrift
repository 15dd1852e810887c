// 申请人入口：小程序与 App。
namespace go citizen

include "view.thrift"

// 申请人
struct Applicant {
  1: required string id              // 编号
  2: required bool verified          // 是否已实名
  3: optional string name = ""       // 姓名（脱敏）
  4: optional string phone = ""      // 电话（脱敏）
  5: optional string id_type = ""    // 证件类型
  6: optional string id_number = ""  // 证件号码（脱敏）
  7: optional i32 identity_level = 0 // 核验级别：0 仅微信、1 姓名号码一致、2 现场核验
}

// 登录
struct LoginRequest {
  1: required string code (api.vd="required,max=128") // 微信登录凭证，一次有效
}

// 续期
struct RefreshRequest {
  1: required string refresh_token (api.vd="required,max=512") // 刷新令牌，用后即换
}

// 登录结果
struct LoginAnswer {
  1: required string token         // 访问令牌
  2: required string expires_at    // 访问令牌失效时间
  3: required string refresh_token // 刷新令牌；用过的令牌再次出现，则整组失效
  4: required Applicant applicant  // 申请人
}

// 本人
struct MeAnswer {
  1: required Applicant applicant       // 申请人（脱敏）
  2: required map<string, i32> credits  // 各消息模板剩余可推送次数
  3: optional string booking_blocked_until = "" // 因爽约暂停预约至
}

// 实名认证
struct IdentityRequest {
  1: required string name      (api.vd="required,max=50") // 姓名
  2: required string id_type   (api.vd="required,oneof=resident_id hmt_residence foreign_permanent hk_macao_permit taiwan_permit passport uscc") // 证件类型
  3: required string id_number (api.vd="required,max=40") // 证件号码
  4: required string phone     (api.vd="required,max=20") // 手机号码
}

// 手机号码授权
struct PhoneRequest {
  1: required string code (api.vd="required,max=128") // 微信手机号按钮给出的凭证，一次有效；不是登录凭证
}

// 行政区划列表
struct RegionList {
  1: required list<view.Region> items // 21 个地市与本市各县区
}

// 城市对
struct ZoneRequest {
  1: required string from (api.query="from", go.tag='json:"-"', api.vd="required,max=6") // 收件地区划代码
  2: required string to   (api.query="to", go.tag='json:"-"', api.vd="required,max=6")   // 办理地区划代码
}

// 专区
struct Zone {
  1: required view.Region from    // 收件地
  2: required view.Region to      // 办理地
  3: required bool live           // 是否已开通
  4: optional i32 phase = 0       // 所属阶段
  5: optional string opens_on = "" // 未开通时，计划开通日期
  6: optional string reason = ""  // 未开通的原因：not_covered、phase_not_reached、paused、no_items
  7: required list<string> modes  // 已开通的办理方式
  8: required i32 item_count      // 可办事项数
  9: required map<string, i32> mode_counts // 各办理方式的事项数
  10: optional string items_url = "" // 事项列表地址
}

// 查事项
struct ItemsRequest {
  1: string from    (api.query="from", go.tag='json:"-"', api.vd="omitempty,max=6")    // 收件地区划代码
  2: string to      (api.query="to", go.tag='json:"-"', api.vd="omitempty,max=6")      // 办理地区划代码；地市包含其下各县区
  3: string mode    (api.query="mode", go.tag='json:"-"', api.vd="omitempty,oneof=online window kiosk") // 办理方式
  4: string subject (api.query="subject", go.tag='json:"-"', api.vd="omitempty,oneof=natural legal both") // 服务对象
  5: string q       (api.query="q", go.tag='json:"-"', api.vd="omitempty,max=40")      // 名称、叫法或拼音
  6: i32 limit      (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")   // 每页条数，默认 20，最多 100
  7: string cursor  (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512") // 上一页给出的游标
}

// 事项列表
struct ItemPage {
  1: required list<view.Item> items   // 事项
  2: optional string next_cursor = "" // 下一页的游标
}

// 以编码指明事项
struct ItemRef {
  1: required string code (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
}

// 开始办件
struct StartMatterRequest {
  1: required string item_code        (api.vd="required,max=40") // 事项编码
  2: required string situation_code   (api.vd="required,max=40") // 情形编码
  3: required string mode             (api.vd="required,oneof=online window kiosk") // 办理方式
  4: required string receiving_region (api.vd="required,max=6")  // 收件地区划代码
  5: required string handling_region  (api.vd="required,max=6")  // 办理地区划代码
  6: required view.Delivery delivery  (api.vd="required")        // 送达方式
  7: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号：同一编号、同一内容只办一次
}

// 我的办件
struct MattersRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,max=40")    // 状态
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")     // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")  // 上一页给出的游标
}

// 以办件与编码指明材料
struct MaterialRef {
  1: required string no   (api.path="no", go.tag='json:"-"', api.vd="required,max=40")   // 办件编号
  2: required string code (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 材料编码
}

// 提交材料：上传文件，或引用电子证照
struct PutMaterialRequest {
  1: required string no      (api.path="no", go.tag='json:"-"', api.vd="required,max=40")   // 办件编号
  2: required string code    (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 材料编码
  3: optional string licence = "" (api.vd="omitempty,max=64") // 电子证照编号（证照通）
  4: optional bool sharing = false // 请部门以数据共享核验（数据通），结果稍后见材料状态
}

// 一件电子证照
struct Licence {
  1: required string id       // 电子证照编号
  2: required string kind     // 证照类型编码
  3: required string name     // 证照类型
  4: required string issuer   // 发证机关
  5: required string status   // valid 有效、expired 过期、revoked 注销
  6: optional string valid_to = "" // 有效期止
}

// 电子证照列表
struct LicenceList {
  1: required list<Licence> items // 证照
}

// 提交
struct SubmitRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: optional bool declared // 对材料真实性作出承诺。提交即视为承诺；明确为 false 则不受理提交
}

// 撤回
struct WithdrawRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: string reason (api.vd="omitempty,max=200") // 原因
}

// 更改送达方式
struct ChangeDeliveryRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string method (api.vd="required,oneof=mail electronic pickup") // 送达方式：mail 邮寄、electronic 电子送达、pickup 自取
  3: optional view.Address address (api.vd="omitempty") // 邮寄地址
}

// 送达有异议
struct DisputeDeliveryRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: string reason (api.vd="omitempty,max=200") // 说明
}

// 期限中的一天
struct DeadlineDay {
  1: required string date   // 日期
  2: required bool counted  // 是否计入
  3: required string why    // 原因
}

// 期限的暂停
struct DeadlinePause {
  1: required string from       // 暂停日期
  2: optional string to = ""    // 恢复日期；仍在暂停时不出现
  3: required string reason     // 原因
}

// 一项期限
struct Deadline {
  1: required string clock         // acceptance、promised、statutory、delivery、forwarding、correction
  2: required string name          // 名称
  3: required string basis         // 依据
  4: required string day0          // 起算日（不计入）
  5: required i32 length           // 期限（工作日），含延长
  6: optional i32 extended = 0     // 其中延长的工作日
  7: required i32 used             // 已用工作日
  8: optional string due_on = ""   // 到期日；暂停时不出现
  9: optional string due_at = ""   // 到期时刻
  10: required string light        // 灯
  11: required bool paused         // 是否暂停
  12: optional bool met            // 已结束的期限是否如期
  13: required list<DeadlinePause> pauses // 暂停
  14: required list<DeadlineDay> days     // 逐日说明
}

// 期限说明
struct DeadlinesAnswer {
  1: required string calendar        // official 依国务院办公厅通知、provisional 当年安排尚未公布
  2: required list<Deadline> clocks  // 各项期限
}

// 查大厅
struct HallsRequest {
  1: string region (api.query="region", go.tag='json:"-"', api.vd="omitempty,max=6") // 区划代码
  2: string item   (api.query="item", go.tag='json:"-"', api.vd="omitempty,max=40")  // 只要能办该事项的
}

// 大厅窗口
struct HallWindow {
  1: required string id               // 编号
  2: required string number           // 窗口号
  3: required string name             // 名称
  4: optional string floor = ""       // 楼层
  5: required bool cross_city         // 是否跨城通办专窗
  6: required list<string> departments // 服务的部门；* 为全部
}

// 大厅
struct Hall {
  1: required string id               // 编号
  2: required string name             // 名称
  3: required string region           // 区划代码
  4: required string organisation     // 所属单位
  5: required string address          // 地址
  6: required string hours            // 开放时间
  7: required list<HallWindow> windows // 窗口
}

// 大厅列表
struct HallList {
  1: required list<Hall> items // 大厅
}

// 查时段
struct SlotsRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 大厅编号
  2: string date (api.query="date", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02") // 日期，默认今天
  3: string item (api.query="item", go.tag='json:"-"', api.vd="omitempty,max=40") // 事项编码
}

// 时段列表
struct SlotList {
  1: required list<view.Slot> items // 时段，依时间排列
}

// 预约
struct BookRequest {
  1: required string matter_no (api.vd="required,max=40") // 办件编号
  2: required string slot_id   (api.vd="required,max=64") // 时段编号
  3: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号：同一编号、同一内容只办一次
}

// 改期
struct RescheduleRequest {
  1: required string id      (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 预约编号
  2: required string slot_id (api.vd="required,max=64") // 新时段编号
}

// 我的预约
struct BookingsRequest {
  1: string state  (api.query="state", go.tag='json:"-"', api.vd="omitempty,max=40")    // 状态
  2: i32 limit     (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")     // 每页条数，默认 20，最多 100
  3: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")  // 上一页给出的游标
}

// 预约列表
struct BookingPage {
  1: required list<view.Booking> items // 预约
  2: optional string next_cursor = ""  // 下一页的游标
}

// 办件进度码图片
struct MatterQRRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: i32 size (api.query="size", go.tag='json:"-"', api.vd="omitempty,min=120,max=1200") // 边长（像素），默认 300
}

// 预约码图片
struct BookingQRRequest {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 预约编号
  2: i32 size (api.query="size", go.tag='json:"-"', api.vd="omitempty,min=120,max=1200") // 边长（像素），默认 300
}

// 反映邮件的问题
struct ReportParcelRequest {
  1: required string no   (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string id   (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 邮件编号
  3: required string kind (api.vd="required,oneof=not_received damaged incomplete other") // 问题：not_received 未收到、damaged 破损、incomplete 内件缺少、other 其他
  4: string note          (api.vd="omitempty,max=200") // 说明
}

// 邮件列表
struct ParcelList {
  1: required list<view.Parcel> items // 邮件
}

// 订阅消息授权结果
struct SubscribeRequest {
  1: list<string> accepted (api.vd="omitempty,max=20,dive,required,max=64") // 同意的模板
  2: list<string> rejected (api.vd="omitempty,max=20,dive,required,max=64") // 拒绝的模板
  3: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号：同一编号、同一内容只记一次
}

// 剩余推送次数
struct SubscribeAnswer {
  1: required map<string, i32> credits // 各消息模板剩余可推送次数
}

// 消息所指
struct NoticeRef {
  1: required string kind // matter、booking、parcel、policy
  2: required string id   // 编号
}

// 消息的一次推送
struct NoticeChannel {
  1: required string channel // wechat、sms
  2: required string state   // 推送状态
  3: required string at      // 时间
}

// 消息
struct Notice {
  1: required string id            // 编号
  2: required string template      // 模板
  3: required string title         // 标题
  4: required string text          // 正文
  5: required NoticeRef ref        // 所指
  6: required string at            // 时间
  7: optional string read_at = ""  // 已读时间
  8: required list<NoticeChannel> channels // 推送情况
}

// 消息列表
struct NoticePage {
  1: required list<Notice> items       // 消息，新的在前
  2: optional string next_cursor = ""  // 下一页的游标
}

// 事件流
struct StreamRequest {
  1: string last_event_id (api.header="Last-Event-ID", go.tag='json:"-"', api.vd="omitempty,max=128") // 断线重连时，最后收到的事件编号
}

// 评价
struct ReviewRequest {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required i32 stars (api.vd="required,min=1,max=5")   // 评分：1 非常不满意 … 5 非常满意
  3: list<string> tags  (api.vd="omitempty,max=8,dive,oneof=window_attitude window_wait form_check slow supplement_unclear decision_unclear parcel app kiosk") // 评价标签
  4: string comment     (api.vd="omitempty,max=500") // 意见
  5: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号
}

// 反映问题
struct RaiseProblemRequest {
  1: required string no    (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required string title (api.vd="required,max=60")   // 问题
  3: string text           (api.vd="omitempty,max=1000") // 详情
  4: string idempotency_key (api.header="Idempotency-Key", go.tag='json:"-"', api.vd="omitempty,max=128") // 请求编号
}

// 以登录码指明一次终端登录
struct KioskLoginRef {
  1: required string token (api.path="token", go.tag='json:"-"', api.vd="required,max=512") // 登录码
}

// 确认或拒绝在终端登录
struct KioskConfirmRequest {
  1: required string token (api.path="token", go.tag='json:"-"', api.vd="required,max=512") // 登录码
  2: optional bool accept  // 是否同意，默认同意
}

// 终端登录
struct KioskLogin {
  1: required string state      // waiting 待确认、confirmed 已确认、refused 已拒绝、used 已登录、ended 已退出
  2: required string place      // 终端所在的地点，请核对就在面前
  3: required string expires_at // 登录码失效时间
}

// 以序号指明评价的图片
struct ReviewPictureRef {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号
  2: required i32 n     (api.path="n", go.tag='json:"-"', api.vd="required,min=1,max=3")   // 序号
}

// 申请人
service Citizen {
  // 小程序登录
  LoginAnswer LoginWechat(1: LoginRequest request) (api.post="/api/v1/login/wechat", doc.auth="none", doc.faults="login_failed login_blocked")
  // App 登录，凭 unionid 与小程序为同一人
  LoginAnswer LoginApp(1: LoginRequest request) (api.post="/api/v1/login/app", doc.auth="none", doc.faults="login_failed login_blocked")
  // 续期。用过的刷新令牌再次出现，则整组失效
  LoginAnswer Refresh(1: RefreshRequest request) (api.post="/api/v1/login/refresh", doc.auth="none", doc.faults="unauthenticated")
  // 本人信息
  MeAnswer GetMe() (api.get="/api/v1/me")
  // 实名认证
  MeAnswer VerifyIdentity(1: IdentityRequest request) (api.post="/api/v1/me/identity", doc.faults="identity_mismatch identity_taken id_number_invalid id_type_mismatch old_id_form credit_code_invalid phone_invalid name_invalid")
  // 以微信授权的手机号码为联系电话
  MeAnswer SetPhone(1: PhoneRequest request) (api.post="/api/v1/me/phone", doc.faults="phone_code_invalid phone_invalid")

  // 地市与本市各县区
  RegionList ListRegions() (api.get="/api/v1/regions", doc.auth="none")
  // 城市对的专区
  Zone GetZone(1: ZoneRequest request) (api.get="/api/v1/zone", doc.auth="none", doc.faults="unknown_region same_region")
  // 查事项
  ItemPage ListItems(1: ItemsRequest request) (api.get="/api/v1/items", doc.auth="none", doc.faults="unknown_region same_region")
  // 事项的情形与材料
  view.Item GetItem(1: ItemRef request) (api.get="/api/v1/items/:code", doc.auth="none", doc.faults="not_found")

  // 开始办件
  view.Matter StartMatter(1: StartMatterRequest request) (api.post="/api/v1/matters", doc.status="201", doc.faults="identity_required pair_not_live mode_not_offered item_not_offered delivery_not_offered address_incomplete unknown_region same_region phone_invalid idempotency_conflict")
  // 我的办件，新的在前
  view.MatterPage ListMatters(1: MattersRequest request) (api.get="/api/v1/matters")
  // 办件
  view.Matter GetMatter(1: view.MatterRef request) (api.get="/api/v1/matters/:no", doc.faults="not_found")
  // 我的电子证照
  LicenceList ListLicences() (api.get="/api/v1/licences", doc.faults="identity_required licence_unavailable")
  // 上传材料（JPEG、PNG、PDF，不超过 10 MiB，以内容辨别），或引用电子证照，或请部门共享数据
  view.Material PutMaterial(1: PutMaterialRequest request) (api.put="/api/v1/matters/:no/materials/:code", doc.multipart="file", doc.faults="not_found transition_not_allowed material_unknown material_not_asked_for file_type_not_allowed file_empty identity_required licence_unavailable licence_not_found licence_untrusted licence_not_yours licence_not_valid licence_consent_required")
  // 查看已上传的材料
  binary GetMaterial(1: MaterialRef request) (api.get="/api/v1/matters/:no/materials/:code", doc.produces="image/jpeg image/png application/pdf", doc.faults="not_found")
  // 提交：草稿提交全部材料；待补正、待补充时提交所要求的材料
  view.Matter Submit(1: SubmitRequest request) (api.post="/api/v1/matters/:no/submit", doc.faults="not_found transition_not_allowed materials_missing declaration_required deadline_passed")
  // 撤回，限决定之前
  view.Matter Withdraw(1: WithdrawRequest request) (api.post="/api/v1/matters/:no/withdraw", doc.faults="not_found transition_not_allowed")
  // 更改送达方式或地址，限结果寄出之前
  view.Matter ChangeDelivery(1: ChangeDeliveryRequest request) (api.put="/api/v1/matters/:no/delivery", doc.faults="not_found transition_not_allowed delivery_not_offered address_incomplete parcel_open phone_invalid")
  // 确认已收到结果，办件随即归档
  view.Matter ConfirmReceipt(1: view.MatterRef request) (api.post="/api/v1/matters/:no/confirm-receipt", doc.faults="not_found transition_not_allowed")
  // 声明并未收到，限签收后三日内
  view.Matter DisputeDelivery(1: DisputeDeliveryRequest request) (api.post="/api/v1/matters/:no/dispute-delivery", doc.faults="not_found transition_not_allowed deadline_passed")
  // 下载电子结果或决定书
  binary GetResult(1: view.MatterRef request) (api.get="/api/v1/matters/:no/result", doc.produces="application/pdf", doc.faults="not_found result_missing")
  // 各项期限怎样计算
  DeadlinesAnswer GetDeadlines(1: view.MatterRef request) (api.get="/api/v1/matters/:no/deadlines", doc.faults="not_found")
  // 办件的邮件
  ParcelList ListParcels(1: view.MatterRef request) (api.get="/api/v1/matters/:no/parcels", doc.faults="not_found")
  // 反映邮件的问题，由寄件单位核实；同一问题只反映一次
  view.Parcel ReportParcel(1: ReportParcelRequest request) (api.post="/api/v1/matters/:no/parcels/:id/report", doc.faults="not_found")
  // 进度码图片
  binary GetMatterQR(1: MatterQRRequest request) (api.get="/api/v1/matters/:no/qr.png", doc.produces="image/png", doc.faults="not_found")
  // 评价，每件一次
  view.Review AddReview(1: ReviewRequest request) (api.post="/api/v1/matters/:no/review", doc.status="201", doc.faults="not_found not_reviewable already_reviewed deadline_passed idempotency_conflict")
  // 差评得到答复后再评价一次
  view.Review ReviewAgain(1: ReviewRequest request) (api.post="/api/v1/matters/:no/review/again", doc.faults="not_found not_reviewable already_reviewed")
  // 反映本办件的问题
  view.Problem RaiseProblem(1: RaiseProblemRequest request) (api.post="/api/v1/matters/:no/problems", doc.status="201", doc.faults="not_found")
  // 我反映的问题，新的在前
  view.ProblemPage ListProblems(1: view.MatterRef request) (api.get="/api/v1/matters/:no/problems", doc.faults="not_found")
  // 评价，附图片及其内容审核
  view.Review GetReview(1: view.MatterRef request) (api.get="/api/v1/matters/:no/review", doc.faults="not_found")
  // 为评价添加图片，至多3张（JPEG、PNG，不超过 10 MiB）。他人可见的图片须经微信内容审核；请勿上传证件
  view.ReviewPicture AddReviewPicture(1: view.MatterRef request) (api.post="/api/v1/matters/:no/review/pictures", doc.status="201", doc.multipart="file", doc.faults="not_found not_reviewable too_many_pictures file_type_not_allowed file_empty")
  // 查看评价的图片
  binary GetReviewPicture(1: ReviewPictureRef request) (api.get="/api/v1/matters/:no/review/pictures/:n", doc.produces="image/jpeg image/png", doc.faults="not_found")

  // 扫到的终端登录码：核对地点
  KioskLogin GetKioskLogin(1: KioskLoginRef request) (api.get="/api/v1/kiosk-logins/:token", doc.faults="qr_invalid qr_expired qr_revoked")
  // 确认在该终端登录
  KioskLogin ConfirmKioskLogin(1: KioskConfirmRequest request) (api.post="/api/v1/kiosk-logins/:token/confirm", doc.faults="qr_invalid qr_expired qr_revoked")

  // 大厅
  HallList ListHalls(1: HallsRequest request) (api.get="/api/v1/halls", doc.auth="none", doc.faults="unknown_region")
  // 大厅一日的时段
  SlotList ListSlots(1: SlotsRequest request) (api.get="/api/v1/halls/:id/slots", doc.auth="none", doc.faults="not_found hall_not_serving")

  // 预约
  view.Booking Book(1: BookRequest request) (api.post="/api/v1/bookings", doc.status="201", doc.faults="not_found matter_not_bookable hall_not_serving booking_closed slot_full already_booked too_many_bookings booking_blocked idempotency_conflict")
  // 我的预约，新的在前
  BookingPage ListBookings(1: BookingsRequest request) (api.get="/api/v1/bookings")
  // 预约
  view.Booking GetBooking(1: view.IDRef request) (api.get="/api/v1/bookings/:id", doc.faults="not_found")
  // 取消预约，名额随即释放
  view.Booking CancelBooking(1: view.IDRef request) (api.post="/api/v1/bookings/:id/cancel", doc.faults="not_found too_late_to_change booking_ended")
  // 改期，至多两次；新时段已满则原预约不变
  view.Booking Reschedule(1: RescheduleRequest request) (api.post="/api/v1/bookings/:id/reschedule", doc.faults="not_found slot_full booking_closed too_late_to_change reschedule_limit booking_ended hall_not_serving already_booked")
  // 预约码图片
  binary GetBookingQR(1: BookingQRRequest request) (api.get="/api/v1/bookings/:id/qr.png", doc.produces="image/png", doc.faults="not_found booking_ended")

  // 记录订阅消息的授权结果
  SubscribeAnswer Subscribe(1: SubscribeRequest request) (api.post="/api/v1/subscriptions", doc.faults="idempotency_conflict")
  // 消息，新的在前
  NoticePage ListInbox(1: view.PageRequest request) (api.get="/api/v1/inbox")
  // 标为已读
  Notice ReadNotice(1: view.IDRef request) (api.post="/api/v1/inbox/:id/read", doc.faults="not_found")
  // 事件流（Server-Sent Events）：matter、booking、parcel、notice，可凭 Last-Event-ID 续传
  string Stream(1: StreamRequest request) (api.get="/api/v1/stream", doc.produces="text/event-stream")
} (doc.auth="citizen")
