package metainit

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// square returns a float32 tensor of shape [2 2] with elements from first on.
func square(name string, first float32) *onnxpb.TensorProto {
	return onnxtest.Tensor(name, float32Type, []float32{first, 0.3 * first, -0.7 * first, 0.9 * first}, 2, 2)
}

// everyPlace returns a model with a weight in every place where one can be: y = tanh(… tanh(x a) aᵀ c …).
func everyPlace() *onnxpb.ModelProto {
	branch := func(name string, first float32) *onnxpb.AttributeProto {
		return onnxtest.Attribute(name, &onnxpb.GraphProto{
			Name:        &name,
			Initializer: []*onnxpb.TensorProto{square("s", first)},
			Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "h3,s", "b")},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("b", float32Type, "n", 2)},
		})
	}
	call := onnxtest.Node("F", "h4", "h5")
	call.Domain = proto.String("local")
	sparse := &onnxpb.SparseTensorProto{
		Dims:    []int64{2, 2},
		Values:  onnxtest.Tensor("sp", float32Type, []float32{0.25, 0.5}, 2),
		Indices: onnxtest.Tensor("", int64Type, []int64{0, 3}, 2),
	}
	opsets := []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}, {Domain: proto.String("local"), Version: proto.Int64(1)}}
	return &onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: opsets,
		Graph: &onnxpb.GraphProto{
			Name:              proto.String("g"),
			Input:             []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2), onnxtest.Info("a", float32Type, 2, 2), onnxtest.Info("sp", float32Type, 2, 2)},
			Output:            []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
			Initializer:       []*onnxpb.TensorProto{square("a", 1.1), onnxtest.Tensor("yes", onnxio.Bool, []bool{true})},
			SparseInitializer: []*onnxpb.SparseTensorProto{sparse},
			Node: []*onnxpb.NodeProto{
				onnxtest.Node("MatMul", "x,a", "h0"),
				onnxtest.Node("Identity", "a", "again"),
				onnxtest.Node("Transpose", "again", "t"),
				onnxtest.Node("MatMul", "h0,t", "h1"),
				onnxtest.Node("Tanh", "h1", "h2"),
				onnxtest.Node("Constant", "", "c", onnxtest.Attribute("value", square("", 1.2))),
				onnxtest.Node("MatMul", "h2,c", "h3"),
				onnxtest.Node("If", "yes", "h4", branch("then_branch", 1.3), branch("else_branch", 1.4)),
				call,
				onnxtest.Node("MatMul", "h5,sp", "h6"),
				onnxtest.Node("Tanh", "h6", "y"),
			},
		},
		Functions: []*onnxpb.FunctionProto{{
			Name: proto.String("F"), Domain: proto.String("local"), Input: []string{"p"}, Output: []string{"q"}, OpsetImport: opsets,
			Node: []*onnxpb.NodeProto{onnxtest.Node("Constant", "", "s", onnxtest.Attribute("value", square("", 1.5))), onnxtest.Node("MatMul", "p,s", "q")},
		}},
		TrainingInfo: []*onnxpb.TrainingInfoProto{{
			Initialization: &onnxpb.GraphProto{
				Name:   proto.String("init"),
				Node:   []*onnxpb.NodeProto{onnxtest.Node("Constant", "", "fresh", onnxtest.Attribute("value", square("", 1.6)))},
				Output: []*onnxpb.ValueInfoProto{onnxtest.Info("fresh", float32Type, 2, 2)},
			},
			InitializationBinding: []*onnxpb.StringStringEntryProto{{Key: proto.String("a"), Value: proto.String("fresh")}},
		}},
	}
}

// save tunes the model for three steps of the paper's algorithm and writes it; it returns both files.
func save(t *testing.T, p *onnxpb.ModelProto, opt Options) (r *Result, warnings []string, before, after []byte) {
	t.Helper()
	before, err := proto.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.onnx"), filepath.Join(folder, "out.onnx")
	if err := os.WriteFile(in, before, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := onnxio.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	problem, err := New(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = problem.Tune(context.Background(), TuneOptions{Paper: true, Steps: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Save(out, problem.Scalings(r), MetadataKey, problem.Record(r)); err != nil {
		t.Fatal(err)
	}
	if after, err = os.ReadFile(out); err != nil {
		t.Fatal(err)
	}
	return r, problem.Warnings(), before, after
}

// TestEveryPlace tunes weights of which several have one name, and looks at every byte of what is written.
func TestEveryPlace(t *testing.T) {
	r, warnings, before, after := save(t, everyPlace(), Options{Loss: LossMSE, Batch: 4})
	if want := []string{
		`training_info 0 initializes "a" anew when training begins, which undoes what is tuned; remove this initialization_binding`,
		`the sparse initializer "sp" is left as it is; store it dense to have it tuned`,
	}; !slices.Equal(warnings, want) {
		t.Errorf("warnings are %q", warnings)
	}
	first := map[string]float32{"a": 1.1, "c": 1.2, "subgraph/s": 1.3, "function/s": 1.5}
	if len(r.Tensors) != len(first) {
		t.Errorf("%d tensors are tuned, want %d: %+v", len(r.Tensors), len(first), r.Tensors)
	}
	restored := slices.Clone(after[:len(before)])
	for _, row := range r.Tensors {
		w, known := first[row.Name]
		if !known || row.Factor == 1 {
			t.Errorf("%q is tuned by %v", row.Name, row.Factor)
			continue
		}
		old := square("", w).RawData
		at := bytes.Index(before, old)
		var norm float64
		for i := 0; i < len(old); i += 4 {
			x := math.Float32frombits(binary.LittleEndian.Uint32(old[i:]))
			want, got := float32(float64(x)*row.Factor), math.Float32frombits(binary.LittleEndian.Uint32(after[at+i:]))
			if got != want {
				t.Errorf("%s: %v became %v, want %v", row.Name, x, got, want)
			}
			norm += float64(got) * float64(got)
		}
		if math.Abs(*row.NormReached/math.Sqrt(norm)-1) > 1e-12 {
			t.Errorf("%s: the norm reached is %v, want %v", row.Name, *row.NormReached, math.Sqrt(norm))
		}
		copy(restored[at:], old)
	}
	if !bytes.Equal(restored, before) {
		t.Error("other bytes changed")
	}
	if entry := string(after[len(before):]); !strings.Contains(entry, MetadataKey) || strings.Count(entry, `"schema"`) != 1 {
		t.Errorf("what is appended is %q", entry)
	}
}
