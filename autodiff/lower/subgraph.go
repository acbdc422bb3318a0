package lower

import (
	"fmt"

	"onnx-metainit/onnxio/onnxpb"
)

// subgraph is a graph in an attribute, decoded once and lowered as often as it is computed.
type subgraph struct {
	attribute string
	inputs    []string
	outputs   []*onnxpb.ValueInfoProto
	body      *body
	backend   *Backend
	targets   []*Node
	order     []*application
	onlyKnown map[*Node]bool
	held      map[string]value // the tensors of its own that were read so far
}

// subgraphKey identifies a subgraph: one in a function is another at each call.
type subgraphKey struct {
	graph *onnxpb.GraphProto
	scope *scope
}

// body returns the subgraph in an attribute.
func (c *call) body(attribute string) *subgraph {
	a, _ := c.given(attribute)
	g := a.proto.GetG()
	if g == nil {
		c.fail("attribute %q is no graph", attribute)
	}
	if c.bodies == nil {
		c.bodies = make(map[subgraphKey]*subgraph)
	}
	key := subgraphKey{g, a.scope}
	if s, ok := c.bodies[key]; ok {
		return s
	}
	s := &subgraph{attribute: attribute, outputs: g.GetOutput(), held: make(map[string]value)}
	for _, v := range g.GetInput() {
		s.inputs = append(s.inputs, a.scope.name(v.GetName()))
	}
	var err error
	s.body, err = a.scope.body(g)
	c.check(err)
	s.backend, err = decode(s.body, s.inputs)
	c.check(err)
	s.targets = s.backend.named(s.body.outputs...)
	s.order, err = s.backend.order(s.targets...)
	c.check(err)
	c.check(c.table.check(s.order))
	s.onlyKnown = c.table.onlyKnown(s.order, s.targets)
	c.bodies[key] = s
	return s
}

// iterate counts operations, and what else is repeated, in subgraphs: a loop does it in each of its iterations.
func (c *call) iterate(operations int) {
	if c.depth == 0 {
		return
	}
	if c.steps += operations; c.steps > maxUnrolledOperations {
		c.fail("unrolled, the loops of the model have more than %d operations", maxUnrolledOperations)
	}
}

// lowerBody lowers a subgraph whose inputs have the given values and returns its outputs.
func (c *call) lowerBody(s *subgraph, bound []value) []value {
	if len(bound) != len(s.inputs) {
		c.fail("attribute %q is a graph with %d inputs, expected %d", s.attribute, len(s.inputs), len(bound))
	}
	if c.depth++; c.depth > maxDepth {
		c.fail("subgraphs are nested more than %d deep", maxDepth)
	}
	defer func() { c.depth-- }()
	c.iterate(1 + len(s.order))
	inputs := make(map[string]value, len(bound))
	for i, name := range s.inputs {
		inputs[name] = bound[i]
	}
	leaf := func(n *Node) (value, error) {
		if v, ok := inputs[n.name]; ok && v.present() {
			return v, nil
		}
		if v, ok := s.held[n.name]; ok {
			return v, nil
		}
		if v, ok, err := c.stored(s.body, n.name, !s.onlyKnown[n]); ok || err != nil {
			s.held[n.name] = v
			return v, err
		}
		if v, ok := c.captured[n.name]; ok {
			return v.value, v.err
		}
		return value{}, fmt.Errorf("tensor %q of subgraph %q is made by no node", n.name, s.attribute)
	}
	vs := c.run(s.order, leaf)
	outs := make([]value, len(s.targets))
	for i, n := range s.targets {
		var err error
		outs[i], err = vs.value(n, leaf)
		c.check(err)
	}
	return outs
}

func subgraphs(a *onnxpb.AttributeProto) []*onnxpb.GraphProto {
	if g := a.GetG(); g != nil {
		return append([]*onnxpb.GraphProto{g}, a.GetGraphs()...)
	}
	return a.GetGraphs()
}

// freeNames returns the tensors that a subgraph takes from the graphs around it.
func freeNames(g *onnxpb.GraphProto) []string {
	own := map[string]bool{"": true}
	for _, v := range g.GetInput() {
		own[v.GetName()] = true
	}
	for _, t := range g.GetInitializer() {
		own[t.GetName()] = true
	}
	for _, t := range g.GetSparseInitializer() {
		own[t.GetValues().GetName()] = true
	}
	for _, n := range g.GetNode() {
		for _, o := range n.GetOutput() {
			own[o] = true
		}
	}
	var free []string
	take := func(names ...string) {
		for _, name := range names {
			if !own[name] {
				own[name] = true
				free = append(free, name)
			}
		}
	}
	for _, n := range g.GetNode() {
		take(n.GetInput()...)
		for _, a := range n.GetAttribute() {
			for _, sub := range subgraphs(a) {
				take(freeNames(sub)...)
			}
		}
	}
	for _, o := range g.GetOutput() {
		take(o.GetName())
	}
	return free
}
