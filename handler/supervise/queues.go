package supervise

import (
	"context"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/door"
	"kuacheng/handler/show"
	"kuacheng/jobs"
	"kuacheng/model/api/supervise"
	"kuacheng/model/api/view"
)

// ListQueues shows the queues.
func (h *Handler) ListQueues(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(*view.Nothing) (*supervise.QueueList, error) {
		queues, err := h.Queues.Queues(ctx)
		if err != nil {
			return nil, err
		}
		list := &supervise.QueueList{Items: []*supervise.Queue{}}
		for _, q := range queues {
			list.Items = append(list.Items, &supervise.Queue{
				Name: q.Name, Pending: int32(q.Pending), Active: int32(q.Active), Scheduled: int32(q.Scheduled), Retry: int32(q.Retry),
				Archived: int32(q.Archived), LatencyMs: q.Latency.Milliseconds(), ProcessedToday: int32(q.ProcessedToday),
				FailedToday: int32(q.FailedToday), Paused: q.Paused,
			})
		}
		return list, nil
	})
}

// ListArchived lists the work of a queue that was given up.
func (h *Handler) ListArchived(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *supervise.ArchivedRequest) (*supervise.ArchivedPage, error) {
		page, err := h.Queues.Archived(ctx, in.Name, door.Limit(in.Limit), in.Cursor)
		if err != nil {
			return nil, err
		}
		v := &supervise.ArchivedPage{Items: []*supervise.ArchivedTask{}, NextCursor: page.Next}
		for _, a := range page.Items {
			v.Items = append(v.Items, archived(a))
		}
		return v, nil
	})
}

func archived(a jobs.Archived) *supervise.ArchivedTask {
	return &supervise.ArchivedTask{
		ID: a.ID, Kind: a.Kind, Collection: a.Collection, Subject: a.Document, Reason: a.Reason, Retried: int32(a.Retried), FailedAt: show.Time(a.FailedAt),
	}
}

// Requeue sends work again that was given up.
func (h *Handler) Requeue(ctx context.Context, c *app.RequestContext) {
	door.Answer(ctx, c, func(in *supervise.TaskRef) (*supervise.ArchivedTask, error) {
		a, err := h.Queues.Requeue(ctx, in.Name, in.ID)
		if err != nil {
			return nil, err
		}
		return archived(a), nil
	})
}
