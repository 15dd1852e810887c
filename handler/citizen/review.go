package citizen

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/matter"
	"kuacheng/biz/problem"
	"kuacheng/handler/bind"
	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/model"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
)

// AddReview rates the service (好差评).
func (h *Handler) AddReview(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *citizen.ReviewRequest) ([]byte, error) {
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		return h.Matters.Rate(ctx, door.Who(c), in.No, matter.Rating{Stars: int(in.Stars), Tags: in.Tags, Comment: in.Comment}, request,
			func(r *model.Review) ([]byte, error) { return door.Render(show.Review(r)) })
	})
}

// GetReview gives the caller's review with its pictures and what their checks found.
func (h *Handler) GetReview(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.Review, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		r, err := h.Matters.Review(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, fault.New("not_found").Say("该办件尚未评价")
		}
		v := show.Review(r)
		pictures, err := h.Pictures.Of(ctx, m.ID)
		for _, p := range pictures {
			v.Pictures = append(v.Pictures, show.ReviewPicture(p))
		}
		return v, err
	})
}

// AddReviewPicture keeps a picture for the caller's review.
func (h *Handler) AddReviewPicture(ctx context.Context, c *app.RequestContext) {
	door.UploadNew(ctx, c, func(in *view.MatterRef) (*view.ReviewPicture, error) {
		content, err := bind.File(c)
		if err != nil {
			return nil, err
		}
		p, err := h.Pictures.Add(ctx, door.Who(c), in.No, content)
		if err != nil {
			return nil, err
		}
		return show.ReviewPicture(p), nil
	})
}

// GetReviewPicture gives a picture back to its author.
func (h *Handler) GetReviewPicture(ctx context.Context, c *app.RequestContext) {
	door.File(ctx, c, func(in *citizen.ReviewPictureRef) (string, []byte, error) {
		return h.Pictures.Open(ctx, door.Who(c), in.No, int(in.N))
	})
}

// ReviewAgain takes the second rating after an answer.
func (h *Handler) ReviewAgain(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *citizen.ReviewRequest) (*view.Review, error) {
		r, err := h.Matters.RateAgain(ctx, door.Who(c), in.No, matter.Rating{Stars: int(in.Stars), Tags: in.Tags, Comment: in.Comment})
		if err != nil {
			return nil, err
		}
		return show.Review(r), nil
	})
}

// RaiseProblem opens a ticket about the caller's matter.
func (h *Handler) RaiseProblem(ctx context.Context, c *app.RequestContext) {
	door.CreatedOnce(ctx, c, func(in *citizen.RaiseProblemRequest) ([]byte, error) {
		who := door.Who(c)
		m, err := h.Matters.Get(ctx, who, in.No)
		if err != nil {
			return nil, err
		}
		request, err := door.Once(c, h.Keeper)
		if err != nil {
			return nil, err
		}
		o := problem.Owner(m, bureau.Opening{Source: bureau.SourceCitizen, Title: in.Title, Text: in.Text}, who)
		if m.OwedBy != "" {
			o.Unit = m.OwedBy // whose turn it is knows most of it; the supervisor may give it to another
		}
		return h.Problems.Raise(ctx, o, who, request, func(p *bureau.Problem) ([]byte, error) { return door.Render(h.Dossier.Show.Problem(p)) })
	})
}

// ListProblems lists what the caller raised about a matter.
func (h *Handler) ListProblems(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *view.MatterRef) (*view.ProblemPage, error) {
		m, err := h.Matters.Get(ctx, door.Who(c), in.No)
		if err != nil {
			return nil, err
		}
		items, err := h.Problems.OfMatter(ctx, door.Who(c), m.ID)
		return h.Dossier.Show.Problems(items, ""), err
	})
}
