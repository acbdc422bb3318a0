package lower

import (
	"slices"
	"strings"
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

// TestMerged: how many parameters one tensor is that several operations use.
func TestMerged(t *testing.T) {
	three := []int64{3}
	zeros, ones := initializer("b", float32Type, three, 0, 0, 0), initializer("g", float32Type, three, 1, 1, 1)
	norms := func(scale string) []part {
		return []part{input("x", float32Type, 2, 3), node("LayerNormalization", "x,g,b", "n"), node("LayerNormalization", "n,"+scale+",b", "y"), output("y")}
	}
	pytorch := func(m *onnxpb.ModelProto) { name := "pytorch"; m.ProducerName = &name }
	module := func(paths ...string) part {
		return func(m *onnxpb.ModelProto) {
			key := "pkg.torch.onnx.name_scopes"
			for i, path := range paths {
				value := "['', '" + path + "', 'norm']"
				m.Graph.Node[i].MetadataProps = []*onnxpb.StringStringEntryProto{{Key: &key, Value: &value}}
			}
		}
	}
	for _, c := range []struct {
		name  string
		parts []part
		want  []string
	}{
		{"equal elements", append(norms("g"), ones, zeros), []string{"b", "b@y", "g", "g@y"}},
		{"other elements", append(norms("g"), initializer("g", float32Type, three, 1, 2, 1), zeros), []string{"b", "b@y", "g"}},
		{"equal tensors apart", append(norms("g"), ones, zeros, initializer("other", float32Type, three, 1, 1, 1)), []string{"b", "g"}},
		{"names by Identity", append(norms("m"), ones, zeros, node("Identity", "g", "m"), pytorch), []string{"b", "g", "m"}},
		{"one name", append(norms("g"), ones, zeros, pytorch), []string{"b", "g"}},
		{"one module", append(norms("g"), ones, zeros, pytorch, module("a", "a")), []string{"b", "g"}},
		{"two modules", append(norms("g"), ones, zeros, pytorch, module("a", "c.d")), []string{"b", "b@c.d", "g", "g@c.d"}},
		{"scale and bias of one node", []part{input("x", float32Type, 2, 3), zeros, node("LayerNormalization", "x,b,b", "y"), output("y")}, []string{"b", "b@y"}},
		{"scale and statistic", []part{input("x", float32Type, 2, 3), initializer("g", float32Type, three, 1, 2, 1),
			node("BatchNormalization", "x,g,g,g,g", "y"), output("y")}, []string{"g", "g@y"}},
	} {
		m := mustImport(t, model(t, 17, c.parts...), Options{})
		var got []string
		for _, w := range m.Weights {
			got = append(got, w.Name)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, strings.Join(got, " "), strings.Join(c.want, " "))
		}
	}
}

// TestTies: which tensors are one weight, stored twice.
func TestTies(t *testing.T) {
	table := []float64{1, 2, 3, 4, 5, 6}
	turned := []float64{1, 3, 5, 2, 4, 6}
	for _, c := range []struct {
		name  string
		parts []part
		want  int
	}{
		{"transposed", []part{initializer("a", float32Type, []int64{3, 2}, table...), initializer("b", float32Type, []int64{2, 3}, turned...),
			node("MatMul", "x,a", "h"), node("MatMul", "h,b", "y")}, 1},
		{"not quite", []part{initializer("a", float32Type, []int64{3, 2}, table...), initializer("b", float32Type, []int64{2, 3}, 1, 3, 5, 2, 4, 7),
			node("MatMul", "x,a", "h"), node("MatMul", "h,b", "y")}, 2},
		{"all equal", []part{initializer("a", float32Type, []int64{3, 2}, 1, 1, 1, 1, 1, 1), initializer("b", float32Type, []int64{2, 3}, 1, 1, 1, 1, 1, 1),
			node("MatMul", "x,a", "h"), node("MatMul", "h,b", "y")}, 2},
		{"copied layers", []part{initializer("a", float32Type, []int64{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9), initializer("b", float32Type, []int64{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9),
			node("MatMul", "x,a", "h"), node("MatMul", "h,b", "y")}, 2},
		{"table and factor", []part{initializer("a", float32Type, []int64{3, 2}, table...), initializer("b", float32Type, []int64{3, 2}, table...),
			initializer("rows", int64Type, []int64{3}, 0, 2, 1), node("Gather", "a,rows", "t"), node("Transpose", "t", "u"), node("MatMul", "x,b", "h"), node("MatMul", "h,u", "y")}, 1},
	} {
		m := mustImport(t, model(t, 17, append(c.parts, input("x", float32Type, 2, 3), output("y"))...), Options{})
		copies := 0
		for _, w := range m.Weights {
			copies += len(w.Copies)
		}
		if len(m.Weights) != c.want || copies != 2-c.want {
			t.Errorf("%s: %d weights and %d copies, want %d weights", c.name, len(m.Weights), copies, c.want)
		}
	}
}
