package model

import (
	"maps"
	"slices"
)

// LegalReason is a ground that a refusal or termination may name.
type LegalReason struct {
	Name string `json:"name"`
	Law  string `json:"law"`
}

const (
	lawProcedures = "行政许可法第四十五条"
	lawDenial     = "行政许可法第三十八条第二款"
)

// RefusalReasons are the grounds of 不予受理.
var RefusalReasons = map[string]LegalReason{
	"no_licence_needed": {"申请事项依法不需要办理", "行政许可法第三十二条第一款第一项"},
	"not_competent":     {"申请事项依法不属于本机关职权范围", "行政许可法第三十二条第一款第二项"},
	"false_materials":   {"隐瞒有关情况或者提供虚假材料", "行政许可法第七十八条"},
	"barred":            {"处于一年内不得再次申请的期限内", "行政许可法第七十八条"},
	"not_corrected":     {"补正后材料仍不符合法定形式", "行政许可法第三十二条第一款第四项"},
	"duplicate":         {"同一事项已有在办申请", "行政许可法第三十二条第一款"},
}

// TerminationReasons are the grounds of 终止办理 (assumed; departmental rules differ).
var TerminationReasons = map[string]LegalReason{
	"applicant_deceased":  {"申请人死亡或者丧失行为能力", "行政许可法第七十条"},
	"applicant_dissolved": {"申请人依法终止", "行政许可法第七十条"},
	"duplicate":           {"同一事项重复申请", "办理规则"},
	"object_gone":         {"申请的对象已不存在", "办理规则"},
	"transferred":         {"已依法移送其他机关办理", "办理规则"},
}

func reasonCodes(reasons map[string]LegalReason) []string { return slices.Sorted(maps.Keys(reasons)) }

// Remedies is the text on a refusal or denial: where, and until when, it can be contested (行政复议法 第二十条,
// 行政诉讼法 第四十六条). Empty names fall back to the law's own words.
func Remedies(reconsideration, court string) string {
	return "如不服本决定，可以自收到本决定书之日起六十日内向" + or(reconsideration, "本机关的本级人民政府") +
		"申请行政复议，也可以自收到本决定书之日起六个月内依法向" + or(court, "有管辖权的人民法院") + "提起行政诉讼。"
}
