package model

import (
	"fmt"
	"strconv"
	"strings"
)

// A QR token has eight bytes for an id. A matter's number fits as its 18 digits, the check digit left out; a
// booking's id as the eight bytes that it was made of.

// MatterDigits is a matter's number as a QR code carries it; 0 for what is no number.
func MatterDigits(no string) uint64 {
	if len(no) != 21 {
		return 0
	}
	n, err := strconv.ParseUint(no[2:20], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// MatterNoOf undoes MatterDigits.
func MatterNoOf(n uint64) string {
	body := fmt.Sprintf("%018d", n)
	return matterPrefix + body + string(checkDigit(body))
}

// BookingNumber is a booking's id as a QR code carries it.
func BookingNumber(id string) uint64 {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var n uint64
	for i := 2; i < len(id); i++ {
		n = n<<5 | uint64(max(0, strings.IndexByte(alphabet, id[i])))
	}
	return n
}

// BookingIDOf undoes BookingNumber.
func BookingIDOf(n uint64) string {
	var b [8]byte
	for i := range b {
		b[7-i] = byte(n >> (8 * i))
	}
	return BookingID(b)
}
