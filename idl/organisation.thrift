// 机构与大厅：单位、大厅、窗口、时段模板、关闭与加开。
namespace go organisation

include "view.thrift"

// 查大厅
struct HallsRequest {
  1: string region (api.query="region", go.tag='json:"-"', api.vd="omitempty,len=6") // 地区，含下级
}

// 以大厅编号指明
struct HallIDRequest {
  1: required string hall_id (api.query="hall_id", go.tag='json:"-"', api.vd="required,max=64") // 大厅编号
}

// 开设大厅
struct AddHallRequest {
  1: required string name     (api.vd="required,max=60")  // 名称
  2: required string region   (api.vd="required,len=6")   // 地区
  3: required string address  (api.vd="required,max=200") // 地址
  4: required string schedule (api.vd="required,max=40")  // 时段模板
  5: required string reason   (api.vd="required,max=200") // 理由
}

// 预约规则，不填的从全市规则
struct BookingRules {
  1: optional i32 ahead_days               (api.vd="omitempty,min=1,max=90")  // 可提前预约的天数
  2: optional i32 cutoff_minutes           (api.vd="omitempty,min=0,max=1440") // 开始前多久停止预约
  3: optional i32 cancel_until_minutes     (api.vd="omitempty,min=0,max=1440") // 开始前多久不可更改
  4: optional i32 check_in_before_minutes  (api.vd="omitempty,min=0,max=240") // 可提前签到
  5: optional i32 check_in_after_minutes   (api.vd="omitempty,min=0,max=240") // 签到宽限
}

// 修改大厅，不填的不变
struct EditHallRequest {
  1: required string id     (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: optional string name     (api.vd="omitempty,max=60")  // 名称
  3: optional string address  (api.vd="omitempty,max=200") // 地址
  4: optional string schedule (api.vd="omitempty,max=40")  // 时段模板
  5: optional bool inactive                                // 停止服务
  6: optional BookingRules booking                         // 预约规则
  7: required string reason (api.vd="required,max=200")    // 理由
}

// 设置窗口：按窗口号新增或修改
struct PutWindowRequest {
  1: required string hall_id (api.vd="required,max=64") // 大厅编号
  2: required string number  (api.vd="required,max=10") // 窗口号
  3: required string name    (api.vd="required,max=40") // 名称
  4: string floor            (api.vd="omitempty,max=20") // 楼层
  5: bool cross_city                                    // 跨城通办专窗
  6: required list<string> departments (api.vd="required,min=1,max=30,dive,max=2") // 受理的条线，* 为全部
  7: i32 capacity            (api.vd="omitempty,min=0,max=100") // 每时段可预约人数
  8: bool closed                                        // 停用
  9: bool displace                                      // 名额不足时，让后预约者改期
  10: required string reason (api.vd="required,max=200") // 理由
}

// 关闭
struct CloseRequest {
  1: bool dry_run (api.query="dry_run", go.tag='json:"-"') // 只看影响多少人
  2: required string hall_id (api.vd="required,max=64")  // 大厅编号
  3: required string date    (api.vd="required,datetime=2006-01-02") // 日期
  4: string from             (api.vd="omitempty,datetime=15:04") // 起，不填为全天
  5: string until            (api.vd="omitempty,datetime=15:04") // 止
  6: required string reason  (api.vd="required,max=60")  // 理由，告知已预约者
}

// 取消一项安排
struct LiftRequest {
  1: required string id      (api.path="id", go.tag='json:"-"', api.vd="required,max=64") // 编号
  2: required string hall_id (api.vd="required,max=64")  // 大厅编号
  3: required string reason  (api.vd="required,max=200") // 理由
}

// 时段
struct Span {
  1: required string from  (api.vd="required,datetime=15:04") // 起
  2: required string until (api.vd="required,datetime=15:04") // 止
}

// 加开
struct OpenRequest {
  1: required string hall_id (api.vd="required,max=64")  // 大厅编号
  2: required string date    (api.vd="required,datetime=2006-01-02") // 日期
  3: required list<Span> hours (api.vd="required,min=1,max=6,dive") // 时段
  4: required string reason  (api.vd="required,max=60")  // 理由
}

// 窗口
struct Window {
  1: required string id          // 编号
  2: required string number      // 窗口号
  3: required string name        // 名称
  4: optional string floor = ""  // 楼层
  5: required bool cross_city    // 跨城通办专窗
  6: required list<string> departments // 受理的条线
  7: required i32 capacity       // 每时段可预约人数
  8: required bool closed        // 停用
}

// 窗口列表
struct Windows {
  1: required list<Window> items // 窗口
}

// 关闭安排
struct Closure {
  1: optional string id = ""    // 编号，缺为自始设定
  2: required string date       // 日期
  3: optional string from = ""  // 起，缺为全天
  4: optional string until = "" // 止
  5: required string reason     // 理由
}

// 关闭安排列表
struct Closures {
  1: required list<Closure> items // 关闭安排
}

// 关闭的结果
struct CloseAnswer {
  1: required string id      // 编号
  2: required i32 displaced  // 需要改期的人数
  3: required bool dry_run   // 只是查看
}

// 加开安排
struct ExtraHours {
  1: optional string id = ""      // 编号
  2: required string date         // 日期
  3: required list<Span> hours    // 时段
  4: optional string reason = ""  // 理由
}

// 一次变更
struct Step {
  1: required string at           // 时间
  2: required string by           // 经办人编号
  3: required string what         // added、edited、window、closed、reopened、opened、dropped
  4: optional string name = ""    // 对象
  5: optional string reason = ""  // 理由
}

// 大厅
struct Hall {
  1: required string id            // 编号
  2: required string name          // 名称
  3: required string region        // 地区
  4: required view.Org org         // 单位
  5: required string address       // 地址
  6: required string schedule      // 时段模板
  7: required bool inactive        // 停止服务
  8: required list<Window> windows // 窗口
  9: required list<Closure> closures // 今日起的关闭安排
  10: required list<ExtraHours> openings // 今日起的加开安排
  11: optional BookingRules booking // 本大厅的预约规则
  12: required list<Step> steps    // 变更，新的在前
}

// 大厅列表
struct Halls {
  1: required list<Hall> items // 大厅
}

// 时段模板
struct Schedule {
  1: required string code      (api.vd="required,max=40") // 编号
  2: required string name      (api.vd="required,max=60")  // 名称
  3: required i32 slot_minutes (api.vd="required,min=5,max=240") // 每时段分钟数
  4: required map<string,list<Span>> weekly (api.vd="required,max=7") // mon … sun 的开放时段
  5: bool closed_on_holidays                               // 法定节假日关闭
  6: string make_up_as         (api.vd="omitempty,oneof=mon tue wed thu fri sat sun") // 调休上班日按周几，不填为关闭
}

// 设置时段模板
struct PutScheduleRequest {
  1: required Schedule schedule (api.vd="required")        // 时段模板
  2: required string reason     (api.vd="required,max=200") // 理由
}

// 时段模板列表
struct Schedules {
  1: required list<Schedule> items // 时段模板
}

// 设置单位：按地区和条线新增或修改
struct PutOrgRequest {
  1: required string region     (api.vd="required,len=6")  // 地区
  2: required string department (api.vd="required,len=2")  // 条线
  3: required string name       (api.vd="required,max=60") // 名称
  4: required string short      (api.vd="required,max=20") // 简称
  5: required list<string> roles (api.vd="required,min=1,max=3,dive,oneof=receive decide supervise") // 收件、审批、监管
  6: string parent              (api.vd="omitempty,max=20") // 上级单位
  7: required string reason     (api.vd="required,max=200") // 理由
}

// 单位
struct Organisation {
  1: required string id         // 编号
  2: required string name       // 名称
  3: required string short      // 简称
  4: required string region     // 地区
  5: required string department // 条线
  6: required list<string> roles // 职责
  7: optional string parent = "" // 上级单位
}

// 单位列表
struct Organisations {
  1: required list<Organisation> items // 单位
}

// 机构与大厅
service OrganisationDoor {
  // 单位
  Organisations ListOrgs(1: HallsRequest request) (api.get="/api/v1/supervise/orgs", doc.faults="unknown_region")
  // 新增或修改单位
  Organisation PutOrg(1: PutOrgRequest request) (api.post="/api/v1/supervise/orgs", doc.faults="unknown_region")
  // 大厅
  Halls ListHalls(1: HallsRequest request) (api.get="/api/v1/supervise/halls", doc.faults="unknown_region")
  // 开设大厅
  Hall AddHall(1: AddHallRequest request) (api.post="/api/v1/supervise/halls", doc.status="201", doc.faults="unknown_region transition_not_allowed")
  // 大厅详情
  Hall GetHall(1: view.IDRef request) (api.get="/api/v1/supervise/halls/:id", doc.faults="not_found")
  // 修改大厅；停止服务或更换时段模板会让受影响的预约改期
  Hall EditHall(1: EditHallRequest request) (api.put="/api/v1/supervise/halls/:id", doc.faults="not_found")
  // 一个大厅的窗口
  Windows ListWindows(1: HallIDRequest request) (api.get="/api/v1/supervise/windows", doc.faults="not_found")
  // 新增或修改窗口
  Hall PutWindow(1: PutWindowRequest request) (api.post="/api/v1/supervise/windows", doc.faults="not_found")
  // 一个大厅今日起的关闭安排
  Closures ListClosures(1: HallIDRequest request) (api.get="/api/v1/supervise/closures", doc.faults="not_found")
  // 临时关闭：已预约者改期并收到通知和可选时段
  CloseAnswer Close(1: CloseRequest request) (api.post="/api/v1/supervise/closures", doc.status="201", doc.faults="not_found reason_required")
  // 取消关闭
  Hall Reopen(1: LiftRequest request) (api.post="/api/v1/supervise/closures/:id/lift", doc.faults="not_found")
  // 加开时段
  Hall OpenExtra(1: OpenRequest request) (api.post="/api/v1/supervise/openings", doc.faults="not_found")
  // 取消加开
  Hall DropExtra(1: LiftRequest request) (api.post="/api/v1/supervise/openings/:id/lift", doc.faults="not_found")
  // 时段模板
  Schedules ListSchedules() (api.get="/api/v1/supervise/schedules")
  // 新增或修改时段模板
  Schedules PutSchedule(1: PutScheduleRequest request) (api.put="/api/v1/supervise/schedules")
} (doc.auth="supervisor")
