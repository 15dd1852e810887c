package peer

import (
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"

	"kuacheng/model"
)

// PublicKey is a peer's SM2 key (GB/T 32918): what is sealed for it, it alone opens.
type PublicKey struct {
	ID  string
	key *ecdsa.PublicKey
}

// PrivateKey is one of this city's SM2 keys.
type PrivateKey struct {
	ID     string
	key    *sm2.PrivateKey
	public []byte // uncompressed
}

// ParsePublic reads kid:hex, an uncompressed point of 65 bytes.
func ParsePublic(s string) (*PublicKey, error) {
	id, digits, ok := strings.Cut(strings.TrimSpace(s), ":")
	raw, err := hex.DecodeString(digits)
	if !ok || id == "" || err != nil {
		return nil, errors.New("not of the form kid:hex")
	}
	key, err := sm2.NewPublicKey(raw)
	if err != nil {
		return nil, errors.New("no SM2 public key (an uncompressed point of 65 bytes)")
	}
	return &PublicKey{ID: id, key: key}, nil
}

// ParsePrivate reads kid:hex,…, 32 bytes each; the first is the one that peers are to seal for.
func ParsePrivate(s string) ([]*PrivateKey, error) {
	if s == "" {
		return nil, nil
	}
	var keys []*PrivateKey
	for i, part := range strings.Split(s, ",") {
		id, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		raw, err := hex.DecodeString(digits)
		if !ok || id == "" || err != nil {
			return nil, fmt.Errorf("key %d is not of the form kid:hex", i+1)
		}
		key, err := sm2.NewPrivateKey(raw)
		if err != nil {
			return nil, fmt.Errorf("key %q is no SM2 private key of 32 bytes", id)
		}
		k, err := newPrivateKey(id, key)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", id, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func newPrivateKey(id string, key *sm2.PrivateKey) (*PrivateKey, error) {
	public, err := sm2.PublicKeyToECDH(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{ID: id, key: key, public: public.Bytes()}, nil
}

// NewKey makes a key pair in the forms that settings take: the private one for this city, the public one for its
// peers.
func NewKey(id string) (private, public string, err error) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	p, err := newPrivateKey(id, key)
	if err != nil {
		return "", "", err
	}
	return id + ":" + hex.EncodeToString(key.D.FillBytes(make([]byte, 32))), p.Public(), nil
}

// Public is the public half, as a peer is to configure it.
func (p *PrivateKey) Public() string { return p.ID + ":" + hex.EncodeToString(p.public) }

// place binds an envelope to the event that it came in.
func place(e *model.PeerEvent) []byte {
	return []byte("kuacheng peer 1\n" + e.Type + "\n" + e.MatterNo + "\n" + e.ID)
}

// Seal closes content for a peer: SM4-GCM under a fresh key, and that key under the peer's SM2 key.
func (p *PublicKey) Seal(e *model.PeerEvent, content []byte) (*model.PeerEnvelope, error) {
	once := make([]byte, 16)
	rand.Read(once) // never fails: crypto/rand ends the program instead
	aead, err := gcm(once)
	if err != nil {
		return nil, err
	}
	key, err := sm2.EncryptASN1(rand.Reader, p.key, once)
	if err != nil {
		return nil, fmt.Errorf("peer: sealing: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(content)+aead.Overhead())
	rand.Read(nonce)
	return &model.PeerEnvelope{
		KeyID: p.ID, Key: base64.StdEncoding.EncodeToString(key),
		Body: base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, content, place(e))),
	}, nil
}

var errEnvelope = errors.New("peer: the envelope cannot be opened")

// open gives back what a peer has sealed for this city. Whatever is wrong with it is told alike.
func (s *Service) open(e *model.PeerEvent) ([]byte, error) {
	v := e.Data.Sealed
	if v == nil {
		return nil, errEnvelope
	}
	key, errKey := base64.StdEncoding.DecodeString(v.Key)
	body, errBody := base64.StdEncoding.DecodeString(v.Body)
	if errKey != nil || errBody != nil || len(key) > 512 {
		return nil, errEnvelope
	}
	for _, p := range s.Private {
		if p.ID != v.KeyID {
			continue
		}
		once, err := sm2.Decrypt(p.key, key)
		if err != nil || len(once) != 16 {
			return nil, errEnvelope
		}
		aead, err := gcm(once)
		if err != nil || len(body) < aead.NonceSize() {
			return nil, errEnvelope
		}
		content, err := aead.Open(nil, body[:aead.NonceSize()], body[aead.NonceSize():], place(e))
		if err != nil {
			return nil, errEnvelope
		}
		return content, nil
	}
	return nil, errEnvelope
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	return cipher.NewGCM(block)
}
