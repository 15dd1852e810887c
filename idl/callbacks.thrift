// 回调入口：快递与微信。报文为各方自己的格式，验签之前不解析。
namespace go callbacks

include "view.thrift"

// 快递推送
struct CourierRequest {
  1: required string carrier (api.path="carrier", go.tag='json:"-"', api.vd="required,oneof=kuaidi100 sf kdniao ems standard") // 承运商或聚合平台
  2: string k (api.query="k", go.tag='json:"-"', api.vd="omitempty,max=128") // 登记在推送地址中的口令（sf、ems）
}

// 微信推送的签名参数
struct WechatRequest {
  1: string signature     (api.query="signature", go.tag='json:"-"', api.vd="omitempty,max=64")     // 签名
  2: string timestamp     (api.query="timestamp", go.tag='json:"-"', api.vd="omitempty,max=20")     // 时间
  3: string nonce         (api.query="nonce", go.tag='json:"-"', api.vd="omitempty,max=64")         // 随机串
  4: string echostr       (api.query="echostr", go.tag='json:"-"', api.vd="omitempty,max=256")      // 验证时原样返回
  5: string encrypt_type  (api.query="encrypt_type", go.tag='json:"-"', api.vd="omitempty,max=16")  // 加密方式
  6: string msg_signature (api.query="msg_signature", go.tag='json:"-"', api.vd="omitempty,max=64") // 消息签名
}

// 回调
service Callbacks {
  // 快递轨迹推送：kuaidi100、sf、kdniao、ems、standard，各用其自己的报文、签名与应答
  string Courier(1: CourierRequest request) (api.post="/callbacks/couriers/:carrier", doc.body="raw", doc.produces="application/json text/plain", doc.faults="not_found signature_invalid")
  // 微信消息推送：验证地址
  string VerifyWechat(1: WechatRequest request) (api.get="/callbacks/wechat", doc.produces="text/plain", doc.faults="signature_invalid")
  // 微信消息推送：接收事件
  string Wechat(1: WechatRequest request) (api.post="/callbacks/wechat", doc.body="raw", doc.produces="text/plain", doc.faults="signature_invalid")
} (doc.auth="none")
