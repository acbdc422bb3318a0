// Package report makes pages and charts of what a run or a comparison came to: one HTML file that needs nothing else.
//
//	run, err := report.ParseRun(document) // that metainit run --json printed
//	page, err := run.Page("model.onnx")
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"onnx-metainit/metainit"
)

// Run is what is known of a run. What a document does not have is left out of the page.
type Run struct {
	Schema   any                 `json:"schema"`
	Tool     any                 `json:"tool"`    // and its version
	Model    string              `json:"model"`   // its file's name
	Command  []string            `json:"command"` // as it was given
	Flags    map[string][]string `json:"flags"`   // those that say what is computed
	Settings map[string]any      `json:"settings"`
	Files    []file              `json:"files"` // that were read
	Verdict  string              `json:"verdict"`

	GQBefore  *float64 `json:"gq_before"`
	GQAfter   *float64 `json:"gq_after"`
	LGQBefore *float64 `json:"lgq_before"`
	LGQAfter  *float64 `json:"lgq_after"`

	Steps      int                  `json:"steps"`
	StepMS     float64              `json:"step_ms"`
	Trace      []float64            `json:"trace"`
	Judgements []metainit.Judgement `json:"judgements"`
	BestStep   int                  `json:"best_step"`
	Undone     int                  `json:"undone"`

	Tensors   []metainit.TunedTensor `json:"tensors"`
	Quotients *metainit.Quotients    `json:"quotients"`
	Race      *metainit.Race         `json:"race"`

	LossKind   string             `json:"loss_kind"`
	LossReason string             `json:"loss_reason"`
	Inputs     []metainit.Filling `json:"inputs"`
	Warnings   []string           `json:"warnings"`
	Output     string             `json:"output"`
	PeakRSSMB  float64            `json:"peak_rss_mb"`

	// Of records that have no tensors and no race.
	Factors  map[string]float64 `json:"factors"`
	Norms    map[string]norm    `json:"norms"`
	Progress map[string]float64 `json:"progress"` // by candidate

	// Of what `metainit trial --json` prints, which is a race or a contest itself.
	Contestants []json.RawMessage `json:"contestants"`

	document []byte // in one line
}

// file is one that was read, and what was in it.
type file struct {
	Role   string  `json:"role"`
	Name   string  `json:"name"`
	Bytes  float64 `json:"bytes"`
	SHA256 string  `json:"sha256"`
}

// norm is that of a tensor in old records.
type norm struct {
	Asked   float64 `json:"asked"`
	Reached float64 `json:"reached"`
}

// ParseRun reads the JSON document that `metainit run --json` prints, or that stands in the metadata of a tuned model: old
// ones too, which have less; and what `metainit trial --json` prints. Fields of another type than expected count as missing.
// The error is that of text which is no JSON object, or has nothing of a run.
func ParseRun(document []byte) (*Run, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, bytes.TrimSpace(document)); err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	r := &Run{document: compact.Bytes()}
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(r.document, r); err != nil && !errors.As(err, &mistyped) {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	if len(r.Tensors) == 0 {
		r.addRecorded()
	}
	if r.Race == nil && len(r.Contestants) > 0 {
		r.Race = &metainit.Race{}
		_ = json.Unmarshal(r.document, r.Race) // what is of another type is left out, as above
	}
	if r.Race != nil && (r.Race.Contest == nil || len(r.Race.Contestants) == 0) {
		r.Race = nil
	}
	if r.Race == nil && len(r.Progress) > 0 {
		r.addProgress()
	}
	r.repair()
	if len(r.Tensors) == 0 && r.Race == nil {
		return nil, errors.New("it has nothing of a run: give what metainit run --json printed, or a model that metainit run wrote")
	}
	return r, nil
}

// addRecorded makes the tensors of an old record, by name.
func (r *Run) addRecorded() {
	for _, name := range slices.Sorted(maps.Keys(r.Factors)) {
		t := metainit.TunedTensor{Name: name, Factor: r.Factors[name]}
		if n, ok := r.Norms[name]; ok {
			t.NormAfter, t.NormReached = n.Asked, &n.Reached
			t.NormBefore = n.Asked / math.Abs(t.Factor)
		}
		r.Tensors = append(r.Tensors, t)
	}
}

// addProgress makes the contestants of an old record: the model as it is, and the others by name.
func (r *Run) addProgress() {
	r.Race = &metainit.Race{Contest: &metainit.Contest{}}
	names := slices.Sorted(maps.Keys(r.Progress))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		r.Race.Contestants = append(r.Race.Contestants, &metainit.Contestant{Name: name, Progress: r.Progress[name]})
	}
}

func rank(candidate string) int {
	if candidate == string(metainit.Keep) {
		return 0
	}
	return 1
}

// repair takes out what no run writes and charts could not hold: numbers that are not finite, parts that are null.
func (r *Run) repair() {
	for i := range r.Tensors {
		if t := &r.Tensors[i]; math.IsNaN(t.NormBefore) || math.IsInf(t.NormBefore, 0) {
			t.NormBefore = 0
		}
	}
	if r.Race != nil {
		r.Race.Contestants = slices.DeleteFunc(r.Race.Contestants, func(c *metainit.Contestant) bool { return c == nil })
		for _, c := range r.Race.Contestants {
			c.Trials = slices.DeleteFunc(c.Trials, func(t *metainit.Trial) bool { return t == nil })
		}
		if len(r.Race.Contestants) == 0 {
			r.Race = nil
		}
	}
	if q := r.Quotients; q != nil && (q.Before == nil || q.After == nil || !(q.Width > 0) ||
		len(q.Before.Counts) == 0 || len(q.Before.Counts) != len(q.After.Counts) || len(q.Before.Counts) > 1000) {
		r.Quotients = nil
	}
}

// inOrder returns the tensors in the order in which the graph computes with them; those of which that is not known come last.
func (r *Run) inOrder() []metainit.TunedTensor {
	place := func(t metainit.TunedTensor) int {
		if t.Position <= 0 {
			return math.MaxInt
		}
		return t.Position
	}
	list := slices.Clone(r.Tensors)
	slices.SortStableFunc(list, func(a, b metainit.TunedTensor) int {
		switch x, y := place(a), place(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return list
}

// normAfter is what the written file has, or is to have.
func normAfter(t metainit.TunedTensor) float64 {
	if t.NormReached != nil {
		return *t.NormReached
	}
	return t.NormAfter
}
