package once

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
)

// ID is the id of the document that a request makes: the same for the same key, so that a repetition meets it.
func (r Request) ID(prefix string) string {
	b := r.Draw(0)
	return prefix + hex.EncodeToString(b[:])
}

// Insert stores the document that a request makes, whose id is the request's, and gives its answer. A repeated request gets the
// first one's answer, and nothing is stored.
func Insert[T any](ctx context.Context, c *store.Collection[T], r Request, doc *T, now time.Time, render func(*T) ([]byte, error)) ([]byte, error) {
	answer, err := render(doc)
	if err != nil {
		return nil, err
	}
	h := head(doc)
	h.Origin = r.Origin(answer, now)
	err = c.Insert(ctx, doc)
	if err == nil {
		return answer, nil
	}
	if !errors.Is(err, store.ErrDuplicate) {
		return nil, err
	}
	first, err := c.Get(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	made, err := r.Made(head(first).Origin)
	if err != nil {
		return nil, err
	}
	if !made {
		return nil, fmt.Errorf("once: %s was made by another request", h.ID)
	}
	return r.Answer(head(first).Origin)
}

func head[T any](doc *T) *model.Head { return any(doc).(interface{ DocHead() *model.Head }).DocHead() }
