package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/signature"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/view"
)

// The soak: callbacks of all carriers, most of them several times, in no order, through two processes of the program
// on one store and one Redis, some before anybody knows their number. In the end every parcel must equal what the
// pure fold makes of the same pushes, read once, in order, in one place.
//
// KUACHENG_TEST_SOAK says how many are sent (make soak: 100,000). The store is the server at KUACHENG_TEST_MONGO, or
// one SQLite file that both have open: the stand-ins for MongoDB look at every document for each command.

// plainMap is a China Post contract without a cipher: the token alone proves the sender.
const plainMap = "plain.yaml"

// way is how a carrier may tell what happens to a parcel: codes with their words.
var ways = map[model.Carrier][][2]string{
	"kuaidi100": {{"103", "已揽收"}, {"1002", "运输中"}, {"1001", "到达"}, {"5", "派送中"}, {"501", "已存放驿站"}, {"206", "无人接听"}, {"209", "破损"}, {"203", "拒收"}, {"6", "退回中"}, {"301", "本人签收"}, {"303", "前台代收"}, {"2", "快件遗失"}, {"4", "已退回"}, {"999", "不认识"}},
	"kdniao":    {{"1", "已揽收"}, {"204", "运输中"}, {"201", "到达"}, {"202", "派送中"}, {"211", "已存放驿站"}, {"416", "无人接听"}, {"404", "拒收"}, {"407", "退回中"}, {"301", "本人签收"}, {"304", "前台代收"}, {"406", "已退回"}},
	"sf":        {{"50", "已收取"}, {"30", "装车"}, {"31", "到达"}, {"44", "派送"}, {"678", "到驿站"}, {"33", "派件异常"}, {"33", "收件人拒收"}, {"648", "退回"}, {"80", "已签收"}, {"130", "到店"}, {"123", "去店"}, {"7777", "不认识"}},
	"ems":       {{"203", "收寄"}, {"389", "封车"}, {"954", "到达处理中心"}, {"702", "投递"}, {"705", "未妥投"}, {"704", "本人签收"}, {"704", "代签收【收发室】"}, {"711", "邮件退回"}},
	"standard":  {{"collected", "揽收"}, {"in_transit", "运输中"}, {"arrived_city", "到达"}, {"out_for_delivery", "派件中"}, {"delivery_failed", "未成功"}, {"rejected", "拒收"}, {"returning", "退回中"}, {"delivered", "已签收"}, {"returned", "已退回"}, {"lost", "遗失"}, {"x_weighed", "称重"}},
}

// soaked is one parcel of the soak.
type soaked struct {
	carrier model.Carrier
	number  string
	no      string // of the matter, once bound
	pushes  []string
}

// make writes the pushes of a parcel: each of them a telling of its own, snapshots for the aggregators.
func (p *soaked) make(r *rand.Rand, rows int) {
	type scan struct{ code, words, at, place string }
	var scans []scan
	began := time.Now().Add(-10 * time.Hour)
	for i := range rows {
		way := ways[p.carrier][r.IntN(len(ways[p.carrier]))]
		if i == 0 {
			way = ways[p.carrier][0]
		}
		at := began.Add(time.Duration(r.IntN(9*3600)) * time.Second).In(model.Beijing)
		text := at.Format(time.DateTime)
		if p.carrier == model.CarrierStandard {
			text = at.Format(time.RFC3339)
		}
		scans = append(scans, scan{way[0], fmt.Sprintf("%s %d", way[1], i), text, []string{"深圳市", "广州市", "汕尾市"}[r.IntN(3)]})
	}
	quoted := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	for i, s := range scans {
		var push any
		switch p.carrier {
		case model.CarrierKuaidi100:
			var data []map[string]string
			for _, s := range slices.Backward(scans[:i+1]) {
				data = append(data, map[string]string{"ftime": s.at, "time": s.at, "context": s.words, "statusCode": s.code, "areaName": "广东," + s.place})
			}
			push = map[string]any{"status": "polling", "lastResult": map[string]any{"com": "shunfeng", "nu": p.number, "state": s.code[:1], "data": data}}
		case model.CarrierKdniao:
			var traces []map[string]string
			for _, s := range scans[:i+1] {
				traces = append(traces, map[string]string{"AcceptTime": s.at, "AcceptStation": s.words, "Location": s.place, "Action": s.code})
			}
			push = map[string]any{"EBusinessID": "1000001", "Count": "1", "Data": []any{map[string]any{"ShipperCode": "EMS", "LogisticCode": p.number, "Success": true, "Traces": traces}}}
		case model.CarrierSF:
			push = map[string]any{"Body": map[string]any{"WaybillRoute": []any{map[string]string{"mailno": p.number, "acceptTime": s.at, "acceptAddress": s.place, "remark": s.words, "opCode": s.code}}}}
		case model.CarrierEMS:
			push = map[string]string{"waybillNo": p.number, "opTime": s.at, "opCode": s.code, "opName": "", "opDesc": s.words, "opOrgCity": s.place}
		case model.CarrierStandard:
			push = map[string]any{"events": []any{map[string]any{"id": fmt.Sprint(p.number, "-", i), "waybill": p.number, "type": s.code, "at": s.at, "seq": i, "place": s.place, "text": s.words}}}
		}
		p.pushes = append(p.pushes, quoted(push))
	}
}

// oracle is the parcel by the pure fold: the same pushes, read once, in order.
func (p *soaked) oracle(t testing.TB, set courier.Set) *model.Parcel {
	t.Helper()
	company := map[model.Carrier]string{"kuaidi100": "shunfeng", "kdniao": "ems"}[p.carrier]
	want, err := model.OpenParcel(model.NewParcel{
		Carrier: p.carrier, Company: company, Waybill: p.number, Direction: model.ParcelMaterials, Matters: []string{"x"},
		Contents: []model.ParcelContent{model.ContentMaterials}, Sender: model.Party{City: "深圳市"}, Consignee: model.Party{City: "汕尾市"},
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range p.pushes {
		_, in, _ := signedPush(string(p.carrier), text)
		var rows []model.ParcelRow
		for _, row := range set[p.carrier].Read(courier.Request{ContentType: in.kind, Body: in.body, ReceivedAt: time.Now()}).Rows {
			rows = append(rows, row.ParcelRow)
		}
		want.Absorb(rows, time.Now())
	}
	return want
}

// differs compares what the server shows with the oracle; "" is the same.
func differs(got, want *view.Parcel) string {
	if got.State != want.State || got.SignedBy != want.SignedBy || len(got.Events) != len(want.Events) {
		return fmt.Sprintf("%s by %q with %d events, want %s by %q with %d", got.State, got.SignedBy, len(got.Events), want.State, want.SignedBy, len(want.Events))
	}
	for i, e := range got.Events {
		if w := want.Events[i]; e.At != w.At || e.State != w.State || e.Text != w.Text || e.Place != w.Place {
			return fmt.Sprintf("event %d: %+v, want %+v", i, e, w)
		}
	}
	return ""
}

// soakSize is how much is sent; it takes minutes, so it is sent when asked for.
func soakSize(t testing.TB) (callbacks, parcels int) {
	text := os.Getenv("KUACHENG_TEST_SOAK")
	if text == "" {
		t.Skip("KUACHENG_TEST_SOAK says how many callbacks; make soak sends 100,000")
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1_000 {
		t.Fatal("KUACHENG_TEST_SOAK must be a number of callbacks, at least 1000")
	}
	return n, min(2_000, n/50)
}

const soakRows = 10 // of a parcel

func TestSoak(t *testing.T) {
	t.Parallel()
	queue := openRedis(t)
	if queue == nil {
		t.Skip("no redis-server on PATH: two processes need one")
	}
	callbacks, count := soakSize(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, plainMap), []byte(strings.Replace(courier.EMSMapDefault, "envelope: amp", "envelope: plain", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	where := []string{"--store", "sqlite-shared", "--data", folder}
	if uri := os.Getenv("KUACHENG_TEST_MONGO"); uri != "" {
		where = []string{"--store", uri}
	}
	args := append(slices.Concat(courierSettings, where), "--redis", "redis://"+queue.address, "--courier-ems-map", filepath.Join(folder, plainMap), "--log-level", "error")
	both := []*server{own(t, args...), own(t, args...)}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	parcels := make([]*soaked, count)
	var all []func() (string, raw, http.Header)
	for i := range parcels {
		carrier := model.Carriers[i%len(model.Carriers)]
		p := &soaked{carrier: carrier, number: carriers[string(carrier)]()}
		p.make(r, soakRows)
		parcels[i] = p
		for _, text := range p.pushes {
			all = append(all, func() (string, raw, http.Header) { return signedPush(string(carrier), text) })
		}
	}
	distinct := len(all)
	for len(all) < callbacks {
		all = append(all, all[r.IntN(distinct)])
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })

	citizen, _ := both[0].citizen(t)
	clerk := both[0].staff(t, "clerk")
	bind := func(some []*soaked) {
		for _, p := range some {
			p.no = both[0].sent(t, citizen, clerk, string(p.carrier), p.number).No
		}
	}
	bind(parcels[:count/2])
	began := time.Now()
	again := pour(t, both, all[:len(all)/2])
	spent := time.Since(began)
	bind(parcels[count/2:]) // their news has been waiting
	began = time.Now()
	again += pour(t, both, all[len(all)/2:])
	spent += time.Since(began)
	began = time.Now()
	compareAll(t, both, clerk, parcels)
	t.Logf("%d callbacks (%d distinct, %d parcels) through two processes in %s: %.0f/s; %d tried again; all equal to the oracle %s later",
		len(all), distinct, count, spent.Round(time.Millisecond), float64(len(all))/spent.Seconds(), again, time.Since(began).Round(time.Millisecond))
}

// pour sends callbacks to both processes from many hands. A carrier whose push was not taken comes again.
func pour(t *testing.T, both []*server, all []func() (string, raw, http.Header)) (again int64) {
	t.Helper()
	var next, retried atomic.Int64
	var hands sync.WaitGroup
	for i := range 16 {
		s := both[i%len(both)]
		hands.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(all) || t.Failed() {
					return
				}
				for try := range 6 {
					path, in, header := all[n]()
					req, err := http.NewRequest("POST", s.base+path, strings.NewReader(string(in.body)))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header = header
					req.Header.Set("Content-Type", in.kind)
					a, err := receive(req)
					if err == nil && a.status == http.StatusOK {
						break
					}
					if err != nil || a.status != http.StatusServiceUnavailable || try == 5 {
						t.Errorf("%s: %d %s %v", path, a.status, a.body, err)
						return
					}
					retried.Add(1)
				}
			}
		})
	}
	hands.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return retried.Load()
}

// compareAll waits until each parcel is what the oracle says, at both processes.
func compareAll(t *testing.T, both []*server, clerk caller, parcels []*soaked) {
	t.Helper()
	set := oracles(t)
	patience := time.Now().Add(10 * time.Minute)
	for _, s := range both {
		here := caller{s: s, token: clerk.token}
		for _, p := range parcels {
			want := show.Parcel(p.oracle(t, set))
			for diff := "not asked"; diff != ""; {
				var list struct{ Items []*view.Parcel }
				here.get(t, "/api/v1/staff/matters/"+p.no+"/parcels", &list)
				if diff = differs(list.Items[0], want); diff != "" && time.Now().After(patience) {
					t.Errorf("%s %s: %s", p.carrier, p.number, diff)
					break
				}
				if diff != "" {
					breathe()
				}
			}
		}
	}
}

// breathe is the pause between two looks.
func breathe() { <-time.After(50 * time.Millisecond) }

// oracles are carriers that only read.
func oracles(t testing.TB) courier.Set {
	t.Helper()
	keys, err := signature.ParseKeys("kc-2026a:" + standardKey)
	plain, mapErr := courier.ReadEMSMap([]byte(strings.Replace(courier.EMSMapDefault, "envelope: amp", "envelope: plain", 1)))
	kuaidi100, err1 := courier.NewKuaidi100(courier.Kuaidi100Config{Salts: []string{kuaidi100Salt}}, nil)
	kdniao, err2 := courier.NewKdniao(courier.KdniaoConfig{ID: "1000001", Keys: []string{kdniaoKey}}, nil)
	sf, err3 := courier.NewSF(courier.SFConfig{Partner: "KCTEST01", Checkwords: []string{"kcTestCheckword00000000000000001"}}, nil)
	ems, err4 := courier.NewEMS(courier.EMSConfig{Sender: "1100000000001", Keys: []string{"S2NFbXNUZXN0S2V5MDAwMQ=="}, Map: plain}, nil)
	standard, err5 := courier.NewStandard(courier.StandardConfig{Keys: keys})
	if err := cmp.Or(err, mapErr, err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	return courier.NewSet(kuaidi100, kdniao, sf, ems, standard)
}
