package metainit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"onnx-metainit/onnxio"
)

// Record returns the text of the metadata entry that goes with a rewritten
// model, as JSON: the quotient before and after, what the trials of a race came to,
// the factor of each weight, and after Problem.Round the norm of each, asked for and reached.
func (r *Result) Record() string {
	type norm struct {
		Asked   float64 `json:"asked"`
		Reached float64 `json:"reached"`
	}
	factors, norms := make(map[string]float64, len(r.Tensors)), make(map[string]norm)
	for _, t := range r.Tensors {
		factors[t.Name] = t.Factor
		if t.NormReached != nil {
			norms[t.Name] = norm{t.NormAfter, *t.NormReached}
		}
	}
	verdict, progress := "", make(map[string]float64)
	if r.Race != nil {
		verdict = r.Race.Verdict()
		for _, c := range r.Race.Contestants {
			progress[c.Name] = c.Progress
		}
	}
	text, err := json.Marshal(struct {
		GQBefore  float64            `json:"gq_before"`
		GQAfter   float64            `json:"gq_after"`
		LGQBefore float64            `json:"lgq_before"`
		LGQAfter  float64            `json:"lgq_after"`
		Steps     int                `json:"steps"`
		Verdict   string             `json:"verdict,omitempty"`
		Progress  map[string]float64 `json:"progress,omitempty"` // of the candidates in their trials
		Factors   map[string]float64 `json:"factors"`
		Norms     map[string]norm    `json:"norms,omitempty"`
	}{r.GQBefore, r.GQAfter, r.LGQBefore, r.LGQAfter, r.Steps, verdict, progress, factors, norms})
	if err != nil {
		// Only NaN and infinities cannot be written, and a Result has none.
		panic("metainit: " + err.Error())
	}
	return string(text)
}

// RecordedFactors returns by how much a model was rescaled, by tensor: what the records in its metadata say, all runs
// together. The error is that of a model without a record.
func RecordedFactors(m *onnxio.Model) (map[string]float64, error) {
	factors := make(map[string]float64)
	for _, entry := range m.Proto.GetMetadataProps() {
		if key := entry.GetKey(); key != MetadataKey && !strings.HasPrefix(key, MetadataKey+".") {
			continue
		}
		var record struct {
			Factors map[string]float64 `json:"factors"`
		}
		if err := json.Unmarshal([]byte(entry.GetValue()), &record); err != nil {
			return nil, fmt.Errorf("%s: its metadata entry %q is no record of a tuning: %w", m.Path, entry.GetKey(), err)
		}
		for name, f := range record.Factors {
			if !(f > 0) || !allFinite(f) {
				return nil, fmt.Errorf("%s: its metadata entry %q has the factor %v for %q", m.Path, entry.GetKey(), f, name)
			}
			factors[name] = f * cmp.Or(factors[name], 1)
		}
	}
	if len(factors) == 0 {
		return nil, fmt.Errorf("%s: it has no record of a tuning in its metadata; give a model that metainit run has written", m.Path)
	}
	return factors, nil
}
