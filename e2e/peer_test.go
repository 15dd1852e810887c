package e2e

import (
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// wire is the line between two cities: a TCP proxy that can be cut.
type wire struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

func newWire(t *testing.T) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { w.cut(); _ = l.Close() })
	return w
}

func (w *wire) url() string { return "http://" + w.listener.Addr().String() }

// run carries connections to the target until the listener is closed.
func (w *wire) run(target string) {
	w.target = target
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.carry(c)
	}
}

func (w *wire) carry(c net.Conn) {
	defer c.Close()
	there, err := net.Dial("tcp", w.target)
	if err != nil || !w.keep(c, there) {
		return
	}
	defer there.Close()
	go func() {
		_, _ = io.Copy(there, c) // ends when either side is closed
		_ = there.Close()
	}()
	_, _ = io.Copy(c, there)
}

// keep remembers both ends, so that cutting the line breaks what is on it.
func (w *wire) keep(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range ends {
		if w.down {
			_ = c.Close()
		}
		w.conns[c] = true
	}
	return !w.down
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for c := range w.conns {
		_ = c.Close()
	}
	clear(w.conns)
}

func (w *wire) join() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

// sealKey makes a city's key pair with the program itself.
func sealKey(t *testing.T, id string) (private, public string) {
	t.Helper()
	out, err := exec.Command(program, "peer", "key", id).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if v, ok := strings.CutPrefix(line, "KUACHENG_PEER_SEAL_KEYS="); ok {
			private = v
		}
		if strings.HasPrefix(line, id+":04") {
			public = line
		}
	}
	if private == "" || public == "" {
		t.Fatalf("no key in %q", out)
	}
	return private, public
}

// twoCities starts 深圳, which receives, and 汕尾, which decides, with a line from each to the other.
func twoCities(t *testing.T) (sz, sw *server, lines []*wire) {
	t.Helper()
	toSW, toSZ := newWire(t), newWire(t)
	szPrivate, szPublic := sealKey(t, "sz")
	swPrivate, swPublic := sealKey(t, "sw")
	const key = "line:30313233343536373839616263646566303132333435363738396162636465ff"
	sz = ownCity(t, "KUACHENG_PEER_SELF="+shenzhen, "KUACHENG_PEER_SEAL_KEYS="+szPrivate, "KUACHENG_PEER_441500_URL="+toSW.url(),
		"KUACHENG_PEER_441500_KEYS="+key, "KUACHENG_PEER_441500_PUBLIC="+swPublic)
	sw = ownCity(t, "KUACHENG_PEER_SEAL_KEYS="+swPrivate, "KUACHENG_PEER_440300_URL="+toSZ.url(),
		"KUACHENG_PEER_440300_KEYS="+key, "KUACHENG_PEER_440300_PUBLIC="+szPublic)
	go toSW.run(sw.address)
	go toSZ.run(sz.address)
	return sz, sw, []*wire{toSW, toSZ}
}

// ownCity starts a server with settings of its own.
func ownCity(t *testing.T, env ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	s := &server{address: l.Addr().String(), data: filepath.Join(folder, "data"), log: filepath.Join(folder, "server.log"), env: env}
	s.base = "http://" + s.address
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server's log ends with:\n%s", s.tail())
		}
	})
	return s
}

// arrives waits until the desk of the deciding city has a matter in a state.
func arrives(t *testing.T, c caller, no, state string) {
	t.Helper()
	eventually(t, no+" "+state+" at the other city's desk", func() bool {
		a := c.call(t, "GET", "/api/v1/desk/matters/"+no, nil)
		if a.status != 200 {
			return false
		}
		var m matter
		a.read(t, &m)
		return m.State == state
	})
}

// TestTwoCities runs two servers of this program as two cities, cuts the line between them, lets both go on, joins
// it, and finds that they agree.
func TestTwoCities(t *testing.T) {
	t.Parallel()
	sz, sw, lines := twoCities(t)
	citizen, _ := sz.citizen(t)
	desk := sw.staff(t, "reviewer")

	asked, decided, withdrawn := citizen.submitted(t, "electronic"), citizen.submitted(t, "electronic"), citizen.submitted(t, "electronic")
	for _, m := range []matter{asked, decided, withdrawn} {
		arrives(t, desk, m.No, "awaiting_acceptance")
		desk.desk(t, m.No, "accept", map[string]any{})
		citizen.reaches(t, m.No, "accepted")
	}
	sz.staff(t, "reviewer").call(t, "POST", "/api/v1/desk/matters/"+asked.No+"/decide", map[string]any{"outcome": "granted"}).refused(t, 403, "peer_owns")

	for _, w := range lines {
		w.cut()
	}
	code := asked.Materials[0].Code
	desk.desk(t, asked.No, "request-supplement", map[string]any{"materials": []string{code}, "note": "照片不清晰"})
	desk.desk(t, decided.No, "decide", map[string]any{"outcome": "granted"})
	desk.desk(t, decided.No, "dispatch", map[string]any{"method": "electronic"})
	citizen.post(t, "/api/v1/matters/"+withdrawn.No+"/withdraw", map[string]any{"reason": "不办了"}, nil)
	filed := citizen.submitted(t, "electronic")
	if m := citizen.matter(t, decided.No); m.State != "accepted" {
		t.Fatalf("the line is cut, and yet the decision came: %s", m.State)
	}
	for _, w := range lines {
		w.join()
	}

	citizen.reaches(t, asked.No, "awaiting_supplement")
	citizen.reaches(t, decided.No, "closed")
	if a := citizen.call(t, "GET", "/api/v1/matters/"+decided.No+"/result", nil); a.status != 200 || !strings.HasPrefix(string(a.body), "%PDF") {
		t.Errorf("the result that the other city made: %d", a.status)
	}
	arrives(t, desk, withdrawn.No, "withdrawn")
	arrives(t, desk, filed.No, "awaiting_acceptance")
	citizen.put(t, "/api/v1/matters/"+asked.No+"/materials/"+code, scan(), nil)
	citizen.post(t, "/api/v1/matters/"+asked.No+"/submit", map[string]any{"declared": true}, nil)
	arrives(t, desk, asked.No, "accepted")
	agreed(t, sz, shanwei)
	agreed(t, sw, shenzhen)
}

// TestTwoCities_by_mail sends the papers of a matter from one city's window to the other city's department, and the
// result by mail to the applicant: both cities know of both parcels, each by its own couriers.
func TestTwoCities_by_mail(t *testing.T) {
	t.Parallel()
	sz, sw, _ := twoCities(t)
	citizen, _ := sz.citizen(t)
	clerk, desk := sz.staff(t, "clerk"), sw.staff(t, "reviewer")
	papers := waybill()
	var all []matter
	for _, number := range []string{papers, waybill(), waybill(), waybill()} {
		all = append(all, sz.sent(t, citizen, clerk, "kuaidi100", number))
	}
	m := all[0]
	for _, sent := range all {
		arrives(t, desk, sent.No, "in_transit")
	}
	sz.courier(t, papers, "delivered")
	citizen.reaches(t, m.No, "awaiting_acceptance")
	arrives(t, desk, m.No, "awaiting_acceptance")
	desk.desk(t, m.No, "accept", map[string]any{})
	citizen.reaches(t, m.No, "accepted")
	desk.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	result := waybill()
	desk.desk(t, m.No, "dispatch", with(mailed(result), "method", "mail"))
	citizen.reaches(t, m.No, "dispatched")
	sw.courier(t, result, "delivered")
	arrives(t, desk, m.No, "closed")
	citizen.reaches(t, m.No, "closed")
	var open struct {
		Items []struct{ What, Detail string }
	}
	sz.staff(t, "supervisor").get(t, "/api/v1/supervise/peers/"+shanwei+"/differences", &open)
	if len(open.Items) > 0 {
		t.Errorf("people are told of %v, and there was nothing", open.Items)
	}
	agreed(t, sz, shanwei)
	agreed(t, sw, shenzhen)
}

// agreed lets a city compare, and wants every matter equal and nothing open.
func agreed(t *testing.T, s *server, other string) {
	t.Helper()
	supervisor := s.staff(t, "supervisor")
	var list struct {
		Items []struct {
			Region string
			Report *struct{ Compared, Equal, Open int }
		}
	}
	supervisor.post(t, "/api/v1/supervise/peers/"+other+"/compare", map[string]any{}, nil)
	eventually(t, "two cities that agree", func() bool {
		supervisor.get(t, "/api/v1/supervise/peers", &list)
		for _, p := range list.Items {
			if p.Region == other && p.Report != nil && p.Report.Compared >= 4 {
				if p.Report.Equal == p.Report.Compared {
					return true
				}
				supervisor.post(t, "/api/v1/supervise/peers/"+other+"/compare", map[string]any{}, nil)
			}
		}
		return false
	})
	var open struct{ Items []struct{ What string } }
	supervisor.get(t, "/api/v1/supervise/peers/"+other+"/differences", &open)
	if len(open.Items) > 0 {
		t.Errorf("%s differs: %v", other, open.Items)
	}
}

// TestPeerCommand plays a peer from the terminal.
func TestPeerCommand(t *testing.T) {
	t.Parallel()
	s := shared(t)
	citizen, _ := s.citizen(t)
	m := citizen.submitted(t, "electronic")
	send := func(args ...string) (string, error) {
		out, err := exec.Command(program, append([]string{"peer", "send", "--server", s.base}, args...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := send("accepted", m.No, "--id", "e1"); err != nil || !strings.Contains(out, "e1 applied") {
		t.Errorf("accepted: %v %s", err, out)
	}
	if out, err := send("accepted", m.No, "--id", "e1", "--data", `{"note":"x"}`); err == nil || !strings.Contains(out, "seq_conflict") {
		t.Errorf("another event under the same id: %v %s", err, out)
	}
	if out, err := send("dispatched", m.No, "--data", `{"method":"pigeon"}`); err == nil {
		t.Errorf("a rejected event is a success: %s", out)
	}
	citizen.reaches(t, m.No, "accepted")
	out, err := exec.Command(program, "peer", "differences", "--server", s.base).CombinedOutput()
	if err != nil || !strings.Contains(string(out), " matters") {
		t.Errorf("differences: %v %s", err, out)
	}
}
