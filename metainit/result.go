package metainit

import "onnx-metainit/onnxio"

// Measurement is what the quotient says of a model at its present weights.
type Measurement struct {
	Loss          float64          `json:"loss"`
	GQ            float64          `json:"gq"`  // the paper's, mean of |q|
	LGQ           float64          `json:"lgq"` // mean of log(1+|q|) at Options.TrainLR
	NumParameters int              `json:"num_parameters"`
	LossKind      Loss             `json:"loss_kind"`
	LossReason    string           `json:"loss_reason"`
	Losses        []OutputLoss     `json:"losses"`   // what Loss is the sum of
	Inputs        []Filling        `json:"inputs"`   // what fills them
	Plan          *Plan            `json:"plan"`     // what computing this took
	Warnings      []string         `json:"warnings"` // of Problem.Warnings, and what is to be said of the gradient
	Tensors       []MeasuredTensor `json:"tensors"`
}

// MeasuredTensor is one weight or parameter. DGQDNorm is nil for those with one
// axis, whose norms are not tuned; DLGQDLogNorm, ‖W‖ ∂LGQ/∂‖W‖, before Problem.AddLogSlopes too.
type MeasuredTensor struct {
	Name     string   `json:"name"`
	Shape    []int    `json:"shape"`
	DType    string   `json:"dtype"`
	Role     Role     `json:"role"`
	Norm     float64  `json:"norm"`
	DGQDNorm *float64 `json:"dgq_dnorm"`

	DLGQDLogNorm *float64 `json:"dlgq_dlognorm"`
}

// Result is what a run found. Before and After are measured on held-out batches
// of noise, or on the given data.
type Result struct {
	GQBefore  float64 `json:"gq_before"`
	GQAfter   float64 `json:"gq_after"`
	LGQBefore float64 `json:"lgq_before"`
	LGQAfter  float64 `json:"lgq_after"`

	*Provenance           // of the command that made it; nil: unknown
	Settings    *Settings `json:"settings"`

	LossKind   Loss         `json:"loss_kind"`
	LossReason string       `json:"loss_reason"`
	Losses     []OutputLoss `json:"losses"`
	Inputs     []Filling    `json:"inputs"` // what fills them

	Steps  int       `json:"steps"`
	StepMS float64   `json:"step_ms,omitempty"` // median
	Trace  []float64 `json:"trace"`             // the objective at each step, before the step is made

	Judgements []Judgement `json:"judgements,omitempty"` // on the held-out batches, the first before step 1; none with TuneOptions.Paper

	// Improved says that the result is better than the input by what the run
	// lowers: LGQ, or GQ with TuneOptions.Paper. Without Paper the factors are
	// all 1 if it is false.
	Improved bool `json:"improved"`
	BestStep int  `json:"best_step"` // after which step the result was seen; 0: the input
	Undone   int  `json:"undone"`    // steps that were not finite and were taken back

	Tensors []TunedTensor `json:"tensors"`

	Quotients *Quotients `json:"quotients,omitempty"` // of the elements; nil before Problem.AddQuotients

	Race *Race `json:"race,omitempty"` // of the candidates, one of which the result is; nil if there was none
}

// Judgement is what the quotient is on the held-out batches after a step.
type Judgement struct {
	Step int     `json:"step"`
	LGQ  float64 `json:"lgq"`
}

// TunedTensor is one weight tensor and what became of its norm. NormAfter is what is asked for; NormReached, what a
// written file has, each element rounded to the tensor's type: nil before it is written.
//
// Operator is the first one that computes with the weight and something else, such as Conv; its domain stands before it unless
// that is ONNX's own. Position is the place of this operation among those of all parameters, in the order of the graph, from 1.
// They are "" and 0 if none is found.
type TunedTensor struct {
	Name        string   `json:"name"`
	Shape       []int    `json:"shape"`
	Role        Role     `json:"role"`
	Operator    string   `json:"operator"`
	Position    int      `json:"position"`
	Factor      float64  `json:"factor"`
	NormBefore  float64  `json:"norm_before"`
	NormAfter   float64  `json:"norm_after"`
	NormReached *float64 `json:"norm_reached,omitempty"`
}

// Factors returns the factors of a result by tensor.
func (r *Result) Factors() map[string]float64 {
	factors := make(map[string]float64, len(r.Tensors))
	for _, t := range r.Tensors {
		factors[t.Name] = t.Factor
	}
	return factors
}

// Scalings returns what is to be written for a result of this problem: the
// tensors whose factor is not 1.
func (p *Problem) Scalings(r *Result) []onnxio.Scaling {
	var list []onnxio.Scaling
	done := make(map[*onnxio.Tensor]bool)
	for i, par := range p.rescaled() {
		if f := r.Tensors[i].Factor; f != 1 && !done[par.Tensor] {
			done[par.Tensor] = true
			list = append(list, onnxio.Scaling{Tensor: par.Tensor, Factor: f})
			for _, t := range par.Copies {
				list = append(list, onnxio.Scaling{Tensor: t, Factor: f})
			}
		}
	}
	return list
}
