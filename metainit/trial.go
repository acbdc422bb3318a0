package metainit

import (
	"context"
	"math"
	"slices"
)

const (
	trialBatch = 16  // samples of a step
	trialSteps = 60  // of a trial
	mostSteps  = 120 // of a trial, if nobody learns in these
	sgdRate    = 0.1
	adamRate   = 0.001

	// learned is the least progress that is no chance: what knowing how often each label comes brings is less.
	learned = 0.05

	// learnedToTheEnd is the part of the base below which it hardly counts how much smaller a loss is: who learns a task first
	// would gain without end.
	learnedToTheEnd = 0.1

	// finished is the part of the base below which a trial ends early: nothing that follows would count. That many losses in a
	// row have to be.
	finished = 0.01
	inARow   = 5

	// mostMemorized is what memorizing can add to the progress beside other tasks: nets near chaos are good at that and at
	// nothing else.
	mostMemorized = 0.5
)

// noLoss stands for a loss that is not finite: JSON has no infinity.
const noLoss = math.MaxFloat64

// Trial is a short training on one task.
type Trial struct {
	Task      string    `json:"task"`
	Seed      uint64    `json:"seed"`
	Optimizer Optimizer `json:"optimizer"`
	Rate      float64   `json:"rate"`
	Base      float64   `json:"base"`           // the least loss of an answer that does not depend on the input
	Progress  float64   `json:"progress"`       // log(base) − the mean of log(loss) over the second half of the steps, 0 to log(11)
	Test      *Score    `json:"test,omitempty"` // of the samples to test on, after the last step: then the progress is log(base) − log(its loss)
	Losses    []float64 `json:"losses"`         // before each step that was made; one that is not finite is the largest number there is, and ends the trial
}

// train makes steps on a task, from the weights of the file times the factors, until it has ended.
func (t *trainer) train(ctx context.Context, factors []float64, task *task, steps int, ended func(*Trial) bool) (*Trial, error) {
	trial := &Trial{Task: task.name, Optimizer: t.descent.optimizer, Rate: t.rate}
	if err := t.reset(factors); err != nil {
		return nil, err
	}
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		loss, err := t.step(task.draw(step))
		if err != nil {
			return nil, err
		}
		if task.base == 0 {
			task.base = loss
		}
		trial.Base = task.base
		if !allFinite(loss) {
			trial.Losses = append(trial.Losses, noLoss)
			if t.exam != nil {
				trial.Test = &Score{Loss: noLoss}
			}
			return trial, nil
		}
		trial.Losses = append(trial.Losses, loss)
		if ended(trial) {
			break
		}
	}
	trial.Progress = progress(trial.Base, secondHalf(trial.Losses, steps))
	if t.exam != nil {
		var err error
		if trial.Test, err = t.p.examine(t.prog, t.exam, t.p.opt.TestData); err != nil {
			return nil, err
		}
		trial.Progress = progress(trial.Base, []float64{trial.Test.Loss})
	}
	return trial, nil
}

// finished reports whether the task is learned, so that nothing that follows would count.
func (t *Trial) finished() bool {
	n := len(t.Losses)
	return n >= inARow && slices.Max(t.Losses[n-inARow:]) < finished*t.Base
}

// cut makes the trial one of at most so many steps.
func (t *Trial) cut(steps int) {
	t.Losses = t.Losses[:min(steps, len(t.Losses))]
	t.Progress = progress(t.Base, secondHalf(t.Losses, steps))
}

// secondHalf is the losses of the second half of the steps; those of a trial that ended early are its last one.
func secondHalf(losses []float64, steps int) []float64 {
	list := slices.Clone(losses)
	for len(list) < steps {
		list = append(list, losses[len(losses)-1])
	}
	return list[steps/2:]
}

// progress is log(base) − the mean of log(loss), at least 0, where a part of the base is added to the base and to each loss. A base
// that is not above 0, which a model with a loss of its own may have, is shifted to 1, and the losses with it; those below 0 count
// as 0.
func progress(base float64, losses []float64) float64 {
	shift := 0.0
	if base <= 0 {
		shift = 1 - base
	}
	base += shift
	done := learnedToTheEnd * base
	sum := 0.0
	for _, loss := range losses {
		sum += math.Log(max(loss+shift, 0) + done)
	}
	return max(0, math.Log(base+done)-sum/float64(len(losses)))
}
