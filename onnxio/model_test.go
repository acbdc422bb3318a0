package onnxio

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// TestReferenceModels compares the structure and the values with protobuf's own decoding of the whole file.
func TestReferenceModels(t *testing.T) {
	for _, path := range references(t) {
		m := open(t, path)
		full := unmarshal(t, readFile(t, path))
		for i, p := range full.Graph.Initializer {
			x := m.Tensor(m.Proto.Graph.Initializer[i])
			if x != m.Initializer(p.GetName()) || x.Place != Initializer || x.Name != p.GetName() {
				t.Fatalf("%s: initializer %d is %+v", path, i, x)
			}
			got, err := x.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			raw, floats, ints := p.GetRawData(), p.GetFloatData(), p.GetInt64Data()
			for j, v := range got {
				word := uint64(0)
				for k := range len(raw) / len(got) {
					word |= uint64(raw[j*len(raw)/len(got)+k]) << (8 * k)
				}
				switch {
				case floats != nil && v == float64(floats[j]), ints != nil && v == float64(ints[j]):
				case raw != nil && v == elementTypes[x.DataType].number(word):
				default:
					t.Fatalf("%s: %s[%d] is %v", path, x.Name, j, v)
				}
			}
			p.RawData, p.FloatData, p.Int64Data = nil, nil, nil
		}
		for _, node := range full.Graph.Node {
			for _, attribute := range node.Attribute {
				if attribute.T != nil {
					attribute.T.RawData = nil
				}
			}
		}
		if !proto.Equal(full, m.Proto) {
			t.Errorf("%s: the structure differs", path)
		}
	}
}

// tensor returns a float tensor of one element that has the value.
func tensor(name string, value float64) []byte {
	float := Float32
	return append(header(name, float, 1), values(float, floats(float, value), "raw")...)
}

// node returns a node field of a GraphProto.
func node(op, output string, attributes ...[]byte) []byte {
	return field(1, nodeContent(op, output, attributes...))
}

func nodeContent(op, output string, attributes ...[]byte) []byte {
	content := [][]byte{field(2, []byte(output)), field(4, []byte(op))}
	for _, a := range attributes {
		content = append(content, field(5, a))
	}
	return slices.Concat(content...)
}

func attribute(name string, content []byte) []byte {
	return append(field(1, []byte(name)), content...)
}

// everywhere is a model with a tensor in each place: the n-th of the file has the value n.
func everywhere() []byte {
	sparse := func(name string, n float64) []byte {
		return append(field(1, tensor(name, n)), field(2, tensor("", n+1))...)
	}
	subgraph := slices.Concat(field(5, tensor("s", 9)), node("Constant", "sc", attribute("value", field(5, tensor("", 10)))))
	function := slices.Concat(field(1, []byte("F")), field(7, nodeContent("Constant", "fc", attribute("value", field(5, tensor("", 14))))),
		field(11, attribute("default", field(5, tensor("", 15)))))
	graph := slices.Concat(
		field(5, tensor("a", 0)),
		node("Constant", "c", attribute("value", field(5, tensor("", 1)))),
		node("Constant", "d", attribute("value", field(5, tensor("other", 2)))),
		node("Op", "o", attribute("one", field(5, tensor("", 3))), attribute("many", append(field(10, tensor("", 4)), field(10, tensor("", 5))...))),
		field(15, sparse("sp", 6)),
		field(5, tensor("b", 8)),
		node("If", "i", attribute("then_branch", field(6, subgraph))),
		node("Constant", "e", attribute("sparse_value", field(22, sparse("", 11)))),
		field(5, tensor("a", 13)),
	)
	return slices.Concat(model(graph), field(25, function), field(20, field(1, field(5, tensor("t", 16))), field(2, field(5, tensor("u", 17)))),
		field(25, field(7, nodeContent("Op", "n", attribute("g", field(11, field(5, tensor("v", 18)))), attribute("s", field(23, sparse("w", 19)))))),
		field(14, field(1, []byte("k")), field(2, []byte("v"))))
}

func TestPlaces(t *testing.T) {
	m := decode(t, everywhere())
	want := []struct {
		name  string
		place Place
	}{
		{"a", Initializer}, {"c", Constant}, {"d", Constant}, {"o.one", Attribute}, {"o.many[0]", Attribute}, {"o.many[1]", Attribute},
		{"sp", Sparse}, {"sp.indices", Sparse}, {"b", Initializer}, {"s", Subgraph}, {"sc", Subgraph}, {"e", Sparse}, {"e.indices", Sparse},
		{"a", Initializer}, {"fc", Function}, {"F.default", Function}, {"t", Training}, {"u", Training},
		{"v", Function}, {"n.s[0]", Function}, {"n.s[0].indices", Function},
	}
	if len(m.Tensors) != len(want) {
		t.Fatalf("%d tensors, want %d", len(m.Tensors), len(want))
	}
	for i, x := range m.Tensors {
		if x.Name != want[i].name || x.Place != want[i].place {
			t.Errorf("tensor %d is %s in %v, want %s in %v", i, x.Name, x.Place, want[i].name, want[i].place)
		}
		if v, err := x.Float64s(); err != nil || v[0] != float64(i) {
			t.Errorf("tensor %d has value %v, %v", i, v, err)
		}
	}
	if names := fmt.Sprint(Initializer, Constant, Attribute, Sparse, Subgraph, Function, Training); names != "initializer constant attribute sparse subgraph function training" {
		t.Errorf("the places are called %s", names)
	}
	if m.Initializer("a") != m.Tensors[13] || m.Initializer("none") != nil {
		t.Error("Initializer does not return the last of a name")
	}
	if m.Tensor(new(onnxpb.TensorProto)) != nil {
		t.Error("a foreign TensorProto has a tensor")
	}
	if v, ok := m.Metadata("k"); v != "v" || !ok {
		t.Errorf("metadata k is %q, %v", v, ok)
	}
	if _, ok := m.Metadata("none"); ok {
		t.Error("there is metadata that is not there")
	}
}

// TestMerging has messages in two parts, which protobuf joins: lists are appended, the last scalar counts.
func TestMerging(t *testing.T) {
	float := Float32
	first := slices.Concat(header("x", Int64, 2), values(float, floats(float, 1, 2), "packed"))
	second := slices.Concat(varint(1, 2), varint(2, uint64(float)), values(float, floats(float, 3, 4), "unpacked"))
	graph := node("Constant", "c", attribute("value", append(field(5, first), field(5, second)...)))
	m := decode(t, slices.Concat(model(graph), field(7, field(5, tensor("y", 5)))))
	if len(m.Tensors) != 2 || m.Initializer("y") != m.Tensors[1] {
		t.Fatalf("%d tensors", len(m.Tensors))
	}
	x := m.Tensors[0]
	if got, err := x.Float64s(); err != nil || !equal(got, []float64{1, 2, 3, 4}) || !slices.Equal(x.Shape, []int64{2, 2}) {
		t.Errorf("%v %v %v", got, x.Shape, err)
	}
	// Rescaling keeps the parts apart.
	again := decode(t, rewritten(t, m, []Scaling{{x, 2}}))
	if got, err := again.Tensors[0].Float64s(); err != nil || !equal(got, []float64{2, 4, 6, 8}) {
		t.Errorf("rescaled: %v, %v", got, err)
	}
}

func TestStructureHasNoUnknownFields(t *testing.T) {
	m := decode(t, model(field(5, tensor("x", 1), varint(fragmentTag, 77), field(500, []byte("unknown")), []byte{0x0d, 1, 2, 3, 4})))
	if got := m.Tensors[0].proto.ProtoReflect().GetUnknown(); len(got) != 0 {
		t.Errorf("unknown fields %x", got)
	}
	if v, err := m.Tensors[0].Float64s(); err != nil || v[0] != 1 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestClose(t *testing.T) {
	m := open(t, references(t)[0])
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Tensors[0].Float64s(); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("reading a closed model: %v", err)
	}
	if err := m.Rewrite(new(strings.Builder), nil, "k", "v"); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("writing a closed model: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	if _, err := Open(folder + "/none.onnx"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "none.onnx") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("folder: %v", err)
	}
	if _, err := Open(write(t, folder, "empty.onnx", nil)); !errors.Is(err, ErrNotONNX) {
		t.Errorf("empty file: %v", err)
	}
}

// TestLargeFile opens and rewrites a model whose weights are stored beyond 2 GiB; the file is a hole on disk.
func TestLargeFile(t *testing.T) {
	const elements = 5 << 27 // 2.5 GiB
	float := Float32
	graph := slices.Concat(header("hole", float, elements), protowire.AppendVarint(protowire.AppendTag(nil, rawData, protowire.BytesType), 4*elements))
	start := func(num protowire.Number, content int) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.BytesType), uint64(content))
	}
	last := field(5, tensor("last", 3))
	hole := append(start(5, len(graph)+4*elements), graph...)
	head := slices.Concat(varint(1, 8), start(7, len(hole)+4*elements+len(last)), hole)
	path := write(t, t.TempDir(), "large.onnx", head)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(last, int64(len(head))+4*elements); err != nil {
		t.Fatal(err)
	}
	m := open(t, path)
	x := m.Initializer("last")
	if got, err := x.Float64s(); err != nil || got[0] != 3 || m.Initializer("hole").Size() != elements {
		t.Fatalf("%v, %v", got, err)
	}
	out := &tail{}
	if err := m.Rewrite(out, []Scaling{{x, 2}}, "", ""); err != nil {
		t.Fatal(err)
	}
	if want := field(5, tensor("last", 6)); out.n != int64(len(head)+len(want))+4*elements || !strings.HasSuffix(string(out.last), string(want)) {
		t.Errorf("%d bytes written, the last %x", out.n, out.last)
	}
}

// tail counts what is written and keeps the end of it.
type tail struct {
	n    int64
	last []byte
}

func (w *tail) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	w.last = append(w.last, p[max(0, len(p)-64):]...)
	w.last = w.last[max(0, len(w.last)-64):]
	return len(p), nil
}
