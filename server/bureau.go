package server

import (
	"context"

	"kuacheng/biz/problem"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/bureau"
)

// openBureau makes the problem tickets, and lets matters and peers open them.
func (s *Server) openBureau(ctx context.Context) (err error) {
	s.problems, err = problem.New(ctx, problem.Config{DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Notices: s.notices, Bureau: s.bureau})
	if err == nil {
		s.matters.Problems, s.peers.Problems, s.parcels.Problems = s.problems, s.problems, s.problems
	}
	return err
}

func (s *Server) bureauJobs() {
	s.jobs.On(bureau.KindProblem, jobs.Default, s.watched(bureau.KindProblem, s.problems.Happened))
	s.jobs.On(model.KindReviewAnswered, jobs.Default, s.matters.ReviewAnswered)
	s.jobs.OnWake(problem.Collection, s.problems.Wake)
}
