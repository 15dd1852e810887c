package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"

	"kuacheng/biz/clock"
	"kuacheng/biz/parcel"
	"kuacheng/biz/parcel/courier"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

const (
	callbackPath = "/callbacks/couriers/kuaidi100"
	callbackSalt = "bench-salt-of-kuaidi100"
	mailed       = 500 // parcels under way
)

// callbacks measures how many pushes of a courier one core takes, beside a door on one core that checks the same
// signature, gives the same answer and keeps nothing. Each push is kept before it is answered and read afterwards;
// what that costs until all is done is told beside the rate at which it is answered.
func callbacks(ctx context.Context, b *bench) (err error) {
	dir := filepath.Join(b.dir, "callbacks")
	if err := mail(ctx, dir); err != nil {
		return fmt.Errorf("preparing: %w", err)
	}
	ours, err := launch(ctx, "/api/v1/zone?from=440300&to=441500", "env", "GOMAXPROCS=1", b.binary, "serve", "--sandbox",
		"--log-level", "error", "--data", dir, "--courier-kuaidi100-salt", callbackSalt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.stop()) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bare, err := launch(ctx, "/ready", "env", "GOMAXPROCS=1", self, "bare-door")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	if _, err := idle(ctx, ours); err != nil { // subscriptions of the parcels
		return err
	}
	began := time.Now().Add(-12 * time.Hour)
	fresh := func(client, n int) []byte { return pushRequest(client*7919+n, n, began) }
	if err := pushed(ctx, b, "a courier's push, kept, one core", ours, bare, fresh); err != nil {
		return err
	}
	again := func(client, _ int) []byte { return pushRequest(client*7919, 0, began) }
	return pushed(ctx, b, "a courier's push that came before, one core", ours, bare, again)
}

// pushed compares the two doors on one kind of push.
func pushed(ctx context.Context, b *bench, what string, ours, bare *process, request func(client, n int) []byte) error {
	o := &side{address: ours.address, want: http.StatusOK, request: request}
	r := &side{address: bare.address, want: http.StatusOK, request: request}
	spent, err := idle(ctx, ours)
	if err != nil {
		return err
	}
	before, written, err := ours.commits(ctx)
	if err != nil {
		return err
	}
	if err := compare(ctx, o, r); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	spentAfter, err := idle(ctx, ours)
	if err != nil {
		return err
	}
	after, writtenAfter, err := ours.commits(ctx)
	if err != nil {
		return err
	}
	sent := 0
	for _, n := range o.sent {
		sent += n
	}
	each := (spentAfter - spent) / time.Duration(sent)
	b.table.add(line{
		what: what,
		ours: fmt.Sprintf("%s, p99 %s; %s until all is done", perSecond(o.rate()), millis(o.quantile(99)), perSecond(float64(time.Second)/float64(max(each, 1)))),
		raw:  fmt.Sprintf("%s, p99 %s", perSecond(r.rate()), millis(r.quantile(99))), ratio: times(o.rate() / r.rate()),
		writes: fmt.Sprintf("%d documents in %d commits for %d pushes, %d µs of processor each", writtenAfter-written, after-before, sent, each.Microseconds()),
	})
	return nil
}

// idle waits until a process has nothing left to do and tells the processor time that it has used.
func idle(ctx context.Context, p *process) (time.Duration, error) {
	last, err := p.busy()
	for err == nil {
		if err = pause(ctx, time.Second); err != nil {
			break
		}
		var now time.Duration
		if now, err = p.busy(); now-last < 60*time.Millisecond {
			return now, err
		}
		last = now
	}
	return last, err
}

// mail opens the parcels that the pushes are about, in a store that the server then takes over.
func mail(ctx context.Context, dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, filepath.Join(dir, "kuacheng.db"), store.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keeper, err := seal.New([]seal.Key{{ID: "bench", Secret: make([]byte, 16)}}, make([]byte, 16))
	if err != nil {
		return err
	}
	s, err := parcel.New(ctx, parcel.Config{DB: db, Clock: clock.Real{}, Keeper: keeper})
	if err != nil {
		return err
	}
	for i := range mailed {
		if _, err := s.Open(ctx, model.NewParcel{
			Carrier: model.CarrierKuaidi100, Company: "ems", Waybill: waybillOf(i), Direction: model.ParcelMaterials,
			Contents: []model.ParcelContent{model.ContentMaterials}, Matters: []string{"KC4415002510090482136"},
			Sender:    model.Party{Kind: model.PartyOrg, ID: "440300-ZF", Region: "440300", City: "深圳市"},
			Consignee: model.Party{Kind: model.PartyOrg, ID: "441500-RS", Region: "441500", City: "汕尾市"},
		}); err != nil {
			return err
		}
	}
	return nil
}

func waybillOf(i int) string { return fmt.Sprintf("11%011d", i%mailed) }

// pushRequest is a whole request: a signed push of three lines, the newest of which is new.
func pushRequest(parcel, n int, began time.Time) []byte {
	var lines []string
	for k := n + 2; k >= n; k-- {
		at := began.Add(time.Duration(k) * time.Second).In(model.Beijing).Format(time.DateTime)
		lines = append(lines, fmt.Sprintf(`{"time":%q,"ftime":%q,"context":"【广州市】快件离开转运中心，发往下一站 %d","status":"干线","statusCode":"1002","areaCode":"CN440100000000","areaName":"广东,广州市"}`, at, at, k))
	}
	param := `{"status":"polling","billstatus":"sending","message":"","autoCheck":"0","comOld":"","comNew":"","lastResult":{"message":"ok","state":"0","status":"200","condition":"F00","ischeck":"0","com":"ems","nu":"` +
		waybillOf(parcel) + `","data":[` + strings.Join(lines, ",") + `]}}`
	sum := md5.Sum([]byte(param + callbackSalt))
	body := "param=" + url.QueryEscape(param) + "&sign=" + strings.ToUpper(hex.EncodeToString(sum[:]))
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", callbackPath, len(body), body)
}

// bareDoorCmd is the same door that keeps nothing: it checks the signature and answers.
type bareDoorCmd struct {
	Listen string `required:""`
}

// Run serves until the process is told to stop.
func (c *bareDoorCmd) Run(ctx context.Context) error {
	carrier, err := courier.NewKuaidi100(courier.Kuaidi100Config{Salts: []string{callbackSalt}}, nil)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	h := server.New(server.WithListener(l), server.WithDisablePrintRoute(true), server.WithExitWaitTime(time.Second))
	h.GET("/ready", func(_ context.Context, c *app.RequestContext) { c.SetStatusCode(http.StatusOK) })
	h.POST(callbackPath, func(_ context.Context, c *app.RequestContext) {
		r := courier.Request{ContentType: string(c.Request.Header.ContentType()), Body: c.Request.Body()}
		reply := carrier.Reply(r, courier.Verdict{Refusal: courier.Receive(carrier, r)})
		c.Data(reply.Status, reply.ContentType, reply.Body)
	})
	failed := make(chan error, 1)
	go func() { failed <- h.Run() }()
	select {
	case <-ctx.Done():
	case err := <-failed:
		return err
	}
	stop, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = h.Shutdown(stop) // clients that have not hung up are cut off
	return nil
}
