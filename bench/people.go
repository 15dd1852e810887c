package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

func get(path, token string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", path, token)
}

func post(path, token, key string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, token, key, len(body), body)
}

// exchange makes one request on a connection of its own.
func exchange(ctx context.Context, address string, request []byte) (int, []byte, error) {
	w, err := dial(ctx, address)
	if err != nil {
		return 0, nil, err
	}
	defer w.conn.Close()
	if err := w.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return 0, nil, err
	}
	return w.do(request)
}

// ask makes one request and reads a successful answer into out.
func ask(ctx context.Context, address string, request []byte, out any) error {
	status, body, err := exchange(ctx, address, request)
	if err != nil {
		return err
	}
	if status >= 300 {
		return fmt.Errorf("answered %d: %s", status, body)
	}
	return json.Unmarshal(body, out)
}

// person is somebody who has logged in and proved who they are.
type person struct{ id, token string }

// enter logs the n-th person in by WeChat and identifies them.
func enter(ctx context.Context, address string, n int) (person, error) {
	send := func(path, token string, in map[string]string, out any) error {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		if err := ask(ctx, address, post(path, token, fmt.Sprint("enter-", n), body), out); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	var code struct{ Code string }
	if err := send("/sandbox/wechat/login", "", map[string]string{"user": fmt.Sprint("bench", n)}, &code); err != nil {
		return person{}, err
	}
	var in struct {
		Token     string
		Applicant struct{ ID string }
	}
	if err := send("/api/v1/login/wechat", "", map[string]string{"code": code.Code}, &in); err != nil {
		return person{}, err
	}
	var me struct{}
	err := send("/api/v1/me/identity", in.Token, map[string]string{
		"name": "张小" + string(rune('一'+n)), "id_type": "resident_id", "id_number": residentNumber(n), "phone": fmt.Sprintf("139%08d", n),
	}, &me)
	return person{in.Applicant.ID, in.Token}, err
}

// residentNumber is a well-formed number of GB 11643 for the n-th invented person.
func residentNumber(n int) string {
	s := fmt.Sprintf("441500199001%02d%03d", 1+n/999, 1+n%999)
	sum := 0
	for i := range s {
		weight := 1
		for range 17 - i {
			weight = weight * 2 % 11
		}
		sum += int(s[i]-'0') * weight
	}
	return s + []string{"1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"}[sum%11]
}

// starts are the bodies of requests that start matters: every item and situation that somebody can do online, so
// that no person has many of one kind. Whether they can is found by trying.
func starts(ctx context.Context, address string, by person) ([][]byte, error) {
	var page struct {
		Items []struct{ Code string }
	}
	if err := ask(ctx, address, get("/api/v1/items?from=440300&to=441500&mode=online&limit=100", ""), &page); err != nil {
		return nil, err
	}
	var out [][]byte
	for _, line := range page.Items {
		var item struct {
			Situations []struct{ Code string }
		}
		if err := ask(ctx, address, get("/api/v1/items/"+line.Code, ""), &item); err != nil {
			return nil, err
		}
		for _, s := range item.Situations {
			body := fmt.Appendf(nil, `{"item_code":%q,"situation_code":%q,"mode":"online","receiving_region":"440300","handling_region":"441500","delivery":{"method":"electronic"}}`, line.Code, s.Code)
			status, answer, err := exchange(ctx, address, post("/api/v1/matters", by.token, fmt.Sprint("try-", len(out)), body))
			switch {
			case err != nil:
				return nil, err
			case status == http.StatusCreated:
				out = append(out, body)
			case status >= 500:
				return nil, fmt.Errorf("starting %s answered %d: %s", line.Code, status, answer)
			}
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no item can be started online")
	}
	return out, nil
}
