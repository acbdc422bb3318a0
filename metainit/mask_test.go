package metainit

import (
	"errors"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestMasks adds a stored tensor to the scores of a softmax: a mask is a constant, of any type and with infinities, and
// leaves the quotient finite; what a network could have is a weight.
func TestMasks(t *testing.T) {
	lowest := -math.MaxFloat32
	for _, c := range []struct {
		name     string
		elements []float32
		dataType onnxio.DataType
		want     Role
	}{
		{"infinite", []float32{0, float32(math.Inf(-1)), 0, 0}, float32Type, RoleConstant},
		{"infinite with biases", []float32{-0.5, float32(math.Inf(-1)), 2, 0}, float32Type, RoleConstant},
		{"lowest", []float32{0, float32(lowest), 0, 0}, float32Type, RoleConstant},
		{"lowest double", []float32{0, float32(lowest), 0, 0}, float64Type, RoleConstant},
		{"ten thousand", []float32{0, -1e4, 0, 0}, float32Type, RoleConstant},
		{"infinite", []float32{0, 0, 0, float32(math.Inf(-1))}, float64Type, RoleConstant},
		{"a hundred", []float32{0, -100, 0, -100}, float32Type, RoleConstant},
		{"a hundred and biases", []float32{0, -100, 0.5, -100}, float32Type, RoleWeight},
		{"ninety-nine", []float32{0, -99, 0, -99}, float32Type, RoleWeight},
		{"biases", []float32{-9999, -0.5, 0, 0}, float32Type, RoleWeight},
		{"large both ways", []float32{-1e4, -0.5, 20, 0}, float32Type, RoleWeight},
	} {
		p, err := New(decoded(t, &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", c.dataType, "n", 2)},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", c.dataType, "n", 2)},
			Initializer: []*onnxpb.TensorProto{stored("m", c.dataType, c.elements, 2, 2), stored("w", c.dataType, []float32{1, 2, 3, 5}, 2, 2)},
			Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Add", "h,m", "s"), onnxtest.Node("Softmax", "s", "a"), onnxtest.Node("MatMul", "a,w", "y")},
		}), Options{Loss: LossMSE, Batch: 2})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		wantRole(t, c.name, p, "m", c.want)
		if _, err := p.Measure(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}

	// A product with an infinite element is a broken weight.
	for _, broken := range []struct {
		operator string
		elements []float32
	}{
		{"MatMul", []float32{0, float32(math.Inf(-1)), 0, 0}},
		{"Add", []float32{0, float32(math.Inf(-1)), float32(math.Inf(1)), 0}},
		{"Add", []float32{0, float32(math.Inf(-1)), float32(math.NaN()), 0}},
	} {
		_, err := New(decoded(t, &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
			Initializer: []*onnxpb.TensorProto{stored("m", float32Type, broken.elements, 2, 2)},
			Node:        []*onnxpb.NodeProto{onnxtest.Node(broken.operator, "x,m", "y")},
		}), Options{Loss: LossMSE, Batch: 2})
		if !errors.Is(err, ErrNotFinite) {
			t.Errorf("%s of %v: %v, want not finite", broken.operator, broken.elements, err)
		}
	}
}

// TestFillings: what stands for an undefined result throughout is a constant, and the quotient is finite where it is not taken.
func TestFillings(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		v := float32(value)
		p, err := New(decoded(t, &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
			Initializer: []*onnxpb.TensorProto{stored("m", float32Type, []float32{v, v, v, v}, 2, 2), stored("w", float32Type, []float32{1, 2, 3, 5}, 2, 2), stored("low", float32Type, []float32{-1e30}, 1)},
			Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Greater", "h,low", "c"), onnxtest.Node("Where", "c,h,m", "y")},
		}), Options{Loss: LossMSE, Batch: 2})
		if err != nil {
			t.Errorf("%v: %v", v, err)
			continue
		}
		wantRole(t, "filled", p, "m", RoleConstant)
		if _, err := p.Measure(); err != nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}

// TestSelectingMasks: zeros and ones that multiply elementwise are a mask; as a factor of a product, or in sums, they are what
// a net may begin with.
func TestSelectingMasks(t *testing.T) {
	for _, c := range []struct {
		name     string
		elements []float32
		nodes    []*onnxpb.NodeProto
		want     Role
	}{
		{"of an activation", []float32{0, 1, 1, 0}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Mul", "h,m", "y")}, RoleConstant},
		{"of a weight", []float32{0, 1, 1, 0}, []*onnxpb.NodeProto{onnxtest.Node("Mul", "w,m", "k"), onnxtest.Node("MatMul", "x,k", "y")}, RoleConstant},
		{"moved", []float32{0, 1, 1, 0}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Transpose", "m", "n"), onnxtest.Node("Mul", "h,n", "y")}, RoleConstant},
		{"identity matrix", []float32{1, 0, 0, 1}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("MatMul", "h,m", "y")}, RoleWeight},
		{"transposed", []float32{1, 0, 0, 1}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Transpose", "m", "n"), onnxtest.Node("MatMul", "h,n", "y")}, RoleWeight},
		{"sum", []float32{0, 1, 1, 0}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Add", "h,m", "y")}, RoleWeight},
		{"ones", []float32{1, 1, 1, 1}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Mul", "h,m", "y")}, RoleWeight},
		{"more", []float32{0, 1, 2, 0}, []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Mul", "h,m", "y")}, RoleWeight},
	} {
		p, err := New(decoded(t, &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
			Initializer: []*onnxpb.TensorProto{stored("m", float32Type, c.elements, 2, 2), stored("w", float32Type, []float32{1, 2, 3, 5}, 2, 2)},
			Node:        c.nodes,
		}), Options{Loss: LossMSE, Batch: 2})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		wantRole(t, c.name, p, "m", c.want)
	}
}

func wantRole(t *testing.T, name string, p *Problem, tensor string, want Role) {
	t.Helper()
	for _, par := range p.Parameters() {
		if par.Name == tensor && par.Role != want {
			t.Errorf("%s: a %s (%s), want a %s", name, par.Role, par.Reason, want)
		}
	}
}

// TestSpread: what is known of elements is so whatever came before them, also once most tell nothing more.
func TestSpread(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		elements           []float64
		least, greatest    float64
		nan, numbers, more bool
	}{
		{nil, inf, -inf, false, false, false},
		{[]float64{0, 0}, 0, 0, false, true, false},
		{[]float64{0, -100, 0, -100}, -100, 0, false, true, false},
		{[]float64{1, -1, 0.5, 2, -2, 1, -3, 3, 0}, -3, 3, false, true, true},
		{[]float64{1, 2, 3, inf, 2, -inf, 5}, -inf, inf, false, true, true},
		{[]float64{-inf, inf, -inf}, -inf, inf, false, false, true},
		{[]float64{-inf, inf, 3}, -inf, inf, false, true, true},
		{[]float64{1, 2, 1.5, nan, 7}, nan, nan, true, true, true},
		{[]float64{nan, nan}, nan, nan, true, false, true},
	} {
		s := newSpread()
		s.add(c.elements)
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		if !same(s.least, c.least) || !same(s.greatest, c.greatest) || s.nan != c.nan || s.numbers != c.numbers || s.more != c.more {
			t.Errorf("%v: %+v", c.elements, s)
		}
	}
}
