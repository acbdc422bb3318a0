package metainit

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"time"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Array is a tensor of data that the user gives, row by row.
type Array struct {
	Shape   []int
	Data    []float64
	Integer bool   // the elements were whole numbers or truth values in the file
	Bytes   bool   // they were uint8, as those of masks are
	File    string // that it was read from; "": unknown
}

// origin is what to add to an error about the shape of an array.
func (a *Array) origin() string {
	if a.File == "" {
		return ""
	}
	return fmt.Sprintf("; the data of %s has shape %v", a.File, a.Shape)
}

// Options say how a model becomes a Problem. The zero value is what
// `metainit gq MODEL` does.
type Options struct {
	Inputs map[string]*Array // data by input name; the name "" is the only input. Others are noise

	// Outputs are the tensors that losses are taken of, which are added up: outputs of the model, or any others of its
	// graph. None: the first float output that weights reach.
	Outputs []string
	Targets map[string]*Array // class labels, probabilities or values by output; the name "" is the only output. Others are noise

	// Data is what trials train on, a batch of Batch samples in each step; in all else inputs and targets are its first batch.
	Data *Dataset

	// TestData is what trials on Data are judged by, after their last step.
	TestData *Dataset

	// HoldOut is the share of Data that is taken from it to be TestData, if that is not given and either makes a batch.
	HoldOut float64

	Dims   map[string]int   // sizes of free axes by name, the same in all inputs
	Shapes map[string][]int // shapes of inputs, where names are not enough, or the file fixes the batch
	Batch  int              // size of a free first axis that Dims does not name; 0: 32. An error if the file fixes them all
	Seed   uint64           // of all noise

	Loss        Loss            // of the outputs that Losses does not name; "": LossAuto
	Losses      map[string]Loss // by output; there is none for the name ""
	ClassAxis   *int            // axis of the classes in outputs, may be negative; nil: chosen by shape. An error if no loss has classes
	IgnoreIndex *int            // class label that is left out of the mean; nil: −100, and 255 of bytes where it is no class

	Epsilon float64 // ε of the quotient; 0: 1e-5
	TrainLR float64 // η of the log quotient, the rate of the later training; 0: 0.03

	// Params and Freeze override roles by tensor name: only tensors that
	// match Params are parameters, if it is given; tensors that match Freeze
	// are constants.
	Params, Freeze *regexp.Regexp

	// StraightThrough takes pairs of QuantizeLinear and DequantizeLinear, whose rounding has no derivative, for the
	// identity, so that models trained for quantization can be measured and tuned. Their scales stay as they are.
	StraightThrough bool

	// BatchNorm says what batch normalization in inference form takes for mean and variance.
	BatchNorm lower.BatchNorm

	Precision   autodiff.Precision // what is computed in, whatever the types of the file; sums are in float64
	Threads     int                // 0: as many as the machine has; results do not depend on it
	MemoryLimit int64              // bytes that building, compiling and a program may take; 0: no limit

	// Naming says what messages call the options here and in TuneOptions, such as the flags of a command.
	Naming lower.Naming

	// Slow, if set, is called with what is estimated to take more than a minute, such as "a step of a trial", and how long,
	// before that begins.
	Slow func(step string, d time.Duration)

	until     context.Context               // that ends New; nil: none
	plansOnly bool                          // nothing is computed: no plan is kept
	known     map[*onnxio.Tensor]*Parameter // of another problem of the model
	speed     *autodiff.Speed               // of the machine; nil: measured when it is needed
}

func (p *Problem) threads() int { return cmp.Or(max(p.opt.Threads, 0), runtime.GOMAXPROCS(0)) }

// called returns what messages call an option.
func (o Options) called(option string) string { return o.Naming.Of(option, "", "") }

func (o Options) epsilon() float64 { return cmp.Or(o.Epsilon, 1e-5) }
func (o Options) trainLR() float64 { return cmp.Or(o.TrainLR, 0.03) }

// rounding is the part of the sum of the absolute terms of a slope below which the slope is rounding error. Of the models of
// testdata no slope that is known to be 0 is above 1e-16 of that in float64 and 2e-8 in float32, and no other is below 4e-5.
func (o Options) rounding() float64 {
	if o.Precision == autodiff.Float64 {
		return 1e-12
	}
	return 1e-6
}

// lossOf returns the loss of an output.
func (o Options) lossOf(output string) Loss {
	if l, ok := o.Losses[output]; ok {
		return l
	}
	if o.Loss != "" {
		return o.Loss
	}
	return LossAuto
}

// TuneOptions are the settings of Tune. The zero value is what `metainit run MODEL --candidates metainit --no-trial` does.
type TuneOptions struct {
	// Paper follows the algorithm of the paper to the letter: signed momentum
	// steps on the norms, by the gradient quotient, and the last norms are the
	// result. Without it the log quotient is lowered by steps on the logarithm
	// of the factors, and the best factors seen on held-out noise are the
	// result.
	Paper bool

	Steps    int      // 0: 500 with Paper, 200 without
	Rate     float64  // λ; 0: 0.1 with Paper, 0.08 (falling to 0) without
	Momentum *float64 // μ; nil: 0.9

	// Warn, if set, is called before the first step with what is to be said of the gradient, such as the layers for which
	// it is zero: a sentence each.
	Warn func(string)

	// Progress, if set, is called after every step.
	Progress func(Progress)

	journal *Journal // where the steps begin; nil: with the first
	finish  bool     // no step is made that the journal lacks
}

// Progress tells where a run is.
type Progress struct {
	Step, Steps int     // Step counts from 1
	Objective   float64 // GQ with Paper, LGQ without, of this step's batch
}

// candidate is what the steps make.
func (o TuneOptions) candidate() Candidate {
	if o.Paper {
		return Paper
	}
	return MetaInit
}

func (o TuneOptions) steps() int {
	switch {
	case o.Steps > 0:
		return o.Steps
	case o.Paper:
		return 500
	}
	return 200
}

func (o TuneOptions) rate() float64 {
	if o.Paper {
		return cmp.Or(o.Rate, 0.1)
	}
	return cmp.Or(o.Rate, 0.08)
}

func (o TuneOptions) momentum() float64 {
	if o.Momentum == nil {
		return 0.9
	}
	return *o.Momentum
}
