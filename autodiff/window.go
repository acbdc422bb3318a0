package autodiff

import "slices"

// Window is a pooling window over the spatial axes of [n c spatial…]. Size has
// one number for each spatial axis; the other slices too, nil meaning 1 for
// Strides and Dilations and 0 for padding.
type Window struct {
	Size, Strides, PadLo, PadHi, Dilations []int
}

// windowAttr is a pooling window with the spatial sizes of the result.
type windowAttr struct {
	Window
	Out []int
}

func (a windowAttr) appendKey(k []byte) []byte {
	return putInts(k, a.Size, a.Strides, a.PadLo, a.PadHi, a.Dilations, a.Out)
}

// WindowSum adds up the elements in each window; padding counts 0. x is
// [n c spatial…], the result [n c out…], out as for Conv.
func WindowSum(x *Node, w Window) *Node {
	w, out := w.normal("windowsum", x)
	return x.g.apply(OpWindowSum, windowAttr{w, out}, x)
}

// WindowMax returns the maximum in each window; padding never is the maximum.
// The derivative goes to the first maximum of the window.
func WindowMax(x *Node, w Window) *Node {
	return windowTake(x, WindowArgMax(x, w))
}

// windowTake picks the elements of each plane of x [n c spatial…] by index
// [n c out…], counted row by row over the spatial axes.
func windowTake(x, index *Node) *Node { return x.g.apply(OpWindowTake, nil, x, index) }

// windowScatter is the adjoint of windowTake: it adds the elements of dy into
// zeros at their indices, in planes of the given spatial sizes.
func windowScatter(dy, index *Node, spatial []int) *Node {
	return dy.g.apply(OpWindowScatter, axesAttr(slices.Clone(spatial)), dy, index)
}

// WindowArgMax returns where in its plane the first maximum of each window is,
// counted row by row over the spatial axes.
func WindowArgMax(x *Node, w Window) *Node {
	w, out := w.normal("windowargmax", x)
	for i, d := range x.shape[2:] {
		reach := w.Dilations[i]*(w.Size[i]-1) + 1
		last := (out[i]-1)*w.Strides[i] - w.PadLo[i]
		if w.PadLo[i] >= reach || last >= d {
			fail("windowargmax", "a window lies wholly in the padding: input %v with %+v", x.shape, w)
		}
	}
	return x.g.apply(OpWindowArgMax, windowAttr{w, out}, x)
}

// windowSpread is the adjoint of WindowSum: it adds each element of dy
// [n c out…] to all positions of its window in [n c spatial…].
func windowSpread(dy *Node, w Window, spatial []int) *Node {
	return dy.g.apply(OpWindowSpread, windowAttr{w, slices.Clone(spatial)}, dy)
}

func (w Window) normal(op string, x *Node) (Window, []int) {
	spatial := x.Rank() - 2
	if spatial < 1 || spatial > 3 || len(w.Size) != spatial {
		fail(op, "needs 1 to 3 spatial axes and a window size for each, got shape %v and window %v", x.shape, w.Size)
	}
	w.Size = orDefault(op, "window", w.Size, spatial, 1)
	w.Strides = orDefault(op, "strides", w.Strides, spatial, 1)
	w.Dilations = orDefault(op, "dilations", w.Dilations, spatial, 1)
	w.PadLo = orDefault(op, "padding", w.PadLo, spatial, 0)
	w.PadHi = orDefault(op, "padding", w.PadHi, spatial, 0)
	return w, w.counts(x.shape[2:])
}

// counts returns the number of window positions along each spatial axis.
func (w Window) counts(spatial []int) []int {
	out := make([]int, len(spatial))
	for i, d := range spatial {
		out[i] = windowCount(d, w.Size[i], w.Strides[i], w.PadLo[i], w.PadHi[i], w.Dilations[i])
	}
	return out
}

func windowShape(a attr, in []*Node) []int {
	return append(slices.Clone(in[0].shape[:2]), a.(windowAttr).Out...)
}

func windowSpreadShape(a attr, in []*Node) []int {
	w, y := a.(windowAttr), in[0]
	if len(w.Out) != y.Rank()-2 || !slices.Equal(w.counts(w.Out), y.shape[2:]) {
		fail("windowspread", "shape %v does not come from windows %+v over %v", y.shape, w.Window, w.Out)
	}
	return append(slices.Clone(y.shape[:2]), w.Out...)
}

func windowTakeShape(_ attr, in []*Node) []int {
	x, index := in[0], in[1]
	if x.Rank() < 3 || x.Rank() > 5 || index.Rank() != x.Rank() || !slices.Equal(x.shape[:2], index.shape[:2]) {
		fail("windowtake", "index %v does not fit planes of %v", index.shape, x.shape)
	}
	return index.shape
}

func windowScatterShape(a attr, in []*Node) []int {
	dy, index, spatial := in[0], in[1], a.(axesAttr)
	if !slices.Equal(dy.shape, index.shape) || dy.Rank() < 3 || len(spatial) != dy.Rank()-2 {
		fail("windowscatter", "shape %v and index %v do not fit planes of %v", dy.shape, index.shape, []int(spatial))
	}
	return append(slices.Clone(dy.shape[:2]), spatial...)
}
