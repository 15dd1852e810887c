// Package door is what the handlers of all doors do alike: bind, find out who calls, answer.
package door

import (
	"context"
	"errors"
	"net/http"

	"github.com/bytedance/sonic"
	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/handler/bind"
	"kuacheng/handler/web"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Answer binds a request, lets f answer it and writes the answer with 200.
func Answer[In, Out any](ctx context.Context, c *app.RequestContext, f func(*In) (Out, error)) {
	answer(ctx, c, http.StatusOK, bind.Request[In], f)
}

// Created is Answer with 201.
func Created[In, Out any](ctx context.Context, c *app.RequestContext, f func(*In) (Out, error)) {
	answer(ctx, c, http.StatusCreated, bind.Request[In], f)
}

// Upload is Answer for a request whose body is a file, which f reads.
func Upload[In, Out any](ctx context.Context, c *app.RequestContext, f func(*In) (Out, error)) {
	answer(ctx, c, http.StatusOK, bind.Params[In], f)
}

// UploadNew is Upload for a file that becomes a thing of its own: 201.
func UploadNew[In, Out any](ctx context.Context, c *app.RequestContext, f func(*In) (Out, error)) {
	answer(ctx, c, http.StatusCreated, bind.Params[In], f)
}

func answer[In, Out any](ctx context.Context, c *app.RequestContext, status int,
	read func(*app.RequestContext) (*In, error), f func(*In) (Out, error)) {
	in, err := read(c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	out, err := f(in)
	if err != nil {
		web.Fail(ctx, c, plain(err))
		return
	}
	web.JSON(c, status, out)
}

// Once is the identity of a request that creates, for what must happen one time however often it is sent. Call
// it after the body has been bound.
func Once(c *app.RequestContext, keeper *seal.Keeper) (once.Request, error) {
	key, body, err := web.Idempotency(c, Who(c).ID)
	return once.New(keeper, key, body), err
}

// CreatedOnce is Created for an answer that f gives as it was first given.
func CreatedOnce[In any](ctx context.Context, c *app.RequestContext, f func(*In) (answer []byte, err error)) {
	rendered(ctx, c, http.StatusCreated, f)
}

// Rendered is Answer for an answer that f gives in the form in which it is sent.
func Rendered[In any](ctx context.Context, c *app.RequestContext, f func(*In) (answer []byte, err error)) {
	rendered(ctx, c, http.StatusOK, f)
}

func rendered[In any](ctx context.Context, c *app.RequestContext, status int, f func(*In) (answer []byte, err error)) {
	in, err := bind.Request[In](c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	answer, err := f(in)
	if err != nil {
		web.Fail(ctx, c, plain(err))
		return
	}
	c.Response.Header.Set("Cache-Control", "no-store")
	c.Data(status, "application/json; charset=utf-8", answer)
}

// Render is the bytes of an answer.
func Render(v any) ([]byte, error) { return sonic.ConfigStd.Marshal(v) }

// plain says what a store's complaint means to a caller.
func plain(err error) error {
	if errors.Is(err, store.ErrCursor) {
		return fault.New("bad_request").Field("cursor").Say("分页游标无效，请从第一页重新开始").Because(err)
	}
	return err
}

// File answers with a file, of the type and content that f gives. It is somebody's paper: no cache keeps it,
// and a browser takes it for what it says it is.
func File[In any](ctx context.Context, c *app.RequestContext, f func(*In) (kind string, content []byte, err error)) {
	in, err := bind.Params[In](c)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	kind, content, err := f(in)
	if err != nil {
		web.Fail(ctx, c, err)
		return
	}
	c.Header("Cache-Control", "private, no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", "sandbox")
	c.Data(http.StatusOK, kind, content)
}

// Limits of a list.
const (
	pageDefault = 20
	pageMost    = 100
)

// Limit is how many lines a list gives for what was asked.
func Limit(asked int32) int {
	if asked <= 0 {
		return pageDefault
	}
	return min(int(asked), pageMost)
}

// Let notes who calls; the guard does so before any handler.
func Let(c *app.RequestContext, who model.Actor, session string) {
	c.Set("who", caller{who, session})
}

// caller is who has come in, and by which sign-in.
type caller struct {
	model.Actor
	session string
}

// Session is the sign-in by which the caller has come.
func Session(c *app.RequestContext) string {
	who, _ := c.Value("who").(caller)
	return who.session
}

// Who is the caller of a request that the guard has let in; the zero Actor at a door without one.
func Who(c *app.RequestContext) model.Actor {
	who, _ := c.Value("who").(caller)
	return who.Actor
}
