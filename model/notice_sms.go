package model

import (
	"maps"
	"slices"
	"strconv"
)

// noticeSMS are the texts of what cannot wait and may go to a phone: keys marked S in domain §11, a window that
// calls, and a parcel in trouble. They hold no free text, since providers compare what is sent with what was
// approved and refuse addresses in it, and they name no person.
var noticeSMS = map[string]string{
	"booking_displaced":    "您原定{starts_at}的预约需要改期，请在七天内到小程序另选时段。",
	"queue_called":         "请{ticket}号到{window}办理，过号需重新排队。",
	"matter_refused":       "您的办件{matter_no}不予受理，通知书和救济途径请到小程序查看。",
	"supplement_requested": "您的办件{matter_no}需要补正材料，请在{until}前到小程序查看并提交。",
	"supplement_due":       "您的办件{matter_no}补正期限为{until}，请尽快提交，逾期将影响办理。",
	"supplement_lapsed":    "您的办件{matter_no}未在{until}前补正，后续处理请到小程序查看。",
	"matter_extended":      "您的办件{matter_no}办结期限延长到{due_on}，理由请到小程序查看。",
	"matter_decided":       "您的办件{matter_no}已办结，结果和领取方式请到小程序查看。",
	"decision_revoked":     "您的办件{matter_no}原决定已撤销，重新审查，理由请到小程序查看。",
	"result_ready":         "您的办件{matter_no}结果已在{hall}等候领取，请带身份证件在{until}前领取。",
	"pickup_reminder":      "您的办件{matter_no}结果仍在{hall}等候领取，请在{until}前领取，或改为邮寄。",
	"result_unclaimed":     "您的办件{matter_no}结果逾期未领，已归档，如需领取请联系{handling_org}。",
	"matter_terminated":    "您的办件{matter_no}已终止办理，原因请到小程序查看。",
	"parcel_problem":       "您的办件{matter_no}快件{waybill}出现异常，详情请到小程序查看。",
	"delivery_failed":      "您的办件{matter_no}结果未能送达，请到小程序选择重寄、领取或电子送达。",
	"materials_lost":       "您的办件{matter_no}材料在寄送途中遗失，补办方式请到小程序查看。",
	"privacy_request_done": "您的个人信息申请已处理，结果请到小程序查看。",
	"login_new_device":     "您的账号于{at}在新的设备上登录。如非本人操作，请尽快退出所有设备。",
}

// NoticeSMS is the text of a key for SMS, with {var} for what is filled in; "" for one that is not worth it.
func NoticeSMS(key string) string { return noticeSMS[key] }

// NoticeSMSKeys lists the keys that may go by SMS.
func NoticeSMSKeys() []string { return slices.Sorted(maps.Keys(noticeSMS)) }

// NoticeSMSForm is the text as a provider registers it, with {1}, {2}, … in the order of the parameters.
func NoticeSMSForm(key string) string {
	n := 0
	return noticeVar.ReplaceAllStringFunc(noticeSMS[key], func(string) string {
		n++
		return "{" + strconv.Itoa(n) + "}"
	})
}

// smsParams are the parameters of a notice's text, in order; nil when there is no text or one is missing.
func smsParams(key string, vars map[string]string) (params []string) {
	kind, _ := NoticeKindOf(key)
	values := clean(kind.Defaults, vars)
	for _, name := range smsVars(key) {
		v := values[name]
		if v == "" {
			v = kind.Fill[name]
		}
		if v == "" {
			return nil
		}
		params = append(params, v)
	}
	return params
}

func smsVars(key string) (names []string) {
	for _, m := range noticeVar.FindAllStringSubmatch(noticeSMS[key], -1) {
		names = append(names, m[1])
	}
	return names
}
