package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var scanRows = []operator{
	{name: "Scan", since: 8, inputs: arity{0, many}, lower: byVersion(lowerScan8, 9, lowerScan)},
}

// scan is what a Scan node asks for.
type scan struct {
	body       *subgraph
	inputs     int    // the last ones of the operands: those that are scanned
	backward   []bool // each input
	axes       []int  // each input
	prepending []bool // each output: the last iteration comes first
	outAxes    []int  // each output
}

// lowerScan unrolls a scan: https://onnx.ai/onnx/operators/onnx__Scan.html
//
//	for t := range length { state…, scan… = body(state…, input[t]…) }
//
// The results are the last state… and the scan… of all iterations, joined along new axes.
func lowerScan(c *call) []value {
	s := c.scan(c.in)
	return c.scanned(s, c.in, -1)
}

// scan reads the attributes of a node with the given states and inputs.
func (c *call) scan(operands []value) *scan {
	s := &scan{body: c.body("body"), inputs: c.int("num_scan_inputs", 0)}
	if s.inputs < 1 || s.inputs > len(operands) {
		c.fail("attribute \"num_scan_inputs\" is %d of %d inputs", s.inputs, len(operands))
	}
	outputs := len(s.body.outputs) - (len(operands) - s.inputs)
	if outputs < 0 {
		c.fail("the body has %d outputs, expected at least the %d states", len(s.body.outputs), len(operands)-s.inputs)
	}
	s.backward = c.flagsOr("scan_input_directions", s.inputs)
	s.axes = c.intsOr("scan_input_axes", s.inputs, 0)
	s.prepending = c.flagsOr("scan_output_directions", outputs)
	s.outAxes = c.intsOr("scan_output_axes", outputs, 0)
	return s
}

// flagsOr is intsOr for directions, which are 0 or 1.
func (c *call) flagsOr(name string, n int) []bool {
	out := make([]bool, n)
	for i, v := range c.intsOr(name, n, 0) {
		if v != 0 && v != 1 {
			c.fail("attribute %q is %d for number %d, expected 0 or 1", name, v, i)
		}
		out[i] = v == 1
	}
	return out
}

// scanned returns the states and outputs after length iterations, all of them if that is negative.
func (c *call) scanned(s *scan, operands []value, length int) []value {
	n := len(operands) - s.inputs
	states, inputs := operands[:n], operands[n:]
	axes, size := make([]int, s.inputs), -1
	for i, v := range inputs {
		if v.Node == nil {
			c.fail("input %d of those that are scanned is %v, expected a tensor", i, v)
		}
		axes[i] = c.axis(s.axes[i], v.Node.Rank())
		d := v.Node.Shape()[axes[i]]
		if size >= 0 && d != size {
			c.fail("sizes %d and %d of the axes that are scanned differ", size, d)
		}
		size = d
	}
	if length < 0 {
		length = size
	}
	if length > size {
		c.fail("a sequence of length %d in an axis of size %d", length, size)
	}
	scans := make([][]value, len(s.outAxes))
	for t := range length {
		bound := slices.Clone(states)
		for i, v := range inputs {
			at := t
			if s.backward[i] {
				at = length - 1 - t
			}
			bound = append(bound, c.element(v, axes[i], at))
		}
		out := c.lowerBody(s.body, bound)
		states = out[:n]
		for i, v := range out[n:] {
			scans[i] = append(scans[i], v)
		}
	}
	out := slices.Clone(states)
	for i, list := range scans {
		if s.prepending[i] {
			slices.Reverse(list)
		}
		out = append(out, c.stacked(list, s.body.outputs[n+i], s.outAxes[i])...)
	}
	return out
}

// element returns the slice at a position of an axis, without the axis.
func (c *call) element(v value, axis, at int) value {
	x := squeeze(autodiff.SliceAxis(v.Node, axis, at, at+1), axis)
	return value{Node: x, DataType: v.DataType, input: v.input, derived: v.derived, fed: v.fed}
}

// lowerScan8 is the first version: all operands have a first axis for the batch, each member of which is scanned by itself
// along what is then its first axis, over the length that input 0 gives it. Outputs are filled with zeros after that.
func lowerScan8(c *call) []value {
	if len(c.in) < 2 || c.in[1].Node == nil || c.in[1].Node.Rank() == 0 {
		c.fail("has no input to scan")
	}
	operands := c.in[1:]
	s := c.scan(operands)
	s.backward = c.flagsOr("directions", s.inputs)
	batch, n := operands[0].Node.Shape()[0], len(operands)-s.inputs
	if batch == 0 {
		c.fail("the batch is empty")
	}
	for i, v := range operands {
		if v.Node == nil || v.Node.Rank() == 0 || v.Node.Shape()[0] != batch || i >= n && v.Node.Rank() < 2 {
			c.fail("input %d is %v, expected a batch of %d", i+1, v, batch)
		}
	}
	lengths := make([]int, batch)
	if c.absent(0) {
		for i := range lengths {
			lengths[i] = -1
		}
	} else if lengths = c.knownInts(0); len(lengths) != batch || slices.Min(lengths) < 0 {
		c.fail("lengths %v do not fit a batch of %d", lengths, batch)
	}
	size := operands[n].Node.Shape()[1]
	results := make([][]value, len(s.body.outputs))
	for member, length := range lengths {
		row := make([]value, len(operands))
		for i, v := range operands {
			row[i] = c.element(v, 0, member)
		}
		for i, v := range c.scanned(s, row, length) {
			if i >= n {
				v.Node = padTo(v.Node, size)
			}
			results[i] = append(results[i], v)
		}
	}
	var out []value
	for _, list := range results {
		out = append(out, c.joined(list, 0)...)
	}
	return out
}

// padTo makes the first axis longer with zeros.
func padTo(x *autodiff.Node, size int) *autodiff.Node {
	shape := slices.Clone(x.Shape())
	if shape[0] >= size {
		return x
	}
	shape[0] = size - shape[0]
	zeros := autodiff.BroadcastTo(x.Graph().Scalar(0), shape...)
	return autodiff.Concat(0, x, zeros)
}
