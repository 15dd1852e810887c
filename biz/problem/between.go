package problem

import (
	"context"
	"fmt"

	"kuacheng/biz/store"
	"kuacheng/model/bureau"
)

// unclosed are the states in which somebody still owes something.
var unclosed = []bureau.ProblemState{bureau.ProblemOpen, bureau.ProblemAssigned, bureau.ProblemAnswered}

// punctual says whether a term of a ticket has passed.
var punctual = map[bool]string{false: "in_time", true: "late"}

// Peek gives a ticket to the program itself.
func (s *Service) Peek(ctx context.Context, id string) (*bureau.Problem, error) {
	return s.problems.Get(ctx, id)
}

// Between gives what is not closed between the home city and another, the oldest first: what a joint meeting talks about.
func (s *Service) Between(ctx context.Context, city string, limit int) ([]*bureau.Problem, error) {
	var out []*bureau.Problem
	for _, state := range unclosed {
		page, err := s.find(ctx, store.Query{Index: "city", Eq: []any{city, string(state)}, Limit: limit})
		if err != nil {
			return nil, err
		}
		out = append(out, page.Items...)
	}
	return out[:min(len(out), limit)], nil
}

// Unclosed counts what is not closed, and what of it has been late.
func (s *Service) Unclosed(ctx context.Context) (open, late int64, err error) {
	for _, state := range unclosed {
		counts, err := s.problems.Tally(ctx, store.Query{Index: "home", Eq: []any{"home", string(state)}}, "late")
		if err != nil {
			return 0, 0, fmt.Errorf("problem: counting: %w", err)
		}
		open += counts[punctual[false]] + counts[punctual[true]]
		late += counts[punctual[true]]
	}
	return open, late, nil
}
