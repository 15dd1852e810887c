package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/biz/outbox"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestRedis_Check(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.start(t)
	r := open(t, s.address())
	check(t, r.Check(t.Context()))
	check(t, r.Client().ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err())
	if err := r.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "noeviction") {
		t.Errorf("an evicting Redis: %v", err)
	}
	s.stop()
	if err := r.Check(t.Context()); err == nil {
		t.Error("a Redis that is down passed")
	}
}

// A cluster of one node is a cluster: keys must lie in one slot for each script.
func TestJobs_on_a_cluster(t *testing.T) {
	t.Parallel()
	s := newServer(t, "--cluster-enabled", "yes")
	s.start(t)
	plain := open(t, s.address())
	check(t, plain.Client().Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	eventually(t, "the cluster is up", func() bool {
		return strings.Contains(plain.Client().ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	r := open(t, fmt.Sprintf("redis-cluster://127.0.0.1:%d", s.port))
	check(t, r.Check(t.Context()))
	w, rec := newWorld(t, r), newReceiver()
	w.jobs.On("push", jobs.Urgent, rec.take)
	w.jobs.On("fail", jobs.Default, func(context.Context, string, model.Event) error { return outbox.Final(errors.New("no")) })
	w.start(t)
	w.insert(t, newNote("a", "push"), newNote("b", "fail"))
	eventually(t, "it is done", w.settled(t, "a"))
	eventually(t, "it is given up", func() bool { return w.state(t, "default", "notes:b#1") == asynq.TaskStateArchived })
}

func TestMonitor(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r, func(c *jobs.Config) { c.EnqueueOnly = true })
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { return nil })
	w.start(t)
	w.insert(t, newNote("a", "push"))
	eventually(t, "it is enqueued", func() bool { return w.state(t, "urgent", "notes:a#1") == asynq.TaskStatePending })

	ask := func(m *jobs.Monitor, method, path string, header ...string) *http.Response {
		t.Helper()
		req := httptest.NewRequest(method, "http://kc.example"+path, nil)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		rec := httptest.NewRecorder()
		m.ServeHTTP(rec, req)
		return rec.Result()
	}
	monitor := func(write bool) *jobs.Monitor {
		m := jobs.NewMonitor(r, jobs.MonitorOptions{Root: "/admin/queues", Write: write})
		t.Cleanup(func() { check(t, m.Close()) })
		return m
	}
	readOnly, writing := monitor(false), monitor(true)

	var script string
	for _, path := range []string{"/admin/queues", "/admin/queues/", "/admin/queues/queues/urgent"} {
		res := ask(readOnly, "GET", path)
		body, _ := io.ReadAll(res.Body)
		if ct := res.Header.Values("Content-Type"); res.StatusCode != 200 || len(ct) != 1 || ct[0] != "text/html; charset=utf-8" || !strings.Contains(string(body), "<html") {
			t.Errorf("%s: %d, %v", path, res.StatusCode, ct)
		}
		if m := regexp.MustCompile(`/admin/queues/static/js/[^"]+\.js`).FindString(string(body)); m != "" {
			script = m
		}
	}
	if res := ask(readOnly, "GET", script); res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/javascript") {
		t.Errorf("%s: %d, %s", script, res.StatusCode, res.Header.Get("Content-Type"))
	}
	res := ask(readOnly, "GET", "/admin/queues/api/queues/urgent/pending_tasks")
	body, _ := io.ReadAll(res.Body)
	if !strings.Contains(string(body), "notes:a#1") {
		t.Errorf("pending tasks: %s", body)
	}
	const pause = "/admin/queues/api/queues/urgent:pause"
	for name, c := range map[string]struct {
		m      *jobs.Monitor
		header []string
		want   int
	}{
		"read-only":        {readOnly, nil, 405},
		"other site":       {writing, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"other origin":     {writing, []string{"Origin", "https://evil.example"}, 403},
		"allowed to write": {writing, []string{"Sec-Fetch-Site", "same-origin"}, 204},
	} {
		if res := ask(c.m, "POST", pause, c.header...); res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, c.want)
		}
	}
	states, err := w.jobs.Admin().Queues(t.Context())
	check(t, err)
	if len(states) != 3 || states[0].Name != "urgent" || !states[0].Paused || states[0].Pending != 1 || states[2].Name != "slow" {
		t.Errorf("queues: %+v", states)
	}
}

func TestAdmin_refusals(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r, func(c *jobs.Config) { c.EnqueueOnly = true })
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { return nil })
	w.start(t)
	n := newNote("a", "push")
	n.WakeAt(now())
	w.insert(t, n)
	eventually(t, "it is enqueued", func() bool { return w.state(t, "urgent", "notes:a#1") == asynq.TaskStatePending })
	admin := w.jobs.Admin()
	for id, want := range map[string]string{
		"":                     "not_found",
		"nonsense":             "not_found",
		"others:a#1":           "not_found",
		"notes:nobody#1":       "not_found",
		"notes:a#7":            "not_found",
		"notes:a#1":            "task_not_archived",
		"notes:a:wake-1700000": "task_not_archived",
	} {
		if _, err := admin.Requeue(t.Context(), "urgent", id); fault.Code(err) != want {
			t.Errorf("%q: %v, want %s", id, err, want)
		}
	}
	if _, err := admin.Requeue(t.Context(), "none", "notes:a#1"); fault.Code(err) != "not_found" {
		t.Errorf("unknown queue: %v", err)
	}
	if _, err := admin.Archived(t.Context(), "none", 20, ""); fault.Code(err) != "not_found" {
		t.Errorf("unknown queue: %v", err)
	}
	for _, cursor := range []string{"x", "e30", "eyJwIjotMX0", "!!"} {
		if _, err := admin.Archived(t.Context(), "urgent", 20, cursor); fault.Code(err) != "validation_failed" {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	jobs.Break(r, true)
	defer jobs.Break(r, false)
	if _, err := admin.Queues(t.Context()); fault.Code(err) != "unavailable" {
		t.Errorf("queues without Redis: %v", err)
	}
	if _, err := admin.Archived(t.Context(), "urgent", 20, ""); fault.Code(err) != "unavailable" {
		t.Errorf("archive without Redis: %v", err)
	}
	if _, err := admin.Requeue(t.Context(), "urgent", "notes:a#1"); fault.Code(err) != "unavailable" {
		t.Errorf("requeue without Redis: %v", err)
	}
}

// Every failed event is listed once, whether asynq's archive still has it or only its document.
func TestAdmin_Archived_pages(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	w := newWorld(t, r)
	w.jobs.On("push", jobs.Urgent, func(context.Context, string, model.Event) error { return outbox.Final(errors.New("no")) })
	w.jobs.On("other", jobs.Slow, func(context.Context, string, model.Event) error { return outbox.Final(errors.New("no")) })
	w.start(t)
	const docs = 24
	for i := range docs {
		w.insert(t, newNote(fmt.Sprintf("%02d", i), "push", "other", "push"))
	}
	in := jobs.Inspector(r)
	archived := func(q string) int {
		info, err := in.GetQueueInfo(q)
		if err != nil {
			return 0
		}
		return info.Archived
	}
	eventually(t, "all are given up", func() bool { return archived("urgent") == 2*docs && archived("slow") == docs })
	for i := range docs / 2 {
		for _, k := range []int{1, 3} {
			check(t, in.DeleteTask("urgent", fmt.Sprintf("notes:%02d#%d", i, k)))
		}
	}
	for _, limit := range []int{1, 5, 100} {
		seen := map[string]int{}
		for cursor, pages := "", 0; ; pages++ {
			page, err := w.jobs.Admin().Archived(t.Context(), "urgent", limit, cursor)
			check(t, err)
			for _, item := range page.Items {
				seen[item.ID]++
			}
			if len(page.Items) > limit+1 {
				t.Errorf("limit %d: a page of %d", limit, len(page.Items))
			}
			if cursor = page.Next; cursor == "" || pages > 100 {
				break
			}
		}
		if len(seen) != 2*docs {
			t.Errorf("limit %d: %d of %d listed", limit, len(seen), 2*docs)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("limit %d: %s was listed %d times", limit, id, n)
			}
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	reg := prometheus.NewPedanticRegistry()
	w := newWorld(t, r, func(c *jobs.Config) { c.Metrics = reg })
	w.jobs.On("push", jobs.Urgent, func(_ context.Context, id string, _ model.Event) error {
		if id == "bad" {
			return errors.New("no")
		}
		return nil
	})
	w.start(t)
	w.insert(t, newNote("good", "push"), newNote("bad", "push"), newNote("strange", "unknown"))
	eventually(t, "good is done", w.settled(t, "good"))
	eventually(t, "bad is put off", func() bool { return w.state(t, "urgent", "notes:bad#1") == asynq.TaskStateRetry })
	read := func() string {
		t.Helper()
		families, err := reg.Gather()
		check(t, err)
		var b strings.Builder
		for _, f := range families {
			fmt.Fprintln(&b, f)
		}
		return regexp.MustCompile(`\s+`).ReplaceAllString(b.String(), " ")
	}
	text := read()
	for _, want := range []string{
		"kuacheng_redis_up", "kuacheng_queue_latency_seconds", "kuacheng_queue_paused", "kuacheng_job_wait_seconds",
		`kuacheng_outbox_oldest_seconds`, `kuacheng_outbox_pending_documents`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	value := func(name string, labels ...string) float64 {
		t.Helper()
		families, err := reg.Gather()
		check(t, err)
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() != name || len(m.GetLabel()) != len(labels)/2 {
					continue
				}
				same := true
				for i := 0; i < len(labels); i += 2 {
					same = same && m.GetLabel()[i/2].GetName() == labels[i] && m.GetLabel()[i/2].GetValue() == labels[i+1]
				}
				if same && m.GetGauge() != nil {
					return m.GetGauge().GetValue()
				}
				if same && m.GetHistogram() != nil {
					return float64(m.GetHistogram().GetSampleCount())
				}
			}
		}
		return -1
	}
	for _, c := range []struct {
		want   float64
		name   string
		labels []string
	}{
		{1, "kuacheng_queue_tasks", []string{"queue", "urgent", "state", "retry"}},
		{0, "kuacheng_queue_tasks", []string{"queue", "slow", "state", "pending"}},
		{2, "kuacheng_outbox_pending_documents", []string{"collection", "notes"}},
		{0, "kuacheng_outbox_pending_documents", []string{"collection", "turns"}},
		{1, "kuacheng_job_duration_seconds", []string{"kind", "push", "outcome", "done"}},
		{1, "kuacheng_job_duration_seconds", []string{"kind", "push", "outcome", "temporary"}},
		{1, "kuacheng_redis_up", nil},
	} {
		// The first sweep may deliver beside the commit, so a handler runs at least once, and the gauges are exact.
		atLeast := c.name == "kuacheng_job_duration_seconds"
		if got := value(c.name, c.labels...); got != c.want && !(atLeast && got > c.want) {
			t.Errorf("%s%v: %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	jobs.Break(r, true)
	defer jobs.Break(r, false)
	if got := value("kuacheng_redis_up"); got != 0 {
		t.Errorf("kuacheng_redis_up is %v while Redis is down", got)
	}
	if got := value("kuacheng_queue_tasks", "queue", "urgent", "state", "retry"); got != -1 {
		t.Errorf("a queue is told of while Redis is down: %v", got)
	}
}
