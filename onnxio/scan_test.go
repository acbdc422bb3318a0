package onnxio

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func TestBrokenWire(t *testing.T) {
	whole := model(field(5, tensor("x", 1)))
	nested := field(5, tensor("x", 1))
	for range maxDepth {
		nested = node("If", "y", attribute("then_branch", field(6, nested)))
	}
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"cut short", whole[:len(whole)-1], "truncated or damaged ONNX model: byte 6, in model: field 7: unexpected EOF"},
		{"field beyond its message", model(field(5, []byte{0x4a, 100, 1})), "byte 10, in model.graph.initializer: field 9: unexpected EOF"},
		{"length of 2⁶³", append(varint(1, 8), 0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "byte 2, in model: field 7"},
		{"varint of eleven bytes", append([]byte{8}, bytes.Repeat([]byte{0x80}, 11)...), "not an ONNX model"},
		{"field number 0", append(varint(1, 8), 0x02, 0x00), "invalid field number"},
		{"group without end", model([]byte{0x0b, 8, 1}), "unexpected EOF"},
		{"group with another end", model([]byte{0x0b, 0x14}), "mismatching end group"},
		{"end of no group", model([]byte{0x0c}), "mismatching end group"},
		{"reserved wire type", model([]byte{0x0f}), "reserved wire type"},
		{"deep nesting", model(nested), "nested deeper than 100"},
		{"nothing but empty messages", model(bytes.Repeat([]byte{0x0a, 0}, 1<<20)), "more than one message in 8 bytes"},
		{"no graph", varint(1, 8), "it has no graph"},
		{"no version", field(7), "it has neither ir_version nor opset_import"},
		{"broken field that the scan skips", model(field(11, []byte{0x0a, 100})), "damaged ONNX model"},
	} {
		_, err := Decode("test", test.data)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "test: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q", test.name, err, test.want)
		}
	}
}

// TestEveryTruncation cuts a model at each byte.
func TestEveryTruncation(t *testing.T) {
	whole := everywhere()
	for n := range whole {
		if m, err := Decode("test", whole[:n]); err == nil && m.Proto.Graph == nil {
			t.Errorf("%d bytes make a model without a graph", n)
		}
	}
}

// TestUnusualWire has what is valid but nobody's exporter writes.
func TestUnusualWire(t *testing.T) {
	group := slices.Concat([]byte{0x83, 0x01}, varint(1, 5), []byte{0x84, 0x01}) // field 16 as a group
	data := slices.Concat(varint(1, 8),
		long(7, group, varint(5, 3), long(5, tensor("x", 1), field(999, []byte("unknown"))), long(1, field(4, []byte("Op")))), group)
	m := decode(t, data)
	if v, err := m.Initializer("x").Float64s(); err != nil || v[0] != 1 || m.Proto.Graph.Node[0].GetOpType() != "Op" {
		t.Errorf("%v, %v", v, err)
	}
	if got := rewritten(t, m, nil); !bytes.Equal(got, data) {
		t.Errorf("rewritten as %x, was %x", got, data)
	}
}

func TestNotONNX(t *testing.T) {
	random := make([]byte, 1000)
	for i := range random {
		random[i] = byte(i*i*7 + i>>3 + 0x91)
	}
	for _, test := range []struct{ name, data, want string }{
		{"empty", "", "the file is empty"},
		{"random bytes", string(random), "give the .onnx file"},
		{"text", "import torch\n", "a text file"},
		{"text in another language", strings.Repeat("naïve ", 100), "a text file"},
		{"Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"},
		{"PyTorch", "PK\x03\x04\x00\x00\x08\x08archive/data.pkl", "torch.onnx.export"},
		{"safetensors", "\x40\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}", "safetensors"},
		{"ORT", "\x10\x00\x00\x00ORTM\x00", "flatbuffer"},
	} {
		_, err := Decode("file", []byte(test.data))
		if !errors.Is(err, ErrNotONNX) || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "file: not an ONNX model: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q", test.name, err, test.want)
		}
	}
}

// TestMemory opens a model whose values are far larger than its structure.
func TestMemory(t *testing.T) {
	const size = 64 << 20
	path := filepath.Join(t.TempDir(), "big.onnx")
	raw := protowire.AppendVarint(protowire.AppendTag(nil, rawData, protowire.BytesType), size)
	initializer := slices.Concat(header("x", 1, size/4), raw)
	graph := protowire.AppendVarint(protowire.AppendTag(nil, 5, protowire.BytesType), uint64(len(initializer)+size))
	graph = append(graph, initializer...)
	head := protowire.AppendVarint(append(varint(1, 8), 0x3a), uint64(len(graph)+size))
	head = append(head, graph...)
	if err := os.WriteFile(path, head, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(head)+size)); err != nil {
		t.Fatal(err)
	}
	allocated := func(f func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	opening := uint64(1 << 20)
	if runtime.GOOS == "windows" {
		opening += size // where files are not mapped
	}
	var m *Model
	if n := allocated(func() { m = open(t, path) }); n > opening {
		t.Errorf("opening allocates %d bytes", n)
	}
	if n := allocated(func() { m.Tensors[0].Norm() }); n > 4<<20 {
		t.Errorf("the norm allocates %d bytes", n)
	}
	if n := allocated(func() { m.Rewrite(&tail{}, []Scaling{{m.Tensors[0], 2}}, "k", "v") }); n > 32<<20 {
		t.Errorf("rewriting allocates %d bytes", n)
	}
}
