package metainit

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestExports computes in float32 what ONNX Runtime computed for the exports of testdata/exports, checks that what their
// products multiply by are weights, and measures the gradient quotient. METAINIT_EXPORTS names a further folder of cases
// that the scripts of testdata/exporters wrote.
func TestExports(t *testing.T) {
	paths, err := filepath.Glob("../testdata/exports/*/model.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in testdata/exports (%v)", err)
	}
	if folder := os.Getenv("METAINIT_EXPORTS"); folder != "" {
		more, err := filepath.Glob(filepath.Join(folder, "*", "model.onnx"))
		if err != nil || len(more) == 0 {
			t.Fatalf("no cases in METAINIT_EXPORTS=%s (%v)", folder, err)
		}
		paths = append(paths, more...)
	}
	for _, path := range paths {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, err := onnxio.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			opt := Options{Inputs: map[string]*Array{}, Precision: autodiff.Float32}
			for _, in := range m.Proto.GetGraph().GetInput() {
				if name := in.GetName(); m.Initializer(name) == nil {
					opt.Inputs[name] = readArray(t, filepath.Join(dir, strings.NewReplacer("/", "_", ":", "_").Replace(name)+".npy"))
				}
			}
			p, err := New(m, opt)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Forward()
			if err != nil {
				t.Fatal(err)
			}
			want := readArray(t, filepath.Join(dir, "output.npy"))
			if !slices.Equal(got.Shape, want.Shape) {
				t.Fatalf("output of shape %v, want %v", got.Shape, want.Shape)
			}
			difference := relativeDifference(got.Data, want.Data)
			if !(difference <= 1e-4) {
				t.Errorf("output differs from ONNX Runtime's by %.1e of its largest element", difference)
			}
			weights := productWeights(m)
			if len(weights) == 0 {
				t.Error("no product with a stored tensor")
			}
			for _, par := range p.Parameters() {
				if weights[par.Tensor] && par.Role != RoleWeight && par.Role != RoleScaleInvariant {
					t.Errorf("%s %v is multiplied by in a product, but is a %s: %s", par.Name, par.Shape, par.Role, par.Reason)
				}
				delete(weights, par.Tensor)
			}
			for w := range weights {
				t.Errorf("%s %v is multiplied by in a product, but is no parameter", w.Name, w.Shape)
			}
			measured, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("difference %.1e, GQ %.4g, %s, weights %d", difference, measured.GQ, measured.LossKind, len(productWeights(m)))
		})
	}
}

// relativeDifference is the largest difference relative to the largest element of want.
func relativeDifference(got, want []float64) float64 {
	difference, size := 0.0, 0.0
	for i, w := range want {
		difference, size = max(difference, math.Abs(got[i]-w)), max(size, math.Abs(w)) // NaN stays
	}
	return difference / size
}

// productOperands are the operands of operators that multiply by a matrix, by position.
var productOperands = map[string][]int{
	"Conv": {1}, "ConvTranspose": {1}, "Gemm": {0, 1}, "MatMul": {0, 1}, "Einsum": {0, 1, 2},
	"LSTM": {1, 2}, "GRU": {1, 2}, "RNN": {1, 2},
	"FusedConv": {1}, "FusedGemm": {0, 1}, "FusedMatMul": {0, 1},
}

// rearranging are the operators whose result's elements are those of the first operand, or of as many as the number says.
var rearranging = map[string]int{
	"Identity": 1, "Transpose": 1, "Reshape": 1, "Unsqueeze": 1, "Squeeze": 1, "Flatten": 1, "Cast": 1, "Slice": 1, "Concat": math.MaxInt,
}

// productWeights returns the stored tensors of two or more axes that products multiply by: in the main graph, its
// subgraphs and the functions.
func productWeights(m *onnxio.Model) map[*onnxio.Tensor]bool {
	stored, list := map[string][]*onnxio.Tensor{}, map[*onnxio.Tensor]bool{}
	for _, t := range m.Tensors {
		stored[t.Name] = append(stored[t.Name], t)
	}
	var collect func(nodes []*onnxpb.NodeProto)
	collect = func(nodes []*onnxpb.NodeProto) {
		makers := map[string]*onnxpb.NodeProto{}
		for _, n := range nodes {
			for _, name := range n.GetOutput() {
				makers[name] = n
			}
		}
		var trace func(name string)
		trace = func(name string) {
			for _, t := range stored[name] {
				if t.IsFloat() && len(t.Shape) > 1 {
					list[t] = true
				}
			}
			n := makers[name]
			for _, operand := range n.GetInput()[:min(rearranging[n.GetOpType()], len(n.GetInput()))] {
				trace(operand)
			}
		}
		for _, n := range nodes {
			for _, i := range productOperands[n.GetOpType()] {
				if i < len(n.GetInput()) {
					trace(n.GetInput()[i])
				}
			}
			for _, a := range n.GetAttribute() {
				collect(a.GetG().GetNode())
			}
		}
	}
	collect(m.Proto.GetGraph().GetNode())
	for _, f := range m.Proto.GetFunctions() {
		collect(f.GetNode())
	}
	return list
}
