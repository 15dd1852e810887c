// 回调入口：快递、微信。报文为各方自己的格式，验签之前不解析。
namespace go callbacks

include "view.thrift"

// 快递推送
struct CourierRequest {
  1: required string carrier (api.path="carrier", go.tag='json:"-"', api.vd="required,oneof=kuaidi100 sf kdniao ems standard") // 承运商或聚合平台
  2: string k (api.query="k", go.tag='json:"-"', api.vd="omitempty,max=128") // 登记在推送地址中的口令（sf、ems）
}

// 对方系统的消息
struct PeerRequest {
  1: required string region (api.path="region", go.tag='json:"-"', api.vd="required,len=6") // 对方系统的行政区划代码
}

// 对账差异
struct PeerDifference {
  1: required string no          // 办件编号
  2: required string what        // 差异种类，空为消息尚在途中
  3: optional string role = ""   // 本系统在该办件中的角色：handles 办理、receives 收件
  4: optional string state = ""  // 本系统中的状态，没有该办件时为空
  5: required i32 last           // 本系统最后一条消息的序号
  6: required i32 heard          // 本系统已收到的对方消息序号
}

// 一条事件的处理结果
struct PeerResult {
  1: required string id                          // 事件编号
  2: required string status                      // applied 已生效、duplicate 重复、ignored 已过时、rejected 不接受、parked 等待前序事件
  3: optional string code = ""                   // 不接受的原因代码
  4: optional string message = ""                // 说明
  5: optional list<PeerDifference> differences   // 对账清单（manifest）的差异
}

// 处理结果，与事件一一对应
struct PeerResults {
  1: required list<PeerResult> results // 结果
}

// 回调
service Callbacks {
  // 快递轨迹推送：kuaidi100、sf、kdniao、ems、standard，各用其自己的报文、签名与应答
  string Courier(1: CourierRequest request) (api.post="/callbacks/couriers/:carrier", doc.body="raw", doc.produces="application/json text/plain", doc.faults="not_found signature_invalid")
  // 微信消息推送：保存地址时的验证
  string WechatEcho() (api.get="/callbacks/wechat", doc.produces="text/plain")
  // 微信消息推送：订阅消息的选择与送达、内容检测的结果；明文或安全模式，JSON 或 XML
  string WechatPush() (api.post="/callbacks/wechat", doc.body="raw", doc.produces="text/plain")
  // 其他城市业务系统的事件，一次最多 100 条：{"events":[{"id","type","matter_no","at","data"}]}，以 X-Kuacheng-* 签名
  PeerResults Peer(1: PeerRequest request) (api.post="/callbacks/peers/:region", doc.body="raw", doc.faults="bad_request key_unknown signature_invalid timestamp_out_of_range nonce_replayed too_many_events payload_too_large")
} (doc.auth="none")
