package lower

import (
	"fmt"
	"maps"
	"slices"

	"onnx-metainit/onnxio/onnxpb"
)

// lowerIf lowers the branch that a condition known while building picks:
// https://onnx.ai/onnx/operators/onnx__If.html
func lowerIf(c *call) []Value {
	cond := c.known(0)
	if len(cond) != 1 {
		c.fail("the condition has %d elements, expected 1", len(cond))
	}
	branch := "else_branch"
	if cond[0] != 0 {
		branch = "then_branch"
	}
	out := c.subgraph(branch, nil)
	if len(out) != c.results {
		c.fail("%s has %d outputs, the node %d", branch, len(out), c.results)
	}
	return out
}

// subgraph lowers a subgraph attribute and returns its outputs. bound gives the values of the subgraph's inputs.
func (c *call) subgraph(name string, bound map[string]Value) []Value {
	a := c.op.attributes[name]
	g := a.proto.GetG()
	if g == nil {
		c.fail("attribute %q is no graph", name)
	}
	if c.depth++; c.depth > maxDepth {
		c.fail("subgraphs are nested more than %d deep", maxDepth)
	}
	defer func() { c.depth-- }()
	body, err := a.scope.body(g)
	c.check(err)
	backend, err := decode(body, slices.Sorted(maps.Keys(bound)))
	c.check(err)
	leaf := func(n *Node) (Value, error) {
		if v, ok := bound[n.name]; ok {
			return v, nil
		}
		if v, ok, err := c.stored(body, n.name, false); ok || err != nil {
			return v, err
		}
		if v, ok := c.captured[n.name]; ok && v.Node != nil {
			return v, nil
		}
		return Value{}, fmt.Errorf("tensor %q of subgraph %q is made by no node", n.name, name)
	}
	outs, err := c.outputs(backend, body.outputs, leaf)
	c.check(err)
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
