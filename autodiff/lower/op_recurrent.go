package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// recurrent is what RNN, GRU and LSTM share. Two directions are computed at once: their tensors have a first axis for the
// direction, those of one direction have none.
type recurrent struct {
	*call
	gates, hidden int
	seq, batch    int
	x             *autodiff.Node // [seq batch in]
	lengths       *autodiff.Node // [batch 1]; nil if all sequences are as long as x
	batchFirst    bool           // layout 1: the batch is the first axis outside
	backwards     []bool         // by direction
	w, r          *autodiff.Node // [dirs gates·hidden in], [dirs gates·hidden hidden]
	wb, rb        *autodiff.Node // [dirs 1 gates·hidden]; nil: none
	peephole      *autodiff.Node // [dirs 1 3·hidden], LSTM only; nil: none
	h, c          *autodiff.Node // the initial states [dirs batch hidden]
	f             []activation   // of the gates
	limit         *autodiff.Node // what the inputs of activations are clipped to; nil: not at all
}

// step computes the states after one element of the sequence; xw [dirs batch gates·hidden] is its product with w, bias added.
type step func(xw, h, c *autodiff.Node) (nextH, nextC *autodiff.Node)

// recurrent reads inputs and attributes. The activations named are the defaults of one direction.
func (c *call) recurrent(gates int, defaults ...string) *recurrent {
	r := &recurrent{call: c, gates: gates, x: c.x(0)}
	if r.x.Rank() != 3 || c.x(1).Rank() != 3 || c.x(2).Rank() != 3 {
		c.fail("X, W and R need 3 axes each")
	}
	if r.batchFirst = c.int("layout", 0) == 1; r.batchFirst {
		r.x = autodiff.Transpose(r.x, 1, 0, 2)
	}
	r.seq, r.batch = r.x.Shape()[0], r.x.Shape()[1]
	r.hidden = c.int("hidden_size", c.x(2).Shape()[2])
	if limit := c.float("clip", 0); limit > 0 {
		r.limit = c.scalar(limit)
	}
	if !c.absent(4) {
		r.lengths = autodiff.Reshape(c.x(4), r.batch, 1)
		c.hints.length(c.x(4), r.seq)
	}
	if r.seq > maxSteps {
		c.fail("sequences of %d are longer than the %d that are supported", r.seq, maxSteps)
	}
	switch d := c.text("direction", "forward"); d {
	case "forward":
		r.backwards = []bool{false}
	case "reverse":
		r.backwards = []bool{true}
	case "bidirectional":
		r.backwards = []bool{false, true}
	default:
		c.fail("attribute \"direction\" is %q", d)
	}
	r.f = c.activations(defaults, len(r.backwards))
	rows := gates * r.hidden
	r.w = r.weights(1, rows, r.x.Shape()[2])
	r.r = r.weights(2, rows, r.hidden)
	if !c.absent(3) {
		bias := r.weights(3, 2*rows)
		r.wb, r.rb = stretch(bias, -1, 0, rows), stretch(bias, -1, rows, 2*rows)
	}
	r.h, r.c = r.initial(5), r.initial(6)
	if !c.absent(7) {
		r.peephole = r.weights(7, 3*r.hidden)
	}
	return r
}

// both returns the sizes of a tensor for all directions.
func (r *recurrent) both(shape ...int) []int {
	if len(r.backwards) == 1 {
		return shape
	}
	return append([]int{len(r.backwards)}, shape...)
}

// weights returns input i [dirs shape…]; vectors are rows if there are two directions.
func (r *recurrent) weights(i int, shape ...int) *autodiff.Node {
	full := append([]int{len(r.backwards)}, shape...)
	if !slices.Equal(r.call.x(i).Shape(), full) {
		r.fail("input %d has shape %v, expected %v", i, r.call.x(i).Shape(), full)
	}
	if len(shape) == 1 && len(r.backwards) > 1 {
		shape = []int{1, shape[0]}
	}
	return autodiff.Reshape(r.call.x(i), r.both(shape...)...)
}

// initial returns an initial state [dirs batch hidden], zeros if the input is absent.
func (r *recurrent) initial(i int) *autodiff.Node {
	if r.absent(i) {
		return autodiff.BroadcastTo(r.scalar(0), r.both(r.batch, r.hidden)...)
	}
	if !r.batchFirst {
		return r.weights(i, r.batch, r.hidden)
	}
	state, shape := r.call.x(i), []int{r.batch, len(r.backwards), r.hidden}
	if !slices.Equal(state.Shape(), shape) {
		r.fail("input %d has shape %v, expected %v", i, state.Shape(), shape)
	}
	return autodiff.Reshape(autodiff.Transpose(state, 1, 0, 2), r.both(r.batch, r.hidden)...)
}

// stretch takes the elements from start up to limit of an axis that is counted from the end.
func stretch(x *autodiff.Node, axis, start, limit int) *autodiff.Node {
	return autodiff.SliceAxis(x, x.Rank()+axis, start, limit)
}

// gate returns the part of [… gates·hidden] that belongs to the gates from up to limit.
func (r *recurrent) gate(x *autodiff.Node, from, limit int) *autodiff.Node {
	return stretch(x, -1, from*r.hidden, limit*r.hidden)
}

// recur is the product of a state with the recurrent weights of some gates, bias added.
func (r *recurrent) recur(h *autodiff.Node, from, limit int) *autodiff.Node {
	y := autodiff.Dot(h, stretch(r.r, -2, from*r.hidden, limit*r.hidden), false, true)
	if r.rb != nil {
		y = autodiff.Add(y, r.gate(r.rb, from, limit))
	}
	return y
}

func (r *recurrent) clipped(x *autodiff.Node) *autodiff.Node {
	if r.limit == nil {
		return x
	}
	return clip(x, autodiff.Neg(r.limit), r.limit)
}

// run unrolls the directions over the sequence and returns Y [seq dirs batch hidden], the last states [dirs batch hidden]
// and, if the step has them, the last cells; with layout 1 the batch comes first.
func (r *recurrent) run(f step) []value {
	y, h, c := r.unrolled(f)
	outs := []*autodiff.Node{y}
	for _, state := range []*autodiff.Node{h, c} {
		if state != nil {
			outs = append(outs, autodiff.Reshape(state, len(r.backwards), r.batch, r.hidden))
		}
	}
	if r.batchFirst {
		outs[0] = autodiff.Transpose(y, 2, 0, 1, 3)
		for i := range outs[1:] {
			outs[1+i] = autodiff.Transpose(outs[1+i], 1, 0, 2)
		}
	}
	var values []value
	for _, n := range outs {
		values = append(values, r.same(n)...)
	}
	return values
}

func (r *recurrent) unrolled(f step) (y, h, c *autodiff.Node) {
	dirs, width := len(r.backwards), r.gates*r.hidden
	if r.seq == 0 {
		return autodiff.BroadcastTo(r.scalar(0), 0, dirs, r.batch, r.hidden), r.h, r.c
	}
	r.iterate(r.seq)
	// The products with all elements of the sequence are one matrix product.
	xw := autodiff.Dot(r.read(), r.w, false, true)
	if r.wb != nil {
		xw = autodiff.Add(xw, r.wb)
	}
	xw = autodiff.Reshape(xw, r.both(r.seq, r.batch, width)...)
	h, c = r.h, r.c
	ys := make([]*autodiff.Node, r.seq)
	for i := range r.seq {
		element := autodiff.Reshape(stretch(xw, -3, i, i+1), r.both(r.batch, width)...)
		nextH, nextC := f(element, h, c)
		out := nextH
		if r.lengths != nil {
			// Beyond its end a sequence keeps its state and gives zeros.
			within := autodiff.Less(r.times(i), r.lengths)
			out = autodiff.Select(within, nextH, r.scalar(0))
			nextH = autodiff.Select(within, nextH, h)
			if nextC != nil {
				nextC = autodiff.Select(within, nextC, c)
			}
		}
		h, c = nextH, nextC
		ys[i] = autodiff.Reshape(out, 1, dirs, r.batch, r.hidden)
	}
	directed := r.reversed(autodiff.Concat(0, ys...), 0)
	for i, y := range directed {
		directed[i] = autodiff.SliceAxis(y, 1, i, i+1)
	}
	return autodiff.Concat(1, directed...), h, c
}

// read returns the sequence [dirs seq·batch in], in the order in which each direction reads it.
func (r *recurrent) read() *autodiff.Node {
	xs := r.reversed(autodiff.Reshape(r.x, 1, r.seq, r.batch, r.x.Shape()[2]), 1)
	return autodiff.Reshape(autodiff.Concat(0, xs...), r.both(r.seq*r.batch, r.x.Shape()[2])...)
}

// reversed returns x for each direction: reversed along an axis for those that go backwards.
func (r *recurrent) reversed(x *autodiff.Node, axis int) []*autodiff.Node {
	xs := make([]*autodiff.Node, len(r.backwards))
	for i, backwards := range r.backwards {
		if xs[i] = x; backwards {
			xs[i] = autodiff.Reverse(x, axis)
		}
	}
	return xs
}

// times are the elements of the sequence [dirs 1 1] that the directions read at a step.
func (r *recurrent) times(step int) *autodiff.Node {
	times := make([]float64, len(r.backwards))
	for i, backwards := range r.backwards {
		if times[i] = float64(step); backwards {
			times[i] = float64(r.seq - 1 - step)
		}
	}
	if len(times) == 1 {
		return r.scalar(times[0])
	}
	return r.graph.Const(times, len(times), 1, 1)
}
