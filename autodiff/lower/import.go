package lower

import (
	"cmp"
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Input is an input of the model that is not an initializer, and what the model does with it.
type Input struct {
	Name     string
	Shape    []int
	DataType DataType
	Node     *autodiff.Node // a variable; a constant if the elements were given in Options.Known

	Use       Use
	TableRows int     // UseIndex: the rows of the smallest table
	Fill      float64 // UseMask: what leaves everything open; UseLength: the full length
	indexUse  indexUse

	Least, Greatest float64 // UseIndex, and UseData of whole numbers: their range

	Reason string // why Use is what it is, in words
}

// Model is a lowered model: its graph, and what the graph's variables and results are in the file.
type Model struct {
	File    *onnxio.Model // the file it was lowered from
	Graph   *autodiff.Graph
	Inputs  []*Input  // those that the wanted outputs need, in the order of the file
	Outputs []*Output // the wanted ones
	Others  []*Output // the other outputs of the file, those of a float type first
	Passed  []*Output // where no output was named: those before the chosen one that cannot be lowered
	Weights []*Weight // in the order of the file; those of one tensor in the order of their uses

	Constants []*onnxio.Tensor // float initializers that are constants: of one element, or of use only while building
	Unused    []*onnxio.Tensor // float initializers that no output needs

	Operations []*Lowered // in the order they were lowered: those of a subgraph before the operation that has it
	BatchNorms int        // BatchNormalization nodes in inference form that take the statistics of the batch: see Options.BatchNorm
	Pairs      int        // pairs of quantizing and dequantizing that were taken for the identity: see Options.StraightThrough
}

// Load opens the file of a model and lowers it. Elements of weights are read from Model.File when they are asked for; the caller
// closes it. The errors are those of onnxio.Open and Import.
func Load(path string, opt Options) (*Model, error) {
	m, err := onnxio.Open(path)
	if err != nil {
		return nil, err
	}
	lowered, err := Import(m, opt)
	if err != nil {
		m.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return lowered, nil
}

// Import lowers a model that is open. The error is an *UnsupportedError if a wanted output needs operators that have no lowering,
// a *NodeError if a node's operands do not fit.
func Import(m *onnxio.Model, opt Options) (lowered *Model, err error) {
	defer caught(&err)
	return importModel(m, opt)
}

func importModel(m *onnxio.Model, opt Options) (*Model, error) {
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
		if wanted, err = candidates(g, opt.Naming); err != nil {
			return nil, err
		}
	}
	b := newBuilder(m)
	b.graph.Until(opt.Context)
	b.graph.Limit(opt.MemoryLimit)
	b.copies, b.named, b.signature, b.straightThrough = ties(m), namesMerged(m.Proto), readSignature(g), opt.StraightThrough
	b.batchNorm, b.naming = opt.BatchNorm, opt.Naming
	infos, err := declaredInputs(m, opt)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(infos))
	for i, v := range infos {
		names[i] = v.GetName()
	}
	if err := body.checkWanted(opt.Outputs, names); err != nil {
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
	all, err := b.inputs(infos, backend.leaves(targets[:len(wanted)]...), opt)
	if err != nil {
		return nil, err
	}
	if len(opt.Outputs) > 0 || len(wanted) == 1 {
		// What is wrong with an input is said of the first in the file, not of the first that an operation needs.
		if _, err := all.used(backend.leaves(targets[:len(wanted)]...)); err != nil {
			return nil, err
		}
	}
	order, err := backend.order(targets...)
	if err != nil {
		return nil, err
	}
	onlyKnown := b.table.onlyKnown(order, targets)
	leaf := func(n *Node) (value, error) {
		if in, err := all.input(n.name); err != nil {
			return value{}, err
		} else if in != nil {
			return value{Node: in.Node, DataType: in.DataType, input: in, fed: true}, nil
		}
		if v, ok, err := b.stored(body, n.name, !onlyKnown[n]); ok || err != nil {
			return v, err
		}
		return value{}, fmt.Errorf("tensor %q is made by no node, and is neither input nor initializer: the model is broken", n.name)
	}
	vs := b.run(order, leaf)
	lowered := make([]*Output, len(targets))
	for i, n := range targets {
		v, err := vs.value(n, leaf)
		lowered[i] = newOutput(results[i], v, err)
	}
	out := &Model{File: m, Graph: b.graph, Operations: b.operations, BatchNorms: b.batchNorms, Pairs: b.pairs}
	first, last := 0, len(wanted) // of the wanted outputs in lowered
	if len(opt.Outputs) == 0 {
		first = max(b.choose(lowered[:last], all.list()), 0)
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
		return nil, b.advise(b.table.complete(o.Err, needed), targets[first+i], needed, vs, all.list())
	}
	var nodes []*autodiff.Node
	for _, o := range out.Outputs {
		nodes = append(nodes, o.Node)
	}
	if out.Inputs, err = all.used(backend.leaves(targets[first:last]...)); err != nil {
		return nil, err
	}
	b.findUses(out.Inputs, nodes)
	for _, t := range m.Tensors {
		s := b.weights[t]
		switch {
		case s != nil && len(s.weights) > 0:
			for _, w := range s.weights {
				w.Shared = len(s.weights) > 1
				w.Untrained = cmp.Or(w.Untrained, b.signature.untrained(t.Name))
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

// leaves returns the names of the tensors that targets need and that no operation makes.
func (b *Backend) leaves(targets ...*Node) map[string]bool {
	list := make(map[string]bool)
	for _, n := range targets {
		list[n.name] = true
	}
	order, _ := b.order(targets...) // whose errors are those of a broken model, which come up where it is lowered
	for _, a := range order {
		for _, n := range a.in {
			list[n.name] = true
		}
	}
	return list
}
