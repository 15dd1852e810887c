// 工作台账：概览、台账、导出、评价指标。
namespace go ledger

include "view.thrift"

// 查询范围。默认最近三十日、本辖区
struct Scope {
  1: string region     (api.query="region", go.tag='json:"-"', api.vd="omitempty,len=6")      // 办理地，含下级
  2: string from       (api.query="from", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02") // 起始日期（申请日）
  3: string to         (api.query="to", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02")   // 截止日期，含当日；一次最多一年
  4: string department (api.query="department", go.tag='json:"-"', api.vd="omitempty,max=8")  // 条线
  5: string receiver   (api.query="receiver", go.tag='json:"-"', api.vd="omitempty,len=6")    // 收件地，与办理地成对
  6: string mode       (api.query="mode", go.tag='json:"-"', api.vd="omitempty,oneof=online window kiosk") // 方式
  7: string state      (api.query="state", go.tag='json:"-"', api.vd="omitempty,max=40")      // 状态
  8: string light      (api.query="light", go.tag='json:"-"', api.vd="omitempty,oneof=green yellow red overdue none") // 灯
}

// 查台账
struct RowsRequest {
  1: string region     (api.query="region", go.tag='json:"-"', api.vd="omitempty,len=6")      // 办理地，含下级
  2: string from       (api.query="from", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02") // 起始日期（申请日）
  3: string to         (api.query="to", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02")   // 截止日期，含当日；一次最多一年
  4: string department (api.query="department", go.tag='json:"-"', api.vd="omitempty,max=8")  // 条线
  5: string receiver   (api.query="receiver", go.tag='json:"-"', api.vd="omitempty,len=6")    // 收件地，与办理地成对
  6: string mode       (api.query="mode", go.tag='json:"-"', api.vd="omitempty,oneof=online window kiosk") // 方式
  7: string state      (api.query="state", go.tag='json:"-"', api.vd="omitempty,max=40")      // 状态
  8: string light      (api.query="light", go.tag='json:"-"', api.vd="omitempty,oneof=green yellow red overdue none") // 灯
  9: i32 limit         (api.query="limit", go.tag='json:"-"', api.vd="omitempty,min=1")       // 每页条数，默认 20，最多 100
  10: string cursor    (api.query="cursor", go.tag='json:"-"', api.vd="omitempty,max=512")    // 上一页给出的游标
}

// 合计
struct Sums {
  1: required i64 matters     // 办件
  2: required i64 trips_saved // 少跑的趟数
  3: required i64 kept        // 按承诺时限作出决定
  4: required i64 broken      // 超过承诺时限
  5: required i64 asked       // 要求过补正、补充
  6: required i64 rated       // 计入的评价
  7: required i64 satisfied   // 三星及以上
  8: optional double on_time_rate      // 按时率，尚无决定则缺
  9: optional double satisfaction_rate // 满意率，尚无评价则缺
  10: optional double mean_days        // 平均用时（工作日），尚无决定则缺
}

// 城市对
struct PairSums {
  1: required string from      // 收件地
  2: required string from_name // 收件地名称
  3: required string to        // 办理地
  4: required string to_name   // 办理地名称
  5: required Sums sums        // 合计
}

// 一日
struct DaySums {
  1: required string date  // 日期
  2: required Sums sums    // 合计
}

// 概览
struct Overview {
  1: required string from                 // 起始日期
  2: required string to                   // 截止日期
  3: required Sums total                  // 合计
  4: required i64 km_saved                // 少跑的公里数（往返，估计值）
  5: required map<string,i64> by_mode     // 各方式
  6: required map<string,i64> by_state    // 各状态
  7: required map<string,i64> by_light    // 各灯
  8: required list<PairSums> pairs        // 各城市对，多的在前
  9: required list<DaySums> days          // 逐日
}

// 台账一行，不含个人信息
struct Row {
  1: required string no               // 办件编号
  2: required string item_code        // 事项编码
  3: required string item_name        // 事项
  4: required string department       // 条线
  5: required string mode             // 方式
  6: required string from             // 收件地
  7: required string to               // 办理地
  8: required view.Org receiving_org  // 收件单位
  9: required view.Org handling_org   // 办理单位
  10: optional view.Org owed_by       // 责任单位：下一步由谁办
  11: required string state           // 状态
  12: required string state_name      // 状态名称
  13: required string light           // 灯
  14: optional string due_on = ""     // 到期日
  15: required string handed_at       // 申请时间
  16: optional string accepted_at = "" // 受理时间
  17: required bool deemed            // 视为受理
  18: optional string decided_at = "" // 决定时间
  19: optional string outcome = ""    // 决定：granted 准予、denied 不予
  20: optional string ended_at = ""   // 办结时间
  21: optional i32 used_days          // 用时（工作日）
  22: required i32 corrections        // 补正次数
  23: required i32 supplements        // 补充次数
  24: required bool promise_broken    // 超过承诺时限
  25: required bool papers_owed       // 待退材料
  26: optional i32 stars              // 评价星级
}

// 台账
struct RowPage {
  1: required list<Row> items         // 行，新的在前；可能少于所要的条数
  2: optional string next_cursor = "" // 下一页的游标，没有则已到底
}

// 指标
struct MeasuresRequest {
  1: required string by (api.query="by", go.tag='json:"-"', api.vd="required,oneof=item org hall") // 按事项、单位或大厅
  2: string from (api.query="from", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02") // 起始日期，按月取整
  3: string to   (api.query="to", go.tag='json:"-"', api.vd="omitempty,datetime=2006-01-02")   // 截止日期，按月取整
  4: string mode (api.query="mode", go.tag='json:"-"', api.vd="omitempty,oneof=online window kiosk") // 方式
}

// 一个事项、单位或大厅的指标
struct Measure {
  1: required string key  // 编码
  2: required string name // 名称
  3: required Sums sums   // 合计
}

// 指标列表
struct Measures {
  1: required list<Measure> items // 办件多的在前
}

// 工作台账
service Ledger {
  // 概览：合计、各方式、各状态、各灯、各城市对、逐日
  Overview GetOverview(1: Scope request) (api.get="/api/v1/supervise/overview", doc.faults="unknown_region")
  // 台账
  RowPage ListRows(1: RowsRequest request) (api.get="/api/v1/supervise/ledger", doc.faults="unknown_region")
  // 台账导出为 XLSX
  binary ExportXLSX(1: Scope request) (api.get="/api/v1/supervise/ledger.xlsx", doc.produces="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", doc.faults="unknown_region")
  // 台账导出为 CSV
  binary ExportCSV(1: Scope request) (api.get="/api/v1/supervise/ledger.csv", doc.produces="text/csv", doc.faults="unknown_region")
  // 评价与时效指标
  Measures GetMeasures(1: MeasuresRequest request) (api.get="/api/v1/supervise/measures")
} (doc.auth="supervisor")
