package lower

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

var update = flag.Bool("update", false, "rewrite testdata/operators.txt with what the cases give")

// operatorCase is one case of testdata/operators.tar.gz, which testdata/generate.py makes.
type operatorCase struct {
	name  string
	model []byte
	data  []array // the inputs, then the results
}

type array struct {
	data  []float64
	shape []int
}

func operatorCases(t testing.TB) []operatorCase {
	t.Helper()
	f, err := os.Open("testdata/operators.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []operatorCase
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return cases
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		name, file := path.Split(h.Name)
		if file == "model.onnx" {
			cases = append(cases, operatorCase{name: path.Clean(name), model: raw})
			continue
		}
		c := &cases[len(cases)-1]
		for len(raw) > 0 {
			var a array
			a.data, a.shape, raw = parseNPY(t, h.Name, raw)
			c.data = append(c.data, a)
		}
	}
}

// run lowers the model with the data that the inputs have and compares the results. The tolerance is that of the ONNX
// package's own tests.
func (c operatorCase) run() (err error) {
	m, err := onnxio.Decode(c.name, c.model)
	if err != nil {
		return err
	}
	graph := m.Proto.GetGraph()
	opt := Options{Shapes: make(map[string][]int), Known: make(map[string][]float64)}
	data := make(map[string][]float64)
	for i, in := range graph.GetInput() {
		t := DataType(in.GetType().GetTensorType().GetElemType())
		if in.GetType().GetTensorType() == nil {
			return errors.New("inputs that are no tensors")
		}
		opt.Shapes[in.GetName()] = c.data[i].shape
		data[in.GetName()] = c.data[i].data
		// Floats with axes are computed with, the rest may decide shapes.
		if !isFloat(t) || len(c.data[i].shape) == 0 {
			opt.Known[in.GetName()] = c.data[i].data
		}
	}
	for i, out := range graph.GetOutput() {
		opt.Output = out.GetName()
		lowered, err := Import(m, opt)
		if err != nil && strings.Contains(err.Error(), "decide shapes") {
			all := opt
			all.Known = data
			lowered, err = Import(m, all)
		}
		if err != nil {
			return err
		}
		vars := make(map[*autodiff.Node][]float64)
		for _, in := range lowered.Inputs {
			vars[in.Node] = data[in.Name]
		}
		for _, w := range lowered.Weights {
			if vars[w.Node], err = w.Tensor.Float64s(); err != nil {
				return err
			}
		}
		values, err := autodiff.Evaluate([]*autodiff.Node{lowered.Output.Node}, vars)
		if err != nil {
			return err
		}
		want := c.data[len(graph.GetInput())+i]
		if !slices.Equal(lowered.Output.Shape, want.shape) {
			return fmt.Errorf("shape %v, want %v", lowered.Output.Shape, want.shape)
		}
		t := DataType(out.GetType().GetTensorType().GetElemType())
		if t != 0 && lowered.Output.DataType != t {
			return fmt.Errorf("type %v, want %v", lowered.Output.DataType, t)
		}
		for j, v := range values[0] {
			w := want.data[j]
			if same := v == w || math.IsNaN(v) && math.IsNaN(w) || math.Abs(v-w) <= 1e-7+1e-3*math.Abs(w); !same {
				return fmt.Errorf("result %d: element %d is %v, want %v", i, j, v, w)
			}
		}
	}
	return nil
}

// verdict puts the outcome in a line that does not change with the wording of errors.
func verdict(err error) string {
	var unsupported *UnsupportedError
	var node *NodeError
	switch {
	case err == nil:
		return "pass"
	case errors.As(err, &unsupported):
		var names []string
		for _, u := range unsupported.Operators {
			names = append(names, u.Operator)
		}
		return "unsupported " + strings.Join(names, " ")
	case errors.As(err, &node):
		return "refused: " + node.Err.Error()
	}
	return "fail: " + err.Error()
}

// TestOperators runs every case and compares the outcomes with the committed list: an unexpected pass fails too.
func TestOperators(t *testing.T) {
	var got bytes.Buffer
	for _, c := range operatorCases(t) {
		fmt.Fprintf(&got, "%s: %s\n", c.name, verdict(c.run()))
	}
	if *update {
		if err := os.WriteFile("testdata/operators.txt", got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/operators.txt")
	if err != nil {
		t.Fatal(err)
	}
	wants := strings.Split(string(want), "\n")
	gots := strings.Split(got.String(), "\n")
	if len(gots) != len(wants) {
		t.Errorf("%d cases, want %d", len(gots)-1, len(wants)-1)
	}
	for i := range min(len(gots), len(wants)) {
		if gots[i] != wants[i] {
			t.Errorf("got  %s\nwant %s", gots[i], wants[i])
		}
	}
	for _, line := range gots {
		if strings.Contains(line, ": fail: ") && !slices.ContainsFunc(deviations, func(d deviation) bool {
			return strings.HasPrefix(line, d.cases)
		}) {
			t.Errorf("fails without a reason: %s", line)
		}
	}
}

// deviation is why cases may fail.
type deviation struct{ cases, reason string }

var deviations = []deviation{
	{"onnx/cast", "everything is computed in the working precision: no rounding to narrow types, no overflow of integers"},
	{"onnx/celu_bfloat16", "the same"},
	{"onnx/reduce_max_empty_set_bool", "the maximum of no elements is −∞ for all types"},
	{"onnx/training_dropout", "dropout is taken in its inference form"},
	{"onnx/maxpool_with_argmax", "the indices that MaxPool can give are not supported"},
	{"onnx/mod_float_edge_cases_fmod_0", "the remainder by an infinite divisor is NaN here"},
	{"onnx/optional_", "inputs that are no tensors"},
	{"onnx/resize_downsample_scales_linear_align_corners", "sizes are whole here and in ONNX Runtime, fractions in ONNX's reference"},
	{"onnx/resize_downsample_scales_cubic_align_corners", "the same"},
}

// TestEveryOperatorHasACase fails on a row of the table that no passing case covers.
func TestEveryOperatorHasACase(t *testing.T) {
	covered := make(map[string]bool)
	for _, c := range operatorCases(t) {
		m, err := onnxio.Decode(c.name, c.model)
		if err != nil || c.run() != nil {
			continue
		}
		for _, n := range m.Proto.GetGraph().GetNode() {
			covered[qualified(domain(n.GetDomain()), n.GetOpType())] = true
		}
	}
	for _, o := range Operators() {
		if !covered[qualified(o.Domain, o.Operator)] {
			t.Errorf("%s has no passing case", qualified(o.Domain, o.Operator))
		}
	}
}
