package metainit

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// mixed returns a model of four layers whose weights have the types. Their elements are whole numbers times 1/64, which
// every type holds exactly.
func mixed(types ...onnxio.DataType) *onnxpb.ModelProto {
	g := &onnxpb.GraphProto{
		Name:   proto.String("g"),
		Input:  []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 3)},
		Output: []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 3)},
	}
	value := "x"
	for i, dataType := range types {
		letter := string(rune('a' + i))
		var singles []float32
		for k := range 9 {
			singles = append(singles, float32((k*k+3*i)%11-5)/8)
		}
		g.Initializer = append(g.Initializer, stored("w"+letter, dataType, singles, 3, 3))
		g.Node = append(g.Node, onnxtest.Cast("w"+letter, "f"+letter, float32Type), onnxtest.Node("MatMul", value+",f"+letter, "h"+letter), onnxtest.Node("Tanh", "h"+letter, "t"+letter))
		value = "t" + letter
	}
	g.Node = append(g.Node, onnxtest.Node("Identity", value, "y"))
	return onnxtest.Model(g)
}

// stored returns an initializer of a type that holds the values exactly.
func stored(name string, dataType onnxio.DataType, values []float32, dims ...int64) *onnxpb.TensorProto {
	switch dataType {
	case float64Type:
		var doubles []float64
		for _, v := range values {
			doubles = append(doubles, float64(v))
		}
		return onnxtest.Tensor(name, dataType, doubles, dims...)
	case bfloat16Type:
		var halves []uint16
		for _, v := range values {
			halves = append(halves, uint16(math.Float32bits(v)>>16))
		}
		return onnxtest.Tensor(name, dataType, halves, dims...)
	case float16Type:
		var halves []uint16
		for _, v := range values {
			halves = append(halves, float16Bits(v))
		}
		return onnxtest.Tensor(name, dataType, halves, dims...)
	}
	return onnxtest.Tensor(name, dataType, values, dims...)
}

// float16Bits returns a number of few bits, neither large nor very small, as a half.
func float16Bits(v float32) uint16 {
	if v == 0 {
		return 0
	}
	bits := math.Float32bits(v)
	return uint16(bits>>16&0x8000) | uint16((bits>>23&0xff-112)<<10) | uint16(bits>>13&0x3ff)
}

// TestMixedTypes tunes a model with weights of four types: measured as if all were of one, written in their own.
func TestMixedTypes(t *testing.T) {
	for _, precision := range []autodiff.Precision{autodiff.Float32, autodiff.Float64} {
		opt := Options{Loss: LossMSE, Batch: 4, Precision: precision}
		types := []onnxio.DataType{float16Type, bfloat16Type, float64Type, float32Type}
		var quotients []float64
		for _, model := range []*onnxpb.ModelProto{mixed(types...), mixed(float32Type, float32Type, float32Type, float32Type)} {
			p, err := New(decoded(t, model.Graph), opt)
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			quotients = append(quotients, r.GQ)
		}
		if quotients[0] != quotients[1] {
			t.Errorf("%v: the quotient is %v, with float32 weights %v", precision, quotients[0], quotients[1])
		}
		r, _, before, after := save(t, mixed(types...), opt)
		a, errA := onnxio.Decode("a", before)
		b, errB := onnxio.Decode("b", after)
		if errA != nil || errB != nil || len(r.Tensors) != len(types) {
			t.Fatalf("%v, %v, %d tensors", errA, errB, len(r.Tensors))
		}
		d, err := Diff(a, b, DiffOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range r.Tensors {
			w := b.Initializer(row.Name)
			norm, err := w.Norm()
			if err != nil || w.DataType != types[i] || norm != *row.NormReached {
				t.Errorf("%s is of type %v and norm %v, %v; want %v, %v", row.Name, w.DataType, norm, err, types[i], *row.NormReached)
			}
			// Each element is rounded once, by half a unit in the last place at most.
			unit := map[onnxio.DataType]float64{float16Type: 0x1p-11, bfloat16Type: 0x1p-8, float32Type: 0x1p-24, float64Type: 0x1p-53}[types[i]]
			if off := math.Abs(*row.NormReached/row.NormAfter - 1); off > 1.01*unit+1e-15 {
				t.Errorf("%s: the norm reached is off by %v", row.Name, off)
			}
			if d.Tensors[i].Status != StatusScaled || math.Abs(*d.Tensors[i].Factor/row.Factor-1) > 2*unit {
				t.Errorf("%s is %+v, want scaled by %v", row.Name, d.Tensors[i], row.Factor)
			}
		}
	}
}

// TestDoubles has weights that float32 cannot hold.
func TestDoubles(t *testing.T) {
	model := func(scale float64) *onnxpb.GraphProto {
		return &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float64Type, "n", 2)},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float64Type, "n", 2)},
			Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", float64Type, []float64{scale, 2 * scale, -scale, scale}, 2, 2), onnxtest.Tensor("k", float64Type, []float64{1 / scale})},
			Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Mul", "h,k", "s"), onnxtest.Node("Tanh", "s", "y")},
		}
	}
	one := Options{Loss: LossMSE, Precision: autodiff.Float64}
	var want float64
	for _, scale := range []float64{1, 1e100} {
		p, err := New(decoded(t, model(scale)), one)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Measure()
		if err != nil || r.Loss == 0 {
			t.Fatalf("%v: %+v, %v", scale, r, err)
		}
		if want == 0 {
			want = r.Loss
		}
		if math.Abs(r.Loss/want-1) > 1e-12 {
			t.Errorf("loss %v, want %v", r.Loss, want)
		}
	}
	p, err := New(decoded(t, model(1e100)), Options{Loss: LossMSE})
	if err == nil {
		_, err = p.Measure()
	}
	if err == nil || !strings.Contains(err.Error(), `tensor "w" of type float64 has norm 2.646e+100, which is beyond float32: use Precision float64`) {
		t.Errorf("in float32: %v", err)
	}
}

// TestOverflow asks for more than float16 can hold: the error names the weight, and nothing is written.
func TestOverflow(t *testing.T) {
	m := decoded(t, &onnxpb.GraphProto{
		Name:        proto.String("g"),
		Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
		Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
		Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", float16Type, []uint16{0x7bff, 0x0001, 0x3c00, 0x3c00}, 2, 2)},
		Node:        []*onnxpb.NodeProto{onnxtest.Cast("w", "f", float32Type), onnxtest.Node("MatMul", "x,f", "y")},
	})
	p, err := New(m, Options{Loss: LossMSE})
	if err != nil {
		t.Fatal(err)
	}
	r := &Result{Tensors: []TunedTensor{{Name: "w", Factor: 1.5}}}
	var out bytes.Buffer
	if err := m.Rewrite(&out, p.Scalings(r), "", ""); err == nil || !strings.Contains(err.Error(), `tensor "w": element 65504 times 1.5 is not a finite number of its type`) || out.Len() > 0 {
		t.Errorf("%v, %d bytes", err, out.Len())
	}
}
