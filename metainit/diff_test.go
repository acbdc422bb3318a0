package metainit

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// encoded returns a file with the graph.
func encoded(t testing.TB, g *onnxpb.GraphProto) []byte {
	t.Helper()
	data, err := proto.Marshal(onnxtest.Model(g))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded returns the model of the graph as read from its encoding.
func decoded(t *testing.T, g *onnxpb.GraphProto) *onnxio.Model {
	t.Helper()
	m, err := onnxio.Decode("model.onnx", encoded(t, g))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// tensors returns a model with the tensors as initializers.
func tensors(t *testing.T, list ...*onnxpb.TensorProto) *onnxio.Model {
	return decoded(t, &onnxpb.GraphProto{Name: proto.String("g"), Initializer: list})
}

const (
	float32Type  = onnxio.Float32
	float64Type  = onnxio.Float64
	float16Type  = onnxio.Float16
	bfloat16Type = onnxio.BFloat16
	int64Type    = onnxio.Int64
)

func TestDiffStatus(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	f64 := func(values ...float64) *onnxpb.TensorProto {
		return onnxtest.Tensor("w", float64Type, values, int64(len(values)))
	}
	number := func(v float64) *float64 { return &v }
	for name, c := range map[string]struct {
		a, b *onnxpb.TensorProto
		want TensorDifference
	}{
		"same":              {f64(1, 2), f64(1, 2), TensorDifference{"w", StatusSame, number(1), number(1), number(0), "", ""}},
		"same zeros":        {f64(0, 0), f64(0, 0), TensorDifference{"w", StatusSame, number(1), number(1), number(0), "", ""}},
		"same specials":     {f64(nan, inf, 1), f64(nan, inf, 1), TensorDifference{"w", StatusSame, number(1), number(1), number(0), "", ""}},
		"empty":             {f64(), f64(), TensorDifference{"w", StatusSame, number(1), number(1), number(0), "", ""}},
		"scaled":            {f64(1, -2, 0), f64(1.5, -3, 0), TensorDifference{"w", StatusScaled, number(1.5), number(1), number(1), "", ""}},
		"turned round":      {f64(1, -2), f64(-1, 2), TensorDifference{"w", StatusScaled, number(-1), number(-1), number(4), "", ""}},
		"large":             {f64(1e300, 2e300), f64(2e300, 4e300), TensorDifference{"w", StatusScaled, number(2), number(1), number(2e300), "", ""}},
		"small":             {f64(0x1p-1070, 0x1p-1068), f64(0x1p-1069, 0x1p-1067), TensorDifference{"w", StatusScaled, number(2), number(1), number(0x1p-1068), "", ""}},
		"changed":           {f64(3, 4), f64(4, 3), TensorDifference{"w", StatusChanged, number(0.96), number(0.96), number(1), "", ""}},
		"changed from zero": {f64(0, 1), f64(0.5, 1), TensorDifference{"w", StatusChanged, number(1), number(1 / math.Sqrt(1.25)), number(0.5), "", ""}},
		"all from zero":     {f64(0), f64(2), TensorDifference{"w", StatusChanged, nil, nil, number(2), "", ""}},
		"to zero":           {f64(2, 1), f64(0, 0), TensorDifference{"w", StatusScaled, number(0), nil, number(2), "", ""}},
		"to infinity":       {f64(2, 1), f64(inf, 2), TensorDifference{"w", StatusChanged, nil, nil, nil, "", ""}},
		"not a number":      {f64(2, nan), f64(4, 2), TensorDifference{"w", StatusChanged, nil, nil, nil, "", ""}},
		"integers": {onnxtest.Tensor("w", int64Type, []int64{1, 2}, 2), onnxtest.Tensor("w", int64Type, []int64{2, 4}, 2),
			TensorDifference{"w", StatusChanged, number(2), number(1), number(2), "", ""}},
		"type":                {f64(1), onnxtest.Tensor("w", float32Type, []float32{1}, 1), TensorDifference{"w", StatusChanged, number(1), number(1), number(0), "", "float64 -> float32"}},
		"shape":               {f64(1, 2), onnxtest.Tensor("w", float64Type, []float64{1, 2}, 2, 1), TensorDifference{"w", StatusChanged, number(1), number(1), number(0), "", "shape [2] -> [2 1]"}},
		"rounded to float32":  {f64(1+0x1p-30, -2), onnxtest.Tensor("w", float32Type, []float32{1, -2}, 2), TensorDifference{"w", StatusChanged, number(1), number(1), number(0x1p-30), "", "float64 -> float32, rounded"}},
		"scaled to float16":   {f64(1, -3), onnxtest.Tensor("w", float16Type, []uint16{0x4000, 0xc600}, 2), TensorDifference{"w", StatusChanged, number(2), number(1), number(3), "", "float64 -> float16, scaled"}},
		"changed in float32":  {f64(3, 4), onnxtest.Tensor("w", float32Type, []float32{4, 3}, 2, 1), TensorDifference{"w", StatusChanged, number(0.96), number(0.96), number(1), "", "float64 -> float32, shape [2] -> [2 1]"}},
		"to integers":         {f64(0.5, -1), onnxtest.Tensor("w", int64Type, []int64{1, -2}, 2), TensorDifference{"w", StatusChanged, number(2), number(1), number(1), "", "float64 -> int64"}},
		"size":                {f64(1, 2), f64(1, 2, 3), TensorDifference{Name: "w", Status: StatusChanged, Note: "shape [2] -> [3]"}},
		"reshaped":            {onnxtest.Tensor("w", float64Type, []float64{1, 2, 3, 4, 5, 6}, 2, 3), onnxtest.Tensor("w", float64Type, []float64{1, 2, 3, 4, 5, 6}, 3, 2), TensorDifference{Name: "w", Status: StatusChanged, Note: "shape [2 3] -> [3 2], the same values in the same order"}},
		"transposed":          {onnxtest.Tensor("w", float64Type, []float64{1, 2, 3, 4, 5, 6}, 2, 3), onnxtest.Tensor("w", float64Type, []float64{1, 4, 2, 5, 3, 6}, 3, 2), TensorDifference{Name: "w", Status: StatusChanged, Note: "shape [2 3] -> [3 2], the same values in another order"}},
		"other axes":          {onnxtest.Tensor("w", float64Type, []float64{1, 2, 3, 4, 5, 6}, 2, 3), onnxtest.Tensor("w", float64Type, []float64{1, 4, 2, 5, 3, 7}, 3, 2), TensorDifference{Name: "w", Status: StatusChanged, Note: "shape [2 3] -> [3 2]"}},
		"text out of numbers": {f64(1), &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{1}, DataType: proto.Int32(8), StringData: [][]byte{[]byte("y")}}, TensorDifference{Name: "w", Status: StatusChanged, Note: "float64 -> string"}},
		"strings": {&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{1}, DataType: proto.Int32(8), StringData: [][]byte{[]byte("x")}},
			&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{1}, DataType: proto.Int32(8), StringData: [][]byte{[]byte("y")}},
			TensorDifference{Name: "w", Status: StatusChanged}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Diff(tensors(t, c.a), tensors(t, c.b), DiffOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := d.Tensors[0]
			if got.Cosine != nil {
				*got.Cosine = math.Round(*got.Cosine*1e12) / 1e12
			}
			if c.want.Cosine != nil {
				*c.want.Cosine = math.Round(*c.want.Cosine*1e12) / 1e12
			}
			if !reflect.DeepEqual(got, c.want) || d.Same != (c.want.Status == StatusSame) {
				text, _ := json.Marshal(d)
				t.Errorf("got %s", text)
			}
		})
	}
}

// TestDiffBits has elements that are no doubles, stored in both ways.
func TestDiffBits(t *testing.T) {
	raw := func(dataType onnxio.DataType, bytes ...byte) *onnxpb.TensorProto {
		return &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{2}, DataType: proto.Int32(int32(dataType)), RawData: bytes}
	}
	const small = onnxio.Float8E4M3FN
	complex64, complex128 := make([]byte, 16), make([]byte, 32)
	complex64[15], complex128[31] = 0x3f, 0x3f
	for name, c := range map[string]struct {
		a, b *onnxpb.TensorProto
		want Status
	}{
		"float8":          {raw(small, 1, 2), raw(small, 1, 2), StatusSame},
		"other float8":    {raw(small, 1, 2), raw(small, 1, 3), StatusChanged},
		"int32_data":      {raw(small, 1, 2), &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{2}, DataType: proto.Int32(int32(small)), Int32Data: []int32{1, 2}}, StatusSame},
		"float6":          {raw(onnxio.Float6E2M3, 1, 2), raw(onnxio.Float6E2M3, 1, 3), StatusChanged},
		"float4":          {raw(onnxio.Float4E2M1, 0x21), raw(onnxio.Float4E2M1, 0x31), StatusChanged},
		"complex64":       {raw(onnxio.Complex64, complex64...), raw(onnxio.Complex64, make([]byte, 16)...), StatusChanged},
		"complex128":      {raw(onnxio.Complex128, complex128...), raw(onnxio.Complex128, make([]byte, 32)...), StatusChanged},
		"same complex128": {raw(onnxio.Complex128, complex128...), raw(onnxio.Complex128, complex128...), StatusSame},
		"float_data": {raw(onnxio.Complex64, make([]byte, 16)...),
			&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{2}, DataType: proto.Int32(int32(onnxio.Complex64)), FloatData: make([]float32, 4)}, StatusSame},
	} {
		d, err := Diff(tensors(t, c.a), tensors(t, c.b), DiffOptions{})
		if err != nil || d.Tensors[0] != (TensorDifference{Name: "w", Status: c.want}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if _, err := Diff(tensors(t, raw(small, 1)), tensors(t, raw(small, 1)), DiffOptions{}); err == nil || !strings.Contains(err.Error(), "raw_data has 1 bytes, where FLOAT8E4M3FN of shape [2] needs 2") {
		t.Errorf("too short: %v", err)
	}
}

// What a rewriter makes of a tensor is scaled in every type, and no longer if one element is off by two units.
func TestDiffScaledWithinRounding(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n = 200_000 // several blocks
	f32, f64 := make([]float32, n), make([]float64, n)
	half, brain := make([]uint16, n), make([]uint16, n)
	for i := range n {
		v := random.NormFloat64() * math.Exp(3*random.NormFloat64()) // some subnormal in float16
		f32[i], f64[i] = float32(v), v
		half[i] = uint16(random.IntN(0x7000) | random.IntN(2)<<15)
		brain[i] = uint16(math.Float32bits(float32(v)) >> 16)
	}
	for dataType, values := range map[onnxio.DataType]any{float32Type: f32, float64Type: f64, float16Type: half, bfloat16Type: brain} {
		for _, factor := range []float64{0.8123456, 1.00001, 1.9, 1e-3} {
			m := tensors(t, onnxtest.Tensor("w", dataType, values, n))
			var file bytes.Buffer
			if err := m.Rewrite(&file, []onnxio.Scaling{{Tensor: m.Initializer("w"), Factor: factor}}, "", ""); err != nil {
				t.Fatal(err)
			}
			diff := func(data []byte) TensorDifference {
				b, err := onnxio.Decode("b.onnx", data)
				if err != nil {
					t.Fatal(err)
				}
				d, err := Diff(m, b, DiffOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return d.Tensors[0]
			}
			got := diff(file.Bytes())
			if got.Status == StatusSame && factor == 1.00001 {
				continue // below the type's precision
			}
			if got.Status != StatusScaled || math.Abs(*got.Factor/factor-1) > 1e-3 || *got.Cosine < 0.999 {
				t.Errorf("%v by %g: got %s, factor %v, cosine %v", dataType, factor, got.Status, *got.Factor, *got.Cosine)
			}
			if dataType == float64Type {
				continue // a double is not tested to the last bit
			}
			at := file.Len() - opsetImport - fromLastLarge(t, m.Initializer("w"), factor)
			file.Bytes()[at] ^= 2
			if got := diff(file.Bytes()); got.Status != StatusChanged {
				t.Errorf("%v by %g: one element off by two units: got %s", dataType, factor, got.Status)
			}
		}
	}
}

// opsetImport is the number of bytes that follow the last tensor of a model made by tensors.
const opsetImport = 4

// fromLastLarge returns how many bytes before the end of the tensor its last element begins that is not subnormal.
func fromLastLarge(t *testing.T, w *onnxio.Tensor, factor float64) int {
	t.Helper()
	values, err := w.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	i := len(values) - 1
	for math.Abs(values[i]*factor) < 0.001 {
		i--
	}
	width := map[onnxio.DataType]int{float32Type: 4, float16Type: 2, bfloat16Type: 2}[w.DataType]
	return width * (len(values) - i)
}

func TestDiffPlaces(t *testing.T) {
	w := onnxtest.Tensor("w", float32Type, []float32{1}, 1)
	branch := onnxtest.Attribute("then_branch", &onnxpb.GraphProto{Name: proto.String("then"), Initializer: []*onnxpb.TensorProto{w}})
	m := decoded(t, &onnxpb.GraphProto{
		Name:        proto.String("g"),
		Initializer: []*onnxpb.TensorProto{w},
		Node: []*onnxpb.NodeProto{
			onnxtest.Node("Constant", "", "c", onnxtest.Attribute("value", onnxtest.Tensor("", float32Type, []float32{3}, 1))),
			onnxtest.Node("If", "p", "y", branch),
			onnxtest.Node("If", "p", "z", branch),
		},
	})
	d, err := Diff(m, tensors(t, onnxtest.Tensor("c", float32Type, []float32{6}, 1), onnxtest.Tensor("v", float32Type, []float32{1}, 1)), DiffOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Status{}
	for _, row := range d.Tensors {
		got[row.Name] = row.Status
	}
	want := map[string]Status{"w": StatusRemoved, "c": StatusScaled, "subgraph/w": StatusRenamed, "subgraph/w#2": StatusRemoved}
	if !reflect.DeepEqual(got, want) || d.Same {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDiffOfUnreadableTensor(t *testing.T) {
	good, short := onnxtest.Tensor("w", float32Type, []float32{1, 2}, 2), onnxtest.Tensor("w", float32Type, []float32{1}, 2)
	for _, pair := range [][2]*onnxpb.TensorProto{{good, short}, {short, good}} {
		if _, err := Diff(tensors(t, pair[0]), tensors(t, pair[1]), DiffOptions{}); err == nil || !strings.Contains(err.Error(), `"w"`) {
			t.Errorf("got error %v, want one that names the tensor", err)
		}
	}
}

func TestDiffOfModelWithItself(t *testing.T) {
	paths, err := filepath.Glob("../testdata/reference/*/model.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no reference models: %v", err)
	}
	for _, path := range paths {
		m, err := onnxio.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if d, err := Diff(m, m, DiffOptions{}); err != nil || !d.Same || len(d.Tensors) != len(m.Tensors) {
			t.Errorf("%s: got %+v, %v", path, d, err)
		}
	}
}

// TestDiffOfTwoTunings: two models that were rescaled from one original are multiples of each other, each rounded; one
// element that is off by more is seen.
func TestDiffOfTwoTunings(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const n = 50_000
	f32, f64 := make([]float32, n), make([]float64, n)
	half, brain := make([]uint16, n), make([]uint16, n)
	for i := range n {
		v := random.NormFloat64() * math.Exp(3*random.NormFloat64())
		f32[i], f64[i] = float32(v), v
		half[i] = uint16(random.IntN(0x6000) | random.IntN(2)<<15)
		brain[i] = uint16(math.Float32bits(float32(v)) >> 16)
	}
	for dataType, values := range map[onnxio.DataType]any{float32Type: f32, float64Type: f64, float16Type: half, bfloat16Type: brain} {
		original := tensors(t, onnxtest.Tensor("w", dataType, values, n))
		tuned := func(factor float64, off int) *onnxio.Model {
			var file bytes.Buffer
			if err := original.Rewrite(&file, []onnxio.Scaling{{Tensor: original.Initializer("w"), Factor: factor}}, "", ""); err != nil {
				t.Fatal(err)
			}
			if off > 0 {
				file.Bytes()[file.Len()-opsetImport-fromLastLarge(t, original.Initializer("w"), factor)] ^= byte(off)
			}
			m, err := onnxio.Decode("tuned.onnx", file.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		for _, factors := range [][2]float64{{0.8123456, 1.7}, {1.3, -0.456}, {0.77777, 0.7707}} {
			d, err := Diff(tuned(factors[0], 0), tuned(factors[1], 0), DiffOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := d.Tensors[0], factors[1]/factors[0]; got.Status != StatusScaled || math.Abs(*got.Factor/want-1) > 1e-3 {
				t.Errorf("%v by %v: got %s, factor %v, want %v", dataType, factors, got.Status, *got.Factor, want)
			}
			if dataType == float64Type {
				continue // a double is not tested to the last bit
			}
			if d, err = Diff(tuned(factors[0], 0), tuned(factors[1], 4), DiffOptions{}); err != nil || d.Tensors[0].Status != StatusChanged {
				t.Errorf("%v by %v: one element off by four units: got %+v, %v", dataType, factors, d.Tensors[0], err)
			}
		}
	}
}

// TestDiffTolerance: within a tolerance tensors are the same, whatever their type.
func TestDiffTolerance(t *testing.T) {
	a := onnxtest.Tensor("w", float32Type, []float32{100, -2, 0}, 3)
	for _, c := range []struct {
		b    *onnxpb.TensorProto
		opt  DiffOptions
		same bool
	}{
		{onnxtest.Tensor("w", float32Type, []float32{101, -2, 0}, 3), DiffOptions{RTol: 0.011}, true},
		{onnxtest.Tensor("w", float32Type, []float32{101, -2, 0}, 3), DiffOptions{RTol: 0.009}, false},
		{onnxtest.Tensor("w", float32Type, []float32{101, -2, 0}, 3), DiffOptions{ATol: 1}, true},
		{onnxtest.Tensor("w", float32Type, []float32{101, -2, 0.5}, 3), DiffOptions{RTol: 0.1}, false},
		{onnxtest.Tensor("w", float32Type, []float32{101, -2, 0.5}, 3), DiffOptions{RTol: 0.1, ATol: 0.5}, true},
		{onnxtest.Tensor("w", float64Type, []float64{100, -2.01, 0}, 3), DiffOptions{RTol: 0.1}, true},
		{onnxtest.Tensor("w", float64Type, []float64{100, -2, 0}, 3), DiffOptions{RTol: 0.1}, true},
		{onnxtest.Tensor("w", float64Type, []float64{100, -2, 0}, 3), DiffOptions{}, false},
		{onnxtest.Tensor("w", float32Type, []float32{100, -2, 0}, 3, 1), DiffOptions{RTol: 0.1}, false},
		{onnxtest.Tensor("w", float32Type, []float32{100, float32(math.Inf(-1)), 0}, 3), DiffOptions{RTol: 1e300, ATol: 1e300}, false},
		{onnxtest.Tensor("w", float32Type, []float32{100, float32(math.NaN()), 0}, 3), DiffOptions{RTol: 1e300, ATol: 1e300}, false},
	} {
		if d, err := Diff(tensors(t, a), tensors(t, c.b), c.opt); err != nil || d.Same != c.same {
			t.Errorf("%+v: %+v, %v", c.opt, d.Tensors[0], err)
		}
	}
}

// TestDiffMoved: values are found under other names.
func TestDiffMoved(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	draw := func(n int, factor float32) []float32 {
		list := make([]float32, n)
		for i := range list {
			list[i] = float32(random.NormFloat64()) * factor
		}
		return list
	}
	w, v, u := draw(12, 1), draw(12, 1), draw(12, 1)
	scaled, swapped, ones := make([]float32, 12), make([]float32, 12), slices.Repeat([]float32{1}, 12)
	for i := range w {
		scaled[i] = -1.7 * w[i]
		swapped[i%4*3+i/4] = w[i]
	}
	tensor := func(name string, values []float32, dims ...int64) *onnxpb.TensorProto {
		return onnxtest.Tensor(name, float32Type, values, dims...)
	}
	for name, c := range map[string]struct {
		a, b []*onnxpb.TensorProto
		want string
	}{
		"renamed":              {[]*onnxpb.TensorProto{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, []*onnxpb.TensorProto{tensor("c", v, 3, 4), tensor("d", w, 3, 4)}, "a renamed d 1; b renamed c 1"},
		"and scaled":           {[]*onnxpb.TensorProto{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, []*onnxpb.TensorProto{tensor("c", u, 3, 4), tensor("d", scaled, 3, 4)}, "a renamed d -1.7; b removed; c added"},
		"and reshaped":         {[]*onnxpb.TensorProto{tensor("a", w, 12)}, []*onnxpb.TensorProto{tensor("c", w, 1, 12)}, "a renamed c 1 shape [12] -> [1 12]"},
		"and transpose":        {[]*onnxpb.TensorProto{tensor("a", w, 3, 4)}, []*onnxpb.TensorProto{tensor("c", swapped, 4, 3)}, "a renamed c shape [3 4] -> [4 3], the same values in another order"},
		"and converted":        {[]*onnxpb.TensorProto{tensor("a", w, 3, 4)}, []*onnxpb.TensorProto{onnxtest.Tensor("c", bfloat16Type, bfloat16s(w), 3, 4)}, "a renamed c 1 float32 -> bfloat16, rounded"},
		"two of one":           {[]*onnxpb.TensorProto{tensor("a", ones, 12), tensor("b", ones, 12)}, []*onnxpb.TensorProto{tensor("c", ones, 12)}, "a renamed c 1; b removed"},
		"the same shape first": {[]*onnxpb.TensorProto{tensor("a", ones, 12)}, []*onnxpb.TensorProto{tensor("b", ones, 4, 3), tensor("c", ones, 12)}, "a renamed c 1; b added"},
		"multiples of one number": {[]*onnxpb.TensorProto{tensor("a", ones, 3, 4), tensor("b", w[:2], 2)},
			[]*onnxpb.TensorProto{tensor("c", slices.Repeat([]float32{2}, 12), 3, 4), tensor("d", []float32{2 * w[0], 2 * w[1]}, 2)}, "a removed; b removed; c added; d added"},
		"exchanged": {[]*onnxpb.TensorProto{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, []*onnxpb.TensorProto{tensor("a", v, 3, 4), tensor("b", w, 3, 4)}, "a changed b; b changed a"},
		"pushed on": {[]*onnxpb.TensorProto{tensor("1", w, 3, 4)}, []*onnxpb.TensorProto{tensor("1", v, 3, 4), tensor("2", w, 3, 4)}, "1 changed 2; 2 added"},
		"transposed under its name": {[]*onnxpb.TensorProto{tensor("a", w, 3, 4)}, []*onnxpb.TensorProto{tensor("a", swapped, 4, 3), tensor("b", swapped, 4, 3)},
			"a changed shape [3 4] -> [4 3], the same values in another order; b added"},
		"none": {[]*onnxpb.TensorProto{tensor("a", w, 3, 4)}, []*onnxpb.TensorProto{tensor("b", v, 3, 4), tensor("c", draw(11, 1), 11)}, "a removed; b added; c added"},
	} {
		d, err := Diff(tensors(t, c.a...), tensors(t, c.b...), DiffOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range d.Tensors {
			fields := []string{row.Name, string(row.Status)}
			for _, s := range []string{row.Other, row.Note} {
				if s != "" {
					fields = append(fields, s)
				}
				if row.Status == StatusRenamed && s == row.Other && row.Factor != nil {
					fields = append(fields, strconv.FormatFloat(*row.Factor, 'g', 4, 64))
				}
			}
			got = append(got, strings.Join(fields, " "))
		}
		if strings.Join(got, "; ") != c.want || d.Same {
			t.Errorf("%s: got %q, want %q", name, strings.Join(got, "; "), c.want)
		}
	}
}

// bfloat16s rounds the values to nearest even.
func bfloat16s(values []float32) []uint16 {
	list := make([]uint16, len(values))
	for i, v := range values {
		bits := math.Float32bits(v)
		list[i] = uint16((bits + 0x7fff + bits>>16&1) >> 16)
	}
	return list
}
