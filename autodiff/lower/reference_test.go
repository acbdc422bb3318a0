package lower

import (
	"bytes"
	wire "encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// readNPY reads an array of a reference case, row by row.
func readNPY(t testing.TB, path string) (data []float64, shape []int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data, shape, _ = parseNPY(t, path, raw)
	return data, shape
}

// parseNPY reads an array of float32, float64, int32 or int64 from the start of raw and returns what is behind it.
func parseNPY(t testing.TB, name string, raw []byte) (data []float64, shape []int, rest []byte) {
	t.Helper()
	end := 10 + int(wire.LittleEndian.Uint16(raw[8:]))
	header, body := string(raw[10:end]), bytes.NewReader(raw[end:])
	dims := regexp.MustCompile(`'shape': \(([^)]*)\)`).FindStringSubmatch(header)[1]
	for _, d := range strings.FieldsFunc(dims, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(d)
		if err != nil {
			t.Fatal(err)
		}
		shape = append(shape, n)
	}
	var err error
	switch {
	case strings.Contains(header, "'<f4'"):
		list := make([]float32, product(shape))
		err = wire.Read(body, wire.LittleEndian, list)
		data = convert[float64](list)
	case strings.Contains(header, "'<f8'"):
		data = make([]float64, product(shape))
		err = wire.Read(body, wire.LittleEndian, data)
	case strings.Contains(header, "'<i4'"):
		list := make([]int32, product(shape))
		err = wire.Read(body, wire.LittleEndian, list)
		data = convert[float64](list)
	case strings.Contains(header, "'<i8'"):
		list := make([]int64, product(shape))
		err = wire.Read(body, wire.LittleEndian, list)
		data = convert[float64](list)
	default:
		t.Fatalf("%s: %s", name, header)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return data, shape, raw[len(raw)-body.Len():]
}

// evaluate computes nodes of a model with its own weights and the given inputs.
func evaluate(t testing.TB, m *Model, inputs map[string][]float64, outputs ...*autodiff.Node) [][]float64 {
	t.Helper()
	vars, err := m.Values()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range m.Inputs {
		vars[in.Node] = inputs[in.Name]
	}
	values, err := autodiff.Evaluate(outputs, vars)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// difference returns the greatest difference, relative to the greatest expected value.
func difference(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	diff, size := 0.0, 0.0
	for i := range want {
		diff = max(diff, math.Abs(got[i]-want[i]))
		size = max(size, math.Abs(want[i]))
	}
	return diff / max(size, 1e-30)
}

func TestReferenceForward(t *testing.T) {
	for _, pattern := range []string{"reference", "models"} {
		folders, err := filepath.Glob("../../testdata/" + pattern + "/*/model.onnx")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range folders {
			dir := filepath.Dir(path)
			t.Run(filepath.Base(dir), func(t *testing.T) {
				m, err := onnxio.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				inputs, opt := make(map[string][]float64), Options{Shapes: make(map[string][]int)}
				for _, in := range m.Proto.GetGraph().GetInput() {
					file := filepath.Join(dir, in.GetName()+".npy")
					inputs[in.GetName()], opt.Shapes[in.GetName()] = readNPY(t, file)
				}
				lowered, err := Import(m, opt)
				if err != nil {
					t.Fatal(err)
				}
				want, shape := readNPY(t, filepath.Join(dir, "output.npy"))
				if got := lowered.Outputs[0].Shape; fmt.Sprint(got) != fmt.Sprint(shape) {
					t.Fatalf("output shape %v, want %v", got, shape)
				}
				got := evaluate(t, lowered, inputs, lowered.Outputs[0].Node)[0]
				if d := difference(got, want); !(d < 1e-5) {
					t.Errorf("output differs by %g", d)
				}
				checkLoss(t, dir, lowered, inputs)
			})
		}
	}
}

// checkLoss compares the loss with what PyTorch computes in float64 from the same weights: equal only if every constant of
// the export is read as the number that the program computes with.
func checkLoss(t *testing.T, dir string, m *Model, inputs map[string][]float64) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Loss       float64
		Kind       string   `json:"loss_kind"`
		Axis       *int     `json:"class_axis"`
		Parameters []string `json:"param_names"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	node := m.Outputs[0].Node
	if m.Outputs[0].Tail != "" {
		node = m.Outputs[0].Logits
	}
	x := evaluate(t, m, inputs, node)[0]
	var target []float64
	if want.Kind != "output" {
		target, _ = readNPY(t, filepath.Join(dir, "target.npy"))
	}
	axis := 1
	if want.Axis != nil {
		axis = *want.Axis
	}
	loss := 0.0
	switch want.Kind {
	case "output":
		loss = x[0]
	case "mse":
		for i := range x {
			loss += (x[i] - target[i]) * (x[i] - target[i]) / float64(len(x))
		}
	case "bce":
		for i := range x {
			loss += (math.Max(x[i], 0) - x[i]*target[i] + math.Log1p(math.Exp(-math.Abs(x[i])))) / float64(len(x))
		}
	default:
		shape := node.Shape()
		classes, behind := shape[axis], product(shape[axis+1:])
		for i, class := range target {
			at := i/behind*classes*behind + i%behind
			sum := 0.0
			for k := range classes {
				sum += math.Exp(x[at+k*behind])
			}
			loss += (math.Log(sum) - x[at+int(class)*behind]) / float64(len(target))
		}
	}
	if d := math.Abs(loss/want.Loss - 1); !(d < 1e-9) {
		t.Errorf("loss %v, want %v (relative difference %g)", loss, want.Loss, d)
	}
	weights := make(map[string]bool)
	var nodes []*autodiff.Node
	for _, w := range m.Weights {
		nodes = append(nodes, w.Node)
	}
	reached := autodiff.Reaches(node, nodes)
	for i, w := range m.Weights {
		if w.Kinds != Statistic && reached[i] {
			weights[w.Name] = true
		}
	}
	for _, name := range want.Parameters {
		if !weights[name] {
			t.Errorf("parameter %q is not among the weights", name)
		}
		delete(weights, name)
	}
	if len(weights) > 0 {
		t.Errorf("weights that are no parameters: %v", weights)
	}
}
