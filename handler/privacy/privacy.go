// Package privacy answers people about their own data: where they are signed in, who has looked and to whom it was given, what they
// agreed to, what is held of them.
package privacy

import (
	"kuacheng/biz/account"
	"kuacheng/biz/audit"
	"kuacheng/biz/consent"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/mydata"
	"kuacheng/biz/seal"
	"kuacheng/handler/show"
)

// Handler answers this door's requests.
type Handler struct {
	Accounts *account.Service
	Kiosks   *kiosk.Service
	Audit    *audit.Service
	Consents *consent.Service
	Data     *mydata.Service
	Keeper   *seal.Keeper
	Show     *show.Shower
}
