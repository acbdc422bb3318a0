package lower

import (
	"errors"
	"fmt"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// lowering makes primitives of one operation and returns its results; those past the last one are absent. It panics
// through call.fail, or with the *autodiff.Error of a builder, if the operands do not fit.
type lowering func(c *call) []value

// call is one operation while it is lowered.
type call struct {
	*builder
	op       *operation
	in       []value
	captured map[string]outcome // what subgraphs in the attributes read
	results  int                // how many results the node has
	asked    []bool             // those of them that it names
	read     map[string]bool    // the attributes that the lowering asked for
}

// outcome is a value, or why it could not be lowered: the branch of an If that is not taken may read it all the same.
type outcome struct {
	value
	err error
}

// builder lowers graphs of one model into one autodiff graph.
type builder struct {
	graph     *autodiff.Graph
	table     operators
	model     *onnxio.Model
	weights   map[*onnxio.Tensor]*stored
	constants map[*onnxio.Tensor]bool // float tensors whose elements are constants of the graph
	copies    map[*onnxio.Tensor]copied
	named     bool // the exporter gives tensors that it stores once the names of all parameters that they are
	signature signature
	twins     *int64 // the least size of two equal tensors that are stored apart; nil: not looked for
	folded    known  // what is known of the graph's values while it is built
	hints     hints  // what operators make of their operands, for the noise of inputs

	operations      []*Lowered // so far
	straightThrough bool
	batchNorm       BatchNorm
	naming          Naming
	batchNorms      int // in inference form that take the statistics of the batch
	pairs           int // of QuantizeLinear and DequantizeLinear that were taken for the identity

	bodies   map[subgraphKey]*subgraph
	depth    int // of subgraphs
	steps    int // operations lowered in subgraphs so far
	unrolled int // elements of the constants that those made so far
	elements int // of the sequences so far
}

// newBuilder returns a builder for a new graph; without a model it has nothing stored.
func newBuilder(m *onnxio.Model) *builder {
	return &builder{
		graph: autodiff.NewGraph(), table: newOperators(), model: m,
		weights: make(map[*onnxio.Tensor]*stored), constants: make(map[*onnxio.Tensor]bool),
		folded: known{values: make(map[*autodiff.Node]folding)},
		hints:  hints{tables: make(map[*autodiff.Node]int), lengths: make(map[*autodiff.Node]int), biases: make(map[*autodiff.Node]bool)},
	}
}

// NodeError says which node of the model could not be lowered, and why.
type NodeError struct {
	Node     string // its name; its first output's if it has none
	Operator string
	Domain   string
	Opset    int
	Inputs   []string // types and shapes
	Err      error    // what was expected and what came
}

func (e *NodeError) Error() string {
	s := fmt.Sprintf("node %q: %s (opset %d)", e.Node, qualified(e.Domain, e.Operator), e.Opset)
	if len(e.Inputs) > 0 {
		s += " of " + strings.Join(e.Inputs, ", ")
	}
	return s + ": " + e.Err.Error() + outdated(e.Domain, e.Opset)
}

func (e *NodeError) Unwrap() error { return e.Err }

// problem is what call.fail panics with.
type problem struct{ error }

func (c *call) fail(format string, args ...any) {
	panic(problem{fmt.Errorf(format, args...)})
}

// values are the tensors lowered so far; errs, those that could not be.
type values struct {
	of   map[*Node]value
	errs map[*Node]error
}

// run lowers the operations in order; leaf gives the values of tensors that no operation makes. An operation that fails
// does not stop those that do not need it.
func (b *builder) run(order []*application, leaf func(*Node) (value, error)) values {
	vs := values{make(map[*Node]value, len(order)), make(map[*Node]error)}
	for _, a := range order {
		out, err := b.apply(a, vs, leaf)
		for i, n := range a.out {
			switch {
			case err != nil:
				vs.errs[n] = err
			case i < len(out) && out[i].present():
				vs.of[n] = out[i]
			default:
				vs.errs[n] = fmt.Errorf("node %q: result %d of %s is not supported: it serves training or inspection only",
					a.op.name, i, a.op.operator)
			}
		}
	}
	return vs
}

// value returns the value of a node, made by an operation or a leaf.
func (vs values) value(n *Node, leaf func(*Node) (value, error)) (value, error) {
	if v, ok := vs.of[n]; ok {
		return v, nil
	}
	if err, ok := vs.errs[n]; ok {
		return value{}, err
	}
	v, err := leaf(n)
	if err != nil {
		vs.errs[n] = err
		return value{}, err
	}
	vs.of[n] = v
	return v, nil
}

func (b *builder) apply(a *application, vs values, leaf func(*Node) (value, error)) ([]value, error) {
	row, err := b.table.find(a.op)
	if err != nil {
		return nil, err
	}
	c := &call{builder: b, op: a.op, results: len(a.out), captured: make(map[string]outcome), read: make(map[string]bool)}
	for _, n := range a.out {
		c.asked = append(c.asked, n.name != "")
	}
	operands := a.in
	if row.inputs.max == 0 {
		operands = nil // onnx-go makes up an input for a node that has none
	}
	for i, n := range operands {
		var v outcome
		if n.name != "" {
			v.value, v.err = vs.value(n, leaf)
		}
		switch {
		case i >= len(a.in)-len(a.op.captured):
			c.captured[n.name] = v
		case v.err != nil:
			return nil, v.err
		default:
			c.in = append(c.in, v.value)
		}
	}
	for len(c.in) > 0 && !c.in[len(c.in)-1].present() {
		c.in = c.in[:len(c.in)-1]
	}
	return c.lower(row)
}

// lower is the boundary between errors and panics: every panic of a lowering or of a graph builder ends here.
func (c *call) lower(row *operator) (out []value, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, c.wrap(recovered(r))
		}
	}()
	if n := len(c.in); n < row.inputs.min || row.inputs.max >= 0 && n > row.inputs.max {
		c.fail("has %d inputs, expected %v", n, row.inputs)
	}
	for i := range row.inputs.min {
		if c.absent(i) {
			c.fail("input %d is absent, but needed", i)
		}
	}
	for i, v := range c.in {
		switch {
		case v.Node != nil && v.Node.Rank() > maxRank:
			c.fail("tensors of more than %d axes are not supported", maxRank)
		case v.Node == nil && v.present() && !row.passes && !row.sequences:
			c.fail("input %d is a %v, expected a tensor", i, v)
		}
	}
	c.noteUses(row)
	first := c.graph.Len()
	out = row.lower(c)
	c.refuseUnread(row)
	if c.graph.Len() > maxNodes {
		c.fail("the graph has more than %d nodes", maxNodes)
	}
	c.noteUnrolled(out, first)
	c.carryInput(row, out)
	c.carryOrigin(row, out)
	c.carryTail(out)
	c.carryQuantized(row, out)
	c.noteLowered(row, out)
	return out, nil
}

// caught, deferred, makes what call.fail and graph builders panic with outside the lowering of an operation the error that
// a function returns. Other panics are errors of the program, and pass through.
func caught(err *error) {
	switch r := recover().(type) {
	case nil:
	case problem, *autodiff.Error:
		*err = recovered(r)
	default:
		panic(r)
	}
}

func recovered(r any) error {
	switch r := r.(type) {
	case problem:
		return r.error
	case *autodiff.Error:
		return r
	case error:
		return fmt.Errorf("inputs or attributes do not fit together (%w)", r)
	}
	return fmt.Errorf("inputs or attributes do not fit together (%v)", r)
}

func (c *call) wrap(err error) error {
	var inner *NodeError
	if errors.As(err, &inner) {
		return err // from a node of a subgraph
	}
	e := &NodeError{Node: c.op.name, Operator: c.op.operator, Domain: c.op.domain, Opset: c.op.opset, Err: err}
	for _, v := range c.in {
		e.Inputs = append(e.Inputs, v.String())
	}
	return e
}

// noteUnrolled bounds the constants that operations of subgraphs make. Nodes are numbered; first is the first new one.
func (c *call) noteUnrolled(out []value, first int) {
	if c.depth == 0 {
		return
	}
	for _, v := range out {
		if v.Node != nil && v.Node.Op() == autodiff.OpConst && v.Node.ID() >= first {
			c.unrolled += v.Node.Size()
		}
	}
	if c.unrolled > maxUnrolledElements {
		c.fail("unrolled, the loops of the model make constants of more than %d elements", maxUnrolledElements)
	}
}

func (c *call) check(err error) {
	if err != nil {
		panic(problem{err})
	}
}
