package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// recurrent is what RNN, GRU and LSTM share.
type recurrent struct {
	*call
	gates, hidden int
	seq, batch    int
	x             *autodiff.Node // [seq batch in]
	lengths       *autodiff.Node // [batch 1]; nil if all sequences are as long as x
	batchFirst    bool           // layout 1: the batch is the first axis outside
	directions    []*direction
	limit         *autodiff.Node // what the inputs of activations are clipped to; nil: not at all
}

// direction is one pass over the sequence.
type direction struct {
	*recurrent
	backwards bool
	w, r      *autodiff.Node // [gates·hidden in], [gates·hidden hidden]
	wb, rb    *autodiff.Node // [gates·hidden]; nil: none
	peephole  *autodiff.Node // [3·hidden], LSTM only; nil: none
	h, c      *autodiff.Node // the initial states [batch hidden]
	f         []activation
}

type activation func(x *autodiff.Node) *autodiff.Node

// step computes the states after one element of the sequence; xw [batch gates·hidden] is its product with w, bias added.
type step func(d *direction, xw, h, c *autodiff.Node) (nextH, nextC *autodiff.Node)

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
	var backwards []bool
	switch d := c.text("direction", "forward"); d {
	case "forward":
		backwards = []bool{false}
	case "reverse":
		backwards = []bool{true}
	case "bidirectional":
		backwards = []bool{false, true}
	default:
		c.fail("attribute \"direction\" is %q", d)
	}
	f := c.activations(slices.Repeat(defaults, len(backwards)))
	for i, b := range backwards {
		d := &direction{recurrent: r, backwards: b, f: f[i*len(defaults) : (i+1)*len(defaults)]}
		rows := gates * r.hidden
		d.w = r.weights(1, i, len(backwards), rows, r.x.Shape()[2])
		d.r = r.weights(2, i, len(backwards), rows, r.hidden)
		if !c.absent(3) {
			bias := r.weights(3, i, len(backwards), 2*rows)
			d.wb, d.rb = autodiff.SliceAxis(bias, 0, 0, rows), autodiff.SliceAxis(bias, 0, rows, 2*rows)
		}
		d.h, d.c = r.initial(5, i, len(backwards)), r.initial(6, i, len(backwards))
		if !c.absent(7) {
			d.peephole = r.weights(7, i, len(backwards), 3*r.hidden)
		}
		r.directions = append(r.directions, d)
	}
	return r
}

// maxSteps bounds the length of a sequence: every element adds nodes to the graph.
const maxSteps = 1 << 14

// weights returns the part of input i [dirs shape…] that belongs to one direction.
func (r *recurrent) weights(i, dir, dirs int, shape ...int) *autodiff.Node {
	full := append([]int{dirs}, shape...)
	if !slices.Equal(r.call.x(i).Shape(), full) {
		r.fail("input %d has shape %v, expected %v", i, r.call.x(i).Shape(), full)
	}
	return autodiff.Reshape(autodiff.SliceAxis(r.call.x(i), 0, dir, dir+1), shape...)
}

// initial returns an initial state [batch hidden], zeros if the input is absent.
func (r *recurrent) initial(i, dir, dirs int) *autodiff.Node {
	if r.absent(i) {
		return autodiff.BroadcastTo(r.scalar(0), r.batch, r.hidden)
	}
	if !r.batchFirst {
		return r.weights(i, dir, dirs, r.batch, r.hidden)
	}
	state := r.call.x(i)
	if !slices.Equal(state.Shape(), []int{r.batch, dirs, r.hidden}) {
		r.fail("input %d has shape %v, expected %v", i, state.Shape(), []int{r.batch, dirs, r.hidden})
	}
	return autodiff.Reshape(autodiff.SliceAxis(state, 1, dir, dir+1), r.batch, r.hidden)
}

// gate returns part i of [batch gates·hidden].
func (r *recurrent) gate(x *autodiff.Node, i int) *autodiff.Node {
	return autodiff.SliceAxis(x, 1, i*r.hidden, (i+1)*r.hidden)
}

// part returns the rows of gates from up to limit.
func (r *recurrent) part(x *autodiff.Node, from, limit int) *autodiff.Node {
	return autodiff.SliceAxis(x, 0, from*r.hidden, limit*r.hidden)
}

// recur is the product of a state with the recurrent weights of some gates, bias added.
func (d *direction) recur(h *autodiff.Node, from, limit int) *autodiff.Node {
	y := autodiff.Dot(h, d.part(d.r, from, limit), false, true)
	if d.rb != nil {
		y = autodiff.Add(y, d.part(d.rb, from, limit))
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
func (r *recurrent) run(f step) []Value {
	dirs := len(r.directions)
	var ys, hs, cs []*autodiff.Node
	for _, d := range r.directions {
		y, h, c := d.run(f)
		ys = append(ys, autodiff.Reshape(y, r.seq, 1, r.batch, r.hidden))
		hs = append(hs, autodiff.Reshape(h, 1, r.batch, r.hidden))
		if c != nil {
			cs = append(cs, autodiff.Reshape(c, 1, r.batch, r.hidden))
		}
	}
	y, h := autodiff.Concat(1, ys...), autodiff.Concat(0, hs...)
	outs := []*autodiff.Node{y, h}
	if len(cs) == dirs {
		outs = append(outs, autodiff.Concat(0, cs...))
	}
	if r.batchFirst {
		outs[0] = autodiff.Transpose(y, 2, 0, 1, 3)
		for i := range outs[1:] {
			outs[1+i] = autodiff.Transpose(outs[1+i], 1, 0, 2)
		}
	}
	var values []Value
	for _, n := range outs {
		values = append(values, r.same(n)...)
	}
	return values
}

func (d *direction) run(f step) (y, h, c *autodiff.Node) {
	if d.seq == 0 {
		return autodiff.BroadcastTo(d.scalar(0), 0, d.batch, d.hidden), d.h, d.c
	}
	// The products with all elements of the sequence are one matrix product.
	width := d.gates * d.hidden
	flat := autodiff.Reshape(d.recurrent.x, d.seq*d.batch, d.recurrent.x.Shape()[2])
	xw := autodiff.Dot(flat, d.w, false, true)
	if d.wb != nil {
		xw = autodiff.Add(xw, d.wb)
	}
	xw = autodiff.Reshape(xw, d.seq, d.batch, width)
	h, c = d.h, d.c
	ys := make([]*autodiff.Node, d.seq)
	for i := range d.seq {
		t := i
		if d.backwards {
			t = d.seq - 1 - i
		}
		nextH, nextC := f(d, autodiff.Reshape(autodiff.SliceAxis(xw, 0, t, t+1), d.batch, width), h, c)
		out := nextH
		if d.lengths != nil {
			// Beyond its end a sequence keeps its state and gives zeros.
			within := autodiff.Less(d.scalar(float64(t)), d.lengths)
			out = autodiff.Select(within, nextH, d.scalar(0))
			nextH = autodiff.Select(within, nextH, h)
			if nextC != nil {
				nextC = autodiff.Select(within, nextC, c)
			}
		}
		h, c = nextH, nextC
		ys[t] = autodiff.Reshape(out, 1, d.batch, d.hidden)
	}
	return autodiff.Concat(0, ys...), h, c
}
