package config_test

import (
	"strings"
	"testing"

	"kuacheng/config"
)

func TestConfig_couriers(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		edit func(c *config.Config)
		want string // in the complaint; "" for none about couriers
	}{
		{"none", func(*config.Config) {}, ""},
		{"a key without its number", func(c *config.Config) { c.CourierKdniaoKey = "k" }, "KUACHENG_COURIER_KDNIAO_ID is not set"},
		{"a number without its key", func(c *config.Config) { c.CourierEMSSender = "1" }, "KUACHENG_COURIER_EMS_KEY is not set"},
		{"a key that cannot push", func(c *config.Config) { c.CourierKuaidi100Key = "k" }, "KUACHENG_COURIER_KUAIDI100_SALT is not set"},
		{"a partner without a word", func(c *config.Config) { c.CourierSFPartner = "p" }, "KUACHENG_COURIER_SF_CHECKWORD is not set"},
		{"no networks", func(c *config.Config) { c.CourierSFAllow = "everywhere" }, "KUACHENG_COURIER_SF_ALLOW"},
		{"less than nothing", func(c *config.Config) { c.CourierPollDaily = -1 }, "KUACHENG_COURIER_POLL_DAILY"},
		{"half, in a sandbox that has the rest", func(c *config.Config) { c.Sandbox, c.CourierKdniaoKey = true, "k" }, ""},
		{"a real credential in a sandbox", func(c *config.Config) { c.Sandbox, c.CourierEMSAuthorization = true, "a" }, "KUACHENG_COURIER_EMS_AUTHORIZATION"},
	} {
		c := &config.Config{Store: "sqlite", Redis: "embedded", Role: "all"}
		x.edit(c)
		said := ""
		if err := c.Check(); err != nil {
			said = err.Error()
		}
		if x.want == "" && strings.Contains(said, "COURIER") || !strings.Contains(said, x.want) {
			t.Errorf("%s: %q, want %q", x.name, said, x.want)
		}
	}
}

func TestCourier_says_what_is_missing(t *testing.T) {
	t.Parallel()
	c := &config.Config{CourierSFPartner: "p", CourierSFCheckword: "w", CourierEMSSender: "1", CourierEMSKey: "k"}
	got := map[string]string{}
	for _, x := range c.Couriers() {
		got[x.Name] = strings.Join(x.Missing(), " ") + "/" + strings.Join(x.Lacks(), " ")
	}
	if got["sf"] != "/" || !strings.Contains(got["ems"], "AUTHORIZATION") || got["standard"] != "KUACHENG_COURIER_STANDARD_KEYS/" {
		t.Errorf("%v", got)
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	list, err := config.Networks("203.0.113.7, 198.51.100.0/24")
	if err != nil || len(list) != 2 || list[0].String() != "203.0.113.7/32" || list[1].String() != "198.51.100.0/24" {
		t.Errorf("%v %v", list, err)
	}
}
