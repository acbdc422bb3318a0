package onnxio

import (
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
func external(name string, dataType DataType, size int64, entries ...string) []byte {
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
	return rawBytes(Float32, words)
}

func TestExternal(t *testing.T) {
	folder := t.TempDir()
	float := Float32
	if err := os.Mkdir(filepath.Join(folder, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "w.bin", numbers(0, 10))
	write(t, folder, "sub/v.bin", numbers(100, 2))
	outside := write(t, t.TempDir(), "outside.bin", numbers(0, 10))
	type externalCase struct {
		name    string
		entries []string
		want    []float64
		err     string
	}
	var links []externalCase
	if symbolic(t) {
		link(t, outside, filepath.Join(folder, "link.bin"))
		link(t, "w.bin", filepath.Join(folder, "inner.bin"))
		links = []externalCase{
			{"link inside the folder", []string{"location", "inner.bin"}, []float64{0, 1}, ""},
			{"link out of the folder", []string{"location", "link.bin"}, nil, `external data file "link.bin"`},
		}
	}
	folders := `the location has \, and ONNX parts folders by /`
	if filepath.Separator == '\\' {
		folders = "no such file or directory"
	}
	for _, test := range append(links, []externalCase{
		{"whole", []string{"location", "sub/v.bin"}, []float64{100, 101}, ""},
		{"part", []string{"location", "w.bin", "offset", "12", "length", "8"}, []float64{3, 4}, ""},
		{"no length", []string{"offset", "12", "location", "w.bin"}, []float64{3, 4}, ""},
		{"unaligned, unclean", []string{"location", "./sub/../w.bin", "offset", "4", "length", "8"}, []float64{1, 2}, ""},
		{"last of a key", []string{"location", "none", "location", "w.bin"}, []float64{0, 1}, ""},
		{"missing", []string{"location", "none.bin"}, nil, `external data file "none.bin"`},
		{"folder", []string{"location", "sub"}, nil, "not a regular file"},
		{"folders of Windows", []string{"location", `sub\x`}, nil, folders},
		{"absolute", []string{"location", outside}, nil, "nowhere but in the model's folder"},
		{"parent", []string{"location", "../x"}, nil, "nowhere but in the model's folder"},
		{"hidden parent", []string{"location", "sub/../../x"}, nil, "nowhere but in the model's folder"},
		{"no location", []string{"offset", "0"}, nil, "no location is given"},
		{"too short", []string{"location", "sub/v.bin", "offset", "4"}, nil, `has 8 bytes, where 8 from byte 4 on are needed`},
		{"offset beyond all", []string{"location", "w.bin", "offset", "9223372036854775807"}, nil, "has 40 bytes"},
		{"length of something else", []string{"location", "w.bin", "length", "12"}, nil, "has 12 bytes, where FLOAT of shape [2] needs 8"},
		{"negative offset", []string{"location", "w.bin", "offset", "-4"}, nil, `offset "-4" of its external data is not a number of bytes`},
		{"offset in words", []string{"location", "w.bin", "offset", "four"}, nil, "is not a number of bytes"},
	}...) {
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
		if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err == nil {
			t.Errorf("%s: saved", test.name)
		}
		m.Close()
	}
	texts := open(t, write(t, folder, "m.onnx", model(external("x", String, 2, "location", "w.bin"))))
	if _, err := texts.Initializer("x").Strings(); err == nil || !strings.Contains(err.Error(), "strings cannot be in an external file") {
		t.Errorf("external strings: %v", err)
	}
	m := decode(t, model(external("x", float, 2, "location", "w.bin")))
	if _, err := m.Initializer("x").Float64s(); err == nil || !strings.Contains(err.Error(), "folder of a model decoded from memory is not known") {
		t.Errorf("decoded from memory: %v", err)
	}
	m.Dir = folder
	if got, err := m.Initializer("x").Float64s(); err != nil || got[1] != 1 {
		t.Errorf("with a folder: %v, %v", got, err)
	}
	left := []string{"m.onnx", "sub", "w.bin"}
	if links != nil {
		left = append([]string{"inner.bin", "link.bin"}, left...)
	}
	checkFolder(t, folder, left...)
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

// TestExternalBeyond4GiB reads and lays out tensors beyond what 32 bits can address; the file is a hole on disk.
func TestExternalBeyond4GiB(t *testing.T) {
	const far = 5 << 30
	folder := t.TempDir()
	file, err := os.Create(filepath.Join(folder, "w.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(numbers(7, 2), far); err != nil {
		t.Fatal(err)
	}
	float := Float32
	m := open(t, write(t, folder, "m.onnx", model(
		external("hole", float, far/4, "location", "w.bin", "length", strconv.Itoa(far)),
		external("last", float, 2, "location", "w.bin", "offset", strconv.Itoa(far)))))
	last := m.Initializer("last")
	if got, err := last.Float64s(); err != nil || !equal(got, []float64{7, 8}) {
		t.Errorf("%v, %v", got, err)
	}
	rel, err := m.relocate(nil)
	if err != nil || rel.offset[last] != far || rel.length[m.Initializer("hole")] != far {
		t.Errorf("%+v, %v", rel, err)
	}
}
