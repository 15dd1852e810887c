package model_test

import (
	"testing"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for p, ok := range map[string]bool{
		"Tulip-9-bridge": true, "春天里的第1座桥Xy": true,
		"": false, "Short1-": false, "alllowercase": false, "lower-and-sign": false, "Password-2026": false,
	} {
		if err := model.CheckPassword(p); (err == nil) != ok || err != nil && fault.Code(err) != "password_weak" {
			t.Errorf("%q: %v", p, err)
		}
	}
}
