package lower

import (
	"math"
	"onnx-metainit/onnxio"
	"slices"
	"strings"
	"testing"
)

func TestInputShapes(t *testing.T) {
	relu := []part{node("Relu", "x", "y"), output("y")}
	for _, c := range []struct {
		name  string
		parts []part
		opt   Options
		want  []int
		err   string
	}{
		{"fixed", []part{input("x", float32Type, 2, 3)}, Options{}, []int{2, 3}, ""},
		{"batch by default", []part{input("x", float32Type, "N", 3)}, Options{}, []int{32, 3}, ""},
		{"batch given", []part{input("x", float32Type, "N", 3)}, Options{Batch: 5}, []int{5, 3}, ""},
		{"batch without name", []part{input("x", float32Type, nil, 3)}, Options{Batch: 5}, []int{5, 3}, ""},
		{"batch as −1", []part{input("x", float32Type, -1, 3)}, Options{Batch: 5}, []int{5, 3}, ""},
		{"shape given", []part{input("x", float32Type, "N", "L")}, Options{Shapes: map[string][]int{"x": {4, 7}}}, []int{4, 7}, ""},
		{"name bound by another input", []part{input("x", float32Type, 2, "L"), input("z", float32Type, "L")},
			Options{Shapes: map[string][]int{"z": {9}}}, []int{2, 9}, ""},
		{"scalar", []part{input("x", float32Type)}, Options{}, []int{}, ""},
		{"other axis free", []part{input("x", float32Type, "N", "L")}, Options{}, nil, `input "x": the size of axis 1 (L) is free`},
		{"fixed axis changed", []part{input("x", float32Type, "N", 3)}, Options{Shapes: map[string][]int{"x": {4, 7}}}, nil, "axis 1 has size 3 in the file"},
		{"rank changed", []part{input("x", float32Type, "N", 3)}, Options{Shapes: map[string][]int{"x": {4}}}, nil, "has 1 axes, the file's 2"},
		{"unknown name", []part{input("x", float32Type, 3)}, Options{Shapes: map[string][]int{"q": {4}}}, nil, `input "q" is not one of the model's (x)`},
		{"contradiction", []part{input("x", float32Type, "L", "L")}, Options{Shapes: map[string][]int{"x": {4, 5}}}, nil, `"L" stands for 4`},
		{"huge", []part{input("x", float32Type, 1<<40, 1<<40)}, Options{}, nil, "out of range"},
		{"twice", []part{input("x", float32Type, 3), input("x", float32Type, 3)}, Options{}, nil, "there twice"},
		{"text", []part{input("x", onnxio.String, 3)}, Options{}, nil, "STRING cannot be computed with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Import(model(t, 17, append(c.parts, relu...)...), c.opt)
			if !matches(err, c.err) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if err == nil && !slices.Equal(m.Inputs[0].Shape, c.want) {
				t.Errorf("shape %v, want %v", m.Inputs[0].Shape, c.want)
			}
		})
	}
}

// matches reports whether err is nil where no text is wanted, and has the text where one is.
func matches(err error, text string) bool {
	if text == "" || err == nil {
		return text == "" && err == nil
	}
	return strings.Contains(err.Error(), text)
}

// TestInitializersAmongInputs: the first versions of ONNX list them there.
func TestInitializersAmongInputs(t *testing.T) {
	m := mustImport(t, model(t, 17, input("x", float32Type, 2, 2), input("w", float32Type, 2, 2),
		initializer("w", float32Type, []int64{2, 2}, 1, 2, 3, 4), node("MatMul", "x,w", "y"), output("y")), Options{})
	if len(m.Inputs) != 1 || len(m.Weights) != 1 {
		t.Errorf("%d inputs, %d weights, want 1 and 1", len(m.Inputs), len(m.Weights))
	}
}

func TestInputUses(t *testing.T) {
	table := initializer("table", float32Type, []int64{5, 2}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	small := initializer("small", float32Type, []int64{3, 2}, 0, 1, 2, 3, 4, 5)
	for _, c := range []struct {
		name  string
		dt    DataType
		parts []part
		use   Use
		rows  int
	}{
		{"tokens", int64Type, []part{table, node("Gather", "table,x", "y")}, UseIndex, 5},
		{"tokens of two tables", int64Type, []part{table, small, node("Gather", "table,x", "a"), node("Gather", "small,x", "b"), node("Add", "a,b", "y")}, UseIndex, 3},
		{"tokens cast and moved", onnxio.Int32, []part{table,
			node("Cast", "x", "c", intAttribute("to", int64(int64Type))), node("Transpose", "c", "d"), node("Gather", "table,d", "y")}, UseIndex, 5},
		{"tokens that are also compared", int64Type, []part{table, initializer("zero", int64Type, nil, 0),
			node("Equal", "x,zero", "m"), node("Unsqueeze", "m,axes", "mu"), initializer("axes", int64Type, []int64{1}, -1),
			node("Gather", "table,x", "a"), initializer("f", float32Type, nil, 0), node("Where", "mu,f,a", "y")}, UseIndex, 5},
		{"tokens that are also counted", int64Type, []part{table, small, initializer("zero", int64Type, nil, 0), initializer("axis", int64Type, nil, 0),
			node("Equal", "x,zero", "e"), node("Not", "e", "n"), node("Cast", "n", "i", intAttribute("to", int64(int64Type))), node("CumSum", "i,axis", "places"),
			node("Gather", "table,x", "a"), node("Gather", "small,places", "b"), node("Add", "a,b", "y")}, UseIndex, 5},
		{"places of tokens", int64Type, []part{table, small, node("ArgMax", "x", "place", intAttribute("axis", 0)),
			node("Gather", "table,x", "a"), node("Gather", "small,place", "b"), node("Add", "a,b", "y")}, UseIndex, 5},
		{"count of a mask", int64Type, []part{table, initializer("axis", int64Type, nil, 0), node("CumSum", "x,axis", "places"), node("Gather", "table,places", "y")}, UseMask, 0},
		{"whole numbers as truth values as an index", int64Type, []part{small, node("Cast", "x", "c", intAttribute("to", int64(boolType))),
			node("Cast", "c", "i", intAttribute("to", int64(int64Type))), node("Gather", "small,i", "y")}, UseMask, 0},
		{"sum of two inputs", int64Type, []part{table, input("z", int64Type, 4), node("Add", "x,z", "s"), node("Gather", "table,s", "y")}, UseMask, 0},
		{"mask", boolType, []part{initializer("f", float32Type, nil, 0), initializer("w", float32Type, []int64{4}, 1, 2, 3, 4), node("Where", "x,f,w", "y")}, UseMask, 0},
		{"whole mask cast", int64Type, []part{initializer("w", float32Type, []int64{4}, 1, 2, 3, 4), input("z", float32Type, 4), node("Mul", "z,w", "h"),
			node("Cast", "x", "m", intAttribute("to", int64(float32Type))), node("Mul", "m,h", "y")}, UseMask, 0},
		{"whole numbers times weights", int64Type, []part{initializer("w", float32Type, []int64{4}, 1, 2, 3, 4),
			node("Cast", "x", "m", intAttribute("to", int64(float32Type))), node("Mul", "m,w", "y")}, UseData, 0},
		{"pixels", onnxio.Uint8, []part{initializer("w", float32Type, []int64{4}, 1, 2, 3, 4),
			node("Cast", "x", "m", intAttribute("to", int64(float32Type))), node("Mul", "m,w", "y")}, UseData, 0},
		{"targets", int64Type, []part{initializer("scores", float32Type, []int64{4, 6}, make([]float64, 24)...), node("SoftmaxCrossEntropyLoss", "scores,x", "y")}, UseIndex, 6},
		{"data that is compared", float32Type, []part{initializer("f", float32Type, nil, 0), node("Less", "x,f", "m"), node("Where", "m,f,x", "y")}, UseData, 0},
		{"data", float32Type, []part{node("Relu", "x", "y")}, UseData, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 17, append(c.parts, input("x", c.dt, 4), output("y"))...), Options{})
			if in := m.Inputs[slices.IndexFunc(m.Inputs, func(in *Input) bool { return in.Name == "x" })]; in.Use != c.use || in.TableRows != c.rows {
				t.Errorf("use %v of %d rows, want %v of %d", in.Use, in.TableRows, c.use, c.rows)
			}
		})
	}
}

// TestFillings: what stands for an input whose elements are asked, and the range of whole numbers.
func TestFillings(t *testing.T) {
	const length, width = 6, 4
	scalar := func(name string, v float64) part { return initializer(name, float32Type, nil, v) }
	matrix := initializer("w", float32Type, []int64{width, width}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2}...)
	places := initializer("places", int64Type, []int64{length}, 0, 1, 2, 3, 4, 5)
	onward := initializer("onward", int64Type, []int64{length}, 1, 2, 3, 4, 5, 6)
	column := initializer("column", int64Type, []int64{1}, 1)
	cast := func(from, to string, dt DataType) part { return node("Cast", from, to, intAttribute("to", int64(dt))) }
	data := []part{input("data", float32Type, 2, length, width), matrix, node("MatMul", "data,w", "h")}
	scores := append(data, node("Transpose", "h", "k", intsAttribute("perm", 0, 2, 1)), node("MatMul", "h,k", "scores"))
	softmax := []part{node("Softmax", "masked", "p"), node("MatMul", "p,h", "y")}
	attention := func(parts ...part) []part { return slices.Concat(scores, parts, softmax) }
	added := func(parts ...part) []part {
		return attention(append(parts, node("Unsqueeze", "bias,column", "rows"), column, node("Add", "scores,rows", "masked"))...)
	}
	within := func(parts ...part) []part {
		return slices.Concat(data, parts, []part{places, onward, column, cast("within", "kept", float32Type), initializer("last", int64Type, []int64{1}, -1),
			node("Unsqueeze", "kept,last", "k"), node("Mul", "h,k", "y")})
	}
	rows, flat := []any{2, length}, []any{2}
	for _, c := range []struct {
		name  string
		dt    DataType
		shape []any
		parts []part
		use   Use
		fill  float64
	}{
		{"a float mask", float32Type, rows, added(scalar("one", 1), scalar("low", -1e4), node("Sub", "one,x", "closed"), node("Mul", "closed,low", "bias")), UseMask, 1},
		{"a mask with the least float", float32Type, rows, added(scalar("one", 1), scalar("low", -math.MaxFloat32), node("Sub", "one,x", "closed"), node("Mul", "closed,low", "bias")), UseMask, 1},
		{"a whole mask", int64Type, rows, added(cast("x", "f", float32Type), scalar("one", 1), scalar("low", -1e9), node("Sub", "one,f", "closed"), node("Mul", "closed,low", "bias")), UseMask, 1},
		{"a mask of bytes", onnxio.Uint8, rows, added(cast("x", "f", float32Type), scalar("one", 1), scalar("low", -1e9), node("Sub", "one,f", "closed"), node("Mul", "closed,low", "bias")), UseMask, 1},
		{"a float mask whose ones close", float32Type, rows, added(scalar("low", -1e9), node("Mul", "x,low", "bias")), UseMask, 0},
		{"a float mask subtracted", float32Type, rows, attention(scalar("high", 1e9), node("Mul", "x,high", "far"), node("Unsqueeze", "far,column", "rows"), column, node("Sub", "scores,rows", "masked")), UseMask, 0},
		{"a mask of truth that opens", boolType, rows, attention(scalar("low", -1e9), node("Unsqueeze", "x,column", "c"), column, node("Where", "c,scores,low", "masked")), UseMask, 1},
		{"a mask of truth that closes", boolType, rows, attention(scalar("low", math.Inf(-1)), node("Unsqueeze", "x,column", "c"), column, node("Where", "c,low,scores", "masked")), UseMask, 0},
		{"a mask of truth as numbers", boolType, rows, added(scalar("low", math.Inf(-1)), scalar("zero", 0), node("Where", "x,zero,low", "bias")), UseMask, 1},
		{"a whole mask compared with zero", int64Type, rows, attention(scalar("low", -1e9), initializer("zero", int64Type, nil, 0), node("Equal", "x,zero", "e"),
			node("Unsqueeze", "e,column", "c"), column, node("Where", "c,low,scores", "masked")), UseMask, 1},
		{"a mask beside a causal one", int64Type, rows, attention(cast("x", "f", float32Type), scalar("one", 1), scalar("low", -1e9), column, node("Unsqueeze", "f,column", "c"),
			initializer("causal", float32Type, []int64{length, length}, triangle(length)...), node("Mul", "c,causal", "both"),
			node("Sub", "one,both", "closed"), node("Mul", "closed,low", "bias"), node("Add", "scores,bias", "masked")), UseMask, 1},
		{"values that are added to a softmax", float32Type, []any{2, length, length}, attention(node("Add", "scores,x", "masked")), UseData, 0},

		{"lengths", int64Type, flat, within(node("Unsqueeze", "x,column", "l"), node("Less", "places,l", "within")), UseLength, length},
		{"lengths with padding behind", int64Type, flat, within(node("Unsqueeze", "x,column", "l"), node("GreaterOrEqual", "places,l", "padding"), node("Not", "padding", "within")), UseLength, length},
		{"lengths from one on", int64Type, flat, within(node("Unsqueeze", "x,column", "l"), node("LessOrEqual", "onward,l", "within")), UseLength, length},
		{"lengths in other units", int64Type, flat, within(initializer("two", int64Type, nil, 2), node("Div", "x,two", "half"),
			node("Unsqueeze", "half,column", "l"), node("Less", "places,l", "within")), UseLength, 2 * length},
		{"lengths as floats", float32Type, flat, within(cast("x", "i", int64Type), node("Unsqueeze", "i,column", "l"), node("Less", "places,l", "within")), UseData, 0},
		{"a mask that is counted", int64Type, rows, within(node("ReduceSum", "x,column", "l"), node("Less", "places,l", "within")), UseMask, 1},
		{"lengths of a recurrent network", onnxio.Int32, []any{3}, []part{input("data", float32Type, length, 3, width),
			initializer("W", float32Type, []int64{1, 1, width}, 1, 2, 3, 4), initializer("R", float32Type, []int64{1, 1, 1}, 1), node("RNN", "data,W,R,,x", "y", intAttribute("hidden_size", 1))}, UseLength, length},
	} {
		m := mustImport(t, model(t, 17, append(slices.Clone(c.parts), input("x", c.dt, c.shape...), output("y"))...), Options{})
		in := m.Inputs[slices.IndexFunc(m.Inputs, func(in *Input) bool { return in.Name == "x" })]
		if in.Use != c.use || in.Fill != c.fill {
			t.Errorf("%s: use %v with %v (%s), want %v with %v", c.name, in.Use, in.Fill, in.Reason, c.use, c.fill)
		}
	}
	pixels := []part{matrix, cast("x", "f", float32Type), scalar("s", 127.5), node("Div", "f,s", "g"), node("MatMul", "g,w", "y"), output("y")}
	for _, c := range []struct {
		dt              DataType
		least, greatest float64
	}{
		{onnxio.Uint8, 0, 255}, {onnxio.Int8, -128, 127}, {onnxio.Uint16, 0, 65535}, {onnxio.Int16, -32768, 32767},
		{onnxio.Int32, 0, 255}, {int64Type, 0, 255}, {onnxio.Uint64, 0, 255},
	} {
		in := mustImport(t, model(t, 17, append(pixels, input("x", c.dt, 2, width))...), Options{}).Inputs[0]
		if in.Use != UseData || in.Least != c.least || in.Greatest != c.greatest {
			t.Errorf("%v: use %v from %v to %v, want %v to %v", c.dt, in.Use, in.Least, in.Greatest, c.least, c.greatest)
		}
	}
	for name, use := range map[string]Use{"x": UseData, "mask": UseMask} {
		in := mustImport(t, model(t, 17, cast(name, "f", float32Type), matrix, node("MatMul", "f,w", "y"), input(name, boolType, 2, width), output("y")), Options{}).Inputs[0]
		if in.Use != use || use == UseData && (in.Least != 0 || in.Greatest != 1) {
			t.Errorf("truth values %s as numbers: use %v from %v to %v, want %v", name, in.Use, in.Least, in.Greatest, use)
		}
	}
	for slope, greatest := range map[float64]float64{1 / 255.0: 255, 1 / 127.5: 255, 1 / 16.0: 0, 1: 0} {
		in := mustImport(t, model(t, 17, scalar("s", slope), node("Mul", "x,s", "g"), matrix, node("MatMul", "g,w", "y"), input("x", float32Type, 2, width), output("y")), Options{}).Inputs[0]
		if in.Use != UseData || in.Least != 0 || in.Greatest != greatest {
			t.Errorf("floats times %v: use %v from %v to %v, want %v", slope, in.Use, in.Least, in.Greatest, greatest)
		}
	}
	for name, use := range map[string]Use{"attn_mask": UseMask, "position_bias": UseMask, "prior": UseData} {
		in := mustImport(t, model(t, 17, append(attention(node("Add", "scores,"+name, "masked")), input(name, float32Type, 2, length, length), output("y"))...), Options{}).Inputs[1]
		if in.Name != name || in.Use != use || in.Fill != 0 {
			t.Errorf("%s, which is added to a softmax: use %v with %v (%s), want %v with 0", in.Name, in.Use, in.Fill, in.Reason, use)
		}
	}
	in := mustImport(t, model(t, 17, input("x", float32Type, 2, 3), node("Shape", "x", "s"), node("ConstantOfShape", "s", "y"), output("y")), Options{}).Inputs[0]
	if in.Use != UseShape {
		t.Errorf("an input whose shape is taken: use %v", in.Use)
	}
}

// TestRows: numbers of rows may be shifted, clipped and counted from the end before they pick.
func TestRows(t *testing.T) {
	table := initializer("table", float32Type, []int64{5, 2}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	small := initializer("small", float32Type, []int64{2, 2}, 0, 1, 2, 3)
	zero, one, five := initializer("zero", int64Type, nil, 0), initializer("one", int64Type, nil, 1), initializer("five", int64Type, nil, 5)
	for _, c := range []struct {
		name            string
		parts           []part
		least, greatest float64
	}{
		{"behind a reserved row", []part{one, node("Add", "x,one", "at"), node("Gather", "table,at", "y")}, 0, 3},
		{"counted from one", []part{one, node("Sub", "x,one", "at"), node("Gather", "table,at", "y")}, 1, 5},
		{"negative ones from the end", []part{zero, five, node("Less", "x,zero", "below"), node("Cast", "below", "b", intAttribute("to", int64(int64Type))),
			node("Add", "x,five", "turned"), node("Mul", "b,turned", "l"), node("Not", "below", "above"), node("Cast", "above", "a", intAttribute("to", int64(int64Type))),
			node("Mul", "a,x", "r"), node("Add", "l,r", "at"), node("Gather", "table,at", "y")}, 0, 4},
		{"clipped for another table", []part{small, zero, one, node("Clip", "x,zero,one", "at"), node("Gather", "small,at", "s"), node("Gather", "table,x", "t"), node("Add", "s,t", "y")}, 0, 4},
		{"spread, by GatherElements", []part{one, initializer("shape", int64Type, []int64{2}, 3, 2), initializer("last", int64Type, []int64{1}, 1), node("Sub", "x,one", "i"),
			node("Unsqueeze", "i,last", "u"), node("Expand", "u,shape", "at"), node("GatherElements", "table,at", "y")}, 1, 5},
		{"shifted to nowhere", []part{initializer("far", int64Type, nil, 1<<40), node("Add", "x,far", "at"), node("Gather", "table,at", "y")}, 0, 4},
		{"by GatherND", []part{initializer("last", int64Type, []int64{1}, 1), node("Unsqueeze", "x,last", "at"), node("GatherND", "table,at", "y")}, 0, 4},
	} {
		in := mustImport(t, model(t, 17, append(c.parts, table, input("x", int64Type, 3), output("y"))...), Options{}).Inputs[0]
		if in.Use != UseIndex || in.Least != c.least || in.Greatest != c.greatest {
			t.Errorf("%s: use %v from %v to %v, want %v to %v", c.name, in.Use, in.Least, in.Greatest, c.least, c.greatest)
		}
	}
}

// triangle is the lower triangle of ones.
func triangle(n int) []float64 {
	data := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			data[i*n+j] = 1
		}
	}
	return data
}

// TestKnownInputs: an input that decides a shape has to be given.
func TestKnownInputs(t *testing.T) {
	parts := []part{input("x", float32Type, 2, 3), input("shape", int64Type, 1), node("Reshape", "x,shape", "y"), output("y")}
	if _, err := Import(model(t, 17, parts...), Options{}); !matches(err, `depend on input "shape"`) {
		t.Errorf("error %v", err)
	}
	m := mustImport(t, model(t, 17, parts...), Options{Known: map[string][]float64{"shape": {-1}}})
	if !slices.Equal(m.Outputs[0].Shape, []int{6}) {
		t.Errorf("shape %v", m.Outputs[0].Shape)
	}
	if _, err := Import(model(t, 17, parts...), Options{Known: map[string][]float64{"shape": {1, 2}}}); !matches(err, "2 are given") {
		t.Errorf("error %v", err)
	}
}
