package metainit

import (
	"context"
	"math"
	"slices"
)

// mostProgress is the progress of who has no loss in any step of the second half.
var mostProgress = math.Log(1 + 1/learnedToTheEnd)

// settled reports whether nobody can win any more: the first contestant makes, by the second optimizer too, at least
// 1/clearWin of the most progress that is possible.
func (r *Race) settled(ctx context.Context) (bool, error) {
	first := r.Contestants[0]
	if first.Out != "" || r.opt.Rates != nil || first.Progress*clearWin < mostProgress {
		return false, nil
	}
	if r.opt.Optimizer == "" {
		usual := r.trainer
		heats, err := r.secondly(ctx, []*Contestant{first})
		if err != nil {
			return false, err
		}
		both := append(slices.Clone(first.Trials), trialsOf(heats, first, sgdRate)...)
		if slices.Contains(both, nil) || !nearlyAll(both) {
			r.round = 0
			return false, r.equip(usual)
		}
		r.Second, first.Trials = SGD, both
		first.judge(both)
	}
	for _, who := range r.Contestants[1:] {
		who.behind = true
	}
	r.Settled = true
	return true, nil
}

// nearlyAll reports whether trials make at least 1/clearWin of the most progress that is possible.
func nearlyAll(trials []*Trial) bool {
	progress, _ := meanAndSpread(bySeed(trials))
	return progress*clearWin >= mostProgress
}

// leaveOut adds the candidates that are not tried.
func (r *Race) leaveOut(candidates []Candidate) {
	for _, c := range candidates[len(r.Contestants):] {
		r.Contestants = append(r.Contestants, &Contestant{Name: string(c), Trials: []*Trial{}, Out: "not tried, as it could not win"})
	}
}
