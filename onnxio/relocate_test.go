package onnxio

import (
	"crypto/sha1"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

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
	float, half := Float32, Float16
	write(t, folder, "w.bin", numbers(1, 3000))
	write(t, folder, "v.bin", rawBytes(half, floats(half, 1, 2, 3)))
	if err := os.Chmod(filepath.Join(folder, "v.bin"), 0o600); err != nil {
		t.Fatal(err)
	}
	input := write(t, folder, "m.onnx", model(
		external("a", float, 2, "location", "w.bin", "checksum", "old", "prepacked_0", "a|0|8"),
		external("tied", float, 2, "location", "w.bin", "offset", "0", "length", "8", "custom", "kept"),
		external("untied", float, 2, "location", "w.bin"),
		external("b", float, 2000, "offset", "80", "location", "w.bin"),
		external("half", half, 3, "location", "v.bin"),
		external("int", Uint4, 3, "location", "w.bin", "offset", "2"),
		field(5, tensor("inside", 5))))
	m := open(t, input)
	path := filepath.Join(folder, "out.onnx")
	scale := []Scaling{{m.Initializer("a"), 3}, {m.Initializer("tied"), 3}, {m.Initializer("half"), 0.5}, {m.Initializer("inside"), 2}, {m.Initializer("b"), 1}}
	for _, data := range []string{".data", ".2.data", ".data"} { // in place of the files of the time before
		saved, err := m.Save(path, scale, "metainit", says("x"))
		if err != nil {
			t.Fatal(err)
		}
		if saved.Data != path+data || saved.Path != path || len(saved.Tensors) != len(scale) || math.Abs(saved.Tensors[0].Asked-3*math.Sqrt(5)) > 1e-15 {
			t.Errorf("saved %+v", saved)
		}
		checkFolder(t, folder, "m.onnx", "out.onnx", "out.onnx"+data, "v.bin", "w.bin")
	}
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
	if info, err := os.Stat(path + ".data"); err != nil || info.Mode().Perm() != permissions(0o600) {
		t.Errorf("mode is %v, %v", info.Mode(), err)
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
	input := write(t, folder, "m.onnx", model(external("x", Float32, 2, "location", "m.onnx.data")))
	m := open(t, input)
	if _, err := m.Save(filepath.Join(folder, "m.onnx.data"), nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "would overwrite the input's external data") {
		t.Errorf("overwriting external data: %v", err)
	}
	scale := []Scaling{{m.Initializer("x"), 2}}
	saved, err := m.SaveInPlace(scale, "k", says("v"))
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
	if saved, err = again.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err != nil || filepath.Base(saved.Data) != "out.onnx.2.data" {
		t.Errorf("%+v, %v", saved, err)
	}
}

// TestOverlap refuses to write out hundreds of tensors that claim all of one file.
func TestOverlap(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "w.bin", make([]byte, 1<<20))
	var graph []byte
	for i := range 200 {
		graph = append(graph, external("x"+strconv.Itoa(i), Uint8, 1<<20-200, "location", "w.bin", "offset", strconv.Itoa(i))...)
	}
	m := open(t, write(t, folder, "m.onnx", model(graph)))
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("overlapping external data: %v", err)
	}
	checkFolder(t, folder, "m.onnx", "w.bin")
}
