package model

import "time"

// noticeKinds is the catalogue: every key of domain §11 with what it says. Texts name things, places, times and
// numbers of matters, and never a person.
var noticeKinds = slicesOf(bookingNotices, matterNotices, parcelNotices, policyNotices, accountNotices, staffNotices)

func slicesOf(lists ...[]NoticeKind) []NoticeKind {
	var all []NoticeKind
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var bookingNotices = []NoticeKind{
	{
		Key: "booking_confirmed", Template: "booking_confirmed", Urgent: true,
		Title:    "预约成功",
		Text:     "您已预约{starts_at}在{hall}办理「{item}」，预约编号 {booking_no}。{note}。",
		Defaults: map[string]string{"note": "请带齐材料，提前十五分钟到"},
		While:    map[string][]string{"booking": {"booked"}},
	},
	{
		Key: "booking_changed", Template: "booking_confirmed", Urgent: true,
		Title:    "预约已改期",
		Text:     "您的预约已改为{starts_at}，在{hall}办理「{item}」，预约编号 {booking_no}。原二维码已失效，请使用新的二维码。{note}。",
		Defaults: map[string]string{"note": "已改期，请使用新的二维码"},
		While:    map[string][]string{"booking": {"booked"}},
	},
	{
		Key: "booking_reminder", Template: "booking_reminder",
		Title:    "预约到期提醒",
		Text:     "您预约于{starts_at}在{hall}办理「{item}」，{note}。",
		Defaults: map[string]string{"note": "请携带身份证件和材料原件"},
		While:    map[string][]string{"booking": {"booked"}},
	},
	{
		Key: "booking_cancelled", Template: "booking_cancelled",
		Title:    "预约已取消",
		Text:     "您原定{starts_at}办理「{item}」的预约已取消（{by}），原因：{reason}。",
		Defaults: map[string]string{"reason": "未说明，可重新预约"},
		While:    map[string][]string{"booking": {"cancelled"}},
	},
	{
		Key: "booking_displaced", Template: "booking_cancelled", Urgent: true, Important: true,
		Title:    "预约需要改期",
		Text:     "您原定{starts_at}办理「{item}」的预约无法如期进行，原因：{reason}。请在七天内另选时段，不占改期次数[。最近可选：{alternatives}]。",
		Defaults: map[string]string{"by": "大厅调整", "reason": "大厅临时调整，请另选时段"},
		While:    map[string][]string{"booking": {"displaced"}},
	},
	{
		Key: "queue_near", Template: "queue_called", Urgent: true, Life: 30 * time.Minute,
		Title:    "即将叫号",
		Text:     "您的排队号 {ticket} 前面还有 {ahead} 位，请到{window}附近等候。",
		Defaults: map[string]string{"ahead": "3", "window": "叫号区", "note": "即将叫号，请到窗口附近等候"},
		While:    map[string][]string{"booking": {"checked_in"}},
	},
	{
		Key: "queue_called", Template: "queue_called", Urgent: true, Life: 15 * time.Minute,
		Title:    "叫号提醒",
		Text:     "请 {ticket} 号到{window}办理，叫号时间{called_at}。{note}。",
		Defaults: map[string]string{"note": "请尽快到窗口，过号需重新排队"},
		While:    map[string][]string{"booking": {"called"}},
	},
	{
		Key: "booking_no_show", Title: "预约未到",
		Text: "您预约于{starts_at}在{hall}办理「{item}」，未在规定时间内到场。三个月内三次未到，将暂停预约三十天；可到现场取号办理。",
	},
	{
		Key: "booking_blocked", Title: "预约已暂停",
		Text: "因多次预约未到，您在{until}前不能预约；可到现场取号办理。如有异议，请向大厅说明。",
	},
}

var matterNotices = []NoticeKind{
	{
		Key: "matter_submitted", Title: "申请已提交",
		Text: "您的「{item}」已提交，办件编号 {matter_no}。{handling_org}将在五个工作日内答复是否受理。",
	},
	{
		Key: "matter_received", Template: "matter_received",
		Title:    "材料已收件",
		Text:     "{receiving_org}已于{received_at}收下您办理「{item}」的材料，办件编号 {matter_no}。收件不等于受理，受理结果会另行通知。",
		Defaults: map[string]string{"state": "已收件"},
	},
	{
		Key: "matter_forwarded", Template: "matter_forwarded",
		Title:    "材料已转递",
		Text:     "办件 {matter_no} 的材料已于{forwarded_at}转往{handling_org}，方式：{by}，运单号 {waybill}。",
		Defaults: map[string]string{"by": "邮寄"},
	},
	{
		Key: "materials_arrived", Title: "材料已到办理地",
		Text: "「{item}」（办件编号 {matter_no}）的材料已到{handling_org}。",
	},
	{
		Key: "materials_bounced", Title: "材料被退回",
		Text: "「{item}」（办件编号 {matter_no}）的材料在寄送途中被退回{receiving_org}，该单位将重新寄出，您不需要做什么。",
	},
	{
		Key: "matter_accepted", Template: "matter_accepted",
		Title: "申请已受理",
		Text:  "{handling_org}已于{accepted_at}受理您的「{item}」，办件编号 {matter_no}，承诺在{due_on}前办结。",
	},
	{
		Key: "matter_deemed_accepted", Template: "matter_accepted",
		Title: "申请视为受理",
		Text:  "{handling_org}未在五个工作日内答复，您的「{item}」（办件编号 {matter_no}）依照《行政许可法》第三十二条自收到之日起视为受理（{accepted_at}），应在{due_on}前办结。",
	},
	{
		Key: "matter_refused", Template: "matter_refused", Important: true,
		Title: "申请不予受理",
		Text:  "您的「{item}」（办件编号 {matter_no}）于{at}被决定不予受理，原因：{reason}。不予受理通知书和救济途径请在办件详情查看。",
	},
	{
		Key: "supplement_requested", Template: "supplement_requested", Important: true,
		Title:    "请补正材料",
		Text:     "您的「{item}」（办件编号 {matter_no}）需要补正：{materials}。请在{until}前提交。说明：{note}。",
		Defaults: map[string]string{"note": "请按要求补齐后提交"},
		While:    map[string][]string{"matter": {"awaiting_correction", "awaiting_supplement"}},
	},
	{
		Key: "formal_check_failed", Template: "supplement_requested",
		Title:    "材料未通过窗口核对",
		Text:     "窗口核对「{item}」（办件编号 {matter_no}）的材料后，还需要：{materials}。请在{until}前备齐并再次预约。说明：{note}。",
		Defaults: map[string]string{"note": "请备齐后再到窗口提交"},
		While:    map[string][]string{"matter": {"draft"}},
	},
	{
		Key: "supplement_due", Template: "supplement_due", Important: true,
		Title:    "补正即将到期",
		Text:     "您的「{item}」（办件编号 {matter_no}）的补正期限是{until}。{note}。",
		Defaults: map[string]string{"note": "请尽快补齐，逾期将影响办理"},
		While:    map[string][]string{"matter": {"awaiting_correction", "awaiting_supplement"}},
	},
	{
		Key: "draft_expiring", Template: "supplement_due",
		Title:    "草稿即将失效",
		Text:     "您的「{item}」（办件编号 {matter_no}）还没有提交，将在{until}后失效。{note}。",
		Defaults: map[string]string{"note": "如仍需办理，请尽快提交"},
		While:    map[string][]string{"matter": {"draft"}},
	},
	{
		Key: "supplement_supplied", Title: "补正材料已提交",
		Text: "您为「{item}」（办件编号 {matter_no}）补正的材料已提交，请等候{handling_org}处理。",
	},
	{
		Key: "supplement_lapsed", Important: true, Title: "补正已逾期",
		Text: "您未在{until}前补正「{item}」（办件编号 {matter_no}）的材料，{outcome}。",
		Defaults: map[string]string{
			"outcome": "请在办件详情查看后续处理",
		},
	},
	{
		Key: "draft_expired", Title: "草稿已失效",
		Text: "您的「{item}」（办件编号 {matter_no}）超过三十天没有提交，已失效。如仍需办理，请重新申请。",
	},
	{
		Key: "matter_suspended", Title: "进入特别程序",
		Text: "您的「{item}」（办件编号 {matter_no}）正在进行{procedure}，所需时间不计入办理期限[，预计到{until}]。",
	},
	{
		Key: "matter_resumed", Title: "恢复办理",
		Text: "您的「{item}」（办件编号 {matter_no}）的特别程序已结束，恢复办理，承诺在{due_on}前办结。",
	},
	{
		Key: "matter_extended", Important: true, Title: "办理期限延长",
		Text: "您的「{item}」（办件编号 {matter_no}）经批准延长 {days} 个工作日，办结期限改为{due_on}。理由：{reason}。",
	},
	{
		Key: "matter_decided", Template: "matter_decided", Important: true,
		Title:    "办理结果",
		Text:     "您的「{item}」（办件编号 {matter_no}）已于{decided_at}办结，结果：{outcome}。{delivery}。",
		Defaults: map[string]string{"delivery": "理由、救济和领取方式见办件详情"},
	},
	{
		Key: "decision_revoked", Important: true, Title: "决定已撤销",
		Text: "您的「{item}」（办件编号 {matter_no}）的决定已撤销，重新审查，理由：{reason}。",
	},
	{
		Key: "result_ready", Important: true, Title: "结果待领取",
		Text: "您的「{item}」（办件编号 {matter_no}）的结果已在{hall}等候领取，请带身份证件在{until}前领取。",
	},
	{
		Key: "pickup_reminder", Important: true, Title: "请领取结果",
		Text: "您的「{item}」（办件编号 {matter_no}）的结果仍在{hall}等候领取，请在{until}前领取，也可以改为邮寄。",
	},
	{
		Key: "result_unclaimed", Important: true, Title: "结果逾期未领",
		Text: "您的「{item}」（办件编号 {matter_no}）的结果超过期限没有领取，办件已归档。如需领取，请联系{handling_org}。",
	},
	{
		Key: "matter_withdrawn", Title: "申请已撤回",
		Text: "您的「{item}」（办件编号 {matter_no}）已撤回[。纸质材料由{holder}退还]。",
	},
	{
		Key: "matter_terminated", Important: true, Title: "办理终止",
		Text: "您的「{item}」（办件编号 {matter_no}）已终止办理，原因：{reason}[。纸质材料由{holder}退还]。",
	},
	{
		Key: "matter_reopened", Title: "重新办理",
		Text: "您的「{item}」（办件编号 {matter_no}）已重新办理，{handling_org}将在五个工作日内答复是否受理。",
	},
	{
		Key: "papers_returned", Title: "材料已退还",
		Text: "「{item}」（办件编号 {matter_no}）的纸质材料已退还[，运单号 {waybill}]。",
	},
	{
		Key: "review_invited", Template: "review_invited",
		Title:    "请评价本次服务",
		Text:     "您的「{item}」（办件编号 {matter_no}）已于{closed_at}办结。{note}。",
		Defaults: map[string]string{"note": "请为本次服务打分，只需一分钟"},
		While:    map[string][]string{"matter": {"closed", "delivered", "refused", "terminated", "withdrawn", "lapsed"}},
	},
}

var parcelNotices = []NoticeKind{
	{
		Key: "result_dispatched", Template: "result_dispatched",
		Title:    "结果已寄出",
		Text:     "办件 {matter_no} 的{result}已于{dispatched_at}交{carrier}寄出，运单号 {waybill}。",
		Defaults: map[string]string{"result": "办理结果"},
	},
	{
		Key: "result_delivered", Template: "result_delivered",
		Title:    "结果已送达",
		Text:     "办件 {matter_no} 的结果已于{delivered_at}送达[，运单号 {waybill}]。{note}。",
		Defaults: map[string]string{"note": "如非本人签收，请及时联系我们"},
		Fill:     map[string]string{"waybill": "-"},
	},
	{
		Key: "parcel_out_for_delivery", Title: "快件派送中",
		Text: "办件 {matter_no} 的快件（运单号 {waybill}）正在派送，请保持电话畅通。",
	},
	{
		Key: "parcel_at_pickup_point", Template: "parcel_problem",
		Title:    "快件待取",
		Text:     "办件 {matter_no} 的快件（运单号 {waybill}）已于{at}放在代收点[：{place}]，请及时领取。",
		Defaults: map[string]string{"state": "等待领取", "reason": "已放在代收点，请及时领取"},
		While:    map[string][]string{"parcel": {"at_pickup_point"}},
	},
	{
		Key: "parcel_problem", Template: "parcel_problem",
		Title:    "快件异常",
		Text:     "办件 {matter_no} 的快件（运单号 {waybill}）于{at}出现异常：{state}，{reason}。",
		Defaults: map[string]string{"state": "派送异常", "reason": "承运公司正在处理，请留意"},
		While:    map[string][]string{"parcel": {"problem", "returning"}},
	},
	{
		Key: "parcel_stalled", Template: "parcel_problem",
		Title:    "快件停滞",
		Text:     "办件 {matter_no} 的快件（运单号 {waybill}）自{at}起没有新的物流信息，我们会与承运公司核实。",
		Defaults: map[string]string{"state": "物流停滞", "reason": "久无新的物流信息，正在核实"},
		While:    map[string][]string{"parcel": {"created", "collected", "in_transit", "out_for_delivery", "at_pickup_point", "problem"}},
	},
	{
		Key: "delivery_failed", Template: "parcel_problem", Important: true,
		Title:    "结果未能送达",
		Text:     "办件 {matter_no} 的结果于{at}未能送达[（运单号 {waybill}）]，原因：{reason}。请在办件详情选择重新寄送、到大厅领取或电子送达。",
		Defaults: map[string]string{"state": "送达未成", "reason": "请重新选择送达方式"},
		Fill:     map[string]string{"waybill": "-"},
		While:    map[string][]string{"matter": {"delivery_failed"}},
	},
	{
		Key: "materials_lost", Template: "parcel_problem", Important: true,
		Title:    "材料在途中遗失",
		Text:     "办件 {matter_no} 的材料（运单号 {waybill}）在寄送途中遗失，{reason}。",
		Defaults: map[string]string{"state": "材料遗失", "reason": "收件单位将与您联系补办"},
	},
}

var policyNotices = []NoticeKind{
	{
		Key: "policy_push", Template: "policy_push", Title: "政策提醒",
		Text: "{publisher}发布「{title}」，适用：{audience}，截止{until}[。推送原因：{why}]。不想再收到此类提醒，可在详情页关闭。",
	},
	{
		Key: "item_suggested", Template: "policy_push", Title: "您可能需要办理",
		Text: "您可能需要办理「{title}」，由{publisher}提供，适用：{audience}，截止{until}[。推送原因：{why}]。不想再收到此类提醒，可在详情页关闭。",
	},
	{
		Key: "licence_expiring", Template: "policy_push", Title: "证照即将到期",
		Text:     "您的「{title}」将在{until}到期，请到{publisher}办理换发[。推送原因：{why}]。不想再收到此类提醒，可在详情页关闭。",
		Defaults: map[string]string{"audience": "证照持有人"},
	},
}

var accountNotices = []NoticeKind{
	{
		Key: "review_contacted", Title: "评价回访",
		Text: "您对办件 {matter_no} 的评价已收到，{org}将与您联系。",
	},
	{
		Key: "review_answered", Title: "评价已答复",
		Text: "{org}已答复您对办件 {matter_no} 的评价，请在评价详情查看。您可以再评价一次。",
	},
	{
		Key: "review_held", Title: "评价文字不公开显示",
		Text: "您对办件 {matter_no} 的评价文字未通过内容审核，不会公开显示；评分照常计入。",
	},
	{
		Key: "problem_answered", Title: "问题已答复",
		Text: "{org}已答复您反映的问题[（办件编号 {matter_no}）]，请在问题详情查看。",
	},
	{
		Key: "credit_noted", Title: "诚信记录提示",
		Text: "因{what}，已记录至{until}。期间办件可能需核验原件；如有异议，可在诚信记录中申诉。",
	},
	{
		Key: "credit_answered", Title: "诚信记录申诉已答复",
		Text: "您对“{what}”的申诉已答复：{outcome}，请在诚信记录中查看。",
	},
	{
		Key: "privacy_request_done", Important: true, Title: "个人信息申请已处理",
		Text: "您关于{what}的申请已处理[，结果在{until}前可以查看]。",
	},
	{
		Key: "data_export_ready", Title: "个人信息副本已备好",
		Text: "您申请的个人信息副本已备好，请在{until}前登录下载，逾期自动删除。",
	},
	{
		Key: "login_new_device", Important: true, Title: "新设备登录",
		Text: "您的账号于{at}在新的设备上登录。如非本人操作，请尽快退出所有设备并联系我们。",
	},
}

var staffNotices = []NoticeKind{
	{
		Key: "staff_new_matter", Title: "新办件",
		Text: "「{item}」{matter_no} 已到本单位，应在{due}前处理。",
	},
	{
		Key: "staff_light_yellow", Title: "黄灯提醒",
		Text: "有 {count} 件办件亮黄灯，最近到期的是 {matter_no}「{item}」，期限{due}。",
	},
	{
		Key: "staff_light_red", Title: "红灯提醒",
		Text: "有 {count} 件办件亮红灯，最近到期的是 {matter_no}「{item}」，期限{due}，请当日办结。",
	},
	{
		Key: "staff_overdue", Title: "超期提醒",
		Text: "有 {count} 件办件已超期，超期最久的是 {matter_no}「{item}」，期限{due}。",
	},
	{
		Key: "staff_forward_due", Title: "材料待转递",
		Text: "「{item}」{matter_no} 的材料还没有转递，应在{due}前寄出或网络传送。",
	},
	{
		Key: "staff_papers_owed", Title: "材料待退还",
		Text: "「{item}」{matter_no} 已终结，申请人的纸质材料仍在本单位，请尽快退还。",
	},
	{
		Key: "staff_problem_assigned", Title: "新问题工单",
		Text: "本单位有新的问题工单：{what}[（办件 {matter_no}）]，应在{due}前答复。",
	},
	{
		Key: "staff_problem_late", Title: "问题工单逾期",
		Text: "问题工单「{what}」[（办件 {matter_no}）]已超过{due}，请立即处理。",
	},
	{
		Key: "staff_handover", Title: "在办移交",
		Text: "{what}，名下在办的 {count} 件办件已移交，请及时接续办理。",
	},
	{
		Key: "staff_parcel_stalled", Title: "快件停滞",
		Text: "办件 {matter_no} 的快件（运单号 {waybill}）自{at}起没有新的物流信息，请与承运公司核实。",
	},
	{
		Key: "staff_parcel_problem", Title: "快件需要核实",
		Text: "办件 {matter_no} 的快件（运单号 {waybill}）{what}，请核实处理。",
	},
	{
		Key: "staff_delivery_disputed", Title: "送达有异议",
		Text: "申请人表示没有收到办件 {matter_no}「{item}」的结果，请核实签收并重新送达。",
	},
	{
		Key: "staff_device_trouble", Title: "自助终端需要处理",
		Text: "{place}的自助终端{what}（{at}），请派人查看。",
	},
	{
		Key: "staff_signal", Title: "监管信号",
		Text: "监管信号：{what}[，涉及办件 {matter_no}]，请核实。",
	},
	{
		Key: "staff_peer_conflict", Title: "对接冲突",
		Text: "办件 {matter_no}「{item}」与{org}的业务系统状态不一致：{what}，请核对处理。",
	},
	{
		Key: "staff_catalogue_consent", Title: "事项变更待确认",
		Text: "「{item}」的变更等待本单位确认[，期限{due}]。",
	},
	{
		Key: "staff_report_due", Title: "进度待报送",
		Text: "{what}应在{due}前报送，请按时提交。",
	},
	{
		Key: "staff_proposal_settled", Title: "事项提议有结果",
		Text: "关于「{item}」的提议：{what}。",
	},
	{
		Key: "staff_agreement_expiring", Title: "协议即将到期",
		Text: "《{what}》将在{until}到期，请及时续签。",
	},
	{
		Key: "staff_agreement_ended", Title: "协议不再有效",
		Text: "《{what}》{reason}。在办的办件继续办完；是否继续开通跨城通办，请尽快续签或调整推广阶段。",
	},
	{
		Key: "staff_meeting_called", Title: "联席会议通知",
		Text: "{what}定于{starts_at}在{place}召开，议题 {count} 项，请准时参加。",
	},
	{
		Key: "staff_task_late", Title: "计划任务逾期",
		Text: "计划任务「{what}」已超过期限{due}，请尽快完成并报送佐证。",
	},
	{
		Key: "staff_digest", Title: "今日待办提醒",
		Text: "本单位有黄灯 {yellow} 件、红灯 {red} 件、超期 {overdue} 件待办，最急的是 {matter_no}「{item}」[，期限{due}]。",
	},
	{
		Key: "staff_escalated", Title: "督办提醒",
		Text: "{org}的办件 {matter_no}「{item}」已{what}[，期限{due}]，请督促办理。",
	},
}
