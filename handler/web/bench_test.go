package web_test

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/route"

	"kuacheng/handler/web"
)

// BenchmarkFrame is what the frame around every request costs, beside Hertz alone with the same answer.
func BenchmarkFrame(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	answer := map[string]string{"no": "KC4415002510090482136", "state": "accepted"}
	handler := func(_ context.Context, c *app.RequestContext) { web.JSON(c, 200, answer) }
	framed := web.New(web.Config{Logger: slog.New(slog.NewJSONHandler(null, nil))})
	framed.GET("/matters/:no", handler)
	bare := server.New(server.WithDisablePrintRoute(true))
	bare.GET("/matters/:no", handler)
	for _, of := range []struct {
		name   string
		engine *route.Engine
	}{{"hertz alone", bare.Engine}, {"framed", framed.Engine}} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			c := of.engine.NewContext()
			for b.Loop() {
				c.ResetWithoutConn()
				c.Request.SetRequestURI("/matters/KC4415002510090482136")
				c.Request.Header.SetMethod("GET")
				c.Request.Header.SetHost("x")
				of.engine.ServeHTTP(context.Background(), c)
			}
		})
	}
}
