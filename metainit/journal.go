package metainit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// Journal is what a run has computed so far. A run that is given the journal of an earlier one of the same model, data and
// settings takes from it what is there, and goes on with the same numbers, bit for bit. The zero value is that of a run that begins.
//
// It may be encoded as JSON while the run adds to it.
type Journal struct {
	mu   sync.Mutex
	data journalData
}

type journalData struct {
	Of      string                      `json:"of"` // hash of what the run is of
	Trials  []journalTrial              `json:"trials"`
	Tunings map[Candidate]*journalSteps `json:"tunings"`
}

// journalTrial is a trial that has ended. The round distinguishes trials of the same kind, of which there may be longer ones.
type journalTrial struct {
	Contestant string `json:"contestant"`
	Round      int    `json:"round"`
	*Trial
}

// journalSteps is what steps of the quotient came to. A step is made of the signs of the slopes alone.
type journalSteps struct {
	Steps      []journalStep      `json:"steps"`
	Judgements []journalJudgement `json:"judgements"`
}

type journalStep struct {
	Objective float64 `json:"objective"`
	Signs     string  `json:"signs"` // +, - or 0 for each counted parameter; "" if something was not finite
}

type journalJudgement struct {
	Step int     `json:"step"`
	Loss float64 `json:"loss"`
	GQ   float64 `json:"gq"`
	LGQ  float64 `json:"lgq"`
}

// MarshalJSON is that of encoding/json.
func (j *Journal) MarshalJSON() ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return json.Marshal(j.data)
}

// UnmarshalJSON is that of encoding/json.
func (j *Journal) UnmarshalJSON(text []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.data = journalData{}
	if err := json.Unmarshal(text, &j.data); err != nil {
		return err
	}
	for _, t := range j.data.Trials {
		if t.Trial == nil || len(t.Losses) == 0 {
			return fmt.Errorf("a trial of %q has no losses", t.Contestant)
		}
	}
	return nil
}

// Steps returns how much has been computed: trials, and steps of the quotient.
func (j *Journal) Steps() (trials, steps int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.data.Tunings {
		steps += len(t.Steps)
	}
	return len(j.data.Trials), steps
}

// begin makes the journal one of a run. The error is that of a journal of another one.
func (j *Journal) begin(p *Problem, opt RaceOptions) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	of := p.identity(opt)
	if j.data.Of != "" && j.data.Of != of {
		return fmt.Errorf("the journal is of another run: the model, the data or the settings differ; start again")
	}
	j.data.Of = of
	if j.data.Tunings == nil {
		j.data.Tunings = make(map[Candidate]*journalSteps)
	}
	return nil
}

// identity is a hash of what a run depends on: of weights the norms, which differ where their elements do.
func (p *Problem) identity(opt RaceOptions) string {
	hash := sha256.New()
	e := json.NewEncoder(hash)
	r := &Result{}
	p.describe(r, opt)
	for _, v := range []any{r, opt.BatchNorm, opt.Contest.Tasks, opt.Contest.Steps, opt.Contest.Optimizer, opt.Contest.Rates, opt.Contest.Seeds} {
		_ = e.Encode(v) // there is nothing that cannot be encoded
	}
	for _, par := range p.counted {
		_ = e.Encode([]any{par.Name, par.node.Shape(), par.Role, math.Float64bits(par.Norm)})
	}
	for _, arrays := range []map[string]*Array{p.opt.Inputs, p.opt.Targets, p.opt.Data.all(), p.opt.TestData.all()} {
		for _, name := range slices.Sorted(maps.Keys(arrays)) {
			_ = e.Encode([]any{name, arrays[name].Shape})
			for block := range slices.Chunk(arrays[name].Data, 1<<12) {
				_ = binary.Write(hash, binary.LittleEndian, block)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// trial returns a trial that has ended; nil if there is none.
func (j *Journal) trial(contestant string, round int, optimizer Optimizer, rate float64, seed uint64, task string) *Trial {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.data.Trials {
		if t.Contestant == contestant && t.Round == round && t.Optimizer == optimizer && t.Rate == rate && t.Seed == seed && t.Task == task {
			same := *t.Trial
			return &same
		}
	}
	return nil
}

func (j *Journal) addTrial(contestant string, round int, t *Trial) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	same := *t // the contest may cut it
	j.data.Trials = append(j.data.Trials, journalTrial{contestant, round, &same})
}

// tuning returns the steps of a candidate; nil if there is no journal. The caller alone adds to them.
func (j *Journal) tuning(c Candidate) *journalSteps {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.data.Tunings[c] == nil {
		j.data.Tunings[c] = &journalSteps{}
	}
	return j.data.Tunings[c]
}

// add adds a step or a judgement.
func (j *Journal) add(change func()) {
	if j != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		change()
	}
}

// newJournalStep is a step as the journal has it.
func newJournalStep(loss, objective float64, slopes []float64) journalStep {
	if !allFinite(loss, objective) || !allFinite(slopes...) {
		return journalStep{}
	}
	var signs strings.Builder
	for _, slope := range slopes {
		signs.WriteByte("-0+"[1+int(sign(slope))])
	}
	return journalStep{objective, signs.String()}
}

// read returns the objective and slopes of the same signs; NaN where something was not finite.
func (s journalStep) read() (objective float64, slopes []float64) {
	if s.Signs == "" {
		return math.NaN(), nil
	}
	for _, r := range s.Signs {
		slopes = append(slopes, float64(strings.IndexRune("-0+", r)-1))
	}
	return s.Objective, slopes
}
