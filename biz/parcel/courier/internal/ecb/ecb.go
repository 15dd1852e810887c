// Package ecb enciphers as China Post's interfaces demand: SM4 block by block, padded by PKCS #7. The mode keeps
// a text secret from those who see it once and proves nothing about who wrote it; nothing else may use it.
package ecb

import (
	"bytes"

	"github.com/emmansun/gmsm/sm4"
)

// Seal enciphers a text. The key has 16 bytes.
func Seal(text, key []byte) []byte {
	block, err := sm4.NewCipher(key)
	if err != nil {
		panic("ecb: " + err.Error())
	}
	pad := sm4.BlockSize - len(text)%sm4.BlockSize
	out := append(bytes.Clone(text), bytes.Repeat([]byte{byte(pad)}, pad)...)
	for i := 0; i < len(out); i += sm4.BlockSize {
		block.Encrypt(out[i:], out[i:])
	}
	return out
}

// Open deciphers; false when blocks or padding are not whole.
func Open(raw, key []byte) ([]byte, bool) {
	block, err := sm4.NewCipher(key)
	if err != nil || len(raw) == 0 || len(raw)%sm4.BlockSize != 0 {
		return nil, false
	}
	text := make([]byte, len(raw))
	for i := 0; i < len(raw); i += sm4.BlockSize {
		block.Decrypt(text[i:], raw[i:])
	}
	pad := int(text[len(text)-1])
	if pad < 1 || pad > sm4.BlockSize || !bytes.Equal(text[len(text)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, false
	}
	return text[:len(text)-pad], true
}
