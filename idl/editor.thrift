// 事项动态管理：事项标准、草稿、发布、导入导出，分步推进与城市对。
namespace go editor

include "view.thrift"

// 查事项
struct ItemsRequest {
  1: string state      (api.query="state", go.tag='json:"-"', api.vd="omitempty,oneof=published withdrawn scheduled draft") // 状态
  2: string department (api.query="department", go.tag='json:"-"', api.vd="omitempty,len=2") // 条线
  3: bool drafts       (api.query="drafts", go.tag='json:"-"')                               // 只看有草稿的
  4: i32 limit         (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")      // 每页条数，默认 20，最多 100
  5: string cursor     (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=40")    // 上一页给出的游标
}

// 以事项编码指明
struct CodeRef {
  1: required string code (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
}

// 材料要求
struct Requirement {
  1: required string code    (api.vd="required,max=20")             // 规范化材料编码
  2: bool required                                                  // 必需
  3: string when             (api.vd="omitempty,max=200")           // 非必需时，何种情况需要
  4: i32 originals           (api.vd="omitempty,min=0,max=20")      // 原件份数
  5: i32 copies              (api.vd="omitempty,min=0,max=20")      // 复印件份数
  6: string original         (api.vd="omitempty,oneof=shown kept none") // 原件处理，不填从规范化材料
  7: string licence          (api.vd="omitempty,max=40")            // 可用的电子证照
  8: bool sharing                                                   // 可数据共享
  9: bool lackable                                                  // 可容缺
  10: optional string name = ""                                     // 材料名称，只读
}

// 情形
struct Situation {
  1: required string code (api.vd="required,max=40")            // 情形编码
  2: required string name (api.vd="required,max=200")           // 情形名称
  3: list<Requirement> materials (api.vd="omitempty,max=60,dive") // 材料要求
}

// 办理结果
struct Result {
  1: string kind     (api.vd="omitempty,oneof=licence certificate reply") // 证照、证明、批复
  2: string name     (api.vd="omitempty,max=100") // 名称
  3: string licence  (api.vd="omitempty,max=40")  // 电子证照
  4: string validity (api.vd="omitempty,max=20")  // permanent、none 或如 P5Y
}

// 特别设置
struct Settings {
  1: i32 correction_days          (api.vd="omitempty,min=0,max=30") // 补正期限（工作日），0 为默认
  2: string supplement_pauses     (api.vd="omitempty,oneof=both promised_only") // 补充材料时暂停的时限
  3: list<string> special_procedures (api.vd="omitempty,max=8,dive,max=40") // 适用的特别程序，不填为全部
  4: bool no_procedures                                       // 不适用任何特别程序
  5: bool two_step                                            // 两级审批
  6: bool single_live                                         // 同一情形只能有一件在办
  7: bool joint                                               // 联合办理
  8: bool copies_suffice                                      // 复印件即可网上流转
  9: i32 retention_years          (api.vd="omitempty,min=0,max=100") // 保管年限，0 为默认
}

// 事项标准
struct Standard {
  1: required string name         (api.vd="required,max=200")        // 名称
  2: string short                 (api.vd="omitempty,max=40")        // 简称
  3: list<string> aliases         (api.vd="omitempty,max=30,dive,max=40") // 别名
  4: string gov_code              (api.vd="omitempty,max=40")        // 实施编码
  5: string department            (api.vd="omitempty,max=8")         // 条线，不填从事项编码
  6: string level                 (api.vd="omitempty,max=10")        // city、county、both
  7: list<string> handling_regions (api.vd="omitempty,max=100,dive,max=6") // 办理地区
  8: string kind                  (api.vd="omitempty,max=20")        // 类别
  9: string subject               (api.vd="omitempty,max=10")        // 服务对象
  10: string item_type            (api.vd="omitempty,max=10")        // 办件类型
  11: i32 statutory_days          (api.vd="omitempty,min=0,max=1000") // 法定时限（工作日）
  12: i32 promised_days           (api.vd="omitempty,min=0,max=1000") // 承诺时限（工作日）
  13: list<string> modes          (api.vd="omitempty,max=3,dive,max=10") // 办理方式
  14: i64 fee_fen                 (api.vd="omitempty,min=0")         // 收费（分）
  15: string fee_note             (api.vd="omitempty,max=200")       // 收费依据
  16: i32 visits                  (api.vd="omitempty,min=0,max=20")  // 原需跑动次数
  17: i32 hot                     (api.vd="omitempty,min=0")         // 办理量排序
  18: Result result                                                  // 办理结果
  19: list<string> deliveries     (api.vd="omitempty,max=3,dive,max=20") // 送达方式
  20: list<Situation> situations  (api.vd="omitempty,max=99,dive")   // 情形
  21: Settings settings                                              // 特别设置
}

// 新事项的草稿
struct AddItemRequest {
  1: required string code       (api.vd="required,max=40") // 事项编码
  2: required Standard standard (api.vd="required")        // 标准
}

// 写草稿
struct PutDraftRequest {
  1: required string code       (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
  2: required Standard standard (api.vd="required") // 标准
}

// 发布
struct PublishRequest {
  1: required string code       (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
  2: required string valid_from (api.vd="required,datetime=2006-01-02") // 生效日期
  3: required string reason     (api.vd="required,max=500") // 变更理由
  4: string proposal_id         (api.vd="omitempty,max=64")  // 两地同意的提议
  5: string basis               (api.vd="omitempty,max=200") // 或两地同意的文件
}

// 下架
struct WithdrawRequest {
  1: required string code       (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
  2: required string valid_from (api.vd="required,datetime=2006-01-02") // 自该日起不再受理新办件
  3: required string reason     (api.vd="required,max=500") // 理由
}

// 县区承接或退出
struct RegionRequest {
  1: required string code       (api.path="code", go.tag='json:"-"', api.vd="required,max=40") // 事项编码
  2: required string region     (api.vd="required,len=6")   // 地区
  3: bool offered                                           // 承接，否则退出
  4: required string valid_from (api.vd="required,datetime=2006-01-02") // 生效日期
  5: required string reason     (api.vd="required,max=500") // 理由
}

// 一个版本，或一次下架
struct Version {
  1: optional i32 version = 0      // 版本，下架则缺
  2: required bool withdrawn       // 下架
  3: optional string valid_from = "" // 生效日期，缺为自始
  4: optional string decided_at = "" // 登记时间
  5: optional string by = ""       // 经办人编号
  6: optional string reason = ""   // 理由
  7: optional string proposal_id = "" // 提议
  8: optional string basis = ""    // 依据
}

// 检查出的一处问题
struct Fault {
  1: required string where // 位置
  2: required string code  // 代码
  3: required string text  // 说明
}

// 与上一版的一处不同
struct Change {
  1: required string where         // 位置
  2: required string name          // 内容
  3: optional string before = ""   // 原为
  4: optional string after = ""    // 改为
}

// 草稿
struct Draft {
  1: required i32 version          // 将成为的版本
  2: required Standard standard    // 标准
  3: required string by            // 起草人编号
  4: required string at            // 起草时间
  5: required list<Fault> faults   // 检查出的问题，没有方可发布
  6: required list<Change> changes // 与上一版的不同
  7: required bool minor           // 便民的小变更，无需对方同意
}

// 事项
struct ItemRecord {
  1: required string code            // 事项编码
  2: required string state           // published 在用、withdrawn 已下架、scheduled 待生效、draft 仅有草稿
  3: optional string name = ""       // 现行名称
  4: optional i32 version = 0        // 现行版本
  5: optional Standard standard      // 现行标准，列表中不给
  6: optional list<Version> versions // 各次变更，旧的在前，列表中不给
  7: optional Draft draft            // 草稿，列表中不给
  8: required bool has_draft         // 有草稿
}

// 事项一页
struct ItemRecords {
  1: required list<ItemRecord> items  // 事项
  2: optional string next_cursor = "" // 下一页的游标
}

// 规范化材料
struct Material {
  1: required string code         // 编码
  2: required string name         // 名称
  3: required string category     // 类别
  4: required list<string> checks // 形式审查要点
}

// 规范化材料目录
struct MaterialList {
  1: required list<Material> items // 材料
}

// 导入
struct ImportRequest {
  1: bool dry_run (api.query="dry_run", go.tag='json:"-"') // 只检查，不写草稿
}

// 工作簿中的一处问题
struct SheetProblem {
  1: required string sheet        // 工作表
  2: required i32 row             // 行，从 1 起
  3: optional string column = ""  // 列，如 C
  4: optional string name = ""    // 列名
  5: required string text         // 说明
}

// 导入的结果
struct ImportAnswer {
  1: required bool dry_run                // 只是检查
  2: required list<SheetProblem> problems // 问题；有一处即不写任何草稿
  3: required i32 items                   // 工作簿中的事项数
  4: required list<string> added          // 新增
  5: required list<string> changed        // 与现行不同
  6: required i32 unchanged               // 相同
  7: required i32 drafts                  // 写成的草稿数
}

// 导出
struct ExportRequest {
  1: bool drafts (api.query="drafts", go.tag='json:"-"') // 有草稿的给草稿
}

// 一个阶段
struct Phase {
  1: required i32 number         (api.vd="required,min=1,max=99") // 序号
  2: required string name        (api.vd="required,max=100")      // 名称
  3: required string scope       (api.vd="required,oneof=within_city cross_city") // 市内或跨市
  4: string due                  (api.vd="omitempty,datetime=2006-01-02") // 方案要求的期限
  5: required string live_from   (api.vd="required,datetime=2006-01-02") // 开通日期
  6: required list<string> cities (api.vd="required,min=1,max=100,dive,len=6") // 城市
  7: required list<string> modes (api.vd="required,min=1,max=3,dive,oneof=online window kiosk") // 办理方式
  8: map<string,i32> targets     (api.vd="omitempty,max=3") // 各方式的事项目标数
}

// 设置阶段
struct PutPhasesRequest {
  1: bool dry_run (api.query="dry_run", go.tag='json:"-"') // 只看何时开通什么，不改
  2: required list<Phase> phases (api.vd="required,min=1,max=20,dive") // 全部阶段
  3: string reason (api.vd="omitempty,max=500") // 理由
  4: bool closing  // 确认关闭已开通的城市对
}

// 一座城市一种方式的开通日期的变化
struct Opening {
  1: required string city         // 城市
  2: required string city_name    // 名称
  3: required string mode         // 办理方式
  4: optional string before = ""  // 原定，缺为从不
  5: optional string after = ""   // 改为
  6: required bool closes         // 今日已开通，将关闭
}

// 阶段
struct Phases {
  1: required list<Phase> phases     // 全部阶段
  2: required list<Opening> openings // 变化，查询时为空
  3: required bool dry_run           // 只是预览
}

// 暂停一个城市对
struct PauseRequest {
  1: required string from   (api.vd="required,len=6")  // 收件城市
  2: required string to     (api.vd="required,len=6")  // 办理城市
  3: string since           (api.vd="omitempty,datetime=2006-01-02") // 起，默认今日
  4: string until           (api.vd="omitempty,datetime=2006-01-02") // 止，含当日；不填为直至恢复
  5: required string reason (api.vd="required,max=200") // 理由，对公众显示
  6: string meeting_id      (api.vd="omitempty,max=64") // 议定的联席会议
}

// 查暂停
struct PausesRequest {
  1: bool past (api.query="past", go.tag='json:"-"') // 也看已结束的
}

// 恢复
struct ResumeRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required string reason (api.vd="required,max=200") // 理由
}

// 一次暂停
struct Pause {
  1: required string id            // 编号
  2: required string from          // 收件城市
  3: required string from_name     // 名称
  4: required string to            // 办理城市
  5: required string to_name       // 名称
  6: required string since         // 起
  7: optional string until = ""    // 止
  8: required string reason        // 理由
  9: optional string meeting_id = "" // 联席会议
  10: required string at           // 登记时间
}

// 暂停
struct Pauses {
  1: required list<Pause> items // 暂停
}

// 设置的一次变更
struct Step {
  1: required string at            // 时间
  2: required string by            // 经办人编号
  3: required string what          // phases、pause、resume、organisation、schedule
  4: optional string name = ""     // 对象
  5: required string reason        // 理由
}

// 设置的变更
struct Steps {
  1: required list<Step> items // 新的在前
}

// 事项动态管理
service Editor {
  // 事项及其版本
  ItemRecords ListItems(1: ItemsRequest request) (api.get="/api/v1/supervise/items")
  // 起草新事项
  ItemRecord AddItem(1: AddItemRequest request) (api.post="/api/v1/supervise/items", doc.status="201", doc.faults="transition_not_allowed")
  // 全部事项的工作簿，可改后导入
  binary ExportItems(1: ExportRequest request) (api.get="/api/v1/supervise/items.xlsx", doc.produces="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
  // 导入工作簿：先以 dry_run 检查，再写成草稿
  ImportAnswer ImportItems(1: ImportRequest request) (api.post="/api/v1/supervise/items/import", doc.multipart="file", doc.faults="file_type_not_allowed file_empty payload_too_large")
  // 事项的标准、版本和草稿
  ItemRecord GetItem(1: CodeRef request) (api.get="/api/v1/supervise/items/:code", doc.faults="not_found")
  // 写草稿，附检查和比较
  ItemRecord PutDraft(1: PutDraftRequest request) (api.put="/api/v1/supervise/items/:code/draft")
  // 放弃草稿
  ItemRecord DropDraft(1: CodeRef request) (api.delete="/api/v1/supervise/items/:code/draft", doc.faults="not_found")
  // 发布草稿，自某日起生效
  ItemRecord Publish(1: PublishRequest request) (api.post="/api/v1/supervise/items/:code/publish", doc.faults="not_found consent_required reason_required")
  // 下架：自某日起不再受理新办件，在办的照旧
  ItemRecord Withdraw(1: WithdrawRequest request) (api.post="/api/v1/supervise/items/:code/withdraw", doc.faults="not_found transition_not_allowed reason_required")
  // 撤回尚未生效的发布或下架
  ItemRecord Recall(1: CodeRef request) (api.post="/api/v1/supervise/items/:code/recall", doc.faults="not_found transition_not_allowed")
  // 县区按市级标准承接或退出
  ItemRecord SetRegion(1: RegionRequest request) (api.post="/api/v1/supervise/items/:code/regions", doc.faults="not_found transition_not_allowed unknown_region reason_required")
  // 规范化材料目录
  MaterialList ListMaterials() (api.get="/api/v1/supervise/materials")
  // 分步推进的阶段
  Phases GetPhases() (api.get="/api/v1/supervise/phases")
  // 调整阶段，先以 dry_run 看何时开通什么
  Phases PutPhases(1: PutPhasesRequest request) (api.put="/api/v1/supervise/phases", doc.faults="pairs_would_close reason_required")
  // 暂停的城市对
  Pauses ListPauses(1: PausesRequest request) (api.get="/api/v1/supervise/pauses")
  // 暂停一个城市对的新办件
  Pauses Pause(1: PauseRequest request) (api.post="/api/v1/supervise/pauses", doc.status="201", doc.faults="unknown_region transition_not_allowed")
  // 恢复
  Pauses Resume(1: ResumeRequest request) (api.post="/api/v1/supervise/pauses/:id/resume", doc.faults="not_found reason_required")
  // 阶段、暂停和机构的变更记录
  Steps ListChanges() (api.get="/api/v1/supervise/catalogue/changes")
} (doc.auth="supervisor")
