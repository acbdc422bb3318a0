package metainit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// The tasks that candidates are trained on, synthesized from noise so that they can be learned.
const (
	TaskMeans      = "means"      // samples are noise around a mean for each label; values are sums of features
	TaskMemorizing = "memorizing" // two fixed batches of noise with targets that nothing tells
	TaskStructured = "structured" // as the first, of noise in which low frequencies are strong, chains of second order, and values that a random net gives
	TaskGiven      = "given data" // the data that the user gives, in place of all others
)

// ParseTasks reads the names of synthesized tasks, separated by commas.
func ParseTasks(list string) ([]string, error) {
	return parseNames("task", list, TaskMeans, TaskMemorizing, TaskStructured)
}

// task makes batches for all variables that data is written to.
type task struct {
	name string
	base float64 // the mean loss of who knows no more than how often each target comes; 0: that of the first contestant's first step
	draw func(step int) batch
}

// batch is data for variables of the graph, row by row. It is good until the next is drawn.
type batch map[*autodiff.Node][]float64

func (b batch) write(prog *autodiff.Program) {
	for v, data := range b {
		prog.Write(v, 0, data)
	}
}

// baseBatches is how many batches of given samples are looked at to say how often each target comes.
const baseBatches = 32

// keptNumbers is how many numbers of batches a task keeps: all contestants get the same, and making them takes as long as a
// step of a small model.
const keptNumbers = 1 << 19

// room returns n numbers, of any value, to put the data of a variable into.
func (b batch) room(v *autodiff.Node, n int) []float64 {
	if cap(b[v]) < n {
		b[v] = make([]float64, n)
	}
	b[v] = b[v][:n]
	return b[v]
}

// keeping returns a function that draws as the given one does, and keeps the first batches, as many as fit.
func keeping(draw func(step int) batch) func(step int) batch {
	kept, numbers := make(map[int]batch), 0
	return func(step int) batch {
		b, ok := kept[step]
		if ok {
			return b
		}
		b = draw(step)
		for _, data := range b {
			numbers += len(data)
		}
		if numbers <= keptNumbers {
			kept[step] = make(batch)
			for v, data := range b {
				kept[step][v] = slices.Clone(data)
			}
		}
		return b
	}
}

// signal is an input that can say something of the targets: numbers, or tokens.
type signal struct {
	node            *autodiff.Node
	rows            int     // of tokens: how many there are; 0 for numbers
	least, greatest float64 // of whole numbers: their range; both 0 for others
}

// goal is a target, or an input of labels of a model that has its loss inside.
type goal struct {
	node    *autodiff.Node
	classes int  // of labels; 0 of values
	binary  bool // values 0 and 1, or between
	spread  *int // the axis of probabilities of classes; nil for others
}

// mostClasses is how many classes, or tokens that follow each other, there are to be learned at most: of more, some would come
// once or never in a short training.
const mostClasses = 10

// base is the loss of who gives every sample the same answer.
func (g goal) base() float64 {
	switch {
	case g.classes > 0:
		return math.Log(float64(min(g.classes, mostClasses)))
	case g.binary:
		return math.Ln2
	}
	return 1
}

// maker makes the tasks of a problem.
type maker struct {
	signals []signal
	goals   []goal // those with labels first
	others  []source
	fixed   bool                                   // all data is given
	data    func(seed uint64) func(step int) batch // of the samples that are given; nil if none are
	unitsOf map[[2]*autodiff.Node]units
	means   map[meanOf][]float64
	rooms   batch                      // of what is drawn
	scratch batch                      // by signal
	fields  map[*autodiff.Node]*smooth // by signal
}

// meanOf names the mean of a class in a signal.
type meanOf struct {
	signal     *autodiff.Node
	seed       uint64
	structured bool
	class      int
}

// noTrial is the error of trials that cannot be made of the problem.
func (p *Problem) noTrial(err error) error {
	return fmt.Errorf("%w: %w; give data (%s, or %s and %s)", ErrNoTrial, err, p.opt.called("Data"), p.opt.called("Inputs"), p.opt.called("Targets"))
}

// newMaker looks at what the inputs and the targets of a problem are. The error says why no task can be made.
func newMaker(p *Problem) (*maker, error) {
	m := &maker{unitsOf: make(map[[2]*autodiff.Node]units), means: make(map[meanOf][]float64), fixed: p.fixed() || p.opt.Data != nil,
		rooms: make(batch), scratch: make(batch), fields: make(map[*autodiff.Node]*smooth)}
	if p.opt.Data != nil {
		m.data = func(seed uint64) func(step int) batch { return p.training(p.opt.Data, seed) }
	}
	targets := make(map[*autodiff.Node]bool)
	var values []goal
	for _, l := range p.losses {
		if l.target == nil || l.sources[0].fixed != nil && !m.fixed {
			continue
		}
		targets[l.target] = true
		if g := (goal{l.target, l.classes, l.binary, l.spread}); g.classes > 0 {
			m.goals = append(m.goals, g)
		} else {
			values = append(values, g)
		}
	}
	inputs := make(map[*autodiff.Node]*lower.Input)
	for _, in := range p.lowered.Inputs {
		inputs[in.Node] = in
	}
	for _, s := range p.sources {
		in := inputs[s.node]
		switch {
		case m.fixed:
			m.others = append(m.others, s)
		case targets[s.node]:
		case in == nil || s.fixed != nil || s.same:
			m.others = append(m.others, s)
		case len(p.losses) == 1 && p.losses[0].target == nil && in.Labels() > 1:
			m.goals = append(m.goals, goal{node: in.Node, classes: in.Labels()})
		case in.Use == lower.UseIndex && in.TableRows > 1 && in.Least == 0:
			m.signals = append(m.signals, signal{node: s.node, rows: in.TableRows})
		default:
			m.signals = append(m.signals, signal{node: s.node, least: in.Least, greatest: in.Greatest})
		}
	}
	m.goals = append(m.goals, values...)
	switch {
	case m.fixed:
	case len(m.goals) == 0:
		return nil, fmt.Errorf("the loss is what the model gives, and nobody can guess what data would lower it")
	case len(m.signals) == 0:
		return nil, fmt.Errorf("no input holds numbers or tokens that could tell the targets")
	}
	return m, nil
}

// bytes is how many bytes of memory the batches take that tasks draw, what is kept of them and what they are made with.
func (m *maker) bytes(structured bool) int64 {
	batch := 0
	for _, s := range m.others {
		if m.data != nil || s.fixed == nil {
			batch += s.node.Size()
		}
	}
	if m.fixed {
		return 8 * int64(batch)
	}
	for _, g := range m.goals {
		batch += g.node.Size()
	}
	rest := 0
	for _, s := range m.signals {
		batch += s.node.Size()
		if mean := m.units(m.goals[0], s).features.count; s.rows == 0 {
			rest += mean + min(mostClasses*mean, keptNumbers)
		} else {
			rest += s.rows + s.node.Size()
		}
		if structured && s.rows == 0 {
			rest += smoothNumbers * s.node.Size()
		}
	}
	return 8 * int64(batch+rest+2*min(mostSteps*batch, keptNumbers))
}

// tasks returns the three tasks, or the one of the given data.
func (m *maker) tasks(seed uint64) []*task {
	if m.data != nil {
		draw := m.data(seed)
		return []*task{{name: TaskGiven, base: m.entropy(baseBatches, draw), draw: draw}}
	}
	if m.fixed {
		b := make(batch)
		for _, s := range m.others {
			b[s.node] = s.fixed
		}
		draw := func(int) batch { return b }
		return []*task{{name: TaskGiven, base: m.entropy(1, draw), draw: draw}}
	}
	random := func(stream uint64, step int) *rand.Rand {
		return rand.New(rand.NewPCG(seed, stream<<32|uint64(step)))
	}
	base := 0.0
	for _, g := range m.goals {
		base += g.base()
	}
	two := keeping(func(step int) batch {
		b := m.noise(random(2, step))
		m.round(b)
		return b
	})
	memorizing := &task{name: TaskMemorizing, draw: func(step int) batch { return two(step % 2) }}
	memorizing.base = m.entropy(2, memorizing.draw)
	return []*task{
		{name: TaskMeans, base: base, draw: keeping(func(step int) batch { return m.learnable(random(1, step), seed, false) })},
		memorizing,
		{name: TaskStructured, base: base, draw: keeping(func(step int) batch { return m.learnable(random(3, step), seed, true) })},
	}
}

// noise is data in which nothing tells the targets; that of signals has variance 1 before round.
func (m *maker) noise(rng *rand.Rand) batch {
	b := make(batch)
	for _, s := range m.others {
		x := s.fixed
		if x == nil {
			x = sampled(m.rooms.room(s.node, s.node.Size()), func() float64 { return s.draw(rng) })
		}
		b[s.node] = x
	}
	for _, s := range m.signals {
		if s.rows > 0 {
			b[s.node] = sampled(m.rooms.room(s.node, s.node.Size()), func() float64 { return float64(rng.IntN(s.rows)) })
		} else {
			b[s.node] = sampled(m.rooms.room(s.node, s.node.Size()), rng.NormFloat64)
		}
	}
	for _, g := range m.goals {
		b[g.node] = sampled(m.rooms.room(g.node, g.node.Size()), func() float64 {
			switch {
			case g.classes > 0:
				return float64(rng.IntN(g.classes))
			case g.binary:
				return float64(rng.IntN(2))
			}
			return rng.NormFloat64()
		})
	}
	return b
}

// sampled draws all numbers of x, which it returns.
func sampled(x []float64, draw func() float64) []float64 {
	for i := range x {
		x[i] = draw()
	}
	return x
}

// round turns numbers of variance 1 into whole ones of the signal's range, three deviations to each side, where it has one.
func (m *maker) round(b batch) {
	for _, s := range m.signals {
		if s.greatest <= s.least {
			continue
		}
		x := b[s.node]
		for i, v := range x {
			x[i] = math.Round(s.least + (s.greatest-s.least)*min(max(0.5+v/6, 0), 1))
		}
	}
}

// units returns which features of a signal tell each element of a goal.
func (m *maker) units(g goal, s signal) units {
	key := [2]*autodiff.Node{g.node, s.node}
	u, ok := m.unitsOf[key]
	if !ok {
		u = newUnits(g.node.Shape(), s.node.Shape())
		m.unitsOf[key] = u
	}
	return u
}
