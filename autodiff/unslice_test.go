package autodiff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestUnsliceAddsPads puts random slices of random tensors back, and compares with
// the sum of the pads of each.
func TestUnsliceAddsPads(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		checkUnslice(t, rng)
	}
}

// FuzzUnslice is TestUnsliceAddsPads with other numbers.
func FuzzUnslice(f *testing.F) {
	f.Add(uint64(5), uint64(6))
	f.Fuzz(func(t *testing.T, a, b uint64) { checkUnslice(t, rand.New(rand.NewPCG(a, b))) })
}

func checkUnslice(t *testing.T, rng *rand.Rand) {
	g := NewGraph()
	shape := make([]int, rng.IntN(4))
	for i := range shape {
		shape[i] = rng.IntN(8)
	}
	var list []sliced
	var want *Node
	for range 1 + rng.IntN(8) {
		s := randomSlice(rng, shape)
		size := sliceShape(s, []*Node{g.Variable("x", shape...)})
		data := make([]float64, sizeOf(size))
		for i := range data {
			data[i] = float64(rng.IntN(1000)) // sums of them are exact in any order
		}
		part := sliced{s, g.Const(data, size...)}
		list = append(list, part)
		want = plus(want, part.padded(0, len(shape), shape))
	}
	text := fmt.Sprint(list)
	got := unslice(list, shape)
	if !slices.Equal(got.shape, shape) {
		t.Fatalf("the slices %s of shape %v give shape %v", text, shape, got.shape)
	}
	values, err := Evaluate([]*Node{got, want}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(values[0], values[1]) {
		t.Fatalf("the slices %s of shape %v give %v, want %v", text, shape, values[0], values[1])
	}
}

// randomSlice takes all of an axis, one place, a range, or some places of it.
func randomSlice(rng *rand.Rand, shape []int) sliceAttr {
	s := sliceAttr{make([]int, len(shape)), slices.Clone(shape), slices.Repeat([]int{1}, len(shape))}
	for i, d := range shape {
		switch at := rng.IntN(d + 1); rng.IntN(4) {
		case 0:
		case 1:
			s.Starts[i], s.Limits[i] = at, min(at+1, d)
		case 2:
			s.Starts[i], s.Limits[i] = at, at+rng.IntN(d-at+1)
		default:
			s.Starts[i], s.Limits[i], s.Steps[i] = at, at+rng.IntN(d-at+1), 1+rng.IntN(3)
		}
	}
	return s
}

// slicings are functions of several slices of one tensor [6 4].
var slicings = []struct {
	name string
	of   func(x *Node) *Node
}{
	{"apart", func(x *Node) *Node { return Mul(SliceAxis(x, 0, 0, 2), Sin(SliceAxis(x, 0, 4, 6))) }},
	{"all rows", func(x *Node) *Node {
		h := Tanh(SliceAxis(x, 0, 5, 6))
		for i := range 5 {
			h = Tanh(Add(Mul(h, SliceAxis(x, 0, i, i+1)), SliceAxis(x, 0, 4-i, 5-i)))
		}
		return h
	}},
	{"overlapping", func(x *Node) *Node {
		return Mul(Mul(SliceAxis(x, 0, 0, 3), SliceAxis(x, 0, 1, 4)), Mul(SliceAxis(x, 0, 2, 5), SliceAxis(x, 0, 1, 4)))
	}},
	{"strided", func(x *Node) *Node {
		even, odd := Slice(x, []int{0, 0}, []int{5, 4}, []int{2, 1}), Slice(x, []int{1, 0}, []int{6, 4}, []int{2, 1})
		return Mul(Mul(even, Slice(x, []int{0, 0}, []int{6, 4}, []int{2, 1})), Exp(odd))
	}},
	{"reversed", func(x *Node) *Node {
		return Mul(Sin(SliceAxis(Reverse(x, 0), 0, 1, 4)), SliceAxis(Reverse(x, 0, 1), 0, 0, 3))
	}},
	{"nested", func(x *Node) *Node {
		tail, product := x, SliceAxis(x, 0, 0, 1)
		for tail.shape[0] > 1 {
			tail = SliceAxis(tail, 0, 1, tail.shape[0])
			product = Mul(product, Sin(SliceAxis(tail, 0, 0, 1)))
		}
		return product
	}},
	{"several axes", func(x *Node) *Node {
		corner := func(i, k int) *Node { return Slice(x, []int{i, k}, []int{i + 3, k + 2}, nil) }
		return Mul(Mul(corner(0, 0), corner(3, 2)), Mul(Sin(corner(0, 2)), corner(2, 1)))
	}},
	{"rows and columns", func(x *Node) *Node {
		return Mul(Dot(SliceAxis(x, 1, 1, 3), SliceAxis(x, 0, 2, 4), false, false), Sin(x))
	}},
	{"the whole besides", func(x *Node) *Node {
		return Mul(Mul(x, SliceAxis(x, 0, 1, 2)), Add(Slice(x, []int{0, 0}, []int{6, 4}, nil), SliceAxis(x, 0, 3, 4)))
	}},
	{"slices of a concatenation", func(x *Node) *Node {
		y := Concat(0, Sin(x), Mul(x, x), Tanh(SliceAxis(x, 0, 2, 5)))
		return Mul(Mul(SliceAxis(y, 0, 1, 4), SliceAxis(y, 0, 4, 7)), Mul(SliceAxis(y, 0, 12, 15), SliceAxis(y, 0, 10, 13)))
	}},
	{"an empty one", func(x *Node) *Node {
		return Concat(0, Mul(SliceAxis(x, 0, 0, 2), SliceAxis(x, 0, 3, 5)), SliceAxis(x, 0, 2, 2), Sin(SliceAxis(x, 0, 5, 6)))
	}},
}

// TestDerivativesOfSlices checks functions of several slices of one tensor, and
// their gradients, at the orders 1 to 4.
func TestDerivativesOfSlices(t *testing.T) {
	for i, c := range slicings {
		t.Run(c.name, func(t *testing.T) {
			s := NewSampler(uint64(i))
			x := s.Variable(6, 4)
			y := c.of(Mul(x, x)) // so that the tensor that is cut has a cotangent of its own
			checkOrders(t, c.name, s, y, 4)
			weighted := SumAll(Mul(y, Sin(y)))
			checkOrders(t, c.name+", gradient", s, Grad(weighted, []*Node{x})[0], 3)
		})
	}
}

// TestSlicesTakeTheSpaceOfTheWhole: the cotangent of a tensor that is cut into many
// pieces takes no more memory for there being many.
func TestSlicesTakeTheSpaceOfTheWhole(t *testing.T) {
	elements := func(pieces int) (total int) {
		g := NewGraph()
		x := g.Variable("x", 1024, 4)
		y, size := g.Scalar(0), 1024/pieces
		for i := range pieces {
			y = Add(y, SumAll(Sin(SliceAxis(Exp(x), 0, i*size, (i+1)*size))))
		}
		for _, n := range ancestors(Grad(y, []*Node{x})) {
			total += n.Size()
		}
		return total
	}
	if few, many := elements(4), elements(512); many > few+4*512 {
		t.Errorf("the gradient by 512 pieces has %d elements, by 4 pieces %d", many, few)
	}
}
