package metainit

import "encoding/json"

// Record returns the text of the metadata entry that goes with a rewritten
// model: the quotient before and after, and the factor of each weight, as JSON.
func (r *Result) Record() string {
	factors := make(map[string]float64, len(r.Tensors))
	for _, t := range r.Tensors {
		factors[t.Name] = t.Factor
	}
	text, err := json.Marshal(struct {
		GQBefore  float64            `json:"gq_before"`
		GQAfter   float64            `json:"gq_after"`
		LGQBefore float64            `json:"lgq_before"`
		LGQAfter  float64            `json:"lgq_after"`
		Steps     int                `json:"steps"`
		Factors   map[string]float64 `json:"factors"`
	}{r.GQBefore, r.GQAfter, r.LGQBefore, r.LGQAfter, r.Steps, factors})
	if err != nil {
		// Only NaN and infinities cannot be written, and a Result has none.
		panic("metainit: " + err.Error())
	}
	return string(text)
}
