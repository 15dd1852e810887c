package courier

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"kuacheng/model"
)

func jsonReply(status int, body string) Reply {
	return Reply{Status: status, ContentType: "application/json; charset=utf-8", Body: []byte(body)}
}

// compactJSON writes a value on one line and leaves <, > and & as they are: signatures are over these bytes.
func compactJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("courier: a request of ours does not marshal: " + err.Error())
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// The digests that carriers sign with: one algorithm, three ways to write it.

func upperMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func base64MD5(s string) string {
	sum := md5.Sum([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func base64HexMD5(s string) string { // over the hex text, not over the bytes
	sum := md5.Sum([]byte(s))
	return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:])))
}

var strange = regexp.MustCompile(`[^A-Za-z0-9_.+-]`)

// clip makes a code from outside fit to be counted, logged and stored.
func clip(code string) string { return strange.ReplaceAllString(code[:min(len(code), 32)], "?") }

// phoneFor is the tail of a phone number, for the companies that want it and nobody else.
func phoneFor(s Shipment) string {
	if !model.WantsPhone(s.Company) {
		return ""
	}
	return s.PhoneTail[max(0, len(s.PhoneTail)-4):]
}
