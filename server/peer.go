package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"kuacheng/biz/peer"
	"kuacheng/biz/signature"
	"kuacheng/config"
)

const (
	// SandboxPeerKeys is the published key of the home city's own system: anyone may play it against a sandbox. It may
	// tell and is told nothing, so that the desk can act too.
	SandboxPeerKeys = "sandbox:73616e64626f782d706565722d6b65792d30303173616e64626f782d30303031"
	sandboxPeerSeal = "sandbox:73616e64626f782d706565722d7365616c2d30303173616e64626f782d303031"
	minPeerKey      = 32
)

// openPeers makes the talk with other cities from the settings.
func (s *Server) openPeers(ctx context.Context) error {
	self := cmp.Or(s.cfg.PeerSelf, s.catalogue.Rollout().Home())
	if _, ok := s.catalogue.Regions.Get(self); !ok {
		return fmt.Errorf("KUACHENG_PEER_SELF: there is no region %s", self)
	}
	seal, settings := s.cfg.PeerSealKeys, config.EnvironmentPeers()
	if s.sandbox != nil {
		seal = cmp.Or(seal, sandboxPeerSeal)
		settings = s.sandbox.peers(settings, s.catalogue.Rollout().Home())
	}
	private, err := peer.ParsePrivate(seal)
	if err != nil {
		return fmt.Errorf("KUACHENG_PEER_SEAL_KEYS: %w", err)
	}
	var cities []peer.City
	for _, p := range settings {
		c, err := s.peerCity(p, self)
		if err != nil {
			return err
		}
		if c.URL != nil && len(private) == 0 {
			return errors.New("KUACHENG_PEER_SEAL_KEYS is not set: what other cities seal could not be opened")
		}
		cities = append(cities, c)
	}
	s.peers, err = peer.New(ctx, peer.Config{
		DB: s.db, Clock: s.clock, Keeper: s.keeper, Accounts: s.accounts, Notices: s.notices, Name: s.catalogue.Regions.Name,
		Self: self, Private: private, Cities: cities, Metrics: s.registry, Log: s.log,
	})
	return err
}

// peers adds the home city's own system to those that are set, with the published key.
func (b *sandbox) peers(set []config.Peer, home string) []config.Peer {
	for _, p := range set {
		if p.Region == home {
			return set
		}
	}
	return append(set, config.Peer{Region: home, Keys: SandboxPeerKeys})
}

func (s *Server) peerCity(p config.Peer, self string) (peer.City, error) {
	name := func(what string) string { return config.Prefix + "PEER_" + p.Region + "_" + what }
	c := peer.City{Region: p.Region}
	if _, ok := s.catalogue.Regions.Get(p.Region); !ok {
		return c, fmt.Errorf("%s: there is no region %s", name("KEYS"), p.Region)
	}
	var err error
	if c.Keys, err = signature.ParseKeys(p.Keys); err != nil {
		return c, fmt.Errorf("%s: %w", name("KEYS"), err)
	}
	for _, k := range c.Keys {
		if len(k.Secret) < minPeerKey {
			return c, fmt.Errorf("%s: key %q must have at least %d bytes", name("KEYS"), k.ID, minPeerKey)
		}
	}
	if p.URL == "" {
		return c, nil
	}
	if p.Region == self {
		return c, fmt.Errorf("%s: this server is %s itself (KUACHENG_PEER_SELF)", name("URL"), self)
	}
	if c.URL, err = url.Parse(p.URL); err != nil || c.URL.Host == "" || c.URL.Scheme != "http" && c.URL.Scheme != "https" {
		return c, fmt.Errorf("%s is not an http or https URL", name("URL"))
	}
	if c.URL.Scheme == "http" && s.sandbox == nil {
		s.log.Warn("a peer is reached without TLS: what is not sealed can be read on the way", "peer", p.Region)
	}
	if c.Public, err = peer.ParsePublic(p.Public); err != nil {
		return c, fmt.Errorf("%s: %w", name("PUBLIC"), err)
	}
	return c, nil
}
