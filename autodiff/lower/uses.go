package lower

import (
	"cmp"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio/onnxpb"
)

// noteUses records which weights the operation computes with, and as what. Tensors with one axis become the parameter that
// they are here.
func (c *call) noteUses(row *operator) {
	if row.passes {
		if row.name == "Identity" && c.in[0].stored != nil {
			v := &c.in[0]
			v.alias = c.op.outputs[0]
			if v.weight != nil && !single(v.stored.tensor) && !c.named {
				v.weight.alias(v.alias)
			}
		}
		if row.name != "Loop" {
			return
		}
	}
	for i, v := range c.in {
		if v.stored == nil && v.moved == nil && v.sequence == nil || row.passes && !c.begins(i) {
			continue
		}
		kind, as := c.kindOf(row, i)
		c.in[i] = c.claim(i, kind, as)
		for _, v := range c.in[i].tensors() {
			if v.weight != nil {
				c.uses(v.weight, v.alias)
			}
			if v.moved != nil && !row.moves {
				c.is(v.moved, kind, as)
			}
		}
		if c.begins(i) {
			c.in[i].stored, c.in[i].weight, c.in[i].moved = nil, nil, nil // inside it is a state
		}
	}
}

// uses notes that the operation computes with the weight, under an alias or, if that is "", under its own name.
func (c *call) uses(w *Weight, alias string) {
	if !w.users[c.op.name] {
		w.users[c.op.name] = true
		w.Uses = append(w.Uses, c.op.name)
	}
	w.alias(alias)
	if name := cmp.Or(alias, w.Tensor.Name); c.named && !w.usedAs[name] {
		w.usedAs[name] = true
		w.Names = append(w.Names, name)
	}
}

// alias notes another name of the tensor.
func (w *Weight) alias(name string) {
	if name != "" && name != w.Name && !w.names[name] {
		w.names[name] = true
		w.Aliases = append(w.Aliases, name)
	}
}

// is notes what a weight is for the operation, and what the position calls it.
func (c *call) is(w *Weight, kind Kind, as string) {
	w.Kinds |= kind
	if w.Reason == "" {
		w.Reason = as
	}
	if module := c.op.module; kind == Factor && module != "" && !w.modules[module] && c.merges(w.Tensor.Size()) {
		w.modules[module] = true
		w.Modules = append(w.Modules, module)
	}
}

// kindOf returns what a stored tensor is as input i, and the words for it if the position tells.
func (c *call) kindOf(row *operator, i int) (kind Kind, as string) {
	if r, ok := row.roles[i]; ok {
		return r.kind, r.as + " of " + row.name
	}
	switch operator := row.name; {
	case c.begins(i):
		return FixedUniform, "initial state of " + operator
	case slices.Contains(row.factors, i):
		return Factor, ""
	case row.domain != "":
		return Other, ""
	case (operator == "Add" || operator == "Sub" || operator == "Sum") && c.beside(i, value.isProduct):
		return Bias, ""
	case (operator == "Add" || operator == "Sub" || operator == "Sum") && c.beside(i, value.isActivation):
		return Shift, ""
	case (operator == "Mul" || operator == "Div") && c.beside(i, value.isActivation):
		return Gain, ""
	case operator == "Mul":
		return Scale, ""
	}
	return Other, ""
}

// begins reports whether input i is what a Loop or Scan changes from one iteration to the next: a state, and not a tensor that
// is carried along as it is.
func (c *call) begins(i int) bool {
	g := c.op.attributes["body"].proto.GetG()
	in, out := i, i-1 // the body of a Loop takes the iteration and condition, and returns the condition
	switch {
	case c.op.domain != "" || g == nil:
		return false
	case c.op.operator == "Scan":
		if c.op.opset < 9 {
			in-- // the lengths of the sequences
		}
		if out = in; in >= len(g.GetInput())-c.int("num_scan_inputs", 0) {
			return false
		}
	case c.op.operator != "Loop" || i < 2:
		return false
	}
	if in < 0 || in >= len(g.GetInput()) || out >= len(g.GetOutput()) {
		return false
	}
	before, after := g.GetInput()[in].GetName(), g.GetOutput()[out].GetName()
	return before != after && !slices.ContainsFunc(g.GetNode(), func(n *onnxpb.NodeProto) bool {
		return n.GetOpType() == "Identity" && slices.Equal(n.GetInput(), []string{before}) && slices.Equal(n.GetOutput(), []string{after})
	})
}

// beside reports whether an operand other than i is such.
func (c *call) beside(i int, such func(value) bool) bool {
	for j, v := range c.in {
		if j != i && such(v) {
			return true
		}
	}
	return false
}

func (v value) isProduct() bool    { return v.product && v.fed }
func (v value) isActivation() bool { return v.fed }

// carryOrigin notes of the results what they were made of: of a stored tensor by moving its elements alone, of an input, by
// a product.
func (c *call) carryOrigin(row *operator, out []value) {
	fed := false
	for _, v := range c.in {
		for _, t := range v.tensors() {
			fed = fed || t.fed
		}
	}
	for _, v := range c.captured {
		fed = fed || v.fed
	}
	for i := range out {
		out[i].fed = out[i].fed || fed
		out[i].product = row.factors != nil
		if row.moves && isFloat(out[i].DataType) {
			out[i].moved = c.in[0].moved
		}
	}
}

// carryInput makes results that are whole numbers or truth values and made of one input remember it: tokens stay tokens
// when they are moved or clipped, until they index a table. What is made of them by comparing, counting or searching can
// still become a mask, but where it indexes a table that says nothing of the tokens: RoBERTa's places are the running count
// of the tokens that are no padding.
func (c *call) carryInput(row *operator, out []value) {
	var source *Input
	derived := row.derives
	for _, v := range c.in {
		derived = derived || v.derived
		switch {
		case v.Node == nil || constant(v.Node) || v.input != nil && v.input == source:
		case source != nil || v.input == nil:
			return
		default:
			source = v.input
		}
	}
	for i, v := range out {
		if v.Node != nil && v.input == nil && !isFloat(v.DataType) {
			out[i].input, out[i].derived = source, derived || v.DataType == boolType
		}
	}
}

// constant reports whether the elements are known while building.
func constant(n *autodiff.Node) bool {
	_, ok := n.Splat()
	return ok || n.Op() == autodiff.OpConst
}

// onlyKnown returns the tensors whose elements only decide shapes, sizes or other things that are known while building:
// every use of them is an input that the operator's row calls so, or leads to nothing but such inputs or conversions to
// whole numbers and truth values, which have no derivative. What is converted behind a product or a quantization decides no
// shapes: there the stored tensors are weights that no gradient reaches.
func (t operators) onlyKnown(order []*application, outputs []*Node) map[*Node]bool {
	data, used := make(map[*Node]bool), make(map[*Node]bool)
	computed := t.computed(order)
	for _, n := range outputs {
		data[n] = true
	}
	for _, a := range slices.Backward(order) {
		row, err := t.find(a.op)
		decides := a.op.truncates() && !anyOf(computed, a.in)
		leads := err != nil || !decides && anyOf(data, a.out)
		for i, n := range a.in {
			used[n] = true
			if leads && (err != nil || !slices.Contains(row.known, i)) {
				data[n] = true
			}
		}
	}
	only := make(map[*Node]bool)
	for n := range used {
		only[n] = !data[n]
	}
	return only
}

// computed returns the tensors that products and quantizations make, and those that are made of them, but for their shapes.
func (t operators) computed(order []*application) map[*Node]bool {
	made := make(map[*Node]bool)
	for _, a := range order {
		if name := a.op.operator; name == "Shape" || name == "Size" {
			continue
		}
		row, err := t.find(a.op)
		if err == nil && (row.factors != nil || row.quantizes) || anyOf(made, a.in) {
			for _, n := range a.out {
				made[n] = true
			}
		}
	}
	return made
}

// truncates reports whether the operation converts to whole numbers or truth values.
func (op *operation) truncates() bool {
	to, ok := op.attributes["to"]
	return op.domain == "" && op.operator == "Cast" && ok && !isFloat(DataType(to.proto.GetI()))
}
