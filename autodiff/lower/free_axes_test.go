package lower

import (
	"fmt"
	"onnx-metainit/onnxio"
	"reflect"
	"testing"
)

// shapesOf returns the shapes of all inputs of a graph that has these.
func shapesOf(t *testing.T, opt Options, parts ...part) (map[string][]int, error) {
	t.Helper()
	infos, err := declaredInputs(model(t, 17, parts...), opt)
	if err != nil {
		return nil, err
	}
	needed := make(map[string]bool)
	for _, v := range infos {
		needed[v.GetName()] = true
	}
	all, err := newBuilder(nil).inputs(infos, needed, opt)
	if err != nil {
		return nil, err
	}
	list, err := all.used(needed)
	shapes := make(map[string][]int)
	for _, in := range list {
		shapes[in.Name] = in.Shape
	}
	return shapes, err
}

// TestSizes: a name stands for one size in all inputs.
func TestSizes(t *testing.T) {
	type dims = map[string]int
	type shapes = map[string][]int
	parts := []part{input("tokens", int64Type, "batch", "seq"), input("mask", boolType, "batch", "seq"),
		input("image", float32Type, "batch", 3, -1, 8), input("scale", float32Type)}
	places := []part{input("places", int64Type, "seq"), input("tokens", int64Type, "batch", "seq"), input("last", int64Type, nil, 3)}
	cache := []part{input("ids", int64Type, "batch", "seq"), input("mask", int64Type, "batch", "past + seq"), input("past", float32Type, "batch", "past", 4)}
	for _, c := range []struct {
		name  string
		parts []part
		opt   Options
		want  shapes
		err   string
	}{
		{"by name", parts, Options{Dims: dims{"batch": 8, "seq": 64}, Shapes: shapes{"image": {8, 3, 5, 8}}},
			shapes{"tokens": {8, 64}, "mask": {8, 64}, "image": {8, 3, 5, 8}, "scale": {}}, ""},
		{"the batch by its flag", parts, Options{Batch: 2, Dims: dims{"seq": 4}, Shapes: shapes{"image": {2, 3, 5, 8}}},
			shapes{"tokens": {2, 4}, "mask": {2, 4}, "image": {2, 3, 5, 8}, "scale": {}}, ""},
		{"by the shape of another input", parts, Options{Shapes: shapes{"mask": {6, 7}, "image": {6, 3, 1, 8}}},
			shapes{"tokens": {6, 7}, "mask": {6, 7}, "image": {6, 3, 1, 8}, "scale": {}}, ""},
		{"unknown name", parts, Options{Dims: dims{"sequence": 4}}, nil, "Dims sequence: no axis of an input has this name; free axes are batch, seq"},
		{"no size", parts, Options{}, nil, `input "tokens": the size of axis 1 (seq) is free: give it (Dims seq=… or Shapes tokens=…)`},
		{"no name", parts, Options{Dims: dims{"seq": 4}}, nil, `input "image": the size of axis 2 (no name) is free: give the shape (Shapes image=…)`},
		{"name and shape", parts, Options{Dims: dims{"seq": 4}, Shapes: shapes{"mask": {1, 5}}}, nil,
			`input "mask": axis 1 is given size 5, but its name "seq" stands for 4 elsewhere`},
		{"two shapes", parts, Options{Shapes: shapes{"mask": {1, 5}, "tokens": {1, 6}}}, nil, `axis 1 is given size 5, but its name "seq" stands for 6 elsewhere`},

		{"not always the first axis", places, Options{}, nil, `input "places": the size of axis 0 (seq) is free: give it (Dims seq=…`},
		{"first axis by name", places, Options{Dims: dims{"seq": 5}}, shapes{"places": {5}, "tokens": {32, 5}, "last": {32, 3}}, ""},
		{"no free axis", []part{input("x", float32Type, 2, 3)}, Options{Dims: dims{"n": 1}}, nil, "no axis of an input is free and has a name"},

		{"a sum", cache, Options{Dims: dims{"seq": 5, "past": 3}}, shapes{"ids": {32, 5}, "mask": {32, 8}, "past": {32, 3, 4}}, ""},
		{"a sum with an empty past", cache, Options{Batch: 2, Dims: dims{"seq": 5, "past": 0}}, shapes{"ids": {2, 5}, "mask": {2, 5}, "past": {2, 0, 4}}, ""},
		{"a sum by shapes", cache, Options{Shapes: shapes{"ids": {4, 6}, "past": {4, 1, 4}}}, shapes{"ids": {4, 6}, "mask": {4, 7}, "past": {4, 1, 4}}, ""},
		{"a sum by its whole name", cache, Options{Dims: dims{"seq": 5, "past": 3, "past + seq": 9}}, shapes{"ids": {32, 5}, "mask": {32, 9}, "past": {32, 3, 4}}, ""},
		{"a sum of what is unknown", cache, Options{Dims: dims{"seq": 5}}, nil, `axis 1 (past + seq) is free: give it (Dims past=… or Shapes mask=…)`},
		{"a product that is a batch", []part{input("x", float32Type, "batch*heads", 3), input("y", float32Type, "batch", 3)},
			Options{Batch: 4, Dims: dims{"heads": 2}}, shapes{"x": {8, 3}, "y": {4, 3}}, ""},
		{"a batch whose name looks like a difference", []part{input("x", float32Type, "batch-size", 3)}, Options{}, shapes{"x": {32, 3}}, ""},
		{"in other words", []part{input("x", float32Type, 2, "seq")}, Options{Naming: func(option, key, value string) string { return "<" + option + key + value + ">" }}, nil,
			"give it (<Dimsseq…> or <Shapesx…>)"},
		{"names of names", []part{input("x", float32Type, 2, "2*s0")}, Options{Dims: dims{"s0": 4}}, shapes{"x": {2, 8}}, ""},

		{"a fixed batch", []part{input("x", float32Type, 1, 4), input("z", float32Type, 1)}, Options{Batch: 8}, nil,
			"Batch 8: the file fixes the first axis of every input (x is [1 4]): leave Batch out, or override the shape (Shapes x=8,4 Shapes z=8)"},
		{"a fixed batch overridden", []part{input("x", float32Type, 1, 4)}, Options{Shapes: shapes{"x": {8, 4}}}, shapes{"x": {8, 4}}, ""},
		{"a fixed batch overridden twice", []part{input("x", float32Type, 1, 4)}, Options{Batch: 8, Shapes: shapes{"x": {8, 4}}}, shapes{"x": {8, 4}}, ""},
		{"a fixed batch beside a free one", []part{input("x", float32Type, 1, 4), input("z", float32Type, "n")}, Options{Batch: 8}, shapes{"x": {1, 4}, "z": {8}}, ""},
		{"a batch on the second axis", []part{input("x", float32Type, 5, 1, 4)}, Options{Shapes: shapes{"x": {5, 8, 4}}}, shapes{"x": {5, 8, 4}}, ""},
		{"a batch without axes", []part{input("x", float32Type)}, Options{Batch: 8}, nil, "the wanted output needs no input that has axes"},
	} {
		got, err := shapesOf(t, c.opt, append(c.parts, node("Relu", "x", "y"), output("y"))...)
		if !matches(err, c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
		if err == nil && fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestParseSize: by hand, in the notations of exporters.
func TestParseSize(t *testing.T) {
	sizes := map[string]int{"past_sequence_length": 3, "sequence_length": 5, "s0": 7, "s1": 2, "a.b": 4}
	for _, c := range []struct {
		name  string
		names []string // nil: no expression
		size  int
	}{
		{"past_sequence_length + sequence_length", []string{"past_sequence_length", "sequence_length"}, 8},
		{"2*s0", []string{"s0"}, 14},
		{"s0*s1", []string{"s0", "s1"}, 14},
		{"s0//2", []string{"s0"}, 3},
		{"s0//s1//2", []string{"s0", "s1"}, 1},
		{"floor(s0/2)", []string{"s0"}, 3},
		{"ceiling(s0/2) + 1", []string{"s0"}, 5},
		{"s0/2", []string{"s0"}, -1},
		{"2*(s0 - s1)", []string{"s0", "s1"}, 10},
		{"s1 - s0", []string{"s0", "s1"}, -1},
		{"-1 + s0", []string{"s0"}, 6},
		{"s0 - s1 - 1", []string{"s0", "s1"}, 4},
		{"s0**2", []string{"s0"}, 49},
		{"2*s0**2 + 1", []string{"s0"}, 99},
		{"50 - s0**2", []string{"s0"}, 1},
		{"-s1**2 + s0", []string{"s0", "s1"}, 3},
		{"2**s1**3", []string{"s1"}, 256},
		{"other**0", []string{"other"}, -1},
		{"s0 * * 2", nil, -1},
		{"s0 % 4", []string{"s0"}, 3},
		{"Mod(s0, 4)", []string{"s0"}, 3},
		{"Max(1, s0 - 9)", []string{"s0"}, 1},
		{"Min(s0, s1, 5)", []string{"s0", "s1"}, 2},
		{"FloorDiv(s0, 2)", []string{"s0"}, 3},
		{"a.b + 1", []string{"a.b"}, 5},
		{"s0 + other", []string{"other", "s0"}, -1},
		{"s0//0", []string{"s0"}, -1},
		{"s0**s0**s0", []string{"s0"}, -1},
		{"s0", nil, -1},
		{"(s0)", nil, -1},
		{"2*3", nil, -1},
		{"unk__5", nil, -1},
		{"my axis", nil, -1},
		{"s0 +", nil, -1},
		{"s0 + (", nil, -1},
		{"f(s0)", nil, -1},
		{"größe + 1", nil, -1},
		{"", nil, -1},
	} {
		names, size := parseSize(c.name, sizes)
		want := map[string]bool(nil)
		for _, name := range c.names {
			if want == nil {
				want = make(map[string]bool)
			}
			want[name] = true
		}
		if !reflect.DeepEqual(names, want) || size != c.size {
			t.Errorf("%q: names %v, size %d; want %v, %d", c.name, names, size, c.names, c.size)
		}
	}
}

// TestUnneededInputs: what the wanted output does not need may be of any type and size; an output that does need it says so.
func TestUnneededInputs(t *testing.T) {
	parts := []part{input("x", float32Type, 2, 3), input("text", onnxio.String, "n"), input("free", float32Type, 2, "m"),
		node("Relu", "x", "y"), node("Relu", "free", "z"), node("Identity", "text", "s"), output("y"), output("z"), output("s")}
	m := mustImport(t, model(t, 17, parts...), Options{})
	if len(m.Inputs) != 1 || m.Inputs[0].Name != "x" {
		t.Errorf("%d inputs, want x alone", len(m.Inputs))
	}
	if !matches(m.Others[0].Err, "the size of axis 1 (m) is free") || !matches(m.Others[1].Err, "STRING cannot be computed with") {
		t.Errorf("the other outputs: %v, %v", m.Others[0].Err, m.Others[1].Err)
	}
	if _, err := Import(model(t, 17, parts...), Options{Outputs: []string{"z"}}); !matches(err, `input "free": the size of axis 1 (m) is free`) {
		t.Errorf("error %v", err)
	}
	if _, err := Import(model(t, 17, parts...), Options{Shapes: map[string][]int{"free": {7, 7, 7}}, Given: map[string][]float64{"text": {1}}}); err != nil {
		t.Errorf("what is given for inputs that nothing needs: %v", err)
	}
}

// FuzzParseSize: any name gives a size in range or none, and the size depends on the names in it alone.
func FuzzParseSize(f *testing.F) {
	for _, name := range []string{"past_sequence_length + sequence_length", "2*seq", "floor(seq/2)", "Max(1, s0 - 1)", "((s - 3)//2) + 1", "-s%7**2", "a.b.c", "f(", "s//0", "9e9*s"} {
		f.Add(name, 3)
	}
	f.Fuzz(func(t *testing.T, name string, value int) {
		names, none := parseSize(name, nil)
		if none >= 0 {
			t.Errorf("%q: size %d of unknown sizes", name, none)
		}
		sizes := make(map[string]int)
		for n := range names {
			sizes[n] = value
		}
		again, size := parseSize(name, sizes)
		if size < -1 || size > 1<<40 || len(again) != len(names) {
			t.Errorf("%q with sizes of %d: size %d of names %v, before %v", name, value, size, again, names)
		}
	})
}
