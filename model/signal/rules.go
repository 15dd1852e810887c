// Package signal is what supervision by data (互联网+监管) watches for: rules as data, what they find in a matter, an act, a unit's
// sums, and the signal that a finding becomes. Pure: it reads what it is given and changes nothing but its own documents.
package signal

import (
	"maps"
	"slices"
)

// Severity says how soon somebody ought to look.
type Severity string

// In rising order; people are told of what is grave.
const (
	Remark  Severity = "remark"
	Warning Severity = "warning"
	Grave   Severity = "grave"
)

// Name is the severity in Chinese.
func (s Severity) Name() string {
	return map[Severity]string{Remark: "提示", Warning: "预警", Grave: "严重"}[s]
}

// The rules of domain reference §9; thresholds are assumed there.
const (
	Overdue        = "overdue"
	DeemedAccepted = "deemed_accepted"
	LawBroken      = "law_broken"
	OverdueRate    = "overdue_rate"
	RefusalRate    = "refusal_rate"
	RefusalPeers   = "refusal_above_peers"
	CorrectionRate = "correction_rate"
	Repeated       = "repeated_supplement"
	SuspensionLong = "suspension_long"
	TooFast        = "too_fast"
	TooSlow        = "too_slow"
	LateNight      = "late_night"
	Bulk           = "bulk"
	WaybillReused  = "waybill_reused"
	RevealSpike    = "reveal_spike"
	NoShowAbuse    = "no_show_abuse"
	ParcelTrouble  = "parcel_trouble"
	ReviewGap      = "review_gap"
	PeerSilent     = "peer_silent"
	FalseMaterials = "false_materials"
)

// Units in which a threshold is measured.
const (
	Cases   = "cases"
	Percent = "percent"
	Stars   = "stars"
	Seconds = "seconds"
	Days    = "days"
	Hours   = "hours"
	Fold    = "fold"  // times what is usual
	Clock   = "clock" // an hour of the day
)

// Rule is one thing to watch for.
type Rule struct {
	ID        string
	Name      string
	Measures  string  // what is measured, and when it fires
	Threshold float64 // in Unit
	Unit      string
	Window    int // civil days over which is measured; 0: each case by itself
	Minimum   int // of what is measured; fewer say nothing
	Severity  Severity
	Off       bool // nobody wants to hear of it
	Fixed     bool // the threshold follows from the law, or is no number
	Movable   bool // the window can be changed
	// Texts are the sentences that a person can check, by variant; "" is the usual one.
	Texts map[string]string
}

// Rules is the table.
var Rules = []Rule{
	{
		ID: Overdue, Name: "办件超期", Measures: "每一件：受理、承诺、法定、送达或流转期限届满仍未办结", Threshold: 1, Unit: Cases, Minimum: 1, Severity: Warning, Fixed: true,
		Texts: map[string]string{"": "办件 {no}「{item}」的{clock}（{length} 个工作日）于{due}届满，{org}届满时未办。"},
	},
	{
		ID: DeemedAccepted, Name: "视为受理", Measures: "每一件：逾期未作受理决定，依法视为受理（行政许可法第三十二条）", Threshold: 1, Unit: Cases, Minimum: 1, Severity: Grave, Fixed: true,
		Texts: map[string]string{"": "办件 {no}「{item}」到达{org}后五个工作日内没有受理、不予受理或者一次告知补正，依法自收到材料之日视为受理。"},
	},
	{
		ID: LawBroken, Name: "超法定期限", Measures: "每一件：受理、法定办结或送达期限未守", Threshold: 1, Unit: Cases, Minimum: 1, Severity: Grave, Fixed: true,
		Texts: map[string]string{"": "办件 {no}「{item}」的{clock}（{law}）于{due}届满，{org}未在期限内办理。"},
	},
	{
		ID: OverdueRate, Name: "超期率偏高", Measures: "单位统计期间内收到的办件中，超期的比例", Threshold: 5, Unit: Percent, Window: 30, Minimum: 10, Severity: Warning, Movable: true,
		Texts: map[string]string{"": "{org}自{from}至{to}收到的 {denominator} 件办件中，{numerator} 件超期，占 {rate}%，高于 {threshold}%。"},
	},
	{
		ID: RefusalRate, Name: "不予受理率偏高", Measures: "单位统计期间内收到的办件中，不予受理的比例", Threshold: 15, Unit: Percent, Window: 30, Minimum: 10, Severity: Warning, Movable: true,
		Texts: map[string]string{"": "{org}自{from}至{to}收到的 {denominator} 件办件中，{numerator} 件不予受理，占 {rate}%，高于 {threshold}%。"},
	},
	{
		ID: RefusalPeers, Name: "不予受理率高于同条线", Measures: "单位统计期间内收到的办件中，不予受理的比例超过同条线其他单位合计的若干倍（至少三件）", Threshold: 2, Unit: Fold, Window: 30, Minimum: 10, Severity: Warning, Movable: true,
		Texts: map[string]string{
			"":     "{org}自{from}至{to}收到的 {denominator} 件办件中，{numerator} 件不予受理，占 {share}%；同条线其他 {units} 个单位 {peers} 件中 {peers_refused} 件，占 {peers_share}%，超过其 {threshold} 倍。",
			"none": "{org}自{from}至{to}收到的 {denominator} 件办件中，{numerator} 件不予受理，占 {share}%；同条线其他 {units} 个单位 {peers} 件中没有不予受理。",
		},
	},
	{
		ID: CorrectionRate, Name: "补正率偏高", Measures: "单位统计期间内收到的办件中，要求过补正或补充的比例", Threshold: 30, Unit: Percent, Window: 30, Minimum: 10, Severity: Remark, Movable: true,
		Texts: map[string]string{"": "{org}自{from}至{to}收到的 {denominator} 件办件中，{numerator} 件被要求补正或补充材料，占 {rate}%，高于 {threshold}%。"},
	},
	{
		ID: Repeated, Name: "多次要求补正", Measures: "每一件：要求补正、补充达到阈值（应当一次告知）", Threshold: 2, Unit: Cases, Minimum: 1, Severity: Warning,
		Texts: map[string]string{"": "{org}对办件 {no}「{item}」已要求补正 {corrections} 次、补充 {supplements} 次；依行政许可法第三十二条应当一次告知全部需要补正的内容。"},
	},
	{
		ID: SuspensionLong, Name: "特别程序过长", Measures: "每一件：特别程序超过告知申请人的时间，或超过阈值", Threshold: 60, Unit: Days, Minimum: 1, Severity: Warning,
		Texts: map[string]string{"": "办件 {no}「{item}」自{from}进行{procedure}，告知所需 {length} 个工作日，至{due}仍未恢复办理。"},
	},
	{
		ID: TooFast, Name: "办理过快", Measures: "每人每日：形式审查或审查决定用时不足阈值，快于阅读材料所需", Threshold: 60, Unit: Seconds, Window: 1, Minimum: 1, Severity: Remark,
		Texts: map[string]string{"": "{org}工作人员 {who} 于{at}对办件 {no} 作出「{act}」，距上一环节 {numerator} 秒，不足 {threshold} 秒。"},
	},
	{
		ID: TooSlow, Name: "办理过慢", Measures: "每一件：决定用时超过该事项平均用时的若干倍", Threshold: 5, Unit: Fold, Window: 60, Minimum: 10, Severity: Remark,
		Texts: map[string]string{"": "{org}办理 {no}「{item}」用时 {numerator} 个工作日，该事项本月和上月 {decided} 件平均 {mean} 个工作日，超过其 {threshold} 倍。"},
	},
	{
		ID: LateNight, Name: "深夜作出决定", Measures: "每人每日：七时以前或阈值所定的时刻以后作出决定", Threshold: 22, Unit: Clock, Window: 1, Minimum: 1, Severity: Remark,
		Texts: map[string]string{"": "{org}工作人员 {who} 于{at}对办件 {no} 作出「{act}」，在七时至 {threshold} 时以外。"},
	},
	{
		ID: Bulk, Name: "批量作出决定", Measures: "每人每日：十分钟内作出的决定超过阈值", Threshold: 20, Unit: Cases, Window: 1, Minimum: 1, Severity: Warning,
		Texts: map[string]string{"": "{org}工作人员 {who} 于{from}至{at}的十分钟内作出 {numerator} 件决定，超过 {threshold} 件。"},
	},
	{
		ID: WaybillReused, Name: "运单号重复使用", Measures: "每一单：运单号已用于更早的邮件", Threshold: 1, Unit: Cases, Minimum: 1, Severity: Warning, Fixed: true,
		Texts: map[string]string{
			"":        "{org}为办件 {no} 填写的运单号 {waybill}，{from}已用于另一邮件，本次登记未被接受。",
			"carrier": "办件 {no} 的邮件运单号 {waybill}（{carrier}），{from}已在{other}渠道用于另一邮件。",
		},
	},
	{
		ID: RevealSpike, Name: "查看未脱敏信息异常", Measures: "每人每日：查看未脱敏信息超过本人平常的若干倍，或查看时办件已经办结", Threshold: 3, Unit: Fold, Window: 30, Minimum: 10, Severity: Warning, Movable: true,
		Texts: map[string]string{
			"":       "{org}工作人员 {who} 于{date}查看未脱敏信息 {numerator} 次，此前 {window} 日内有查看之日平均 {mean} 次，超过其 {threshold} 倍。",
			"closed": "{org}工作人员 {who} 于{at}查看办件 {no} 的未脱敏信息，该办件已于{ended}办结，没有在办的需要。",
		},
	},
	{
		ID: NoShowAbuse, Name: "占号不来", Measures: "一名申请人统计期间内取消、爽约的预约超过阈值", Threshold: 10, Unit: Cases, Window: 30, Minimum: 1, Severity: Remark, Movable: true,
		Texts: map[string]string{"": "一名申请人自{from}至{to}取消或未到 {numerator} 次预约，超过 {threshold} 次。"},
	},
	{
		ID: ParcelTrouble, Name: "承运公司异常率偏高", Measures: "承运公司统计期间内的邮件中，遗失、退回的比例", Threshold: 3, Unit: Percent, Window: 30, Minimum: 10, Severity: Warning, Movable: true,
		Texts: map[string]string{"": "{carrier}自{from}至{to}承运的 {denominator} 件邮件中，{numerator} 件遗失或退回，占 {rate}%，高于 {threshold}%。"},
	},
	{
		ID: ReviewGap, Name: "评价偏低或差评未按时答复", Measures: "单位统计期间内收到的办件，计入的评价平均低于阈值；或差评工单逾期", Threshold: 4, Unit: Stars, Window: 30, Minimum: 10, Severity: Warning, Movable: true,
		Texts: map[string]string{
			"":     "{org}自{from}至{to}收到的办件有 {denominator} 条评价，平均 {rate} 星，低于 {threshold} 星。",
			"late": "{org}没有在{due}前答复办件 {no} 的差评工单。",
		},
	},
	{
		ID: PeerSilent, Name: "对接系统异常", Measures: "工作日超过阈值没有对方系统的消息，或对账不一致", Threshold: 24, Unit: Hours, Minimum: 1, Severity: Grave,
		Texts: map[string]string{
			"":        "{peer}的业务系统自{from}起没有消息，至{at}在工作日内已 {numerator} 小时，超过 {threshold} 小时。",
			"differs": "办件 {no} 与{peer}的业务系统不一致：{what}。",
		},
	},
	{
		ID: FalseMaterials, Name: "虚假材料", Measures: "每一件：因隐瞒情况或者提供虚假材料而不予受理、不予许可或终止", Threshold: 1, Unit: Cases, Minimum: 1, Severity: Warning, Fixed: true,
		Texts: map[string]string{"": "{org}认定办件 {no}「{item}」隐瞒有关情况或者提供虚假材料（行政许可法第七十八条），请核实证据并依法处理。"},
	},
}

// RuleOf finds a rule.
func RuleOf(id string) (Rule, bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}

// textOf is the sentence of a rule's variant.
func textOf(id, variant string) string {
	r, _ := RuleOf(id)
	return r.Texts[variant]
}

// Sentences are the texts in the order of their variants, the usual one first.
func (r Rule) Sentences() []string {
	out := make([]string, 0, len(r.Texts))
	for _, variant := range slices.Sorted(maps.Keys(r.Texts)) {
		out = append(out, r.Texts[variant])
	}
	return out
}
