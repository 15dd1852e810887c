// 公开入口：二维码打开的页面，不含任何个人信息。
namespace go public

// 二维码
struct QRRequest {
  1: required string token (api.path="token", go.tag='json:"-"', api.vd="required,max=512") // 二维码中的令牌
}

// 一条物流
struct QREvent {
  1: required string at         // 时间
  2: required string state      // 状态
  3: required string text       // 说明
  4: optional string place = "" // 地点
}

// 邮件，运单号只留末四位
struct QRParcel {
  1: required string direction    // materials 材料、result 结果
  2: required string carrier      // 承运商代码
  3: required string carrier_name // 承运商
  4: required string waybill_tail // 运单号末四位
  5: required string state        // 状态代码
  6: required string state_name   // 状态
  7: required list<QREvent> events // 物流，新的在前
}

// 进度码所示
struct QRTracking {
  1: required string item_name    // 事项
  2: required string state        // 状态代码
  3: required string state_name   // 状态
  4: required string updated_at   // 更新时间
  5: required list<QRParcel> parcels // 邮件
}

// 预约码所示
struct QRAppointment {
  1: required string starts_at  // 开始
  2: required string ends_at    // 结束
  3: required string hall       // 大厅
  4: required string address    // 地址
}

// 证明码所示。核对纸上的姓名与证件号码，请用核对接口
struct QRCertificate {
  1: required string no          // 证明编号
  2: required string name        // 名称
  3: required string issuer      // 出具单位
  4: required string issued_at   // 出具时间
  5: optional string until = ""  // 有效期至，长期则缺
  6: required string state       // valid 有效、expired 过期、revoked 作废、superseded 被替代
  7: required string state_name  // 状态名称
  8: required string check_code  // 核验码，应与纸上一致
  9: optional string newer_no = "" // 替代它的证明
}

// 核对纸上的姓名与证件号码
struct MatchRequest {
  1: required string token     (api.vd="required,max=512") // 证明码
  2: required string name      (api.vd="required,max=60")  // 纸上的姓名
  3: required string id_number (api.vd="required,max=40")  // 证件号码
}

// 核对结果
struct MatchAnswer {
  1: required bool matched // 是否一致
}

// 二维码所示
struct QRAnswer {
  1: required string kind                // tracking 进度码、appointment 预约码、certificate 证明码
  2: optional QRTracking tracking        // 进度
  3: optional QRAppointment appointment  // 预约
  4: optional QRCertificate certificate  // 证明
}

// 公开的统计，不含任何人
struct Figures {
  1: required string from                // 起始日期
  2: required string to                  // 截止日期
  3: required i64 matters                // 办件
  4: required map<string,i64> by_mode    // 各方式
  5: required i64 trips_saved            // 少跑的趟数
  6: required i64 km_saved               // 少跑的公里数（估计值）
  7: optional double on_time_rate        // 按时率
  8: optional double satisfaction_rate   // 满意率
}

// 公开
service Public {
  // 二维码打开的页面。Accept: text/html 为手机页面，application/json 为同样内容的数据
  QRAnswer OpenQR(1: QRRequest request) (api.get="/q/:token", doc.produces="application/json text/html", doc.faults="qr_invalid qr_expired qr_revoked")
  // 供微信内容审核取图：评价的图片，凭限时地址
  binary GetPicture(1: QRRequest request) (api.get="/p/:token", doc.produces="image/jpeg image/png", doc.faults="qr_invalid qr_expired not_found")
  // 核对证明的持有人
  MatchAnswer MatchCertificate(1: MatchRequest request) (api.post="/api/v1/certificates/match", doc.faults="qr_invalid")
  // 最近一年跨城通办的情况
  Figures GetFigures() (api.get="/api/v1/figures")
} (doc.auth="none")
