package config

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Peer is what is set of one other city's system.
type Peer struct {
	Region string
	URL    string // of its server; empty: it tells, and is told nothing
	Keys   string // kid:hex,… shared with it; the first signs, all verify
	Public string // kid:hex, its SM2 public key
}

var peerName = regexp.MustCompile(`^` + Prefix + `PEER_([0-9]{4}[0-9X][0-9])_(URL|KEYS|PUBLIC)$`)

func isPeer(name string) bool { return peerName.MatchString(name) }

// Peers reads the settings of all peers from an environment, by region.
func Peers(environ []string) []Peer {
	byRegion := map[string]*Peer{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		found := peerName.FindStringSubmatch(name)
		if found == nil || value == "" {
			continue
		}
		p := byRegion[found[1]]
		if p == nil {
			p = &Peer{Region: found[1]}
			byRegion[found[1]] = p
		}
		switch found[2] {
		case "URL":
			p.URL = value
		case "KEYS":
			p.Keys = value
		case "PUBLIC":
			p.Public = value
		}
	}
	var out []Peer
	for _, p := range byRegion {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Peer) int { return cmp.Compare(a.Region, b.Region) })
	return out
}

// EnvironmentPeers are the peers of the process's own environment.
func EnvironmentPeers() []Peer { return Peers(os.Environ()) }
