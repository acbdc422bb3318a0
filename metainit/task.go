package metainit

import (
	"fmt"
	"math"
	"math/rand/v2"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// The tasks that candidates are trained on, made up of noise so that they can be learned.
const (
	TaskMeans      = "class means" // samples are noise around a mean for each label
	TaskMemorizing = "memorizing"  // two fixed batches of noise with labels at random
	TaskStructured = "structured"  // means and noise in which low frequencies are strong; chains of second order
)

// task makes batches for all variables that data is written to.
type task struct {
	name string
	base float64 // the mean loss of who knows no more than how often each label comes
	draw func(step int) batch
}

// maker makes the tasks of a problem.
type maker struct {
	p       *Problem
	values  []signal // inputs of real numbers that are noise
	tokens  []signal // inputs that pick rows of tables
	target  []int    // its shape
	classes int      // of labels; 0 if the target holds values, or 0 and 1
	binary  bool
}

// signal is an input that says something of the target.
type signal struct {
	node  *autodiff.Node
	units units
	rows  int // tokens: how many there are
}

// newMaker looks at what the inputs and the target of a problem are.
func newMaker(p *Problem) (*maker, error) {
	m := &maker{p: p}
	if p.loss.target == nil {
		return nil, fmt.Errorf("the loss is the model's output, and what data it is made of cannot be guessed: give data")
	}
	m.target, m.classes, m.binary = p.loss.target.Shape(), p.loss.classes, p.loss.binary
	bySource := make(map[*autodiff.Node]*lower.Input)
	for _, in := range p.lowered.Inputs {
		bySource[in.Node] = in
	}
	for _, s := range p.sources {
		in := bySource[s.node]
		if in == nil || s.fixed != nil {
			continue
		}
		signal := signal{node: s.node, units: newUnits(m.target, in.Shape), rows: in.TableRows}
		switch {
		case in.Use == lower.UseIndex && in.TableRows > 1:
			m.tokens = append(m.tokens, signal)
		case in.Use == lower.UseData && isReal(in.DataType):
			m.values = append(m.values, signal)
		}
	}
	if len(m.values)+len(m.tokens) == 0 {
		return nil, fmt.Errorf("no input holds values or tokens that could tell the targets: give data")
	}
	return m, nil
}

// tasks returns the three tasks.
func (m *maker) tasks(seed uint64) []*task {
	random := func(stream uint64, step int) *rand.Rand {
		return rand.New(rand.NewPCG(seed^stream<<32, uint64(step)))
	}
	base := 1.0 // the variance of values
	switch {
	case m.classes > 0:
		base = math.Log(float64(m.classes))
	case m.binary:
		base = math.Ln2
	}
	memorizing := &task{name: TaskMemorizing, draw: func(step int) batch { return m.memorized(random(2, step%2)) }}
	memorizing.base = m.entropy(memorizing.draw(0), memorizing.draw(1))
	return []*task{
		{name: TaskMeans, base: base, draw: func(step int) batch { return m.learnable(random(1, step), seed, false) }},
		memorizing,
		{name: TaskStructured, base: base, draw: func(step int) batch { return m.learnable(random(3, step), seed, true) }},
	}
}

// memorized is noise with targets that nothing tells.
func (m *maker) memorized(rng *rand.Rand) batch {
	b := make(batch)
	for _, s := range m.values {
		x := make([]float64, s.node.Size())
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		b[s.node] = x
	}
	for _, s := range m.tokens {
		x := make([]float64, s.node.Size())
		for i := range x {
			x[i] = float64(rng.IntN(s.rows))
		}
		b[s.node] = x
	}
	y := make([]float64, sizeOf(m.target))
	for i := range y {
		switch {
		case m.classes > 0:
			y[i] = float64(rng.IntN(m.classes))
		case m.binary:
			y[i] = float64(rng.IntN(2))
		default:
			y[i] = rng.NormFloat64()
		}
	}
	b[m.p.loss.target] = y
	return b
}

// entropy is the least mean loss on some batches of who gives every sample the same answer.
func (m *maker) entropy(batches ...batch) float64 {
	count := make(map[float64]float64)
	n, sum, square := 0.0, 0.0, 0.0
	for _, b := range batches {
		for _, y := range b[m.p.loss.target] {
			count[y]++
			n, sum, square = n+1, sum+y, square+y*y
		}
	}
	if m.classes == 0 && !m.binary {
		return square/n - sum/n*sum/n
	}
	h := 0.0
	for _, c := range count {
		h += c / n * math.Log(n/c)
	}
	return h
}

func sizeOf(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}
