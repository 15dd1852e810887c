package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"golang.org/x/text/encoding/simplifiedchinese"

	"kuacheng/demo"
)

// secrets are what names the people of the demo: none of it may lie anywhere in the clear.
var secrets = []string{
	"张三丰", "44000019900101001X", "13800000000", "李小龙", "441500199001010026", "13900000000",
	"王五", "441500199001010114", "13700000000", "科技园路", "孙晓梅", "441500199001010237", "13500000000", "福中路", "粤海街道", "周敏", "441500199001010317", "13400000000",
	"吴刚", "44150019900101035X", "13300000000",
}

// TestJourney plays the whole journey and then looks for the people in everything that it left behind.
func TestJourney(t *testing.T) {
	t.Parallel()
	var args []string
	queue := openRedis(t)
	if queue != nil {
		args = []string{"--redis", "redis://" + queue.address}
	}
	s := own(t, args...)
	var told bytes.Buffer
	if err := demo.Run(t.Context(), s.base, &told); err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	places := map[string][]byte{}
	readAll(t, s.data, places)
	readAll(t, s.log, places)
	database := false
	for path, content := range places {
		database = database || bytes.Contains(content, []byte("SQLite format 3")) && bytes.Contains(content, []byte(item))
		if strings.Contains(path, "/files/") && (bytes.Contains(content, []byte("%PDF")) || bytes.Contains(content, []byte("PNG\r\n"))) {
			t.Errorf("%s is not sealed", path)
		}
	}
	if !database {
		t.Error("the database was not looked into")
	}
	if queue == nil {
		t.Log("no redis-server on PATH: the queue is embedded and was not looked into")
	} else {
		queue.read(t, places)
	}
	for path, content := range places {
		for _, secret := range secrets {
			for form, needle := range forms(secret) {
				if i := bytes.Index(content, needle); i >= 0 {
					t.Errorf("%s holds %s (%s): …%q…", path, secret, form, content[max(0, i-120):min(len(content), i+60)])
				}
			}
		}
	}
}

// forms are the ways in which a text may be written down and still be read by anyone.
func forms(secret string) map[string][]byte {
	plain := []byte(secret)
	out := map[string][]byte{"plain": plain, "hex": []byte(hex.EncodeToString(plain)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(plain)))}
	// Base64 of a text inside another depends on where it begins: what is certain of each of the three cases.
	for shift := range 3 {
		padded := append(make([]byte, shift), plain...)
		whole := base64.RawStdEncoding.EncodeToString(padded)
		from, to := (shift*8+5)/6, len(padded)*8/6
		out["base64+"+strconv.Itoa(shift)] = []byte(whole[from:to])
		out["base64url+"+strconv.Itoa(shift)] = []byte(base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
	if gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes(plain); err == nil && !bytes.Equal(gbk, plain) {
		out["gbk"] = gbk
	}
	if escaped := url.QueryEscape(secret); escaped != secret {
		out["url"], out["url, small"] = []byte(escaped), []byte(strings.ToLower(escaped))
		ascii := strconv.QuoteToASCII(secret)
		out["json"] = []byte(ascii[1 : len(ascii)-1])
	}
	return out
}

// readAll reads a file, or all files of a folder.
func readAll(t *testing.T, root string, into map[string][]byte) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		into[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// redisServer is a Redis of the test's own that writes down every command that it was given.
type redisServer struct{ address, folder string }

// openRedis starts one; nil where there is no redis-server.
func openRedis(t *testing.T) *redisServer {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	r := &redisServer{address: address, folder: t.TempDir()}
	cmd := exec.Command(path, "--bind", host, "--port", port, "--dir", r.folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the server's, which was started later
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	eventually(t, "Redis answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	return r
}

// read takes Redis's log of commands, which holds every value that was ever there, and what is there now.
func (r *redisServer) read(t *testing.T, into map[string][]byte) {
	t.Helper()
	var written bytes.Buffer
	log := map[string][]byte{}
	readAll(t, r.folder, log)
	for path, content := range log {
		into[path] = content
		written.Write(content)
	}
	if !bytes.Contains(written.Bytes(), []byte("asynq:")) {
		t.Error("Redis's log shows no task")
	}
	client := redis.NewClient(&redis.Options{Addr: r.address})
	defer client.Close()
	all := client.Scan(t.Context(), 0, "*", 1000).Iterator()
	for all.Next(t.Context()) {
		key := all.Val()
		into["redis key "+key] = []byte(key)
		if dump, err := client.Dump(t.Context(), key).Result(); err == nil {
			into["redis value of "+key] = []byte(dump)
		}
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
}
