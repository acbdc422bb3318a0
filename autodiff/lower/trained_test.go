package lower

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// changed returns the values of all weights with the numbers from one on added to their elements.
func changed(t *testing.T, m *Model) func(*autodiff.Node) ([]float64, error) {
	t.Helper()
	values, err := m.Values()
	if err != nil {
		t.Fatal(err)
	}
	return func(v *autodiff.Node) ([]float64, error) {
		out := slices.Clone(values[v])
		for i := range out {
			out[i] += float64(i + 1)
		}
		return out, nil
	}
}

// TestFileValues saves an embedding table that is stored twice, once transposed: both change, and are one weight again.
func TestFileValues(t *testing.T) {
	file := model(t, 17, input("i", int64Type, 2), initializer("table", float32Type, []int64{3, 2}, 1, 2, 3, 4, 5, 6),
		initializer("head", float32Type, []int64{2, 3}, 1, 3, 5, 2, 4, 6), initializer("bias", float32Type, []int64{3}, 1, 2, 3),
		node("Gather", "table,i", "h"), node("MatMul", "h,head", "z"), node("Add", "z,bias", "y"), output("y"))
	m := mustImport(t, file, Options{})
	values, err := m.FileValues(m.Trainable(), changed(t, m))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "out.onnx")
	if _, err := file.SaveValues(path, values, "", ""); err != nil {
		t.Fatal(err)
	}
	out, err := onnxio.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for name, want := range map[string][]float64{"table": {2, 4, 6, 8, 10, 12}, "head": {2, 6, 10, 4, 8, 12}, "bias": {2, 4, 6}} {
		if got, err := out.Initializer(name).Float64s(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	if again := mustImport(t, out, Options{}); len(again.Weights) != 2 {
		t.Errorf("%d weights in the output, want 2", len(again.Weights))
	}
}

// TestSharedFileValues has one tensor that is the scale of two normalizations.
func TestSharedFileValues(t *testing.T) {
	m := mustImport(t, model(t, 17, input("x", float32Type, 2, 3), initializer("g", float32Type, []int64{3}, 1, 1, 1),
		node("LayerNormalization", "x,g", "n"), node("LayerNormalization", "n,g", "y"), output("y")), Options{})
	if len(m.Weights) != 2 {
		t.Fatalf("%d weights, want 2", len(m.Weights))
	}
	same := changed(t, m)
	other := func(v *autodiff.Node) ([]float64, error) {
		if v == m.Weights[1].Node {
			return []float64{2, 3, 5}, nil
		}
		return same(v)
	}
	fault := errors.New("fault")
	for _, c := range []struct {
		name    string
		weights []*Weight
		value   func(*autodiff.Node) ([]float64, error)
		want    string
	}{
		{"the same", m.Weights, same, ""},
		{"different", m.Weights, other, `weight "g@y": the file stores it as the tensor "g" together with another weight, and their values differ`},
		{"one of two", m.Weights[:1], same, `weight "g@y", which has no new values: the file stores it as the tensor "g"`},
		{"no value", m.Weights, func(*autodiff.Node) ([]float64, error) { return nil, fault }, `weight "g": fault`},
		{"too few", m.Weights, func(*autodiff.Node) ([]float64, error) { return []float64{1}, nil }, `weight "g" of shape [3] has 1 values`},
	} {
		values, err := m.FileValues(c.weights, c.value)
		switch {
		case c.want == "" && (err != nil || len(values) != 1 || !slices.Equal(values[0].Data, []float64{2, 3, 4})):
			t.Errorf("%s: %v, %v", c.name, values, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestTrainable(t *testing.T) {
	three := []int64{3}
	m := mustImport(t, model(t, 17, input("x", float32Type, 2, 3),
		initializer("scale", float32Type, three, 1, 2, 3), initializer("shift", float32Type, three, 4, 5, 6),
		initializer("mean", float32Type, three, 7, 8, 9), initializer("variance", float32Type, three, 3, 2, 1),
		node("BatchNormalization", "x,scale,shift,mean,variance", "y"), output("y")), Options{})
	var names []string
	for _, w := range m.Trainable() {
		names = append(names, w.Name)
	}
	if !slices.Equal(names, []string{"scale", "shift"}) || len(m.Weights) != 4 {
		t.Errorf("%v of %d weights are trained", names, len(m.Weights))
	}
	if nodes := Nodes(m.Weights); len(nodes) != 4 || nodes[3] != m.Weights[3].Node {
		t.Errorf("nodes are %v", nodes)
	}
}
