// 沙盒入口：只在配置为沙盒时存在，代替微信与快递，并可拨动时钟。
namespace go sandbox

// 取得登录凭证
struct WechatLoginRequest {
  1: required string user (api.vd="required,max=64") // 沙盒中的微信用户，任意名字
  2: string kind (api.vd="omitempty,oneof=miniprogram app phone") // 凭证种类：miniprogram 小程序登录（默认）、app 登录、phone 手机号码按钮
  3: bool unbound // 今后登录不带 unionid，如小程序尚未绑定开放平台时；为 false 即恢复
}

// 登录凭证
struct WechatLoginAnswer {
  1: required string code // 一次有效，如 wx.login 所给
}

// 某用户的微信
struct WechatMessagesRequest {
  1: required string user (api.query="user", go.tag='json:"-"', api.vd="required,max=64") // 沙盒中的微信用户
}

// 微信中收到的消息
struct WechatMessage {
  1: required string template          // 模板
  2: required map<string, string> data // 内容
  3: required string page              // 打开的页面
  4: required string at                // 时间
}

// 消息列表
struct WechatMessages {
  1: required list<WechatMessage> items // 消息，旧的在前
}

// 用户对订阅的选择
struct WechatSubscribeRequest {
  1: required string user     (api.vd="required,max=64") // 沙盒中的微信用户
  2: required string template (api.vd="required,max=64") // 模板
  3: required string choice   (api.vd="required,oneof=accept reject switch_off") // 选择：accept 同意、reject 拒绝、switch_off 关闭
  4: string fault             (api.vd="omitempty,oneof=duplicate reorder tamper replay plain") // 推送的故意差错
}

// 剩余次数
struct WechatSubscribeAnswer {
  1: required i32 credits // 微信一侧的剩余次数
}

// 某号码收到的短信
struct SMSMessagesRequest {
  1: required string phone (api.query="phone", go.tag='json:"-"', api.vd="required,max=20") // 手机号码
}

// 短信
struct SMSMessage {
  1: required string template // 消息种类
  2: required string text     // 内容，含签名
  3: required string at       // 时间
}

// 短信列表
struct SMSMessages {
  1: required list<SMSMessage> items // 短信，旧的在前
}

// 推动邮件前进
struct AdvanceRequest {
  1: required string carrier (api.path="carrier", go.tag='json:"-"', api.vd="required,oneof=kuaidi100 sf kdniao ems standard") // 承运商或聚合平台
  2: required string waybill (api.vd="required,max=40") // 运单号
  3: string to    (api.vd="omitempty,max=40") // 推进到哪个事件，默认一步
  4: string fault (api.vd="omitempty,max=40") // 故意的差错，如 duplicate、reorder、tamper
}

// 已发出的推送
struct AdvancePost {
  1: required string url  // 地址
  2: required i32 status  // 应答状态
  3: required string body // 应答内容
}

// 沙盒中的邮件
struct StandinParcel {
  1: required string waybill       // 运单号
  2: required string state         // 状态
  3: required list<string> events  // 已发生的事件
}

// 推进结果
struct AdvanceAnswer {
  1: required string waybill           // 运单号
  2: required string step              // 到达的事件
  3: required list<AdvancePost> posted // 已发出的推送
  4: optional StandinParcel parcel     // 邮件
}

// 拨钟
struct ClockRequest {
  1: string advance (api.vd="required_without=Reset,omitempty,max=40") // 向前拨多久，如 26h
  2: bool reset // 恢复为真实时间
}

// 时钟
struct ClockAnswer {
  1: required string now    // 服务器时间
  2: required string offset // 与真实时间之差
}

// 沙盒
service Sandbox {
  // 取得一次有效的微信登录凭证
  WechatLoginAnswer WechatLogin(1: WechatLoginRequest request) (api.post="/sandbox/wechat/login")
  // 某用户的微信里出现过的消息
  WechatMessages ListWechatMessages(1: WechatMessagesRequest request) (api.get="/sandbox/wechat/messages")
  // 用户同意、拒绝或关闭订阅
  WechatSubscribeAnswer WechatSubscribe(1: WechatSubscribeRequest request) (api.post="/sandbox/wechat/subscribe")
  // 某号码收到的短信
  SMSMessages ListSMSMessages(1: SMSMessagesRequest request) (api.get="/sandbox/sms/messages")
  // 推动邮件前进，并按承运商的格式签名推送到本服务
  AdvanceAnswer AdvanceParcel(1: AdvanceRequest request) (api.post="/sandbox/couriers/:carrier/advance")
  // 拨动服务器时钟
  ClockAnswer SetClock(1: ClockRequest request) (api.post="/sandbox/clock")
} (doc.auth="none")
