// Package docs holds the OpenAPI document, made from idl/ by `make gen`, and the page that shows it. The page
// loads nothing from elsewhere.
package docs

import (
	_ "embed"
	"net/http"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// OpenAPI is the document.
//
//go:embed openapi.json
var OpenAPI []byte

// Page serves the page and its files below base ("/docs"), reading the document from its address.
func Page(base, document string) http.Handler {
	return v5emb.NewHandlerWithConfig(swgui.Config{Title: "跨城通办 API", SwaggerJSON: document, BasePath: base})
}
