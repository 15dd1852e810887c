package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"time"

	"github.com/oklog/ulid/v2"
)

// client speaks to the server as a phone or a counter would: JSON over HTTP and nothing else.
type client struct {
	base  string
	http  *http.Client
	token string
}

// refusal is an answer that was not a success.
type refusal struct {
	Status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s：%s", r.Status, r.Code, r.Message) }

// as gives a client of the same server with another token.
func (c *client) as(token string) *client { return &client{base: c.base, http: c.http, token: token} }

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, nil, out)
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, in, out)
}

func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	raw, err := c.send(ctx, method, path, "application/json", body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: the answer cannot be read: %w", method, path, err)
	}
	return nil
}

// upload puts a file as a browser's form does.
func (c *client) upload(ctx context.Context, path, name, kind string, content []byte, out any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
	head.Set("Content-Type", kind)
	part, err := form.CreatePart(head)
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	raw, err := c.send(ctx, http.MethodPut, path, form.FormDataContentType(), &body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

// send makes one request and gives the body of a success; anything else is a *refusal.
func (c *client) send(ctx context.Context, method, path, kind string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", ulid.Make().String())
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		r := &refusal{Status: res.StatusCode}
		_ = json.Unmarshal(raw, r) // what is not JSON is told by its status alone
		return nil, fmt.Errorf("%s %s: %w", method, path, r)
	}
	return raw, nil
}

// refused checks that an error is a refusal with this code.
func refused(err error, code string) error {
	var r *refusal
	if !errors.As(err, &r) {
		return fmt.Errorf("应被拒绝（%s），却得到 %v", code, err)
	}
	if r.Code != code {
		return fmt.Errorf("应以 %s 拒绝，却为 %s", code, r.Code)
	}
	return nil
}

// until asks again until the answer is as wished, for what the server does after it has answered.
func until(ctx context.Context, what string, check func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := check()
		if err != nil {
			return fmt.Errorf("%s：%w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("等了 20 秒，仍未见：%s", what)
		case <-tick.C:
		}
	}
}
