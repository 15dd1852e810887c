// 回调入口：快递、微信。报文为各方自己的格式，验签之前不解析。
namespace go callbacks

include "view.thrift"

// 快递推送
struct CourierRequest {
  1: required string carrier (api.path="carrier", go.tag='json:"-"', api.vd="required,oneof=kuaidi100 sf kdniao ems standard") // 承运商或聚合平台
  2: string k (api.query="k", go.tag='json:"-"', api.vd="omitempty,max=128") // 登记在推送地址中的口令（sf、ems）
}

// 回调
service Callbacks {
  // 快递轨迹推送：kuaidi100、sf、kdniao、ems、standard，各用其自己的报文、签名与应答
  string Courier(1: CourierRequest request) (api.post="/callbacks/couriers/:carrier", doc.body="raw", doc.produces="application/json text/plain", doc.faults="not_found signature_invalid")
  // 微信消息推送：保存地址时的验证
  string WechatEcho() (api.get="/callbacks/wechat", doc.produces="text/plain")
  // 微信消息推送：订阅消息的选择与送达、内容检测的结果；明文或安全模式，JSON 或 XML
  string WechatPush() (api.post="/callbacks/wechat", doc.body="raw", doc.produces="text/plain")
} (doc.auth="none")
