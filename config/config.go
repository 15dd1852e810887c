// Package config is everything that a server can be told: one struct, from whose tags come the flags, the
// KUACHENG_* variables, --help and the table in the README.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Prefix of every environment variable.
const Prefix = "KUACHENG_"

// Config is what `serve` is told. Zero values are useful with Sandbox; without it, Check names what must be set.
type Config struct {
	Listen    string `default:"127.0.0.1:8080" help:"Address that the server listens on."`
	Data      string `default:"./data" help:"Folder of the embedded store and of uploaded files."`
	Store     string `default:"sqlite" help:"sqlite; sqlite-shared, for several processes of one machine; or a mongodb:// URI with the database's name."`
	Redis     string `default:"embedded" help:"embedded, or a redis:// URI (Redis 6.2 or later, maxmemory-policy noeviction)."`
	Files     string `help:"Where uploaded files lie: a folder, or an s3:// URL for a fleet. Default: DATA/files."`
	Role      string `default:"all" enum:"all,api,worker" help:"all, api (HTTP only) or worker (jobs only)."`
	Sandbox   bool   `help:"Run with generated keys, sample data, sandbox staff and stand-ins for WeChat and couriers."`
	PublicURL string `name:"public-url" help:"What a QR code begins with, e.g. https://kc.example. Default: http://LISTEN."`

	SealKeys  string `name:"seal-keys" help:"SM4 keys for personal data, kid:hex,… (16 bytes each); the first seals, all open."`
	IndexKey  string `name:"index-key" help:"Key of the blind index, hex, at least 16 bytes. Must never change."`
	TokenKeys string `name:"token-keys" help:"Keys of access tokens and QR codes, kid:hex,… (32 bytes each); the first signs, all verify."`

	IdentityURL string `name:"identity-url" help:"Service that compares a name with an id number."`
	IdentityKey string `name:"identity-key" help:"Key that signs requests to it, kid:hex."`

	LicenceURL     string `name:"licence-url" help:"Service of electronic licences and shared data; empty for none."`
	LicenceKey     string `name:"licence-key" help:"Key that signs requests to it, kid:hex."`
	LicenceIssuers string `name:"licence-issuers" help:"Who seals licences: SM2 public keys, kid:hex,…"`

	WechatAppid     string `name:"wechat-appid" help:"App id of the mini-program."`
	WechatSecret    string `name:"wechat-secret" help:"App secret of the mini-program."`
	WechatToken     string `name:"wechat-token" help:"Token of the message push; several, comma-separated, while it changes."`
	WechatAESKey    string `name:"wechat-aes-key" help:"EncodingAESKey of the message push, 43 characters; several while it changes. Outside the sandbox it must be set beside the token."`
	WechatAppAppid  string `name:"wechat-app-appid" help:"App id of the app on the open platform."`
	WechatAppSecret string `name:"wechat-app-secret" help:"App secret of the app."`
	WechatTemplates string `name:"wechat-templates" help:"Template ids of subscription messages, key=id,…; key=id/thing3:item/time12:at where the account numbers its keywords otherwise."`
	WechatAPIURL    string `name:"wechat-api-url" help:"Another origin for api.weixin.qq.com: an egress proxy."`

	SMSSecretID  string `name:"sms-secret-id" help:"SecretId of a Tencent Cloud API key that may call SendSms; without it nothing goes by SMS."`
	SMSSecretKey string `name:"sms-secret-key" help:"SecretKey of the same."`
	SMSAppID     string `name:"sms-app-id" help:"SdkAppId of the SMS application."`
	SMSSign      string `name:"sms-sign" help:"Approved SMS signature, without brackets."`
	SMSTemplates string `name:"sms-templates" help:"Ids of approved SMS texts, key=id,…; docs/sms.md has the texts to register."`
	SMSRegion    string `name:"sms-region" default:"ap-guangzhou" help:"Region of the SMS API."`
	SMSAPIURL    string `name:"sms-api-url" help:"Another origin for sms.tencentcloudapi.com."`

	CourierKuaidi100Key      string `name:"courier-kuaidi100-key" help:"Key of the kuaidi100 account."`
	CourierKuaidi100Customer string `name:"courier-kuaidi100-customer" help:"Customer number of the account."`
	CourierKuaidi100Salt     string `name:"courier-kuaidi100-salt" help:"Salts of the push signature, comma-separated; the first subscribes, all are accepted."`
	CourierKuaidi100APIURL   string `name:"courier-kuaidi100-api-url" help:"Another origin for poll.kuaidi100.com."`
	CourierKdniaoID          string `name:"courier-kdniao-id" help:"EBusinessID of the kdniao account."`
	CourierKdniaoKey         string `name:"courier-kdniao-key" help:"AppKeys of the account, comma-separated; the first signs calls, all are accepted under pushes."`
	CourierKdniaoAPIURL      string `name:"courier-kdniao-api-url" help:"Another origin for api.kdniao.com."`
	CourierSFPartner         string `name:"courier-sf-partner" help:"Partner id at SF's open platform."`
	CourierSFCheckword       string `name:"courier-sf-checkword" help:"Checkwords of the account, comma-separated; the first signs calls and makes the token in the push address, the tokens of all are accepted."`
	CourierSFAPIURL          string `name:"courier-sf-api-url" help:"Whole address of SF's service, if not its production one."`
	CourierSFDigest          string `name:"courier-sf-digest" default:"standard" enum:"standard,simple,sm3" help:"How the account signs calls: standard, simple or sm3."`
	CourierSFAllow           string `name:"courier-sf-allow" help:"Addresses or networks that SF pushes from, comma-separated, asked for beside the token; empty: any."`
	CourierSFConfirm         string `name:"courier-sf-confirm" default:"off" enum:"off,ends" help:"ends: a pushed end of a parcel's way counts only once SF's signed answer shows it, or after 30 minutes."`
	CourierEMSSender         string `name:"courier-ems-sender" help:"Customer number of the contract with China Post."`
	CourierEMSAuthorization  string `name:"courier-ems-authorization" help:"Authorisation of calls; without it parcels are only pushed, never asked for."`
	CourierEMSKey            string `name:"courier-ems-key" help:"Sign keys as given out (Base64), comma-separated; the first enciphers calls and makes the token, all are accepted."`
	CourierEMSAPIURL         string `name:"courier-ems-api-url" help:"Whole address of China Post's service, if not its production one."`
	CourierEMSMap            string `name:"courier-ems-map" help:"File that says how this contract's messages read (doctor --ems-map prints the built-in one)."`
	CourierEMSToken          string `name:"courier-ems-token" default:"on" enum:"on,off" help:"off: the contract forbids a token in the push address, so the cipher alone must prove the sender."`
	CourierStandardKeys      string `name:"courier-standard-keys" help:"Keys of couriers that speak the house format, kid:hex,… (32 bytes each); all are accepted."`
	CourierPollDaily         int    `name:"courier-poll-daily" default:"2000" help:"How often one channel may ask its carrier about parcels in a day."`

	PeerSelf     string `name:"peer-self" help:"Region code by which other cities' systems know this server. Default: the home city's."`
	PeerSealKeys string `name:"peer-seal-keys" help:"SM2 private keys that open what other cities seal for this one, kid:hex,… (32 bytes each; kuacheng peer key makes one); the first is in use, all open."`

	WorkerConcurrency int           `name:"worker-concurrency" default:"16" help:"Jobs at once in this process."`
	TaskCheckInterval time.Duration `name:"task-check-interval" default:"200ms" help:"How often an idle worker looks for jobs."`
	SweepInterval     time.Duration `name:"sweep-interval" default:"5s" help:"How often what is due or left behind is looked for."`
	ShutdownTimeout   time.Duration `name:"shutdown-timeout" default:"20s" help:"How long begun work may take to finish on shutdown."`
	LogLevel          string        `name:"log-level" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	AdminPassword     string        `name:"admin-password" help:"Basic-auth password of /admin/queues (asynqmon); empty: not served."`
	AdminWrite        bool          `name:"admin-write" help:"Let /admin/queues change queues; it is read-only otherwise."`
}

// The embedded stores: a file of this process alone, or one that processes of one machine share.
const (
	SQLite       = "sqlite"
	SQLiteShared = "sqlite-shared"
)

// Embedded says that the store is a file in Data.
func (c *Config) Embedded() bool { return c.Store == SQLite || c.Store == SQLiteShared }

// Public is what links in QR codes begin with, without a final slash.
func (c *Config) Public() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	return "http://" + c.Listen
}

// Check names everything that is missing or unsafe, at once, so that an operator needs one look.
func (c *Config) Check() error {
	var errs []error
	complain := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !c.Embedded() && !strings.HasPrefix(c.Store, "mongodb://") && !strings.HasPrefix(c.Store, "mongodb+srv://") {
		complain("KUACHENG_STORE must be sqlite, sqlite-shared or a mongodb:// URI")
	}
	if c.Store == SQLiteShared && c.Redis == "embedded" {
		complain("KUACHENG_STORE=sqlite-shared is for several processes: set a KUACHENG_REDIS that all reach")
	}
	if c.Redis != "embedded" && !strings.HasPrefix(c.Redis, "redis://") && !strings.HasPrefix(c.Redis, "rediss://") && !strings.HasPrefix(c.Redis, "redis-sentinel://") && !strings.HasPrefix(c.Redis, "redis-cluster://") {
		complain("KUACHENG_REDIS must be embedded or a redis://, rediss://, redis-sentinel:// or redis-cluster:// URI")
	}
	if c.Redis == "embedded" && c.Role != "all" {
		complain("KUACHENG_ROLE=%s needs a Redis that both roles reach: set KUACHENG_REDIS", c.Role)
	}
	if c.Sandbox && c.Role != "all" {
		complain("KUACHENG_SANDBOX needs KUACHENG_ROLE=all: its clock and its stand-ins live in one process")
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			complain("KUACHENG_PUBLIC_URL must be an http or https URL")
		}
	}
	if c.Sandbox {
		for name, value := range map[string]string{
			"KUACHENG_WECHAT_SECRET": c.WechatSecret, "KUACHENG_WECHAT_APP_SECRET": c.WechatAppSecret,
			"KUACHENG_COURIER_KUAIDI100_KEY": c.CourierKuaidi100Key, "KUACHENG_COURIER_EMS_AUTHORIZATION": c.CourierEMSAuthorization,
			"KUACHENG_IDENTITY_URL":   c.IdentityURL,
			"KUACHENG_LICENCE_URL":    c.LicenceURL,
			"KUACHENG_SMS_SECRET_KEY": c.SMSSecretKey,
		} {
			if value != "" {
				complain("%s is a real credential: it must not stand beside KUACHENG_SANDBOX", name)
			}
		}
	} else {
		for _, need := range [][2]string{
			{"KUACHENG_SEAL_KEYS", c.SealKeys}, {"KUACHENG_INDEX_KEY", c.IndexKey}, {"KUACHENG_TOKEN_KEYS", c.TokenKeys},
			{"KUACHENG_PUBLIC_URL", c.PublicURL}, {"KUACHENG_WECHAT_APPID", c.WechatAppid}, {"KUACHENG_WECHAT_SECRET", c.WechatSecret},
			{"KUACHENG_IDENTITY_URL", c.IdentityURL}, {"KUACHENG_IDENTITY_KEY", c.IdentityKey},
		} {
			if need[1] == "" {
				complain("%s is not set (or set KUACHENG_SANDBOX=true to try the program with stand-ins)", need[0])
			}
		}
	}
	for _, key := range Several(c.WechatAESKey) {
		if raw, err := base64.StdEncoding.DecodeString(key + "="); len(key) != 43 || err != nil || len(raw) != 32 {
			complain("KUACHENG_WECHAT_AES_KEY must be the EncodingAESKey of WeChat's console: 43 letters and digits")
		}
	}
	if !c.Sandbox && c.WechatToken != "" && c.WechatAESKey == "" {
		complain("KUACHENG_WECHAT_AES_KEY is not set: without it (明文模式) whoever has seen one push can forge others")
	}
	if c.SMSSecretID != "" && (c.SMSSecretKey == "" || c.SMSAppID == "" || c.SMSSign == "" || c.SMSTemplates == "") {
		complain("KUACHENG_SMS_SECRET_ID needs KUACHENG_SMS_SECRET_KEY, KUACHENG_SMS_APP_ID, KUACHENG_SMS_SIGN and KUACHENG_SMS_TEMPLATES beside it")
	}
	c.checkCouriers(complain)
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// Several splits a comma-separated setting.
func Several(s string) []string {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// Environment prepares the process environment: a secret given as …_FILE is read from that file, and a
// KUACHENG_ variable that no setting knows is an error, because a typing mistake in a key's name must not
// leave the default in force.
func Environment() error {
	known := map[string]bool{}
	for _, f := range Settings() {
		known[f.Env] = true
	}
	var unknown []string
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix) || strings.HasPrefix(name, Prefix+"TEST_") {
			continue
		}
		target, isFile := strings.CutSuffix(name, "_FILE")
		switch {
		case known[name] || isPeer(name):
		case isFile && (known[target] || isPeer(target)):
			content, err := os.ReadFile(value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if err := os.Setenv(target, strings.TrimSpace(string(content))); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		default:
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("unknown settings: %s (see --help)", strings.Join(unknown, ", "))
	}
	return nil
}

// Setting is one row of the configuration table.
type Setting struct{ Env, Flag, Default, Help string }

// Settings lists every setting in the struct's order.
func Settings() []Setting {
	var out []Setting
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		flag := f.Tag.Get("name")
		if flag == "" {
			flag = strings.ToLower(f.Name)
		}
		out = append(out, Setting{
			Env:     Prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_")),
			Flag:    "--" + flag,
			Default: f.Tag.Get("default"),
			Help:    f.Tag.Get("help"),
		})
	}
	return out
}
