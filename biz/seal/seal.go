// Package seal keeps personal data unreadable at rest: SM4-GCM (GB/T 32907, GB/T 36624) for what must be
// read again, HMAC-SM3 (GB/T 32905) for what must only be found. Each ciphertext names its key, so keys
// rotate: the first configured key makes, all of them open.
package seal

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"kuacheng/model"
)

// ErrShredded says that a value was sealed under the key of a person that has been destroyed: nobody can open it any more.
var ErrShredded = errors.New("seal: the key has been destroyed")

// ErrOpen says that a sealed value cannot be opened: an unknown key, another place than the one it was sealed
// for, or a changed byte. It never carries the value.
var ErrOpen = errors.New("seal: value cannot be opened")

// Key is one named SM4 key of 16 bytes.
type Key struct {
	ID     string // [a-z0-9-]{1,16}
	Secret []byte
}

// Keeper seals and opens. It is safe for concurrent use.
type Keeper struct {
	primary string
	aeads   map[string]cipher.AEAD
	index   []byte
	people  People
}

// People keeps a key of its own for each person, so that all copies of what was sealed for one become unreadable when that key is
// destroyed.
type People interface {
	// KeyOf gives a person's key, and makes it if it is missing and that is asked for; ErrShredded when it has been destroyed.
	KeyOf(person string, make bool) (cipher.AEAD, error)
}

// UsePeople says who keeps the keys of people; before anything is sealed for one. A keeper without them seals under its own key.
func (k *Keeper) UsePeople(p People) { k.people = p }

// personMark stands before the id of a person where else the id of a configured key stands.
const personMark = "~"

// New makes a keeper. Keys must not be empty; indexKey is the key of the blind index, at least 16 bytes. It
// cannot rotate by itself: another index key means rebuilding every blind index.
func New(keys []Key, indexKey []byte) (*Keeper, error) {
	if len(keys) == 0 {
		return nil, errors.New("seal: no key given")
	}
	if len(indexKey) < 16 {
		return nil, errors.New("seal: the index key must have at least 16 bytes")
	}
	k := &Keeper{primary: keys[0].ID, aeads: map[string]cipher.AEAD{}, index: indexKey}
	for _, key := range keys {
		if !validKeyID(key.ID) {
			return nil, fmt.Errorf("seal: key id %q must be 1 to 16 of a-z, 0-9 and -", key.ID)
		}
		if _, taken := k.aeads[key.ID]; taken {
			return nil, fmt.Errorf("seal: key id %q is given twice", key.ID)
		}
		if len(key.Secret) != sm4.BlockSize {
			return nil, fmt.Errorf("seal: key %q must have 16 bytes (32 hex digits)", key.ID)
		}
		var err error
		if k.aeads[key.ID], err = AEAD(key.Secret); err != nil {
			return nil, fmt.Errorf("seal: key %q: %w", key.ID, err)
		}
	}
	return k, nil
}

// AEAD is SM4-GCM under a key of 16 bytes.
func AEAD(secret []byte) (cipher.AEAD, error) {
	block, err := sm4.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func validKeyID(id string) bool {
	return len(id) >= 1 && len(id) <= 16 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// ParseKeys reads "kid:hex,kid:hex", the form in which keys are configured.
func ParseKeys(s string) ([]Key, error) {
	var keys []Key
	for i, part := range strings.Split(s, ",") {
		id, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			return nil, fmt.Errorf("key %d is not of the form kid:hex", i+1)
		}
		secret, err := hex.DecodeString(digits)
		if err != nil { // the error would quote the digits
			return nil, fmt.Errorf("key %q is not hex", id)
		}
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	return keys, nil
}

// Seal closes a value for one place. The place ("applicant:01J…:phone") is authenticated with it, so that a
// ciphertext copied into another document or field does not open there. An empty value stays empty.
func (k *Keeper) Seal(place, plain string) model.Sealed {
	if plain == "" {
		return ""
	}
	return model.Sealed(k.primary + "." + base64.RawURLEncoding.EncodeToString(k.SealBytes(place, []byte(plain))[1+len(k.primary):]))
}

// Open gives the value back; "" for an empty one.
func (k *Keeper) Open(place string, s model.Sealed) (string, error) {
	if s == "" {
		return "", nil
	}
	id, body, ok := strings.Cut(string(s), ".")
	if !ok {
		return "", ErrOpen
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return "", ErrOpen
	}
	plain, err := k.open(id, place, raw)
	return string(plain), err
}

// SealFor is Seal under the key of the person whose the value is.
func (k *Keeper) SealFor(person, place, plain string) (model.Sealed, error) {
	if plain == "" || k.people == nil {
		return k.Seal(place, plain), nil
	}
	id := personMark + person
	raw, err := k.SealBytesFor(person, place, []byte(plain))
	if err != nil {
		return "", err
	}
	return model.Sealed(id + "." + base64.RawURLEncoding.EncodeToString(raw[1+len(id):])), nil
}

// SealBytes is Seal for files: one byte of key id length, the key id, the nonce, the ciphertext.
func (k *Keeper) SealBytes(place string, plain []byte) []byte {
	return sealBytes(k.primary, k.aeads[k.primary], place, plain)
}

// SealBytesFor is SealBytes under the key of the person whose the file is.
func (k *Keeper) SealBytesFor(person, place string, plain []byte) ([]byte, error) {
	if k.people == nil {
		return k.SealBytes(place, plain), nil
	}
	aead, err := k.people.KeyOf(person, true)
	if err != nil {
		return nil, err
	}
	return sealBytes(personMark+person, aead, place, plain), nil
}

func sealBytes(id string, aead cipher.AEAD, place string, plain []byte) []byte {
	head := 1 + len(id)
	out := make([]byte, head+aead.NonceSize(), head+aead.NonceSize()+len(plain)+aead.Overhead())
	out[0] = byte(len(id))
	copy(out[1:], id)
	nonce := out[head : head+aead.NonceSize()]
	rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return aead.Seal(out, nonce, plain, []byte(place))
}

// OpenBytes undoes SealBytes.
func (k *Keeper) OpenBytes(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1 || len(sealed) < 1+int(sealed[0]) {
		return nil, ErrOpen
	}
	head := 1 + int(sealed[0])
	return k.open(string(sealed[1:head]), place, sealed[head:])
}

func (k *Keeper) open(id, place string, raw []byte) ([]byte, error) {
	aead, err := k.aeadOf(id)
	if err != nil {
		return nil, err
	}
	if len(raw) < aead.NonceSize() {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func (k *Keeper) aeadOf(id string) (cipher.AEAD, error) {
	if person, ok := strings.CutPrefix(id, personMark); ok && k.people != nil {
		return k.people.KeyOf(person, false)
	}
	if aead, ok := k.aeads[id]; ok {
		return aead, nil
	}
	return nil, ErrOpen
}

// Stale says that a value was sealed with a key that is no longer the first, so that a rotation has work left. A person's key is
// sealed anew itself; what is sealed under it stays.
func (k *Keeper) Stale(s model.Sealed) bool { return s != "" && k.StaleKey(KeyOf(s)) }

// StaleKey is Stale of all that is sealed under a key.
func (k *Keeper) StaleKey(id string) bool {
	return id != k.primary && !strings.HasPrefix(id, personMark)
}

// Primary is the id of the first key, under which values are sealed.
func (k *Keeper) Primary() string { return k.primary }

// KeyOf is the id of the key that a value was sealed with; "" for an empty or broken one.
func KeyOf(s model.Sealed) string {
	id, _, ok := strings.Cut(string(s), ".")
	if !ok {
		return ""
	}
	return id
}

// KeyOfBytes is KeyOf for files.
func KeyOfBytes(sealed []byte) string {
	if len(sealed) < 1 || len(sealed) < 1+int(sealed[0]) {
		return ""
	}
	return string(sealed[1 : 1+int(sealed[0])])
}

// Reseal gives the same value sealed under the first key; one that is already stays as it is.
func (k *Keeper) Reseal(place string, s model.Sealed) (model.Sealed, error) {
	if !k.Stale(s) {
		return s, nil
	}
	plain, err := k.Open(place, s)
	if err != nil {
		return "", err
	}
	return k.Seal(place, plain), nil
}

// Blind is the blind index of a normalised value: equal values of one kind give equal indexes, and nothing
// can be read from them without the key. 128 bits in hex.
func (k *Keeper) Blind(kind, value string) string {
	mac := hmac.New(sm3.New, k.index)
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
