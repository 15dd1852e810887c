package config

import (
	"net/netip"
	"strings"
)

// Courier is how far one courier channel is configured.
type Courier struct {
	Name  string
	needs []part // together they open the channel
	wants []part // it opens without them, and lacks something
}

// part is one setting of a channel.
type part struct {
	env, value string
	without    string // what does not work while it is not set
}

// Couriers are the channels, in the order in which people are told of them.
func (c *Config) Couriers() []Courier {
	return []Courier{
		{
			Name:  "kuaidi100",
			needs: []part{{env: "KUACHENG_COURIER_KUAIDI100_SALT", value: c.CourierKuaidi100Salt}},
			wants: []part{
				{"KUACHENG_COURIER_KUAIDI100_KEY", c.CourierKuaidi100Key, "no parcel is subscribed"},
				{"KUACHENG_COURIER_KUAIDI100_CUSTOMER", c.CourierKuaidi100Customer, "no parcel is asked for"},
			},
		},
		{Name: "kdniao", needs: []part{
			{env: "KUACHENG_COURIER_KDNIAO_ID", value: c.CourierKdniaoID}, {env: "KUACHENG_COURIER_KDNIAO_KEY", value: c.CourierKdniaoKey},
		}},
		{Name: "sf", needs: []part{
			{env: "KUACHENG_COURIER_SF_PARTNER", value: c.CourierSFPartner}, {env: "KUACHENG_COURIER_SF_CHECKWORD", value: c.CourierSFCheckword},
		}},
		{
			Name: "ems",
			needs: []part{
				{env: "KUACHENG_COURIER_EMS_SENDER", value: c.CourierEMSSender}, {env: "KUACHENG_COURIER_EMS_KEY", value: c.CourierEMSKey},
			},
			wants: []part{{"KUACHENG_COURIER_EMS_AUTHORIZATION", c.CourierEMSAuthorization, "no parcel is asked for"}},
		},
		{Name: "standard", needs: []part{{env: "KUACHENG_COURIER_STANDARD_KEYS", value: c.CourierStandardKeys}}},
	}
}

// Open says that everything is set that the channel cannot do without.
func (c Courier) Open() bool { return len(c.Missing()) == 0 }

// Missing names the settings without which the channel stays closed.
func (c Courier) Missing() []string {
	var names []string
	for _, p := range c.needs {
		if p.value == "" {
			names = append(names, p.env)
		}
	}
	return names
}

// Lacks says what an open channel does not do, and what would have to be set for it.
func (c Courier) Lacks() []string {
	var sentences []string
	for _, p := range c.wants {
		if p.value == "" {
			sentences = append(sentences, p.without+" ("+p.env+" is not set)")
		}
	}
	return sentences
}

// begun says that somebody meant to configure the channel.
func (c Courier) begun() bool {
	for _, p := range append(c.needs, c.wants...) {
		if p.value != "" {
			return true
		}
	}
	return false
}

// checkCouriers refuses half a channel: its parcels would stand still without a word. A sandbox fills in what is
// missing with its own.
func (c *Config) checkCouriers(complain func(format string, args ...any)) {
	for _, channel := range c.Couriers() {
		if missing := channel.Missing(); !c.Sandbox && channel.begun() && len(missing) > 0 {
			complain("%s is not set, but other settings of the channel %s are", strings.Join(missing, ", "), channel.Name)
		}
	}
	if _, err := Networks(c.CourierSFAllow); err != nil {
		complain("KUACHENG_COURIER_SF_ALLOW must be addresses or networks such as 203.0.113.0/24, comma-separated")
	}
	if c.CourierPollDaily < 0 {
		complain("KUACHENG_COURIER_POLL_DAILY must not be negative")
	}
}

// Networks reads a comma-separated list of addresses and networks.
func Networks(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, one := range Several(s) {
		if a, err := netip.ParseAddr(one); err == nil {
			list = append(list, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, err
		}
		list = append(list, p.Masked())
	}
	return list, nil
}
