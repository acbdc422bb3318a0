package metainit

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// initializer returns a tensor with the values in raw_data, as the type stores them.
func initializer(name string, dataType onnxpb.TensorProto_DataType, values any, dims ...int64) *onnxpb.TensorProto {
	var raw bytes.Buffer
	binary.Write(&raw, binary.LittleEndian, values)
	return &onnxpb.TensorProto{Name: &name, Dims: dims, DataType: proto.Int32(int32(dataType)), RawData: raw.Bytes()}
}

// encoded returns a file with the graph.
func encoded(t *testing.T, g *onnxpb.GraphProto) []byte {
	t.Helper()
	data, err := proto.Marshal(&onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}},
		Graph:       g,
	})
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
	float32Type  = onnxpb.TensorProto_FLOAT
	float64Type  = onnxpb.TensorProto_DOUBLE
	float16Type  = onnxpb.TensorProto_FLOAT16
	bfloat16Type = onnxpb.TensorProto_BFLOAT16
	int64Type    = onnxpb.TensorProto_INT64
)

func TestDiffStatus(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	f64 := func(values ...float64) *onnxpb.TensorProto {
		return initializer("w", float64Type, values, int64(len(values)))
	}
	number := func(v float64) *float64 { return &v }
	for name, c := range map[string]struct {
		a, b *onnxpb.TensorProto
		want TensorDifference
	}{
		"same":              {f64(1, 2), f64(1, 2), TensorDifference{"w", StatusSame, number(1), number(1), number(0)}},
		"same zeros":        {f64(0, 0), f64(0, 0), TensorDifference{"w", StatusSame, number(1), number(1), number(0)}},
		"same specials":     {f64(nan, inf, 1), f64(nan, inf, 1), TensorDifference{"w", StatusSame, number(1), number(1), number(0)}},
		"empty":             {f64(), f64(), TensorDifference{"w", StatusSame, number(1), number(1), number(0)}},
		"scaled":            {f64(1, -2, 0), f64(1.5, -3, 0), TensorDifference{"w", StatusScaled, number(1.5), number(1), number(1)}},
		"turned round":      {f64(1, -2), f64(-1, 2), TensorDifference{"w", StatusScaled, number(-1), number(-1), number(4)}},
		"large":             {f64(1e300, 2e300), f64(2e300, 4e300), TensorDifference{"w", StatusScaled, number(2), number(1), number(2e300)}},
		"small":             {f64(0x1p-1070, 0x1p-1068), f64(0x1p-1069, 0x1p-1067), TensorDifference{"w", StatusScaled, number(2), number(1), number(0x1p-1068)}},
		"changed":           {f64(3, 4), f64(4, 3), TensorDifference{"w", StatusChanged, number(0.96), number(0.96), number(1)}},
		"changed from zero": {f64(0, 1), f64(0.5, 1), TensorDifference{"w", StatusChanged, number(1), number(1 / math.Sqrt(1.25)), number(0.5)}},
		"all from zero":     {f64(0), f64(2), TensorDifference{"w", StatusChanged, nil, nil, number(2)}},
		"to zero":           {f64(2, 1), f64(0, 0), TensorDifference{"w", StatusScaled, number(0), nil, number(2)}},
		"to infinity":       {f64(2, 1), f64(inf, 2), TensorDifference{"w", StatusChanged, nil, nil, nil}},
		"not a number":      {f64(2, nan), f64(4, 2), TensorDifference{"w", StatusChanged, nil, nil, nil}},
		"integers": {initializer("w", int64Type, []int64{1, 2}, 2), initializer("w", int64Type, []int64{2, 4}, 2),
			TensorDifference{"w", StatusChanged, number(2), number(1), number(2)}},
		"type":  {f64(1), initializer("w", float32Type, []float32{1}, 1), TensorDifference{Name: "w", Status: StatusChanged}},
		"shape": {f64(1, 2), initializer("w", float64Type, []float64{1, 2}, 2, 1), TensorDifference{Name: "w", Status: StatusChanged}},
		"strings": {&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{1}, DataType: proto.Int32(8), StringData: [][]byte{[]byte("x")}},
			&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{1}, DataType: proto.Int32(8), StringData: [][]byte{[]byte("y")}},
			TensorDifference{Name: "w", Status: StatusChanged}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Diff(tensors(t, c.a), tensors(t, c.b))
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
	raw := func(dataType onnxpb.TensorProto_DataType, bytes ...byte) *onnxpb.TensorProto {
		return &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{2}, DataType: proto.Int32(int32(dataType)), RawData: bytes}
	}
	const small = onnxpb.TensorProto_FLOAT8E4M3FN
	complex64, complex128 := make([]byte, 16), make([]byte, 32)
	complex64[15], complex128[31] = 0x3f, 0x3f
	for name, c := range map[string]struct {
		a, b *onnxpb.TensorProto
		want Status
	}{
		"float8":          {raw(small, 1, 2), raw(small, 1, 2), StatusSame},
		"other float8":    {raw(small, 1, 2), raw(small, 1, 3), StatusChanged},
		"int32_data":      {raw(small, 1, 2), &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{2}, DataType: proto.Int32(int32(small)), Int32Data: []int32{1, 2}}, StatusSame},
		"float6":          {raw(onnxpb.TensorProto_FLOAT6E2M3, 1, 2), raw(onnxpb.TensorProto_FLOAT6E2M3, 1, 3), StatusChanged},
		"float4":          {raw(onnxpb.TensorProto_FLOAT4E2M1, 0x21), raw(onnxpb.TensorProto_FLOAT4E2M1, 0x31), StatusChanged},
		"complex64":       {raw(onnxpb.TensorProto_COMPLEX64, complex64...), raw(onnxpb.TensorProto_COMPLEX64, make([]byte, 16)...), StatusChanged},
		"complex128":      {raw(onnxpb.TensorProto_COMPLEX128, complex128...), raw(onnxpb.TensorProto_COMPLEX128, make([]byte, 32)...), StatusChanged},
		"same complex128": {raw(onnxpb.TensorProto_COMPLEX128, complex128...), raw(onnxpb.TensorProto_COMPLEX128, complex128...), StatusSame},
		"float_data": {raw(onnxpb.TensorProto_COMPLEX64, make([]byte, 16)...),
			&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{2}, DataType: proto.Int32(int32(onnxpb.TensorProto_COMPLEX64)), FloatData: make([]float32, 4)}, StatusSame},
	} {
		d, err := Diff(tensors(t, c.a), tensors(t, c.b))
		if err != nil || d.Tensors[0] != (TensorDifference{Name: "w", Status: c.want}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if _, err := Diff(tensors(t, raw(small, 1)), tensors(t, raw(small, 1))); err == nil || !strings.Contains(err.Error(), "raw_data has 1 bytes, where FLOAT8E4M3FN of shape [2] needs 2") {
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
	for dataType, values := range map[onnxpb.TensorProto_DataType]any{float32Type: f32, float64Type: f64, float16Type: half, bfloat16Type: brain} {
		for _, factor := range []float64{0.8123456, 1.00001, 1.9, 1e-3} {
			m := tensors(t, initializer("w", dataType, values, n))
			var file bytes.Buffer
			if err := m.Rewrite(&file, []onnxio.Scaling{{Tensor: m.Initializer("w"), Factor: factor}}, "", ""); err != nil {
				t.Fatal(err)
			}
			diff := func(data []byte) TensorDifference {
				b, err := onnxio.Decode("b.onnx", data)
				if err != nil {
					t.Fatal(err)
				}
				d, err := Diff(m, b)
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
	width := map[onnxpb.TensorProto_DataType]int{float32Type: 4, float16Type: 2, bfloat16Type: 2}[w.DataType]
	return width * (len(values) - i)
}

func TestDiffPlaces(t *testing.T) {
	w := initializer("w", float32Type, []float32{1}, 1)
	branch := &onnxpb.AttributeProto{Name: proto.String("then_branch"), Type: onnxpb.AttributeProto_GRAPH.Enum(),
		G: &onnxpb.GraphProto{Name: proto.String("then"), Initializer: []*onnxpb.TensorProto{w}}}
	value := &onnxpb.AttributeProto{Name: proto.String("value"), Type: onnxpb.AttributeProto_TENSOR.Enum(),
		T: initializer("", float32Type, []float32{3}, 1)}
	m := decoded(t, &onnxpb.GraphProto{
		Name:        proto.String("g"),
		Initializer: []*onnxpb.TensorProto{w},
		Node: []*onnxpb.NodeProto{
			{OpType: proto.String("Constant"), Output: []string{"c"}, Attribute: []*onnxpb.AttributeProto{value}},
			{OpType: proto.String("If"), Input: []string{"p"}, Output: []string{"y"}, Attribute: []*onnxpb.AttributeProto{branch}},
			{OpType: proto.String("If"), Input: []string{"p"}, Output: []string{"z"}, Attribute: []*onnxpb.AttributeProto{branch}},
		},
	})
	d, err := Diff(m, tensors(t, initializer("c", float32Type, []float32{6}, 1), initializer("v", float32Type, []float32{1}, 1)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Status{}
	for _, row := range d.Tensors {
		got[row.Name] = row.Status
	}
	want := map[string]Status{"w": StatusRemoved, "c": StatusScaled, "subgraph/w": StatusRemoved, "subgraph/w#2": StatusRemoved, "v": StatusAdded}
	if !reflect.DeepEqual(got, want) || d.Same {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDiffOfUnreadableTensor(t *testing.T) {
	good, short := initializer("w", float32Type, []float32{1, 2}, 2), initializer("w", float32Type, []float32{1}, 2)
	for _, pair := range [][2]*onnxpb.TensorProto{{good, short}, {short, good}} {
		if _, err := Diff(tensors(t, pair[0]), tensors(t, pair[1])); err == nil || !strings.Contains(err.Error(), `"w"`) {
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
		if d, err := Diff(m, m); err != nil || !d.Same || len(d.Tensors) != len(m.Tensors) {
			t.Errorf("%s: got %+v, %v", path, d, err)
		}
	}
}
