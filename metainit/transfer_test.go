package metainit

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/x448/float16"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// weightsIn is a tensor of a .safetensors file, F32, F16 or BF16.
type weightsIn struct {
	name, dtype string
	shape       []int64
	values      []float32
}

func openStored(t *testing.T, tensors ...weightsIn) *onnxio.Model {
	t.Helper()
	header, data := make(map[string]any), []byte{}
	for _, x := range tensors {
		begin := len(data)
		for _, v := range x.values {
			switch x.dtype {
			case "BF16":
				data = binary.LittleEndian.AppendUint16(data, uint16((math.Float32bits(v)+0x8000)>>16))
			case "F16":
				data = binary.LittleEndian.AppendUint16(data, float16.Fromfloat32(v).Bits())
			default:
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
		}
		header[x.name] = map[string]any{"dtype": x.dtype, "shape": x.shape, "data_offsets": []int{begin, len(data)}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	file := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, data)
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	m, err := onnxio.OpenSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func valuesOf(t *testing.T, m *onnxio.Model, name string) []float32 {
	t.Helper()
	v, err := m.Initializer(name).Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTransfer: weights are found transposed, with their rows in another order, as rows of a larger tensor, in two parts of
// another type, and twice; what is written there are their values times the factor, and everything else stays.
func TestTransfer(t *testing.T) {
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{})
	first, second, third := valuesOf(t, p.model, "1.weight"), valuesOf(t, p.model, "3.weight"), valuesOf(t, p.model, "5.weight")
	rng := rand.New(rand.NewPCG(1, 2))
	others := func(n int) []float32 {
		list := make([]float32, n)
		for i := range list {
			list[i] = float32(rng.NormFloat64() / 8)
		}
		return list
	}
	transposed := turned(first, 64)
	gates := slices.Concat(first[32*64:], first[:32*64])
	packed := slices.Concat(others(16*48), second, others(8*48))
	copied := slices.Concat(second, others(8*48)) // as layers that were copied from one another have it
	m := openStored(t,
		weightsIn{"turned", "F32", []int64{64, 48}, transposed},
		weightsIn{"gates", "F32", []int64{1, 48, 64}, gates},
		weightsIn{"packed", "F32", []int64{72, 48}, packed},
		weightsIn{"copied", "F32", []int64{56, 48}, copied},
		weightsIn{"upper", "BF16", []int64{4, 48}, third[:4*48]},
		weightsIn{"lower", "BF16", []int64{6, 48}, third[4*48:]},
		weightsIn{"bias", "F32", []int64{48}, others(48)})
	transfer, err := p.TransferTo(m)
	if err != nil {
		t.Fatal(err)
	}
	scalings, used, err := transfer.Scalings(map[string]float64{"1.weight": 2, "3.weight": 3, "5.weight": 0.5}, m)
	if err != nil {
		t.Fatal(err)
	}
	how := make(map[string]string)
	for _, c := range used {
		how[c.Target] = c.Weight + " " + c.How
	}
	for target, want := range map[string]string{
		"turned": "1.weight transposed", "gates": "1.weight in another order", "packed[16:64]": "3.weight as rows", "copied[0:48]": "3.weight as rows",
		"upper": "5.weight a part of it", "lower": "5.weight a part of it",
	} {
		if how[target] != want {
			t.Errorf("%s: %q, want %q", target, how[target], want)
		}
	}
	out := filepath.Join(t.TempDir(), "out.safetensors")
	if _, err := m.Save(out, scalings, "", nil); err != nil {
		t.Fatal(err)
	}
	tuned, err := onnxio.OpenSafetensors(out)
	if err != nil {
		t.Fatal(err)
	}
	defer tuned.Close()
	for name, factor := range map[string]func(i int) float32{
		"turned": func(int) float32 { return 2 }, "gates": func(int) float32 { return 2 }, "upper": func(int) float32 { return 0.5 },
		"lower": func(int) float32 { return 0.5 }, "bias": func(int) float32 { return 1 },
		"copied": func(i int) float32 {
			if i/48 < 48 {
				return 3
			}
			return 1
		},
		"packed": func(i int) float32 {
			if i/48 >= 16 && i/48 < 64 {
				return 3
			}
			return 1
		},
	} {
		before, after := valuesOf(t, m, name), valuesOf(t, tuned, name)
		for i := range before {
			if after[i] != before[i]*factor(i) {
				t.Fatalf("%s: element %d is %v, was %v", name, i, after[i], before[i])
			}
		}
	}
}

// TestTransferOfParts: a weight that the file has as columns side by side, as of q, k and v that an exporter joined.
func TestTransferOfParts(t *testing.T) {
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{})
	first := valuesOf(t, p.model, "1.weight")
	columns := turned(first, 64)
	m := openStored(t,
		weightsIn{"k", "F32", []int64{16, 48}, columns[16*48 : 32*48]}, weightsIn{"q", "F32", []int64{16, 48}, columns[:16*48]},
		weightsIn{"v", "F32", []int64{32, 48}, columns[32*48:]},
		weightsIn{"3", "F32", []int64{48, 48}, valuesOf(t, p.model, "3.weight")}, weightsIn{"5", "F32", []int64{10, 48}, valuesOf(t, p.model, "5.weight")})
	transfer, err := p.TransferTo(m)
	if err != nil {
		t.Fatal(err)
	}
	scalings, _, err := transfer.Scalings(map[string]float64{"1.weight": 2}, m)
	if err != nil || len(scalings) != 3 {
		t.Errorf("%d tensors are rescaled, %v", len(scalings), err)
	}
}

// TestLostWeights: the error names what is nowhere, and what batch normalization was folded into, in any layout.
func TestLostWeights(t *testing.T) {
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{})
	rows := slices.Clone(valuesOf(t, p.model, "3.weight"))
	for i := range rows {
		rows[i] *= float32(1+i/48) * float32(1-2*(i/48%2))
	}
	head := weightsIn{"head", "F32", []int64{10, 48}, valuesOf(t, p.model, "5.weight")}
	other := slices.Clone(rows)
	other[7] *= 1.001
	for _, c := range []struct {
		conv   weightsIn
		folded bool
	}{
		{weightsIn{"conv", "F32", []int64{48, 48}, rows}, true},
		{weightsIn{"conv", "F32", []int64{48, 48}, turned(rows, 48)}, true},
		{weightsIn{"conv", "F32", []int64{4, 12, 48}, turned(rows, 48)}, true},
		{weightsIn{"conv", "BF16", []int64{48, 48}, rows}, true},
		{weightsIn{"conv", "F32", []int64{48, 48}, other}, false},
	} {
		_, err := p.TransferTo(openStored(t, c.conv, head))
		if err == nil || !strings.Contains(err.Error(), `no tensor holds the values of "1.weight" [48 64], "3.weight" [48 48]`) ||
			strings.Contains(err.Error(), `[48 48] (of "conv", each row multiplied by a number); batch normalization was folded into convolutions: export`) != c.folded {
			t.Errorf("%v %v: error %v", c.conv.dtype, c.conv.shape, err)
		}
	}
}

// TestDraws: of weights with the same values and other factors the names decide, or there is an error.
func TestDraws(t *testing.T) {
	same := []float32{1, 2, 3, 5, 7, -9}
	model := decoded(t, &onnxpb.GraphProto{
		Name:   proto.String("g"),
		Input:  []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 3)},
		Output: []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
		Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("layers.0.w", float32Type, same, 3, 2), onnxtest.Tensor("v", float32Type, []float32{1, 4, 2, 3}, 2, 2),
			onnxtest.Tensor("layers.1.w", float32Type, same, 3, 2), onnxtest.Tensor("u", float32Type, []float32{1, -4, 2, 3, 8, 6}, 2, 3)},
		Node: []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,layers.0.w", "a"), onnxtest.Node("MatMul", "a,u", "b"), onnxtest.Node("Tanh", "b", "c"), onnxtest.Node("MatMul", "c,layers.1.w", "d"), onnxtest.Node("MatMul", "d,v", "y")},
	})
	p, err := New(model, Options{})
	if err != nil {
		t.Fatal(err)
	}
	factors := map[string]float64{"layers.0.w": 2, "layers.1.w": 3, "v": 1, "u": 1}
	rest := []weightsIn{{"v", "F32", []int64{2, 2}, []float32{1, 4, 2, 3}}, {"u", "F32", []int64{2, 3}, []float32{1, -4, 2, 3, 8, 6}}}
	for _, c := range []struct {
		names [2]string
		clear bool
	}{
		{[2]string{"net.layers.0.w", "net.layers.1.w"}, true},
		{[2]string{"a", "b"}, false},
	} {
		m := openStored(t, append(rest, weightsIn{c.names[0], "F32", []int64{3, 2}, same}, weightsIn{c.names[1], "F32", []int64{3, 2}, same})...)
		transfer, err := p.TransferTo(m)
		if err != nil {
			t.Fatal(err)
		}
		scalings, _, err := transfer.Scalings(factors, m)
		switch {
		case !c.clear:
			if err == nil || !strings.Contains(err.Error(), "their names do not tell which is which") {
				t.Errorf("%v: error %v", c.names, err)
			}
		case err != nil || len(scalings) != 2 || scalings[0].Factor != 2 || scalings[1].Factor != 3:
			t.Errorf("%v: %v, %v", c.names, scalings, err)
		}
		factors["layers.1.w"] = 2
		if scalings, _, err := transfer.Scalings(factors, m); err != nil || len(scalings) != 2 {
			t.Errorf("%v, with one factor: %v, %v", c.names, scalings, err)
		}
		factors["layers.1.w"] = 3
	}
}

// TestTransferToHalves: numbers that are too small for the full precision of float16 are found too, among tensors of about one norm.
func TestTransferToHalves(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func() []float32 {
		list := make([]float32, 64*64)
		for i := range list {
			list[i] = float32(2*rng.Float64()-1) * 0x1p-10
		}
		return list
	}
	g := layers(6, 64)
	stored := make([]weightsIn, 6)
	for i, w := range g.Initializer {
		values := draw()
		g.Initializer[i] = onnxtest.Tensor(w.GetName(), float32Type, values, 64, 64)
		stored[5-i] = weightsIn{"net." + w.GetName(), "F16", []int64{64, 64}, turned(values, 64)}
	}
	p, err := New(decoded(t, g), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := openStored(t, stored...)
	transfer, err := p.TransferTo(m)
	if err != nil {
		t.Fatal(err)
	}
	_, used, err := transfer.Scalings(nil, m)
	if err != nil || len(used) != 6 {
		t.Fatalf("%d are found, %v", len(used), err)
	}
	for _, c := range used {
		if c.Target != "net."+c.Weight || c.How != "transposed" {
			t.Errorf("%+v", c)
		}
	}
}

// TestTransferOfTied: a weight that is there as a whole is found in rows of another tensor too, but not in a tensor that is
// another weight.
func TestTransferOfTied(t *testing.T) {
	ones := func(n int) []float32 { return slices.Repeat([]float32{1}, n) }
	w := []float32{1, -2, 3, 5, -7, 9}
	p, err := New(decoded(t, &onnxpb.GraphProto{
		Name:   proto.String("g"),
		Input:  []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
		Output: []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
		Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", float32Type, w, 2, 3), onnxtest.Tensor("u", float32Type, ones(12), 3, 4),
			onnxtest.Tensor("v", float32Type, ones(8), 4, 2)},
		Node: []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "a"), onnxtest.Node("MatMul", "a,u", "b"), onnxtest.Node("MatMul", "b,v", "y")},
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := openStored(t, weightsIn{"w", "F32", []int64{2, 3}, w}, weightsIn{"packed", "F32", []int64{4, 3}, append(slices.Clone(w), 8, 8, 8, 8, 8, 8)},
		weightsIn{"u", "F32", []int64{3, 4}, ones(12)}, weightsIn{"v", "F32", []int64{4, 2}, ones(8)})
	transfer, err := p.TransferTo(m)
	if err != nil {
		t.Fatal(err)
	}
	_, used, err := transfer.Scalings(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range used {
		got = append(got, c.Weight+" in "+c.Target)
	}
	if want := "w in w, w in packed[0:2], u in u, v in v"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
}
