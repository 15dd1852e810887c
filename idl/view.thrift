// 各入口共用的数据：办件、预约、邮件、事项等对外的样子。
//
// 说明（写给维护者）：
// - 标注 required 的字段在响应中总会出现；optional 的字段为空时不出现。
// - optional 的标量一律写默认值，这样生成的是普通类型而不是指针。
// - 时间为 RFC 3339，固定 +08:00；日期为 YYYY-MM-DD。
namespace go view

// 错误响应
struct Error {
  1: required string code       // 机器可读的错误代码
  2: required string message    // 给用户看的中文说明
  3: required string request_id // 请求编号，反馈问题时请提供
  4: optional map<string, string> details (doc.free="1") // 程序继续处理所需的信息，如 field、next、until
}

// 代码与名称
struct Coded {
  1: required string code // 代码
  2: required string name // 名称
}

// 行政区划
struct Region {
  1: required string code        // 区划代码（GB/T 2260；功能区为本地代码）
  2: required string name        // 名称
  3: required string level       // 级别：province、city、county、functional
  4: required string parent      // 上级区划代码
  5: optional i32 phase = 0      // 所属推广阶段，1–4；未纳入时不出现
  6: required bool live          // 与本市的跨城通办是否已开通
  7: optional string pinyin = "" // 拼音
  8: optional string short = ""  // 简称
}

// 收件或送达地址。响应中姓名、电话和详细地址已脱敏
struct Address {
  1: required string name   (api.vd="required,max=50")   // 收件人
  2: required string phone  (api.vd="required,max=20")   // 联系电话
  3: required string region (api.vd="required,max=6")    // 所在区划代码
  4: required string detail (api.vd="required,max=120")  // 街道、门牌
}

// 送达方式
struct Delivery {
  1: required string method (api.vd="required,oneof=mail electronic pickup") // 送达方式：mail 邮寄、electronic 电子送达、pickup 自取
  2: optional Address address (api.vd="omitempty") // 邮寄地址，method 为 mail 时填写
}

// 材料要求
struct MaterialRule {
  1: required string code          // 材料编码
  2: required string name          // 名称
  3: required bool required        // 是否必要
  4: optional string when = ""     // 非必要材料在何种情况下需要
  5: required i32 originals        // 窗口办理时的原件份数
  6: required i32 copies           // 窗口办理时的复印件份数
  7: required string original      // 原件如何处理：shown 核验后退还、kept 随件收取、none 不需要
  8: optional string licence = ""  // 可用哪种电子证照代替
  9: required bool sharing         // 可由部门数据共享取得
  10: optional bool lackable = false // 可否容缺受理
  11: optional list<string> formats  // 可上传的文件格式：jpeg、png、pdf
  12: optional i32 max_mib = 0       // 单个文件上限（MiB）
  13: optional list<string> checks   // 审查要点
}

// 办理情形
struct Situation {
  1: required string code                  // 情形编码
  2: required string name                  // 名称
  3: required list<MaterialRule> materials // 材料清单
}

// 收费
struct Fee {
  1: required i64 fen         // 金额，单位分；0 为不收费
  2: optional string note = "" // 收费说明
}

// 办理结果
struct ItemResult {
  1: required string kind          // licence 证照、certificate 证明、reply 批复
  2: required string name          // 名称
  3: optional string licence = ""  // 对应的电子证照种类
  4: optional string validity = "" // 有效期：permanent、none 或 ISO 8601 时长
}

// 事项
struct Item {
  1: required string code             // 事项编码
  2: required i32 version             // 版本
  3: required string name             // 名称
  4: optional string short = ""       // 简称
  5: optional list<string> aliases    // 常用叫法
  6: required string department       // 主管部门代码
  7: required string department_name  // 主管部门名称
  8: required string subject          // 服务对象：natural、legal、both
  9: required string kind             // 事项类型：permit、confirmation、benefit、service、other
  10: required string item_type       // instant 即办件、promised 承诺件
  11: required i32 promised_days      // 承诺办结时限（工作日）
  12: required i32 statutory_days     // 法定办结时限（工作日）
  13: required list<string> handling_regions // 办理地区划代码
  14: required list<string> modes     // 办理方式：online、window、kiosk
  15: required Fee fee                // 收费
  16: required list<Situation> situations // 情形与材料
  17: required ItemResult result      // 办理结果
  18: required list<string> deliveries // 可选送达方式
  19: required i32 visits             // 不用跨城通办时需要跑动的次数
}

// 办件所属事项
struct MatterItem {
  1: required string code            // 事项编码
  2: required i32 version            // 办件开始时的事项版本，办理中不变
  3: required string name            // 事项名称
  4: required string department      // 主管部门代码
  5: optional string department_name = "" // 主管部门名称
}

// 单位
struct Org {
  1: required string id     // 单位编号
  2: required string name   // 名称
  3: required string region // 区划代码
}

// 已提交的文件
struct File {
  1: optional string type = ""    // 内容类型
  2: optional i64 size = 0        // 字节数
  3: optional string digest = ""  // SHA-256 摘要
  4: optional string licence = "" // 引用的电子证照编号（脱敏）
  5: required string source       // applicant 申请人上传、licence 证照、clerk 窗口扫描
  6: required string at           // 提交时间
}

// 办件中的材料
struct Material {
  1: required string code     // 材料编码
  2: required string name     // 名称
  3: required bool required   // 是否必要
  4: required string state    // missing 未提交、uploaded 已上传、licence 证照已引用、checking 数据共享核验中、shared 数据共享已核验、checked 窗口已核验、received 纸质已收
  5: required string original // 原件处理：shown、kept、none
  6: required bool asked      // 当前正要求补交
  7: optional string note = "" // 审查意见
  8: optional File file       // 已提交的文件
}

// 补正或补充材料的要求
struct Asked {
  1: required list<string> materials // 要求补交的材料编码
  2: optional list<string> paper     // 其中必须到窗口提交原件的
  3: required string note            // 说明
  4: required string until           // 最迟时间
}

// 容缺材料
struct Lacking {
  1: required string code  // 材料编码
  2: required string name  // 名称
  3: required string until // 最迟补齐日期
}

// 办理决定
struct Decision {
  1: required string outcome      // 决定：granted 准予、denied 不予
  2: required string at           // 决定时间
  3: optional string note = ""    // 说明
  4: optional string reason = ""  // 不予的理由
  5: optional string law = ""     // 法律依据
  6: optional string remedies = "" // 救济途径
}

// 不予受理
struct Refusal {
  1: required string reason        // 理由代码
  2: required string reason_name   // 理由
  3: required string law           // 法律依据
  4: required string remedies      // 救济途径
  5: optional string competent = "" // 有权处理的机关
  6: required string at            // 时间
}

// 特别程序
struct Suspension {
  1: required string kind      // 种类代码，如 hearing 听证
  2: required string kind_name // 种类
  3: required string basis     // 法律依据
  4: required i32 days         // 所需天数
  5: required string since     // 开始时间
}

// 留痕
struct TrailEntry {
  1: required i32 seq            // 序号，从 1 起
  2: required string event       // 事件代码
  3: required string event_name  // 事件
  4: optional string from = ""   // 原状态
  5: required string to          // 现状态
  6: required string at          // 时间
  7: optional string org = ""    // 单位编号
  8: optional string org_name = "" // 单位名称
  9: required string role        // 办理人角色
  10: optional string why = ""   // 原因
  11: optional string by = ""    // 办理人编号（仅工作人员可见）
  12: optional string hash = ""  // 本条散列（仅工作人员可见）
}

// 邮件中的一条物流
struct ParcelEvent {
  1: required string at         // 时间
  2: required string state      // 状态
  3: required string text       // 说明（已去除个人信息）
  4: optional string place = "" // 地点
  5: optional string words = "" // 承运商的原文，含快递员和签收人；只在邮件详情中给本人和经办单位看
}

// 邮件
struct Parcel {
  1: required string id           // 编号
  2: required string direction    // materials 材料寄往办理地、result 结果寄给申请人
  3: required string carrier      // 承运商代码
  4: required string carrier_name // 承运商
  5: required string waybill      // 运单号
  6: required string state        // created、collected、in_transit、out_for_delivery、at_pickup_point、delivered、problem、returning、returned、lost、cancelled
  7: required string state_name   // 状态
  8: optional string signed_by = "" // 签收人：self、other、locker、unknown
  9: required list<ParcelEvent> events // 物流，新的在前
  10: required string created_at  // 登记时间
  11: required string updated_at  // 更新时间
}

// 二维码
struct QR {
  1: required string token       // 令牌
  2: required string url         // 二维码中的链接
  3: required string png_url     // 图片地址
  4: optional string expires_at = "" // 失效时间
}

// 预约时段
struct Slot {
  1: required string id        // 编号
  2: required string date      // 日期
  3: required string starts_at // 开始
  4: required string ends_at   // 结束
  5: required i32 capacity     // 名额
  6: required i32 left         // 余额
}

// 已预约的时段
struct BookedSlot {
  1: required string id        // 编号
  2: required string date      // 日期
  3: required string starts_at // 开始
  4: required string ends_at   // 结束
}

// 大厅
struct HallRef {
  1: required string id      // 编号
  2: required string name    // 名称
  3: required string address // 地址
  4: required string region  // 区划代码
}

// 当事人，已脱敏
struct Person {
  1: required string id                // 编号
  2: optional string name = ""         // 姓名或名称
  3: optional string id_type = ""      // 证件类型
  4: optional string id_number = ""    // 证件号码
  5: optional string phone = ""        // 电话
  6: optional i32 identity_level = 0   // 核验级别：0 仅微信、1 姓名号码一致、2 现场核验
}

// 为改期者保留的时段
struct OfferedSlot {
  1: required string slot_id   // 时段编号，可直接改约
  2: required HallRef hall     // 大厅
  3: required string starts_at // 开始时间
  4: required string kept_until // 保留至
}

// 预约。现场取号的没有时段
struct Booking {
  1: required string id            // 编号
  2: required string matter_no     // 办件编号
  3: optional BookedSlot slot      // 时段
  4: required HallRef hall         // 大厅
  5: required string state         // booked、checked_in、called、missed、serving、served、displaced、cancelled、no_show
  6: required string state_name    // 状态
  7: required string purpose       // hand_in 交件、supplement 补件、pick_up 领取
  8: optional string ticket = ""   // 排队号，签到后才有
  9: required i32 called_count     // 已叫号次数
  10: optional string window = ""  // 窗口
  11: optional QR qr               // 预约码
  12: optional string item_name = "" // 事项
  13: optional bool walk_in = false  // 现场取号
  14: optional bool priority = false // 优先
  15: optional i32 reschedules_left = 0     // 还可改期次数
  16: optional string change_until = ""     // 最迟更改或取消时间
  17: optional string check_in_from = ""    // 签到开始
  18: optional string check_in_until = ""   // 签到截止
  19: optional string cancelled_reason = "" // 取消原因
  20: optional Person applicant    // 申请人（仅工作人员可见，已脱敏）
  21: required string created_at   // 预约时间
  22: optional string displaced_reason = "" // 需要改期的原因
  23: optional string choose_until = ""     // 最迟另选时段的时间
  24: optional list<OfferedSlot> offered    // 为您保留的时段
}

// 好差评
struct Review {
  1: required i32 stars          // 评分：1 非常不满意 … 5 非常满意
  2: required list<string> tags  // 评价标签
  3: optional string comment = "" // 意见
  4: required string at          // 时间
  5: optional string comment_check = "" // 意见的内容审核：pending 审核中、passed 通过、held 待人工、risky 不公开
  6: optional list<ReviewPicture> pictures // 图片，仅在查看评价时列出
  7: optional string answer = ""           // 差评的答复
  8: optional i32 second_stars             // 答复后的再次评价
}

// 问题工单的一步
struct ProblemStep {
  1: required string at      // 时间
  2: required string what    // opened 登记、assigned 交办、contacted 回访、answered 答复、sent_back 退回、extended 延长、late 逾期、closed 办结
  3: optional Org org        // 单位
  4: optional string text = "" // 内容
}

// 问题工单
struct Problem {
  1: required string id              // 编号
  2: required string source          // 来源
  3: required string source_name     // 来源名称
  4: required string title           // 问题
  5: optional string text = ""       // 详情
  6: optional string matter_no = ""  // 涉及的办件
  7: required string state           // open 待交办、assigned 处理中、answered 已答复、closed 已办结
  8: required string state_name      // 状态名称
  9: optional Org unit               // 责任单位
  10: required bool urgent           // 紧急
  11: required string opened_at      // 登记时间
  12: required string due_on         // 答复期限
  13: optional string contact_by = "" // 回访期限（差评）
  14: optional string contacted_at = "" // 回访时间
  15: required i32 late              // 逾期次数，两次即上联席会议
  16: required list<ProblemStep> steps // 经过
}

// 工单列表
struct ProblemPage {
  1: required list<Problem> items      // 工单，急的在前
  2: optional string next_cursor = ""  // 下一页的游标
}

// 评价的图片
struct ReviewPicture {
  1: required i32 n        // 序号
  2: required string type  // 类型
  3: required i64 size     // 字节数
  4: required string check // 内容审核：pending 审核中、passed 通过、held 待人工、risky 不公开
  5: required string at    // 上传时间
}

// 办件
struct Matter {
  1: required string no               // 办件编号
  2: required string pretty_no        // 分段显示的办件编号
  3: required string state            // 状态代码
  4: required string state_name       // 状态
  5: required MatterItem item         // 事项
  6: required Coded situation         // 情形
  7: required string mode             // online 全程网办、window 异地窗口代收代办、kiosk 一体机
  8: required string receiving_region // 收件地
  9: required string handling_region  // 办理地
  10: optional Org receiving_org      // 收件单位
  11: required Org handling_org       // 办理单位
  12: optional Org owed_by            // 当前责任单位
  13: required string light           // green、yellow、red、overdue、none
  14: required bool paused            // 期限是否暂停
  15: optional string due_at = ""     // 到期时间；暂停时不出现
  16: optional bool calendar_provisional = false // 期限落在未公布放假安排的年份，可能调整
  17: required list<string> next      // 当前调用者现在可以做的事
  18: required list<Material> materials // 材料
  19: optional Asked asked            // 正要求补交的材料
  20: required list<Lacking> lacking  // 容缺待补的材料
  21: required string papers_with     // 纸质材料在谁手上：applicant、receiving、carrier、handling、lost、returned、none
  22: optional Delivery delivery      // 送达方式
  23: optional Suspension suspension  // 特别程序
  24: optional Refusal refusal        // 不予受理
  25: optional Decision decision      // 决定
  26: required bool result_available  // 可否下载电子结果
  27: optional string delivery_outcome = "" // 送达结果，如 unclaimed 逾期未领
  28: required list<TrailEntry> trail // 留痕
  29: required list<Parcel> parcels   // 邮件
  30: optional Booking booking        // 有效预约
  31: optional Review review          // 评价
  32: optional list<string> possible_duplicate // 疑似重复的办件编号
  33: optional Person applicant       // 申请人（仅工作人员可见，已脱敏）
  34: optional QR qr                  // 进度码
  35: optional string submitted_at = "" // 提交时间
  36: optional string received_at = ""  // 收件时间
  37: optional string accepted_at = ""  // 受理时间
  38: optional string ended_at = ""     // 结束时间
  39: required string created_at      // 开始时间
  40: required string updated_at      // 更新时间
  41: optional i32 trips_saved        // 少跑的趟数，办结后显示
  42: optional i32 km_saved           // 少跑的公里数（往返，估计值）
  43: optional list<string> credit_hints // 诚信提示（仅工作人员可见）：请核验原件，不适用容缺受理
}

// 办件列表中的一行
struct MatterLine {
  1: required string no               // 办件编号
  2: required string pretty_no        // 分段显示的办件编号
  3: required string state            // 状态代码
  4: required string state_name       // 状态
  5: required MatterItem item         // 事项
  6: required Coded situation         // 情形
  7: required string mode             // 办理方式
  8: required string receiving_region // 收件地
  9: required string handling_region  // 办理地
  10: optional Org receiving_org      // 收件单位
  11: required Org handling_org       // 办理单位
  12: optional Org owed_by            // 当前责任单位
  13: required string light           // 灯
  14: required bool paused            // 期限是否暂停
  15: optional string due_at = ""     // 到期时间
  16: required list<string> next      // 当前调用者现在可以做的事
  17: optional Person applicant       // 申请人（仅工作人员可见，已脱敏）
  18: required string created_at      // 开始时间
  19: required string updated_at      // 更新时间
}

// 办件列表
struct MatterPage {
  1: required list<MatterLine> items   // 办件
  2: optional string next_cursor = ""  // 下一页的游标；没有下一页时不出现
}

// 以办件编号指明办件
struct MatterRef {
  1: required string no (api.path="no", go.tag='json:"-"', api.vd="required,max=40") // 办件编号，可带空格、连字符
}

// 以编号指明一项
struct IDRef {
  1: required string id (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
}

// 分页
struct PageRequest {
  1: i32 limit (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  2: string cursor (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512") // 上一页给出的游标
}

// 没有参数
struct Nothing {}

// 人证核验
struct IdentityCheck {
  1: required string method (api.vd="required,max=32") // 核验方式，如 id_card 读卡、face 人脸、document 查验证件
  2: required bool matched // 人证是否一致
}
