package metainit

import "encoding/json"

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
