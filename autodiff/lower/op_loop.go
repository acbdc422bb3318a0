package lower

import (
	"fmt"
	"slices"

	"onnx-metainit/onnxio/onnxpb"
)

var loopRows = []operator{
	{name: "Loop", since: 1, inputs: arity{0, many}, lower: lowerLoop, known: []int{0, 1}, passes: true},
}

// lowerLoop unrolls a loop: https://onnx.ai/onnx/operators/onnx__Loop.html
//
//	for k := 0; k < M && cond; k++ { cond, v…, scan… = body(k, cond, v…) }
//
// The results are the last v… and the scan… of all iterations, joined along a new first axis. M, the condition and what
// the body makes of it must be known while building; without a condition, what the body makes of it does not matter.
func lowerLoop(c *call) []value {
	body := c.body("body")
	var carried []value
	if len(c.in) > 2 {
		carried = c.in[2:]
	}
	n := len(carried)
	if len(body.outputs) < 1+n {
		c.fail("the body has %d outputs, expected 1 and the %d that it carries on", len(body.outputs), n)
	}
	limited, conditional := !c.absent(0), !c.absent(1)
	if !limited && !conditional {
		c.fail("has neither a number of iterations nor a condition, and would never end")
	}
	trips := maxUnrolledOperations + 1 // stopped before by the bound of lowerBody
	if limited {
		trips = min(trips, c.trips())
	}
	cond, goes := value{Node: c.scalar(1), DataType: boolType}, true
	if conditional {
		cond = c.in[1]
		goes = c.holds(cond, "the condition")
	}
	scans := make([][]value, len(body.outputs)-1-n)
	for k := 0; goes && k < trips; k++ {
		at := value{Node: c.scalar(float64(k)), DataType: int64Type}
		out := c.lowerBody(body, slices.Concat([]value{at, cond}, carried))
		if conditional {
			cond = out[0]
			goes = c.holds(cond, fmt.Sprintf("the condition after %d iterations", k+1))
		}
		carried = out[1 : 1+n]
		for i, v := range out[1+n:] {
			scans[i] = append(scans[i], v)
		}
	}
	out := slices.Clone(carried)
	for i, list := range scans {
		out = append(out, c.stacked(list, body.outputs[1+n+i], 0)...)
	}
	return out
}

// trips returns input 0, a number of iterations.
func (c *call) trips() int {
	data := c.decided(c.in[0], "the number of iterations", "what is computed")
	if len(data) != 1 {
		c.fail("the number of iterations has %d elements, expected 1", len(data))
	}
	return whole(data[0])
}

// stacked joins what iterations made along a new axis. Without any iteration there are no elements, and the shape is what
// info says of an element, free sizes taken for 0.
func (c *call) stacked(list []value, info *onnxpb.ValueInfoProto, axis int) []value {
	if len(list) > 0 {
		if list[0].Node == nil {
			c.fail("%v cannot be joined, expected a tensor", list[0])
		}
		return c.joined(list, c.axis(axis, list[0].Node.Rank()+1))
	}
	t := info.GetType().GetTensorType()
	var dims []int64
	for _, d := range t.GetShape().GetDim() {
		dims = append(dims, max(d.GetDimValue(), 0))
	}
	shape, err := intShape(dims)
	c.check(err)
	shape = slices.Insert(shape, c.axis(axis, len(shape)+1), 0)
	return one(c.graph.Const(nil, shape...), DataType(t.GetElemType()))
}
