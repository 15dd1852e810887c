// Package retention is how long what is known of people is kept (domain reference §13): one table, that deletes by it and tells people
// of it.
package retention

import "time"

// Term is how long a kind of thing is kept, from the event that its Since names.
type Term struct {
	Key    string
	Name   string // in Chinese
	Since  string // in Chinese: from when it counts
	Years  int
	Days   int
	Why    string // in Chinese: the ground
	Locked bool   // kept for the archive although its person asks for erasure
}

// The terms. Those of files follow 国家档案局令第8号 (10 and 30 years); the others are this city's own (assumed), within what 个人信息保护法
// 第19条 allows: the shortest that the purpose needs.
var (
	Decided     = Term{Key: "matter_decided", Name: "已办结的办件及材料、结果", Since: "办结之日", Years: 10, Why: "档案保管期限（国家档案局令第8号）", Locked: true}
	DecidedLong = Term{Key: "matter_decided_long", Name: "长期保管的办件及材料、结果", Since: "办结之日", Years: 30, Why: "档案保管期限（国家档案局令第8号）", Locked: true}
	Undecided   = Term{Key: "matter_undecided", Name: "不予受理、撤回、终止或逾期的办件", Since: "结束之日", Years: 2, Why: "复议、诉讼期限内备查", Locked: true}
	Draft       = Term{Key: "matter_draft", Name: "未提交的草稿", Since: "作废之日", Days: 30, Why: "供恢复，期满删除"}
	Address     = Term{Key: "address", Name: "邮寄地址", Since: "送达之日", Days: 30, Why: "查询投递，期满清除"}
	Booking     = Term{Key: "booking", Name: "预约与排队", Since: "预约之日", Years: 1, Why: "处理爽约和投诉，期满只留统计"}
	Parcel      = Term{Key: "parcel", Name: "邮件轨迹", Since: "投递结束之日", Days: 365, Why: "查询和索赔，期满只留统计"}
	Notice      = Term{Key: "notice", Name: "通知", Since: "发出之日", Years: 1, Why: "查询送达情况"}
	Log         = Term{Key: "log", Name: "登录与查看记录", Since: "产生之日", Days: 366, Why: "网络安全法：日志不少于六个月", Locked: true}
	Consent     = Term{Key: "consent", Name: "授权同意与对外提供的记录", Since: "产生之日", Years: 3, Why: "证明处理合法（个人信息保护法）", Locked: true}
)

// Terms are all of them, in the order in which people read them.
var Terms = []Term{Decided, DecidedLong, Undecided, Draft, Address, Booking, Parcel, Notice, Log, Consent}

// End is when a term that began at a moment is over. Years are those of the civil calendar of Beijing; the leap day ends on the last of
// February.
func (t Term) End(since time.Time) time.Time {
	if t.Years == 0 {
		return since.Add(time.Duration(t.Days) * 24 * time.Hour)
	}
	local := since.In(beijing)
	end := local.AddDate(t.Years, 0, 0)
	if end.Day() != local.Day() {
		end = end.AddDate(0, 0, -end.Day())
	}
	return end.UTC()
}

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)
