package jobs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/hibiken/asynq"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Admin is what people see of the queues and do about what was given up.
type Admin struct{ j *Jobs }

// Admin gives access to the queues. It works in every process, also where nothing is carried out.
func (j *Jobs) Admin() Admin { return Admin{j} }

// QueueState is a queue as it stands.
type QueueState struct {
	Name                                        string
	Pending, Active, Scheduled, Retry, Archived int
	Latency                                     time.Duration // how long the oldest pending task has waited
	ProcessedToday, FailedToday                 int           // today in UTC
	Paused                                      bool
}

// Queues tells of every queue, the most urgent first.
func (a Admin) Queues(context.Context) ([]QueueState, error) {
	infos, err := a.j.queueInfos()
	if err != nil {
		return nil, fault.New("unavailable").Because(err)
	}
	out := make([]QueueState, 0, len(infos))
	for _, info := range infos {
		out = append(out, QueueState{
			Name: info.Queue, Pending: info.Pending, Active: info.Active, Scheduled: info.Scheduled, Retry: info.Retry, Archived: info.Archived,
			Latency: info.Latency, ProcessedToday: info.Processed, FailedToday: info.Failed, Paused: info.Paused,
		})
	}
	return out, nil
}

// queueInfos asks for every queue. One that Redis has never heard of is empty; asynq calls that an error.
func (j *Jobs) queueInfos() ([]*asynq.QueueInfo, error) {
	known, err := j.inspector.Queues()
	if err != nil {
		return nil, err
	}
	out := make([]*asynq.QueueInfo, 0, len(queues))
	for _, q := range queues {
		info := &asynq.QueueInfo{Queue: string(q.name)}
		if slices.Contains(known, info.Queue) {
			if info, err = j.inspector.GetQueueInfo(info.Queue); err != nil {
				return nil, err
			}
		}
		out = append(out, info)
	}
	return out, nil
}

// Archived is work that was given up and waits for people.
type Archived struct {
	ID         string // with which it is sent again
	Kind       string // of the event, or "wake"
	Collection string
	Document   string
	Reason     string
	Retried    int       // 0 when Redis has forgotten
	FailedAt   time.Time // zero when Redis has forgotten
}

// ArchivedPage is a part of a list; Next is empty at its end.
type ArchivedPage struct {
	Items []Archived
	Next  string
}

// mark is where a page ends: first through asynq's archive, then through the documents.
type mark struct {
	Page int        `json:"p,omitempty"` // of the archive
	Ref  *store.Ref `json:"r,omitempty"` // in the documents
	In   string     `json:"c,omitempty"` // their collection
}

func (m mark) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // numbers, strings and times
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseMark(cursor string) (mark, error) {
	if cursor == "" {
		return mark{Page: 1}, nil
	}
	var m mark
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil || m.Page < 0 || (m.Page == 0) == (m.In == "") {
		return m, fault.New("validation_failed").Field("cursor").Because(err)
	}
	return m, nil
}

// Archived lists the work of a queue that was given up: what asynq has archived, and then what it has forgotten
// (it keeps 10,000 a queue for 90 days, and Redis may be wiped) but documents still tell of. While others give up
// or send again, an entry of the first part may appear twice or on a later reading only.
func (a Admin) Archived(ctx context.Context, queue string, limit int, cursor string) (ArchivedPage, error) {
	if timeoutOf(Queue(queue)) == 0 {
		return ArchivedPage{}, fault.New("not_found")
	}
	m, err := parseMark(cursor)
	if err != nil {
		return ArchivedPage{}, err
	}
	limit = max(1, min(limit, 100))
	var page ArchivedPage
	if m.Page > 0 {
		infos, err := a.j.inspector.ListArchivedTasks(queue, asynq.PageSize(limit), asynq.Page(m.Page))
		if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
			return page, fault.New("unavailable").Because(err)
		}
		for _, info := range infos {
			page.Items = append(page.Items, archived(info))
		}
		if len(infos) == limit {
			page.Next = mark{Page: m.Page + 1}.String()
			return page, nil
		}
		m = mark{}
	}
	err = a.forgotten(ctx, Queue(queue), limit, m, &page)
	return page, err
}

// archived reads a task that asynq gives. One that is none of ours is shown all the same: it is in the archive.
func archived(info *asynq.TaskInfo) Archived {
	t, _ := parseKey(info.ID)
	return Archived{
		ID: info.ID, Kind: info.Type, Collection: t.Collection, Document: t.ID,
		Reason: archivedReason(info), Retried: info.Retried, FailedAt: info.LastFailedAt,
	}
}

// forgotten fills a page with failed events that asynq does not know. Its marks fall between documents, so a page
// may hold a few more than asked.
func (a Admin) forgotten(ctx context.Context, q Queue, limit int, m mark, page *ArchivedPage) error {
	for _, name := range a.j.db.Collections() {
		if name < m.In {
			continue
		}
		var after []store.Ref
		if name == m.In && m.Ref != nil {
			after = []store.Ref{*m.Ref}
		}
		for {
			refs, err := a.j.db.Failed(ctx, name, sweepPage, after...)
			if err != nil {
				return err
			}
			for i, r := range refs {
				if err := a.failedOf(q, r, page); err != nil {
					return err
				}
				r.Events = nil
				after = []store.Ref{r}
				if len(page.Items) >= limit {
					page.Next = mark{In: name, Ref: &refs[i]}.String()
					return nil
				}
			}
			if len(refs) < sweepPage {
				break
			}
		}
	}
	return nil
}

func (a Admin) failedOf(q Queue, r store.Ref, page *ArchivedPage) error {
	for _, e := range r.Events {
		if of, ok := a.j.queueOf(e.Kind); !ok || of != q {
			continue
		}
		key := eventTask(r.Collection, r.ID, e).key()
		_, err := a.j.inspector.GetTaskInfo(string(q), key)
		if err == nil {
			continue // in the first part, or about to be judged again
		}
		if !errors.Is(err, asynq.ErrTaskNotFound) && !errors.Is(err, asynq.ErrQueueNotFound) {
			return fault.New("unavailable").Because(err)
		}
		page.Items = append(page.Items, Archived{ID: key, Kind: e.Kind, Collection: r.Collection, Document: r.ID, Reason: e.Failed})
	}
	return nil
}

// Requeue sends work again that was given up, with all its tries before it. It does so from the document, so that
// it makes no difference whether asynq still has the task.
//
// The order is such that the process may end between any two steps: without the task the document still says
// failed; pending again, the sweep finds it. (asynq's own RunTask would leave no try, and a sweep in between
// would see a pending event whose task is archived.)
func (a Admin) Requeue(ctx context.Context, queue, id string) (Archived, error) {
	t, ok := parseKey(id)
	if !ok || timeoutOf(Queue(queue)) == 0 || !slices.Contains(a.j.db.Collections(), t.Collection) {
		return Archived{}, fault.New("not_found")
	}
	head, err := a.j.db.Head(ctx, t.Collection, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return Archived{}, fault.New("not_found")
	}
	if err != nil {
		return Archived{}, err
	}
	info, err := a.j.inspector.GetTaskInfo(queue, id)
	if err != nil && !errors.Is(err, asynq.ErrTaskNotFound) && !errors.Is(err, asynq.ErrQueueNotFound) {
		return Archived{}, fault.New("unavailable").Because(err)
	}
	out, err := a.requeueable(t, head, Queue(queue), info)
	if err != nil {
		return Archived{}, err
	}
	if info != nil && info.State == asynq.TaskStateArchived {
		if err := a.j.inspector.DeleteTask(queue, id); err != nil && !errors.Is(err, asynq.ErrTaskNotFound) {
			return Archived{}, fault.New("unavailable").Because(err)
		}
	}
	if t.Event != "" {
		if err := a.j.db.Unfail(ctx, t.Collection, t.ID, t.Event); err != nil {
			return Archived{}, err
		}
	}
	if _, err := a.j.enqueue(ctx, t, out.Kind); err != nil {
		a.j.log.Warn("work to be sent again cannot be enqueued; the sweep will", "collection", t.Collection, "error", err)
	}
	return out, nil
}

// requeueable finds what was given up, or says why there is no such thing.
func (a Admin) requeueable(t task, head model.Head, q Queue, info *asynq.TaskInfo) (Archived, error) {
	inArchive := info != nil && info.State == asynq.TaskStateArchived
	out := Archived{ID: t.key(), Kind: wakeKind, Collection: t.Collection, Document: t.ID}
	if inArchive {
		out.Reason, out.Retried, out.FailedAt = archivedReason(info), info.Retried, info.LastFailedAt
	}
	if t.Event == "" {
		if q != Default || !inArchive {
			return out, fault.New("task_not_archived")
		}
		return out, nil
	}
	e, ok := find(head, t.Event)
	if !ok {
		return out, fault.New("not_found") // done meanwhile
	}
	out.Kind = e.Kind
	if of, ok := a.j.queueOf(e.Kind); !ok || of != q {
		return out, fault.New("not_found")
	}
	if e.Failed == "" && !inArchive {
		return out, fault.New("task_not_archived")
	}
	if out.Reason == "" {
		out.Reason = e.Failed
	}
	return out, nil
}
