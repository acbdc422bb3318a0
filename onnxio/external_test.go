package onnxio

import (
	"crypto/sha1"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

// external returns an initializer whose external_data has the keys and values.
func external(name string, dataType onnxpb.TensorProto_DataType, size int64, entries ...string) []byte {
	content := header(name, dataType, size)
	for i := 0; i < len(entries); i += 2 {
		content = append(content, field(externalData, field(1, []byte(entries[i])), field(2, []byte(entries[i+1])))...)
		if i == 0 {
			content = append(content, field(12, []byte("between"))...)
		}
	}
	return field(5, content, varint(14, uint64(onnxpb.TensorProto_EXTERNAL)))
}

// numbers returns float32 bytes for the values first, first+1, ….
func numbers(first, n int) []byte {
	words := make([]uint64, n)
	for i := range words {
		words[i] = uint64(math.Float32bits(float32(first + i)))
	}
	return rawBytes(onnxpb.TensorProto_FLOAT, words)
}

func TestExternal(t *testing.T) {
	folder := t.TempDir()
	float := onnxpb.TensorProto_FLOAT
	if err := os.Mkdir(filepath.Join(folder, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "w.bin", numbers(0, 10))
	write(t, folder, "sub/v.bin", numbers(100, 2))
	outside := write(t, t.TempDir(), "outside.bin", numbers(0, 10))
	if err := os.Symlink(outside, filepath.Join(folder, "link.bin")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("w.bin", filepath.Join(folder, "inner.bin")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		entries []string
		want    []float64
		err     string
	}{
		{"whole", []string{"location", "sub/v.bin"}, []float64{100, 101}, ""},
		{"part", []string{"location", "w.bin", "offset", "12", "length", "8"}, []float64{3, 4}, ""},
		{"no length", []string{"offset", "12", "location", "w.bin"}, []float64{3, 4}, ""},
		{"unaligned, unclean", []string{"location", "./sub/../w.bin", "offset", "4", "length", "8"}, []float64{1, 2}, ""},
		{"last of a key", []string{"location", "none", "location", "w.bin"}, []float64{0, 1}, ""},
		{"link inside the folder", []string{"location", "inner.bin"}, []float64{0, 1}, ""},
		{"missing", []string{"location", "none.bin"}, nil, `external data file "none.bin"`},
		{"folder", []string{"location", "sub"}, nil, "not a regular file"},
		{"absolute", []string{"location", outside}, nil, "nowhere but in the model's folder"},
		{"parent", []string{"location", "../x"}, nil, "nowhere but in the model's folder"},
		{"hidden parent", []string{"location", "sub/../../x"}, nil, "nowhere but in the model's folder"},
		{"link out of the folder", []string{"location", "link.bin"}, nil, `external data file "link.bin"`},
		{"no location", []string{"offset", "0"}, nil, "no location is given"},
		{"too short", []string{"location", "sub/v.bin", "offset", "4"}, nil, `has 8 bytes, where 8 from byte 4 on are needed`},
		{"offset beyond all", []string{"location", "w.bin", "offset", "9223372036854775807"}, nil, "has 40 bytes"},
		{"length of something else", []string{"location", "w.bin", "length", "12"}, nil, "has 12 bytes, where FLOAT of shape [2] needs 8"},
		{"negative offset", []string{"location", "w.bin", "offset", "-4"}, nil, `offset "-4" of its external data is not a number of bytes`},
		{"offset in words", []string{"location", "w.bin", "offset", "four"}, nil, "is not a number of bytes"},
	} {
		m := open(t, write(t, folder, "m.onnx", model(external("x", float, 2, test.entries...))))
		got, err := m.Initializer("x").Float64s()
		if test.err == "" {
			if err != nil || !equal(got, test.want) || !m.Initializer("x").IsExternal() {
				t.Errorf("%s: %v, %v; want %v", test.name, got, err, test.want)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), `tensor "x"`) {
			t.Errorf("%s: %v; want %q", test.name, err, test.err)
		}
		if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", "v"); err == nil {
			t.Errorf("%s: saved", test.name)
		}
		m.Close()
	}
	m := decode(t, model(external("x", float, 2, "location", "w.bin")))
	if _, err := m.Initializer("x").Float64s(); err == nil || !strings.Contains(err.Error(), "folder of a model decoded from memory is not known") {
		t.Errorf("decoded from memory: %v", err)
	}
	m.Dir = folder
	if got, err := m.Initializer("x").Float64s(); err != nil || got[1] != 1 {
		t.Errorf("with a folder: %v, %v", got, err)
	}
	checkFolder(t, folder, "inner.bin", "link.bin", "m.onnx", "sub", "w.bin")
}

// checkFolder checks the names in a folder.
func checkFolder(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

// locate returns the external_data of a tensor as a map.
func locate(p *onnxpb.TensorProto) map[string]string {
	entries := map[string]string{}
	for _, entry := range p.ExternalData {
		entries[entry.GetKey()] = entry.GetValue()
	}
	return entries
}

func TestSaveExternal(t *testing.T) {
	folder := t.TempDir()
	float, half := onnxpb.TensorProto_FLOAT, onnxpb.TensorProto_FLOAT16
	write(t, folder, "w.bin", numbers(1, 3000))
	write(t, folder, "v.bin", rawBytes(half, floats(half, 1, 2, 3)))
	input := write(t, folder, "m.onnx", model(
		external("a", float, 2, "location", "w.bin", "checksum", "old", "prepacked_0", "a|0|8"),
		external("tied", float, 2, "location", "w.bin", "offset", "0", "length", "8", "custom", "kept"),
		external("untied", float, 2, "location", "w.bin"),
		external("b", float, 2000, "offset", "80", "location", "w.bin"),
		external("half", half, 3, "location", "v.bin"),
		external("int", onnxpb.TensorProto_UINT4, 3, "location", "w.bin", "offset", "2"),
		field(5, tensor("inside", 5))))
	m := open(t, input)
	path := filepath.Join(folder, "out.onnx")
	scale := []Scaling{{m.Initializer("a"), 3}, {m.Initializer("tied"), 3}, {m.Initializer("half"), 0.5}, {m.Initializer("inside"), 2}, {m.Initializer("b"), 1}}
	for range 2 { // the second time over the first one's files
		saved, err := m.Save(path, scale, "metainit", "x")
		if err != nil {
			t.Fatal(err)
		}
		if saved.Data != path+".data" || saved.Path != path || len(saved.Tensors) != len(scale) || math.Abs(saved.Tensors[0].Asked-3*math.Sqrt(5)) > 1e-15 {
			t.Errorf("saved %+v", saved)
		}
	}
	checkFolder(t, folder, "m.onnx", "out.onnx", "out.onnx.data", "v.bin", "w.bin")
	out := open(t, path)
	places := map[string]int64{}
	for _, x := range m.Tensors {
		want, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scale {
			if s.Tensor == x {
				for i := range want {
					want[i] *= s.Factor
				}
			}
		}
		got, err := out.Initializer(x.Name).Float64s()
		if err != nil || !equal(got, want) {
			t.Errorf("%s: %.3v, %v; want %.3v", x.Name, got, err, want)
		}
		if !x.IsExternal() {
			continue
		}
		entries := locate(out.Initializer(x.Name).proto)
		offset, err := strconv.ParseInt(entries["offset"], 10, 64)
		if err != nil || offset%4096 != 0 || entries["location"] != "out.onnx.data" {
			t.Errorf("%s is at %v", x.Name, entries)
		}
		if _, stale := entries["prepacked_0"]; stale || entries["length"] != strconv.FormatInt(elementTypes[x.DataType].bytes(x.size), 10) {
			t.Errorf("%s is at %v", x.Name, entries)
		}
		places[x.Name] = offset
	}
	if places["a"] != places["tied"] || places["a"] == places["untied"] {
		t.Errorf("tensors are at %v", places)
	}
	sum := sha1.Sum(readFile(t, path+".data"))
	if got := locate(out.Initializer("a").proto)["checksum"]; got != hex.EncodeToString(sum[:]) {
		t.Errorf("checksum is %s", got)
	}
	if entries := locate(out.Initializer("tied").proto); entries["custom"] != "kept" || entries["checksum"] != "" {
		t.Errorf("entries are %v", entries)
	}
	if got := out.Initializer("a").proto.GetDocString(); got != "between" {
		t.Errorf("doc_string is %q", got)
	}
	// Rewrite leaves external files alone.
	if got := rewritten(t, m, []Scaling{{m.Initializer("b"), 1}}); string(got) != string(readFile(t, input)) {
		t.Error("Rewrite changes external data")
	}
	if err := m.Rewrite(&tail{}, []Scaling{{m.Initializer("b"), 2}}, "", ""); err == nil || !strings.Contains(err.Error(), "use Save") {
		t.Errorf("Rewrite of an external tensor: %v", err)
	}
}

// TestExternalNames saves where the names that come first are taken by the input.
func TestExternalNames(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "m.onnx.data", numbers(1, 2))
	input := write(t, folder, "m.onnx", model(external("x", onnxpb.TensorProto_FLOAT, 2, "location", "m.onnx.data")))
	m := open(t, input)
	if _, err := m.Save(filepath.Join(folder, "m.onnx.data"), nil, "k", "v"); err == nil || !strings.Contains(err.Error(), "would overwrite the input's external data") {
		t.Errorf("overwriting external data: %v", err)
	}
	scale := []Scaling{{m.Initializer("x"), 2}}
	saved, err := m.SaveInPlace(scale, "k", "v")
	if err != nil || saved.Data != input+".2.data" {
		t.Fatalf("%+v, %v", saved, err)
	}
	again := open(t, input)
	if got, err := again.Initializer("x").Float64s(); err != nil || !equal(got, []float64{2, 4}) {
		t.Errorf("%v, %v", got, err)
	}
	if got := readFile(t, filepath.Join(folder, "m.onnx.data")); string(got) != string(numbers(1, 2)) {
		t.Error("the input's external data changed")
	}
	// A hard link to the input's data under the output's name is the input too.
	if err := os.Link(saved.Data, filepath.Join(folder, "out.onnx.data")); err != nil {
		t.Fatal(err)
	}
	if saved, err = again.Save(filepath.Join(folder, "out.onnx"), nil, "k", "v"); err != nil || filepath.Base(saved.Data) != "out.onnx.2.data" {
		t.Errorf("%+v, %v", saved, err)
	}
}

// TestOverlap refuses to write out hundreds of tensors that claim all of one file.
func TestOverlap(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "w.bin", make([]byte, 1<<20))
	var graph []byte
	for i := range 200 {
		graph = append(graph, external("x"+strconv.Itoa(i), onnxpb.TensorProto_UINT8, 1<<20-200, "location", "w.bin", "offset", strconv.Itoa(i))...)
	}
	m := open(t, write(t, folder, "m.onnx", model(graph)))
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", "v"); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("overlapping external data: %v", err)
	}
	checkFolder(t, folder, "m.onnx", "w.bin")
}
