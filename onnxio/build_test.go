package onnxio

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// Messages for the tests, encoded by hand where protobuf's encoder would not write them so.

// field returns a length-delimited field.
func field(num protowire.Number, content ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), bytes.Join(content, nil))
}

// varint returns a varint field.
func varint(num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
}

// long returns a length-delimited field whose length is padded to five bytes.
func long(num protowire.Number, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	out := protowire.AppendTag(nil, num, protowire.BytesType)
	n := len(all)
	for range 4 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(append(out, byte(n)), all...)
}

// model returns a ModelProto whose graph has the content.
func model(graph ...[]byte) []byte {
	return bytes.Join([][]byte{varint(1, 8), field(8, varint(2, 17)), field(7, graph...)}, nil)
}

// header returns the fields of a TensorProto that come before its values.
func header(name string, dataType DataType, dims ...int64) []byte {
	var out []byte
	for _, dim := range dims {
		out = append(out, varint(1, uint64(dim))...)
	}
	return append(append(out, varint(2, uint64(dataType))...), field(8, []byte(name))...)
}

// storages are the ways to store values inside the model.
var storages = []string{"raw", "packed", "unpacked", "mixed"}

// values returns the value fields for the bit patterns of elements of 8 bits or more.
func values(dataType DataType, words []uint64, storage string) []byte {
	e := elementTypes[dataType]
	item := func(word uint64) []byte {
		switch valueFields[e.field] {
		case protowire.Fixed32Type:
			return binary.LittleEndian.AppendUint32(nil, uint32(word))
		case protowire.Fixed64Type:
			return binary.LittleEndian.AppendUint64(nil, word)
		}
		return protowire.AppendVarint(nil, word)
	}
	var out []byte
	switch storage {
	case "raw":
		return field(rawData, rawBytes(dataType, words))
	case "packed":
		for _, word := range words {
			out = append(out, item(word)...)
		}
		return field(e.field, out)
	case "unpacked":
		for _, word := range words {
			out = append(protowire.AppendTag(out, e.field, valueFields[e.field]), item(word)...)
		}
		return out
	}
	a, b := len(words)/3, 2*len(words)/3
	return bytes.Join([][]byte{values(dataType, words[:a], "packed"), values(dataType, words[a:b], "unpacked"),
		field(12, []byte("between")), values(dataType, words[b:], "packed")}, nil)
}

func rawBytes(dataType DataType, words []uint64) []byte {
	var out []byte
	for _, word := range words {
		out = append(out, binary.LittleEndian.AppendUint64(nil, word)[:elementTypes[dataType].bits/8]...)
	}
	return out
}

// floats returns the bit patterns of the values in a floating-point type.
func floats(dataType DataType, x ...float64) []uint64 {
	words := make([]uint64, len(x))
	for i := range x {
		words[i] = elementTypes[dataType].encode(x[i])
	}
	return words
}

// says returns what makes the text of an entry of metadata.
func says(text string) func([]Rescaled) string { return func([]Rescaled) string { return text } }

func decode(t *testing.T, data []byte) *Model {
	t.Helper()
	m, err := Decode("test", data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func open(t *testing.T, path string) *Model {
	t.Helper()
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// write writes a file in the folder and returns its path.
func write(t *testing.T, folder, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, data, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// unmarshal decodes a model in the ordinary way.
func unmarshal(t *testing.T, data []byte) *onnxpb.ModelProto {
	t.Helper()
	p := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(data, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// references are the exported models of testdata.
func references(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../testdata/reference/*/model.onnx")
	if err != nil || len(paths) < 6 {
		t.Fatalf("found %d reference models (%v)", len(paths), err)
	}
	return paths
}
