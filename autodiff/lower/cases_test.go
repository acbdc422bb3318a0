package lower

import (
	"archive/tar"
	"compress/gzip"
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
	"onnx-metainit/onnxio/onnxpb"
)

// operatorCase is a model with data, from an archive that testdata/generate.py makes.
type operatorCase struct {
	name      string
	model     []byte
	data      []array   // the inputs, then the results
	tolerance []float64 // relative and absolute; nil means those that the ONNX package's own tests have, 1e-3 and 1e-7
}

type array struct {
	data  []float64
	shape []int
}

// operatorCases reads the committed archive.
func operatorCases(t testing.TB) []operatorCase { return readCases(t, "testdata/operators.tar.gz") }

func readCases(t testing.TB, archive string) []operatorCase {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []operatorCase
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if err == io.EOF {
			return cases
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(files)
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
			if file == "tolerance.npy" {
				c.tolerance = a.data
			} else {
				c.data = append(c.data, a)
			}
		}
	}
}

// options are those that import the model for its data, and the data of the inputs by name. Floats with axes are computed
// with, but for those that operators need to know; the rest may decide shapes. With known, everything is a constant.
func (c operatorCase) options(graph *onnxpb.GraphProto, known bool) (Options, map[string][]float64) {
	opt := Options{Shapes: make(map[string][]int), Known: make(map[string][]float64)}
	data := make(map[string][]float64)
	for i, in := range graph.GetInput() {
		name := in.GetName()
		opt.Shapes[name], data[name] = c.data[i].shape, c.data[i].data
		if known || !isFloat(DataType(in.GetType().GetTensorType().GetElemType())) || len(c.data[i].shape) == 0 {
			opt.Known[name] = c.data[i].data
		}
	}
	table := newOperators()
	for _, n := range graph.GetNode() {
		row := table[[2]string{domain(n.GetDomain()), n.GetOpType()}]
		if row == nil {
			continue
		}
		for _, i := range row.known {
			if i >= len(n.GetInput()) {
				continue
			}
			if elements, ok := data[n.GetInput()[i]]; ok {
				opt.Known[n.GetInput()[i]] = elements
			}
		}
	}
	return opt, data
}

// variables are the elements of the variables of a model: the inputs' and the weights' own.
func variables(m *Model, inputs map[string][]float64) (map[*autodiff.Node][]float64, error) {
	vars := make(map[*autodiff.Node][]float64)
	for _, in := range m.Inputs {
		vars[in.Node] = inputs[in.Name]
	}
	for _, w := range m.Weights {
		var err error
		if vars[w.Node], err = w.Tensor.Float64s(); err != nil {
			return nil, err
		}
	}
	return vars, nil
}

// run lowers the model and compares its results, with inputs that are computed with or else with known ones.
func (c operatorCase) run() error {
	err := c.compare(false)
	if err != nil && c.compare(true) == nil {
		return nil
	}
	return err
}

func (c operatorCase) compare(known bool) error {
	m, err := onnxio.Decode(c.name, c.model)
	if err != nil {
		return err
	}
	graph := m.Proto.GetGraph()
	opt, data := c.options(graph, known)
	for i, out := range graph.GetOutput() {
		opt.Outputs = []string{out.GetName()}
		lowered, err := Import(m, opt)
		if err != nil {
			return err
		}
		vars, err := variables(lowered, data)
		if err != nil {
			return err
		}
		values, err := autodiff.Evaluate([]*autodiff.Node{lowered.Outputs[0].Node}, vars)
		if err != nil {
			return err
		}
		want := c.data[len(graph.GetInput())+i]
		if !slices.Equal(lowered.Outputs[0].Shape, want.shape) {
			return fmt.Errorf("result %d has shape %v, want %v", i, lowered.Outputs[0].Shape, want.shape)
		}
		t := DataType(out.GetType().GetTensorType().GetElemType())
		if t != 0 && lowered.Outputs[0].DataType != t {
			return fmt.Errorf("result %d has type %v, want %v", i, lowered.Outputs[0].DataType, t)
		}
		for j, v := range values[0] {
			if w := want.data[j]; !c.near(v, w) {
				return fmt.Errorf("result %d: element %d is %v, want %v", i, j, v, w)
			}
		}
	}
	return nil
}

func (c operatorCase) near(v, want float64) bool {
	relative, absolute := 1e-3, 1e-7
	if c.tolerance != nil {
		relative, absolute = c.tolerance[0], c.tolerance[1]
	}
	return v == want || math.IsNaN(v) && math.IsNaN(want) || math.Abs(v-want) <= absolute+relative*math.Abs(want)
}

// operators are the qualified names of the operators in the main graph.
func (c operatorCase) operators(t testing.TB) []string {
	t.Helper()
	m, err := onnxio.Decode(c.name, c.model)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, n := range m.Proto.GetGraph().GetNode() {
		list = append(list, qualified(domain(n.GetDomain()), n.GetOpType()))
	}
	slices.SortFunc(list, strings.Compare)
	return slices.Compact(list)
}
