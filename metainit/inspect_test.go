package metainit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

func TestInspectReferenceModels(t *testing.T) {
	paths, err := filepath.Glob("../testdata/reference/*/model.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no reference models: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(filepath.Dir(path), "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				NumParams int64              `json:"num_params"`
				Names     []string           `json:"param_names"`
				Norms     map[string]float64 `json:"norms"`
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			m, err := onnxio.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			r := Inspect(m, Options{})
			if r.Problem != "" || r.NumParameters != want.NumParams || r.LossKind != LossCrossEntropy {
				t.Errorf("problem %q, %d parameters, loss %s; want none, %d, %s", r.Problem, r.NumParameters, r.LossKind, want.NumParams, LossCrossEntropy)
			}
			weights := 0
			for _, row := range r.Tensors {
				if row.Role == RoleUnknown || row.Reason == "" {
					t.Errorf("%s: role %s, reason %q", row.Name, row.Role, row.Reason)
				}
				if row.Role != RoleWeight {
					continue
				}
				weights++
				if row.Norm == nil || len(row.Shape) < 2 {
					t.Errorf("weight %s has shape %v and norm %v", row.Name, row.Shape, row.Norm)
				}
			}
			if weights != len(want.Norms) {
				t.Errorf("%d weights, want %d", weights, len(want.Norms))
			}
		})
	}
}

// A model with everything that stands in the way of tuning can be looked at.
func TestInspectBrokenModel(t *testing.T) {
	symbolic := &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{
		{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "n"}}, {}, {Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: 3}}}}
	tensor := func(shape *onnxpb.TensorShapeProto) *onnxpb.TypeProto {
		return &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(1), Shape: shape}}}
	}
	m := decoded(t, &onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{
			onnxtest.Tensor("w", float32Type, []float32{3, 4}, 2, 1),
			onnxtest.Tensor("short", float32Type, []float32{3}, 2),
			onnxtest.Tensor("k", int64Type, []int64{3}),
		},
		Input: []*onnxpb.ValueInfoProto{
			{Name: proto.String("x"), Type: tensor(symbolic)},
			{Name: proto.String("free"), Type: tensor(nil)},
			{Name: proto.String("untyped")},
			{Name: proto.String("w"), Type: tensor(symbolic)}, // as old files list initializers
		},
	})
	m.Proto.MetadataProps = []*onnxpb.StringStringEntryProto{
		{Key: proto.String("metainit"), Value: proto.String(`{"steps": 3}`)},
		{Key: proto.String("metainit.2"), Value: proto.String("no JSON")},
		{Key: proto.String("metainitial"), Value: proto.String("of another program")},
	}
	r := Inspect(m, Options{})
	if r.Problem == "" {
		t.Error("a model without output has no problem")
	}
	inputs := []Interface{{"x", "float32", []any{"n", "", int64(3)}}, {"free", "float32", nil}, {"untyped", "not a tensor", nil}}
	if !reflect.DeepEqual(r.Inputs, inputs) {
		t.Errorf("inputs %+v, want %+v", r.Inputs, inputs)
	}
	records := []EarlierRecord{{"metainit", json.RawMessage(`{"steps": 3}`)}, {"metainit.2", "no JSON"}}
	if !reflect.DeepEqual(r.Records, records) {
		t.Errorf("records %+v, want %+v", r.Records, records)
	}
	five := 5.0
	if want := (InspectedTensor{Name: "w", Shape: []int64{2, 1}, DType: "float32", Norm: &five, Role: RoleUnknown}); !reflect.DeepEqual(r.Tensors[0], want) {
		t.Errorf("got %+v, want %+v", r.Tensors[0], want)
	}
	if short := r.Tensors[1]; short.Norm != nil || !strings.Contains(short.Reason, "needs 8") {
		t.Errorf("got %+v, want the error as reason", short)
	}
	if k := r.Tensors[2]; k.Role != RoleConstant || k.Norm != nil || len(k.Shape) != 0 || k.Shape == nil {
		t.Errorf("got %+v, want a scalar constant", k)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// TestInspectHugeInitializer: one tensor that cannot be is the problem, and all others are listed.
func TestInspectHugeInitializer(t *testing.T) {
	huge := square("w", 1)
	huge.Dims = []int64{4, 2, 1 << 40, 3}
	r := Inspect(decoded(t, &onnxpb.GraphProto{
		Name:        proto.String("g"),
		Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
		Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
		Initializer: []*onnxpb.TensorProto{huge, square("v", 1)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,v", "h"), onnxtest.Node("Add", "h,w", "y")},
	}), Options{})
	if !strings.Contains(r.Problem, `tensor "w": shape [4 2 1099511627776 3] is out of range`) || len(r.Tensors) != 2 || r.Tensors[1].Norm == nil {
		t.Errorf("problem %q, tensors %+v", r.Problem, r.Tensors)
	}
}
