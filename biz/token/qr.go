package token

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"kuacheng/biz/clock"
	"kuacheng/model/fault"
)

// QRKind says what a QR code opens.
type QRKind byte

const (
	QRAppointment QRKind = 1
	QRTracking    QRKind = 2
	QRKioskLogin  QRKind = 3
	QRCertificate QRKind = 4
	QRPicture     QRKind = 5 // of a review, for a check
)

// QR is what a QR token says: 1 byte of kind and version, 8 of id, 4 of expiry, 10 of MAC; 31 characters of
// base64url, short enough for a mini-program's scene (32). Nothing personal is in it.
type QR struct {
	Kind    QRKind
	Version int // 0–15: raised to revoke what was given out before
	ID      uint64
	Expires time.Time
}

const qrBody, qrMAC = 13, 10

// QRSigner makes and reads QR tokens.
type QRSigner struct {
	keys  []Key
	clock clock.Clock
}

// NewQRSigner makes a signer with the access token keys; the MAC is told apart by its prefix.
func NewQRSigner(keys []Key, c clock.Clock) *QRSigner { return &QRSigner{keys: keys, clock: c} }

// Make signs a QR token.
func (s *QRSigner) Make(q QR) string {
	b := make([]byte, qrBody, qrBody+qrMAC)
	b[0] = byte(q.Kind)<<4 | byte(q.Version&0x0f)
	binary.BigEndian.PutUint64(b[1:], q.ID)
	binary.BigEndian.PutUint32(b[9:], uint32(q.Expires.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(b, qrSum(s.keys[0], b)...))
}

// Read checks a token. It answers qr_invalid for what we never made, and qr_expired, with the QR, for what
// is past its time.
func (s *QRSigner) Read(token string) (QR, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != qrBody+qrMAC || !s.signed(raw) {
		return QR{}, fault.New("qr_invalid")
	}
	q := QR{
		Kind:    QRKind(raw[0] >> 4),
		Version: int(raw[0] & 0x0f),
		ID:      binary.BigEndian.Uint64(raw[1:]),
		Expires: time.Unix(int64(binary.BigEndian.Uint32(raw[9:])), 0).UTC(),
	}
	if !s.clock.Now().Before(q.Expires) {
		return q, fault.New("qr_expired")
	}
	return q, nil
}

func (s *QRSigner) signed(raw []byte) bool {
	for _, k := range s.keys {
		if hmac.Equal(qrSum(k, raw[:qrBody]), raw[qrBody:]) {
			return true
		}
	}
	return false
}

func qrSum(k Key, body []byte) []byte {
	mac := hmac.New(sm3.New, k.Secret)
	mac.Write([]byte("kuacheng/qr\x00"))
	mac.Write(body)
	return mac.Sum(nil)[:qrMAC]
}

// FromScan takes what a scanner read: a whole link …/q/<token>, with or without query, or the bare token.
func FromScan(s string) string {
	s = strings.TrimSpace(s)
	if _, after, ok := strings.Cut(s, "/q/"); ok {
		s = after
	}
	if i := strings.IndexAny(s, "?#/ "); i >= 0 {
		s = s[:i]
	}
	return s
}
