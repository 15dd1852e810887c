package jobs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// Embedded is the address of the Redis inside this process.
const Embedded = "embedded"

// Redis is a Redis that carries work quickly and owns none of it. Whoever opens it closes it, after everything
// that uses it.
type Redis struct {
	opt    asynq.RedisConnOpt
	client redis.UniversalClient
	inside *embedded // nil in a fleet
}

// OpenRedis reads an address. It does not connect; Ping and Check do.
//
//	embedded                                                      in this process, lost with it
//	redis://[user:password@]host[:port][/db], rediss://…          one server, without or with TLS
//	redis-sentinel://[user:password@]host:port,…[/db]?master=NAME[&sentinel_password=…][&tls=true]
//	redis-cluster://[user:password@]host:port,…[?tls=true]
//
// Errors name what is wrong and never quote the address, which may hold a password.
func OpenRedis(address string) (*Redis, error) {
	quiet.Do(func() { redis.SetLogger(clientLog{}) })
	if address == Embedded {
		e, err := newEmbedded()
		if err != nil {
			return nil, err
		}
		return &Redis{opt: e, client: e.dial(), inside: e}, nil
	}
	opt, err := parseRedis(address)
	if err != nil {
		return nil, err
	}
	return &Redis{opt: opt, client: opt.MakeRedisClient().(redis.UniversalClient)}, nil
}

// Client is the shared connection pool, for whatever else keeps short-lived counts in Redis.
func (r *Redis) Client() redis.UniversalClient { return r.client }

// Ping reports whether Redis answers.
func (r *Redis) Ping(ctx context.Context) error { return r.client.Ping(ctx).Err() }

// Close ends all connections, and the embedded server.
func (r *Redis) Close() error {
	err := r.client.Close()
	if r.inside != nil {
		r.inside.close()
	}
	return err
}

func parseRedis(address string) (asynq.RedisConnOpt, error) {
	u, hosts, err := splitHosts(address)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	user := u.User.Username()
	switch u.Scheme {
	case "redis", "rediss":
		if len(hosts) != 1 {
			return nil, fmt.Errorf("redis: %s:// takes one host", u.Scheme)
		}
		db, err := database(u)
		if err != nil {
			return nil, err
		}
		return asynq.RedisClientOpt{Addr: hosts[0], DB: db, Username: user, Password: password, TLSConfig: encryption(u, hosts[0])}, nil
	case "redis-sentinel":
		db, err := database(u)
		if err != nil {
			return nil, err
		}
		master := u.Query().Get("master")
		if master == "" {
			return nil, errors.New("redis: redis-sentinel:// needs ?master=")
		}
		return asynq.RedisFailoverClientOpt{
			MasterName: master, SentinelAddrs: hosts, SentinelPassword: u.Query().Get("sentinel_password"),
			DB: db, Username: user, Password: password, TLSConfig: encryption(u, ""),
		}, nil
	case "redis-cluster":
		return asynq.RedisClusterClientOpt{Addrs: hosts, Username: user, Password: password, TLSConfig: encryption(u, "")}, nil
	default:
		return nil, errors.New("redis: the address must begin with redis://, rediss://, redis-sentinel:// or redis-cluster://")
	}
}

// splitHosts parses an address whose host part may list several; net/url takes one only.
func splitHosts(address string) (*url.URL, []string, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return nil, nil, errors.New("redis: the address has no scheme")
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	login, list := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		login, list = authority[:at+1], authority[at+1:]
	}
	hosts := strings.Split(list, ",")
	for i, h := range hosts {
		u, err := url.Parse("redis://" + h)
		if err != nil || !oneHost(u) {
			return nil, nil, fmt.Errorf("redis: host %d of the address is malformed", i+1)
		}
		if u.Port() == "" {
			hosts[i] = net.JoinHostPort(u.Hostname(), "6379")
		}
	}
	u, err := url.Parse(scheme + "://" + login + hosts[0] + tail)
	if err != nil {
		return nil, nil, errors.New("redis: the address cannot be parsed (is every special character of the password percent-encoded?)")
	}
	return u, hosts, nil
}

// oneHost refuses what net/url lets through: no name, a login, "a:1:2".
func oneHost(u *url.URL) bool {
	v6 := strings.HasPrefix(u.Host, "[")
	return u.Hostname() != "" && u.User == nil && (v6 || !strings.Contains(u.Hostname(), ":"))
}

func database(u *url.URL) (int, error) {
	path := strings.Trim(u.Path, "/")
	if path == "" {
		return 0, nil
	}
	db, err := strconv.Atoi(path)
	if err != nil || db < 0 {
		return 0, errors.New("redis: the path of the address must be the number of a database")
	}
	return db, nil
}

func encryption(u *url.URL, host string) *tls.Config {
	if u.Scheme != "rediss" && u.Query().Get("tls") != "true" {
		return nil
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = "" // each node's own
	}
	return &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
}
