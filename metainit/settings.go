package metainit

// Settings are what a result depends on besides the model and its data, defaults filled in: with the same ones the same model
// comes to the same result, bit for bit, on any number of threads.
type Settings struct {
	Seed       uint64      `json:"seed"`
	Candidates []Candidate `json:"candidates"` // one: without trials

	Steps    int     `json:"steps"` // of MetaInit, with their rate and momentum
	Rate     float64 `json:"rate"`
	Momentum float64 `json:"momentum"`

	Epsilon   float64 `json:"epsilon"`
	TrainLR   float64 `json:"train_lr"`
	Precision string  `json:"precision"`

	StraightThrough bool `json:"straight_through,omitempty"`
}

// describe notes in a result what it was computed of, and with which settings.
func (p *Problem) describe(r *Result, opt RaceOptions) {
	if c := opt.candidates(); len(c) > 1 {
		opt.Tune = leading(opt.Tune)
	} else {
		opt.Tune.Paper = c[0] == Paper
	}
	r.Settings = &Settings{
		Seed:            p.opt.Seed,
		Candidates:      opt.candidates(),
		Steps:           opt.Tune.steps(),
		Rate:            opt.Tune.rate(),
		Momentum:        opt.Tune.momentum(),
		Epsilon:         p.opt.epsilon(),
		TrainLR:         p.opt.trainLR(),
		Precision:       p.opt.Precision.String(),
		StraightThrough: p.opt.StraightThrough,
	}
	r.LossKind, r.LossReason = p.Loss()
	r.Losses, r.Inputs = p.Losses(), p.Inputs()
}
