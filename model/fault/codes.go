package fault

import (
	"maps"
	"slices"
)

type row struct {
	status  int
	message string
}

// table lists every code that this program answers, with its HTTP status and its default sentence. The
// documentation's list is generated from it.
var table = map[string]row{
	// The request itself.
	"bad_request":            {400, "请求有误，请检查后重试"},
	"unauthenticated":        {401, "登录已过期，请重新登录"},
	"forbidden":              {403, "您没有权限进行此操作"},
	"not_found":              {404, "未找到相关内容"},
	"method_not_allowed":     {405, "不支持该请求方法"},
	"payload_too_large":      {413, "内容过大，请压缩后重试"},
	"unsupported_media_type": {415, "不支持的内容类型"},
	"validation_failed":      {422, "填写内容不符合要求，请检查"},
	"too_many_requests":      {429, "操作过于频繁，请稍后再试"},
	"internal":               {500, "系统繁忙，请稍后再试"},
	"unavailable":            {503, "服务暂时不可用，请稍后再试"},
	"idempotency_conflict":   {409, "同一请求编号已用于不同内容"},
	"idempotency_required":   {400, "缺少请求编号（Idempotency-Key）"},

	// People and sessions.
	"login_failed":             {401, "账号或密码错误"},
	"login_locked":             {429, "登录失败次数过多，请稍后再试"},
	"login_blocked":            {403, "该微信账号暂时无法登录"},
	"identity_required":        {409, "请先完成实名认证"},
	"identity_mismatch":        {422, "姓名与证件号码不一致"},
	"identity_taken":           {409, "已完成实名认证，如需更改请到窗口办理"},
	"export_running":           {409, "您的个人信息副本正在准备，请稍候"},
	"export_limit":             {429, "每天可申请一次个人信息副本，请明天再试"},
	"export_not_ready":         {409, "个人信息副本还没有备好，请稍候"},
	"export_gone":              {410, "下载链接已使用或已失效，请重新获取下载链接"},
	"id_number_invalid":        {422, "证件号码不正确，请核对"},
	"id_type_mismatch":         {422, "证件号码与证件类型不符"},
	"old_id_form":              {422, "15位旧身份证号已停用，请填写18位号码"},
	"credit_code_invalid":      {422, "统一社会信用代码不正确，请核对"},
	"password_change_required": {403, "请先修改初始密码"},
	"account_erased":           {409, "申请人已注销账号，其信息只供归档查阅"},
	"erasure_blocked":          {409, "还有未办结的事项，暂不能注销"},
	"account_taken":            {409, "该账号已被使用，请换一个"},
	"own_account":              {403, "不能对自己的账号进行此操作"},
	"last_admin":               {409, "这是最后一个在用的管理员账号，不能停用或调离"},
	"password_weak":            {422, "密码至少十位，含大写、小写、数字、符号中的三类，且不能是常见密码"},
	"phone_code_invalid":       {422, "手机号授权已失效，请重新点击获取"},
	"phone_invalid":            {422, "手机号码不正确，请核对"},
	"name_invalid":             {422, "姓名不正确，请核对"},
	"reveal_limit":             {429, "今日查看未脱敏信息的次数已达上限，请联系监管部门"},
	"consent_outdated":         {409, "同意书已更新，请阅读最新版本"},
	"consent_required":         {409, "该变更需两地同意：请指明已同意的提议，或写明两地同意的依据"},
	"pairs_would_close":        {409, "变更会关闭已开通的城市对，请确认后再提交"},
	"consent_needed":           {409, "该项为提供服务所必需，如不再使用可申请删除账号"},

	// Pairs, items, catalogue.
	"unknown_region":   {422, "未知的行政区划代码"},
	"same_region":      {422, "收件地与办理地不能相同"},
	"pair_not_live":    {409, "该城市对尚未开通跨城通办"},
	"mode_not_offered": {409, "该事项不支持这种办理方式"},
	"item_not_offered": {409, "该事项暂不能在所选地区办理"},

	// The matter.
	"transition_not_allowed":    {409, "当前状态不能进行此操作"},
	"wrong_organisation":        {403, "该操作应由另一单位进行"},
	"separation_of_duties":      {403, "收件人员不得参与同一办件的审批（受审分离）"},
	"authorisation_required":    {409, "代办需提供有效的授权委托"},
	"materials_missing":         {409, "材料不齐全，请补齐后再提交"},
	"material_not_asked_for":    {409, "当前不需要提交该材料"},
	"licence_unavailable":       {503, "电子证照或数据共享暂时查不到，请上传文件"},
	"licence_not_found":         {404, "未查到该电子证照"},
	"licence_untrusted":         {409, "该电子证照的签章无法核实，请上传文件"},
	"licence_not_yours":         {409, "该电子证照的持证人与申请人不一致"},
	"licence_not_valid":         {409, "该电子证照已过期或已失效"},
	"licence_consent_required":  {409, "引用电子证照或共享数据须由申请人本人在手机上授权"},
	"material_unknown":          {404, "该情形不需要此材料"},
	"file_type_not_allowed":     {415, "文件类型不支持，请上传 JPEG、PNG 或 PDF"},
	"file_empty":                {422, "文件是空的，请重新选择"},
	"lacking_outstanding":       {409, "容缺材料尚未补齐"},
	"deadline_passed":           {409, "已超过期限"},
	"approval_required":         {403, "需要科室负责人批准"},
	"reason_required":           {422, "请填写理由"},
	"extension_used":            {409, "本办件已延期一次，不能再次延期"},
	"extension_too_long":        {422, "延期天数超过规定上限"},
	"waybill_invalid":           {422, "运单号格式不正确，请核对"},
	"waybill_in_use":            {409, "该运单号已被使用"},
	"address_incomplete":        {422, "收件地址不完整"},
	"papers_not_held":           {409, "本单位未持有该办件的纸质材料"},
	"parcel_open":               {409, "已有邮件在途"},
	"parcel_mismatch":           {409, "该邮件与办件当前的邮件不符"},
	"copies_not_accepted":       {409, "该事项须寄送纸质材料，不能通过网络流转"},
	"decision_sent":             {409, "结果已送出，不能撤销决定"},
	"not_your_hall":             {409, "该办件不在本大厅"},
	"formal_check_failed":       {409, "形式审查未通过"},
	"result_missing":            {409, "尚无可送达的电子结果"},
	"mailings_exhausted":        {409, "寄送次数已达上限"},
	"delivery_not_offered":      {409, "该事项不支持这种送达方式"},
	"peer_owns":                 {403, "该办件由办理地业务系统处理"},
	"not_reviewable":            {409, "当前还不能评价"},
	"already_reviewed":          {409, "您已评价过该办件"},
	"too_many_pictures":         {409, "图片数量已达上限"},
	"certificate_not_valid":     {409, "该证明已失效"},
	"device_disabled":           {403, "该终端已停用"},
	"declaration_required":      {422, "请先作出材料真实性承诺"},
	"special_procedure_invalid": {422, "该事项没有这种特别程序"},

	// Bookings.
	"matter_not_bookable": {409, "该办件当前不需要预约"},
	"hall_not_serving":    {409, "该大厅不受理此事项"},
	"booking_closed":      {409, "该时段已停止预约"},
	"slot_full":           {409, "该时段已约满，请选择其他时段"},
	"already_booked":      {409, "您已有预约，请勿重复预约"},
	"too_many_bookings":   {409, "有效预约过多，请先办理或取消"},
	"too_late_to_change":  {409, "已临近开始时间，不能更改"},
	"reschedule_limit":    {409, "改期次数已达上限"},
	"too_early":           {409, "未到签到时间"},
	"too_late":            {409, "已过签到时间，请现场取号"},
	"wrong_hall":          {409, "预约的是另一个大厅"},
	"wrong_day":           {409, "预约的不是今天"},
	"booking_ended":       {409, "该预约已结束"},
	"booking_blocked":     {409, "因多次爽约，暂不能预约"},
	"call_too_soon":       {409, "叫号过于频繁，请稍候"},
	"call_limit":          {409, "已叫号3次，请按过号处理"},

	// QR codes.
	"qr_invalid":      {404, "二维码无效"},
	"qr_expired":      {410, "二维码已过期，请刷新"},
	"qr_revoked":      {410, "二维码已失效，请使用最新的二维码"},
	"qr_not_expected": {422, "这不是预约码，请核对"},

	// Callbacks.
	"signature_invalid":      {401, "签名校验失败"},
	"key_unknown":            {401, "签名校验失败"}, // the same words: nobody learns which keys there are
	"timestamp_out_of_range": {401, "时间戳超出允许范围，请校准时钟"},
	"nonce_replayed":         {409, "该请求已收到过，请更换随机数后重试"},
	"too_many_events":        {422, "一次最多提交100条事件"},
	"event_unknown":          {422, "未知的事件类型"},
	"event_not_yours":        {403, "该事件不应由对方系统发出"},
	"event_parked_full":      {429, "等待前序消息的事件过多，请先补发前序消息"},
	"seq_conflict":           {409, "同一编号的事件内容不同"},
	"envelope_invalid":       {422, "加密内容无法解开，请核对对方公钥"},
	"number_taken":           {409, "该办件编号在本系统已用于其他办件"},
	"peer_unknown":           {404, "没有与该地区对接"},

	// The queue, seen by supervisors.
	"task_not_archived": {409, "该任务不在归档队列中"},
}

// Status is the HTTP status of a code; 500 for one the table lacks.
func Status(code string) int {
	if r, ok := table[code]; ok {
		return r.status
	}
	return 500
}

// Codes lists all codes in order, for the documentation.
func Codes() []string { return slices.Sorted(maps.Keys(table)) }

// Message is the default sentence of a code.
func Message(code string) string { return table[code].message }
