package metainit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"onnx-metainit/onnxio"
)

// Provenance is what a command knows of where a result comes from.
type Provenance struct {
	Tool  string              `json:"tool"`            // and its version
	Flags map[string][]string `json:"flags"`           // that say what is computed, by name, as they were given
	Files []HashedFile        `json:"files,omitempty"` // that it is computed of
}

// HashedFile is a file that was read.
type HashedFile struct {
	Role   string `json:"role"`           // "model", "external data", or the flag that names it
	Name   string `json:"name,omitempty"` // none of the model: a record does not depend on where it was
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // in hexadecimal digits
}

// The forms of a Record, and of what `metainit run --json` prints, which is one with the files that were written.
const (
	RecordSchema = "metainit-record-1"
	RunSchema    = "metainit-run-1"
)

// Record is what the metadata entry of a rewritten model says, as JSON: the result, but for what differs from one run to the
// next, so that the same run writes the same bytes.
type Record struct {
	Schema string `json:"schema"`
	*Result
	Verdict string             `json:"verdict,omitempty"`
	Factors map[string]float64 `json:"factors"` // by tensor
}

// Record returns the text of the metadata entry that goes with a rewritten model.
func (r *Result) Record() string {
	same := *r
	same.StepMS, same.Quotients = 0, nil
	text, err := json.Marshal(Record{RecordSchema, &same, r.verdict(), r.Factors()})
	if err != nil {
		// Only NaN and infinities cannot be written, and a Result has none.
		panic("metainit: " + err.Error())
	}
	return string(text)
}

// Record returns what onnxio.Model.Save takes with the Scalings of a result of this problem: a function that notes in the result
// which norms the file has, since each element is rounded to its type, and returns the result's record.
func (p *Problem) Record(r *Result) func(tensors []onnxio.Rescaled) string {
	return func(tensors []onnxio.Rescaled) string {
		reached := make(map[*onnxio.Tensor]float64)
		for _, t := range tensors {
			reached[t.Tensor] = t.Reached
		}
		for i, par := range p.rescaled() {
			norm, ok := reached[par.Tensor]
			if !ok {
				norm = par.Norm // its factor is 1
			}
			r.Tensors[i].NormReached = &norm
		}
		return r.Record()
	}
}

// verdict is that of the race; "" if there was none.
func (r *Result) verdict() string {
	if r.Race == nil {
		return ""
	}
	return r.Race.Verdict()
}

// RecordText returns the text of the record of the last run that wrote a model. The error is that of a model without one.
func RecordText(m *onnxio.Model) (text string, err error) {
	for _, entry := range m.Proto.GetMetadataProps() {
		if key := entry.GetKey(); key == MetadataKey || strings.HasPrefix(key, MetadataKey+".") {
			text = entry.GetValue()
		}
	}
	if text == "" {
		return "", fmt.Errorf("%s: it has no record of a tuning in its metadata; give a model that metainit run has written", m.Path)
	}
	return text, nil
}

// LastRecord returns the record of the last run that wrote a model. The error is that of a model without one of this form.
func LastRecord(m *onnxio.Model) (*Record, error) {
	text, err := RecordText(m)
	if err != nil {
		return nil, err
	}
	r, err := ParseRecord([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: its metadata entry: %w", m.Path, err)
	}
	return r, nil
}

// ParseRecord reads a record, or what `metainit run --json` prints, which says the same.
func ParseRecord(text []byte) (*Record, error) {
	r := &Record{Result: &Result{}}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("no record of a run: %w", err)
	}
	if r.Schema != RecordSchema && r.Schema != RunSchema {
		return nil, fmt.Errorf("no record of a run that this version knows: its schema is %q, expected %q", r.Schema, RecordSchema)
	}
	return r, nil
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
