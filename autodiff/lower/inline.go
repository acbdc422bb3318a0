package lower

import (
	"fmt"
	"maps"
	"slices"

	"onnx-metainit/onnxio/onnxpb"
)

// operation is one node of a graph, with all that the file says of it.
type operation struct {
	name            string // the node's name; its first output's if it has none
	operator        string
	domain          string // "" for ONNX's own
	opset           int
	module          string   // the path of the module whose code the node comes from, where PyTorch's exporter tells
	arguments       []string // of the call in the program that the node comes from, where it tells
	attributes      map[string]attribute
	inputs, outputs []string
	captured        []string // outer tensors that the subgraphs in the attributes read
}

// body is a graph or subgraph with the calls of model-local functions replaced by the functions' nodes.
type body struct {
	operations   []*operation
	constants    map[string]*operation // Constant nodes by their output
	initializers map[string]*onnxpb.TensorProto
	sparse       map[string]*onnxpb.SparseTensorProto
	outputs      []string
}

// functionKey names a model-local function.
type functionKey struct{ domain, name, overload string }

func (k functionKey) String() string { return k.domain + ":" + k.name }

// scope is the meaning of names and opsets where a list of nodes stands: in the main graph, in a subgraph, in the body
// of a function that is being inlined.
type scope struct {
	model  *inliner
	opsets map[string]int
	rename func(string) string  // the name in the whole graph of a name used here
	args   map[string]attribute // in a function: its attributes
	calls  []functionKey        // the functions being inlined, outermost first
}

// inliner is what all scopes of a model share.
type inliner struct {
	functions map[functionKey]*onnxpb.FunctionProto
	serial    int // numbers the calls
	count     int // operations so far
	nameBytes int // bytes of the names that were made for functions' tensors so far
}

func mainScope(m *onnxpb.ModelProto) *scope {
	in := &inliner{functions: make(map[functionKey]*onnxpb.FunctionProto)}
	for _, f := range m.GetFunctions() {
		in.functions[functionKey{domain(f.GetDomain()), f.GetName(), f.GetOverload()}] = f
	}
	return &scope{model: in, opsets: opsets(m.GetOpsetImport(), nil), rename: func(s string) string { return s }}
}

// domain returns the domain with ONNX's own as "".
func domain(d string) string {
	if d == "ai.onnx" {
		return ""
	}
	return d
}

func opsets(imports []*onnxpb.OperatorSetIdProto, outer map[string]int) map[string]int {
	all := make(map[string]int)
	maps.Copy(all, outer)
	for _, o := range imports {
		all[domain(o.GetDomain())] = int(o.GetVersion())
	}
	return all
}

// body returns the graph in flat form.
func (s *scope) body(g *onnxpb.GraphProto) (*body, error) {
	b := &body{
		constants:    make(map[string]*operation),
		initializers: make(map[string]*onnxpb.TensorProto),
		sparse:       make(map[string]*onnxpb.SparseTensorProto),
	}
	for _, t := range g.GetInitializer() {
		b.initializers[s.name(t.GetName())] = t
	}
	for _, t := range g.GetSparseInitializer() {
		b.sparse[s.name(t.GetValues().GetName())] = t
	}
	for _, o := range g.GetOutput() {
		b.outputs = append(b.outputs, s.name(o.GetName()))
	}
	if err := s.flatten(g.GetNode(), b); err != nil {
		return nil, err
	}
	return b, b.checkNames()
}

// checkNames refuses a tensor that two nodes make, or that a node makes and the file stores.
func (b *body) checkNames() error {
	makers := make(map[string]string)
	for _, op := range b.operations {
		for _, name := range op.outputs {
			if name == "" {
				continue
			}
			if other, ok := makers[name]; ok {
				return fmt.Errorf("nodes %q and %q both make tensor %q: the model is broken", other, op.name, name)
			}
			if _, ok := b.constants[name]; ok {
				return fmt.Errorf("node %q and a Constant node both make tensor %q: the model is broken", op.name, name)
			}
			if b.holds(name) {
				return fmt.Errorf("an initializer and the result of node %q are both called %q: the model is broken; rename the parameter or buffer and export again", op.name, name)
			}
			makers[name] = op.name
		}
	}
	return nil
}

// holds reports whether the graph stores a tensor of that name.
func (b *body) holds(name string) bool { return b.initializers[name] != nil || b.sparse[name] != nil }

// name is rename, with the absent tensor staying absent.
func (s *scope) name(name string) string {
	if name == "" {
		return ""
	}
	return s.rename(name)
}

func (s *scope) names(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = s.name(n)
	}
	return out
}

// flatten appends the nodes to b, functions inlined.
func (s *scope) flatten(nodes []*onnxpb.NodeProto, b *body) error {
	for _, n := range nodes {
		if s.model.count++; s.model.count > maxOperations {
			return fmt.Errorf("more than %d nodes after inlining functions", maxOperations)
		}
		op := s.operation(n)
		if s.model.nameBytes > maxNameBytes {
			return fmt.Errorf("node %q: the names of tensors take more than %d bytes after inlining functions", op.name, maxNameBytes)
		}
		key := functionKey{op.domain, op.operator, n.GetOverload()}
		f, isFunction := s.model.functions[key]
		switch {
		case isFunction:
			if err := s.call(f, key, op, b); err != nil {
				return err
			}
		case op.operator == "Constant" && op.domain == "":
			if len(op.outputs) != 1 || len(op.inputs) != 0 {
				return fmt.Errorf("node %q: Constant has %d inputs and %d outputs, expected 0 and 1",
					op.name, len(op.inputs), len(op.outputs))
			}
			b.constants[op.outputs[0]] = op
		default:
			b.operations = append(b.operations, op)
		}
	}
	return nil
}

func (s *scope) operation(n *onnxpb.NodeProto) *operation {
	op := &operation{
		name:       n.GetName(),
		operator:   n.GetOpType(),
		domain:     domain(n.GetDomain()),
		attributes: make(map[string]attribute, len(n.GetAttribute())),
		inputs:     s.names(n.GetInput()),
		outputs:    s.names(n.GetOutput()),
	}
	if op.name == "" && len(op.outputs) > 0 {
		op.name = op.outputs[0]
	}
	op.opset = max(s.opsets[op.domain], 1)
	op.module, op.arguments = modulePath(n), arguments(n)
	for _, a := range n.GetAttribute() {
		given := attribute{proto: a, scope: s}
		if ref := a.GetRefAttrName(); ref != "" {
			var ok bool
			if given, ok = s.args[ref]; !ok {
				continue // an attribute that the call leaves out
			}
		}
		op.attributes[a.GetName()] = given
		for _, g := range subgraphs(given.proto) {
			op.captured = append(op.captured, given.scope.names(freeNames(g))...)
		}
	}
	return op
}

// call appends the nodes of a function that op calls.
func (s *scope) call(f *onnxpb.FunctionProto, key functionKey, op *operation, b *body) error {
	if slices.Contains(s.calls, key) {
		return fmt.Errorf("node %q: function %v calls itself, which ONNX does not allow", op.name, key)
	}
	if len(s.calls) >= maxDepth {
		return fmt.Errorf("node %q: functions call functions more than %d deep", op.name, maxDepth)
	}
	if len(op.inputs) > len(f.GetInput()) || len(op.outputs) > len(f.GetOutput()) {
		return fmt.Errorf("node %q: function %v has %d inputs and %d outputs, the node %d and %d",
			op.name, key, len(f.GetInput()), len(f.GetOutput()), len(op.inputs), len(op.outputs))
	}
	s.model.serial++
	prefix := fmt.Sprintf("%.40s#%d/", op.name, s.model.serial)
	actual := make(map[string]string)
	for i, formal := range f.GetInput() {
		actual[formal] = ""
		if i < len(op.inputs) {
			actual[formal] = op.inputs[i]
		}
	}
	for i, formal := range f.GetOutput() {
		if i >= len(op.outputs) || op.outputs[i] == "" {
			continue
		}
		if from, ok := actual[formal]; ok {
			b.operations = append(b.operations, &operation{name: op.name, operator: "Identity", opset: 1,
				inputs: []string{from}, outputs: []string{op.outputs[i]}})
			continue
		}
		actual[formal] = op.outputs[i]
	}
	inner := &scope{
		model:  s.model,
		opsets: opsets(f.GetOpsetImport(), s.opsets),
		calls:  append(slices.Clone(s.calls), key),
		args:   make(map[string]attribute),
		rename: func(name string) string {
			if a, ok := actual[name]; ok {
				return a
			}
			s.model.nameBytes += len(prefix) + len(name)
			return prefix + name
		},
	}
	for _, a := range f.GetAttributeProto() {
		inner.args[a.GetName()] = attribute{proto: a, scope: inner}
	}
	maps.Copy(inner.args, op.attributes)
	return inner.flatten(f.GetNode(), b)
}
