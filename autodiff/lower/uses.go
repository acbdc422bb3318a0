package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// products are the operators that multiply by matrices.
var products = []string{"Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN"}

// noteUses records which weights the operation computes with.
func (c *call) noteUses(row *operator) {
	for _, in := range c.in {
		for _, v := range in.tensors() {
			w := v.weight
			switch {
			case w == nil:
			case row.passes():
				if row.name == "Identity" {
					w.alias(c.op.outputs[0])
				}
			default:
				w.operands++
				w.Factor = w.Factor || slices.Contains(products, row.name)
				if !w.users[c.op.name] {
					w.users[c.op.name] = true
					w.Uses = append(w.Uses, c.op.name)
				}
			}
		}
	}
}

// alias notes another name of the tensor.
func (w *Weight) alias(name string) {
	if w.names == nil {
		w.names = make(map[string]bool)
	}
	if !w.names[name] {
		w.names[name] = true
		w.Aliases = append(w.Aliases, name)
	}
}

// measured notes that an operand is a statistic; nil is no weight.
func (w *Weight) measured(as string) {
	if w == nil {
		return
	}
	w.measurements++
	if w.Reason == "" {
		w.Reason = as
	}
}

// carryInput lets results that are whole numbers or truth values and made of one input remember it: tokens stay tokens
// when they are moved or clipped, until they index a table. What is made of them by comparing, counting or searching can
// still become a mask, but where it indexes a table that says nothing of the tokens: RoBERTa's places are the running count
// of the tokens that are no padding.
func (c *call) carryInput(out []Value) {
	var source *Input
	derived := slices.Contains([]string{"ArgMax", "ArgMin", "CumSum", "NonZero", "ReduceSum"}, c.op.operator)
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

// indexes notes that input i picks rows of a table.
func (c *call) indexes(i, rows int) {
	v := c.in[i]
	c.hints.table(v.Node, rows)
	if v.input == nil || v.derived {
		return
	}
	if v.input.Use != UseIndex || rows < v.input.TableRows {
		v.input.TableRows = rows
	}
	v.input.Use = UseIndex
}

// onlyKnown returns the tensors whose elements only decide shapes, sizes or other things that are known while building:
// every use of them is an input that the operator's row calls so, or leads to nothing but such inputs or conversions to
// whole numbers and truth values, which have no derivative.
func (t operators) onlyKnown(order []*application, outputs []*Node) map[*Node]bool {
	data, used := make(map[*Node]bool), make(map[*Node]bool)
	for _, n := range outputs {
		data[n] = true
	}
	for _, a := range slices.Backward(order) {
		row, err := t.find(a.op)
		leads := err != nil || !a.op.truncates() && slices.ContainsFunc(a.out, func(n *Node) bool { return data[n] })
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

// truncates reports whether the operation converts to whole numbers or truth values.
func (op *operation) truncates() bool {
	to, ok := op.attributes["to"]
	return op.domain == "" && op.operator == "Cast" && ok && !isFloat(DataType(to.proto.GetI()))
}
