package standard

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"kuacheng/model"
)

// Fault is one thing that is wrong with a draft, said to whoever edits the catalogue.
type Fault struct {
	Where string `json:"where"` // modes, situations[0].materials[2].code …
	Code  string `json:"code"`
	Text  string `json:"text"`
}

// Places is what a check has to know of halls.
type Places struct {
	// Hall reports whether any active hall has an open cross-city window for a department.
	Hall func(department string) bool
}

// Check lists everything that is wrong with a draft, in the order of its fields; a draft without a fault can be published.
func Check(it model.Item, refs model.References, places Places) []Fault {
	c := &checker{it: it, refs: refs}
	c.names()
	c.terms()
	c.result()
	c.ways(places)
	c.regions()
	c.settings()
	c.situations()
	return c.faults
}

type checker struct {
	it     model.Item
	refs   model.References
	faults []Fault
}

// want notes a fault where ok is false.
func (c *checker) want(ok bool, where, code, text string, args ...any) bool {
	if !ok {
		c.faults = append(c.faults, Fault{Where: where, Code: code, Text: fmt.Sprintf(text, args...)})
	}
	return ok
}

var (
	codeForm   = regexp.MustCompile(`^SW-([A-Z]{2})-\d{4}$`)
	periodForm = regexp.MustCompile(`^P(?:\d{1,3}Y)?(?:\d{1,3}M)?(?:\d{1,4}D)?$`)
)

func (c *checker) names() {
	it := &c.it
	m := codeForm.FindStringSubmatch(it.Code)
	c.want(m != nil, "code", "bad_code", "事项编码应为 SW-条线-四位数字")
	c.want(m == nil || m[1] == it.Department, "department", "department_mismatch", "条线与事项编码不一致")
	c.want(strings.TrimSpace(it.Name) != "", "name", "required", "请填写事项名称")
	n := utf8.RuneCountInString(it.Short)
	c.want(n > 0 && n <= 20, "short", "bad_short", "简称为 1 至 20 个字，用于推送和凭条")
	c.want(slices.Contains([]string{"permit", "confirmation", "benefit", "service", "other"}, it.Kind), "kind", "bad_kind", "事项类别不在目录中")
	c.want(slices.Contains([]string{model.SubjectNatural, model.SubjectLegal, model.SubjectBoth}, it.Subject), "subject", "bad_subject", "服务对象应为自然人、法人或两者")
	c.want(slices.Contains([]string{"city", "county", "both"}, it.Level), "level", "bad_level", "行使层级应为市级、县级或市县两级")
	c.want(it.Hot >= 1, "hot", "bad_rank", "办理量排序从 1 开始")
}

func (c *checker) terms() {
	it := &c.it
	ok := c.want(slices.Contains([]string{model.ItemInstant, model.ItemPromised}, it.ItemType), "item_type", "bad_item_type", "办件类型应为即办件或承诺件")
	c.want(it.PromisedDays >= 0, "promised_days", "bad_days", "承诺时限不能为负")
	c.want(it.PromisedDays <= it.StatutoryDays, "promised_days", "over_statutory", "承诺时限 %d 个工作日超过法定时限 %d 个工作日", it.PromisedDays, it.StatutoryDays)
	c.want(!ok || !it.Instant() || it.PromisedDays <= 1, "promised_days", "instant_days", "即办件的承诺时限为 0 或 1 个工作日")
	c.want(it.FeeFen >= 0, "fee_fen", "bad_fee", "收费不能为负")
	c.want(it.FeeFen <= 0 || it.FeeNote != "", "fee_note", "fee_unexplained", "收费事项须说明收费依据")
	c.want(it.Visits >= 0, "visits", "bad_visits", "跑动次数不能为负")
}

func (c *checker) result() {
	r := c.it.Result
	c.want(slices.Contains([]string{"licence", "certificate", "reply"}, r.Kind), "result.kind", "bad_result", "办理结果应为证照、证明或批复")
	c.want(r.Name != "", "result.name", "required", "请填写办理结果的名称")
	period := periodForm.MatchString(r.Validity) && r.Validity != "P"
	c.want(period || r.Validity == "permanent" || r.Validity == "none", "result.validity", "bad_validity", "结果有效期应为 permanent、none 或如 P5Y 的期间")
	_, known := c.refs.Licences[r.Licence]
	c.want(r.Licence == "" || known, "result.licence", "unknown_licence", "没有电子证照 %s", r.Licence)
}

func (c *checker) ways(places Places) {
	it := &c.it
	c.want(len(it.Modes) > 0, "modes", "no_mode", "至少选择一种办理方式")
	for i, m := range it.Modes {
		where := fmt.Sprintf("modes[%d]", i)
		c.want(m.Valid(), where, "bad_mode", "没有办理方式 %s", m)
		c.want(!slices.Contains(it.Modes[:i], m), where, "twice", "办理方式 %s 重复", m.Name())
	}
	if it.Offers(model.ModeWindow) && places.Hall != nil {
		c.want(places.Hall(it.Department), "modes", "no_hall", "选择了窗口办理，但没有大厅的跨城通办窗口受理该条线")
	}
	only := len(it.Modes) == 1 && it.Modes[0] == model.ModeKiosk
	c.want(len(it.Deliveries) > 0 || only, "deliveries", "no_delivery", "至少选择一种结果送达方式")
	for i, d := range it.Deliveries {
		where := fmt.Sprintf("deliveries[%d]", i)
		c.want(slices.Contains([]model.DeliveryMethod{model.DeliverMail, model.DeliverElectronic, model.DeliverPickup}, d), where, "bad_delivery", "没有送达方式 %s", d)
		c.want(!slices.Contains(it.Deliveries[:i], d), where, "twice", "送达方式 %s 重复", d)
	}
}

func (c *checker) regions() {
	it := &c.it
	c.want(len(it.HandlingRegions) > 0, "handling_regions", "no_region", "至少有一个办理地区")
	for i, region := range it.HandlingRegions {
		where := fmt.Sprintf("handling_regions[%d]", i)
		c.want(!slices.Contains(it.HandlingRegions[:i], region), where, "twice", "办理地区 %s 重复", region)
		_, err := c.refs.Organisations.Decider(it, region)
		c.want(err == nil, where, "no_decider", "%s 没有可办理的单位 %s", region, model.OrgID(region, it.Department))
	}
}

func (c *checker) settings() {
	s := c.it.Settings
	c.want(s.CorrectionDays == 0 || s.CorrectionDays >= 5 && s.CorrectionDays <= 30, "settings.correction_days", "bad_days", "补正期限为 5 至 30 个工作日")
	c.want(slices.Contains([]string{"", model.PausesBoth, model.PausesPromised}, s.SupplementPauses), "settings.supplement_pauses", "bad_pause", "补充材料暂停的时限填写有误")
	c.want(s.RetentionYears == 0 || s.RetentionYears >= 10, "settings.retention_years", "bad_years", "保管期限至少 10 年")
	for i, p := range s.SpecialProcedures {
		c.want(slices.Contains(model.Procedures, p), fmt.Sprintf("settings.special_procedures[%d]", i), "bad_procedure", "没有特别程序 %s", p)
	}
}

func (c *checker) situations() {
	c.want(len(c.it.Situations) > 0, "situations", "no_situation", "事项没有情形")
	for i := range c.it.Situations {
		c.situation(i)
	}
	if !c.it.Offers(model.ModeKiosk) || len(c.it.Situations) == 0 {
		return
	}
	for j, r := range c.it.Situations[0].Materials {
		m, known := c.refs.Materials[r.Code]
		r.Category = m.Category
		c.want(!known || !r.Required || r.MachineCanGet(), material(0, j)+".code", "kiosk_cannot_get", "一体机无法取得材料 %s %s", r.Code, m.Name)
	}
}

func (c *checker) situation(i int) {
	it, s := &c.it, c.it.Situations[i]
	where := fmt.Sprintf("situations[%d]", i)
	number, own := strings.CutPrefix(s.Code, it.Code+"-")
	form := own && len(number) == 2 && number != "00" && strings.Trim(number, "0123456789") == ""
	c.want(form, where+".code", "bad_code", "情形编码应为事项编码加 -01 至 -99")
	c.want(i == 0 || it.Situations[i-1].Code < s.Code, where+".code", "out_of_order", "情形编码重复或不按顺序")
	c.want(s.Name != "", where+".name", "required", "请填写情形名称")
	c.want(len(s.Required()) > 0, where+".materials", "no_material", "情形 %s 没有必需的材料", s.Code)
	for j := range s.Materials {
		c.material(i, j)
	}
}

func material(i, j int) string { return fmt.Sprintf("situations[%d].materials[%d]", i, j) }

func (c *checker) material(i, j int) {
	list := c.it.Situations[i].Materials
	r, where := list[j], material(i, j)
	m, known := c.refs.Materials[r.Code]
	if !c.want(known, where+".code", "no_rule", "材料 %s 不在规范化材料目录中，没有要求可查", r.Code) {
		return
	}
	c.want(len(m.Checks) > 0, where+".code", "no_rule", "材料 %s %s 没有形式审查要点", r.Code, m.Name)
	twice := slices.ContainsFunc(list[:j], func(x model.Requirement) bool { return x.Code == r.Code })
	c.want(!twice, where+".code", "twice", "材料 %s %s 重复", r.Code, m.Name)
	_, licence := c.refs.Licences[r.Licence]
	c.want(r.Licence == "" || licence, where+".licence", "unknown_licence", "没有电子证照 %s", r.Licence)
	c.want(r.Originals >= 0, where+".originals", "bad_number", "原件份数不能为负")
	c.want(r.Copies >= 0, where+".copies", "bad_number", "复印件份数不能为负")
	c.want(r.Originals <= 0 && r.Copies <= 0 || c.it.Offers(model.ModeWindow), where+".originals", "paper_without_window", "没有窗口办理方式时不能要求纸质材料 %s", m.Name)
	c.want(slices.Contains([]model.Original{"", model.OriginalShown, model.OriginalKept, model.OriginalNone}, r.Original), where+".original", "bad_original", "原件处理方式应为 shown、kept 或 none")
}

// ValidCode reports whether a code can be an item's.
func ValidCode(code string) bool { return codeForm.MatchString(code) }
