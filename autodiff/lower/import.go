package lower

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Options say what a model leaves open.
type Options struct {
	// Shapes gives inputs their shapes, by name. A size that the file fixes cannot be changed.
	Shapes map[string][]int

	// Batch is the size of a first axis that the file leaves free; 0 means 32. Other free axes need Shapes.
	Batch int

	// Known gives the elements of inputs that decide shapes (or any others that are to be constants), in row-major
	// order; their shapes are those of Shapes or of the file.
	Known map[string][]float64

	// Outputs names the tensors that are wanted: outputs of the model or what any node of its graph makes. None means one: the first
	// float output that weights reach.
	Outputs []string

	// StraightThrough takes pairs of QuantizeLinear and DequantizeLinear, whose rounding has no derivative, for the identity.
	StraightThrough bool
}

// Use says what a model does with an input.
type Use int

const (
	UseData  Use = iota // computes with its values
	UseIndex            // picks rows of a table by it
	UseMask             // asks which elements count
)

// Input is an input of the model that is not an initializer.
type Input struct {
	Name     string
	Shape    []int
	DataType DataType
	Node     *autodiff.Node // a variable; a constant if the elements were given in Options.Known

	Use       Use
	TableRows int // UseIndex: the rows of the smallest table, indices are below
	picks     picks
}

// Model is a model as a graph.
type Model struct {
	Graph   *autodiff.Graph
	Inputs  []*Input
	Outputs []*Output // the wanted ones
	Others  []*Output // the outputs of the file besides: those of a float type first
	Passed  []*Output // those of Others that come before the chosen one, where none was named, but cannot be lowered
	Weights []*Weight // in the order of the file; those of one tensor in the order of their uses

	Constants []*onnxio.Tensor // float initializers that are constants: of one element, or of use only while building
	Unused    []*onnxio.Tensor // float initializers that no output needs

	Operations []*Lowered // in the order they were lowered: those of subgraphs before the one whose they are
	Pairs      int        // of quantizing and dequantizing that were taken for the identity
}

// Import lowers a model. The error is an *UnsupportedError if a wanted output needs operators that have no lowering,
// a *NodeError if a node's operands do not fit.
func Import(m *onnxio.Model, opt Options) (*Model, error) {
	g := m.Proto.GetGraph()
	body, err := mainScope(m.Proto).body(g)
	if err != nil {
		return nil, err
	}
	if len(body.outputs) == 0 {
		return nil, fmt.Errorf("the model has no output")
	}
	wanted := opt.Outputs
	if len(wanted) == 0 {
		if wanted, err = candidates(g); err != nil {
			return nil, err
		}
	}
	b := &builder{graph: autodiff.NewGraph(), table: newOperators(), model: m, weights: make(map[*onnxio.Tensor]*stored),
		constants: make(map[*onnxio.Tensor]bool), copies: ties(m), named: namesMerged(m.Proto), straightThrough: opt.StraightThrough}
	inputs, err := b.inputs(g, opt)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(inputs))
	byName := make(map[string]*Input)
	for i, in := range inputs {
		names[i], byName[in.Name] = in.Name, in
	}
	if err := body.checkWanted(opt.Outputs); err != nil {
		return nil, err
	}
	backend, err := decode(body, names)
	if err != nil {
		return nil, fmt.Errorf("graph %q: %w", g.GetName(), err)
	}
	// The wanted outputs first: what they need must lower, the rest may.
	results, position := slices.Clone(wanted), make(map[string]int)
	for i, name := range wanted {
		position[name] = i
	}
	for _, name := range body.outputs {
		if _, there := position[name]; !there {
			position[name] = len(results)
			results = append(results, name)
		}
	}
	targets := backend.named(results...)
	if err := b.checkNeeded(backend, targets[:len(wanted)], len(opt.Outputs) == 0); err != nil {
		return nil, err
	}
	order, err := backend.order(targets...)
	if err != nil {
		return nil, err
	}
	onlyKnown := b.table.onlyKnown(order, targets)
	leaf := func(n *Node) (Value, error) {
		if in, ok := byName[n.name]; ok {
			return Value{Node: in.Node, DataType: in.DataType, input: in, fed: true}, nil
		}
		if v, ok, err := b.stored(body, n.name, !onlyKnown[n]); ok || err != nil {
			return v, err
		}
		return Value{}, fmt.Errorf("tensor %q is made by no node, and is neither input nor initializer: the model is broken", n.name)
	}
	vs := b.run(order, leaf)
	lowered := make([]*Output, len(targets))
	for i, n := range targets {
		v, err := vs.value(n, leaf)
		lowered[i] = newOutput(results[i], v, err)
	}
	out := &Model{Graph: b.graph, Inputs: inputs, Operations: b.operations, Pairs: b.pairs}
	first, last := 0, len(wanted) // of the wanted outputs in lowered
	if len(opt.Outputs) == 0 {
		first = max(b.choose(lowered[:last], inputs), 0)
		last = first + 1
		out.Passed = slices.DeleteFunc(slices.Clone(lowered[:first]), func(o *Output) bool { return o.Err == nil })
	}
	out.Outputs = lowered[first:last]
	out.Others = slices.Concat(lowered[:first], lowered[last:])
	for i, o := range out.Outputs {
		if o.Err == nil {
			continue
		}
		needed, err := backend.order(targets[first+i])
		if err != nil {
			return nil, err
		}
		return nil, b.advise(b.table.complete(o.Err, needed), targets[first+i], needed, vs, inputs)
	}
	for _, t := range m.Tensors {
		s := b.weights[t]
		switch {
		case s != nil && len(s.weights) > 0:
			for _, w := range s.weights {
				w.Shared = len(s.weights) > 1
			}
			out.Weights = append(out.Weights, s.weights...)
		case t.Place != onnxio.Initializer || !t.IsFloat() || b.copied(t):
		case b.constants[t]:
			out.Constants = append(out.Constants, t)
		default:
			out.Unused = append(out.Unused, t)
		}
	}
	return out, nil
}

// checkNeeded returns an *UnsupportedError if what the targets need has no lowering; where one of them will do, if that is
// so of each.
func (b *builder) checkNeeded(backend *Backend, targets []*Node, oneWillDo bool) error {
	needed, err := backend.order(targets...)
	if err != nil {
		return err
	}
	broken := make(map[*application]bool) // what has no lowering or needs such
	for _, a := range needed {
		_, err := b.table.find(a.op)
		broken[a] = err != nil || slices.ContainsFunc(a.in, func(n *Node) bool { return broken[n.maker] })
	}
	failed := slices.IndexFunc(targets, func(n *Node) bool { return broken[n.maker] })
	if failed < 0 || oneWillDo && slices.ContainsFunc(targets, func(n *Node) bool { return !broken[n.maker] }) {
		return nil
	}
	if needed, err = backend.order(targets[failed]); err != nil {
		return err
	}
	return b.table.check(needed)
}
