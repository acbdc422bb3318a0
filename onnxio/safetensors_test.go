package onnxio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// safetensorsFile joins a header and values.
func safetensorsFile(header string, values ...byte) []byte {
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), []byte(header), values)
}

func singles(values ...float32) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

const twoTensors = `{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[3,2],"data_offsets":[4,28]},"n":{"dtype":"I32","shape":[],"data_offsets":[0,4]}} `

// TestSafetensors: a tensor, and rows of one, are rescaled; every other byte stays as it was.
func TestSafetensors(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.safetensors")
	data := safetensorsFile(twoTensors, append([]byte{7, 0, 0, 0}, singles(1, 2, 3, 4, 5, 6)...)...)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := OpenSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if len(m.Tensors) != 2 || m.Tensors[0].Name != "n" || m.Initializer("w") != m.Tensors[1] {
		t.Fatalf("tensors %v", m.Tensors)
	}
	if n, err := m.Tensors[0].Int64s(); err != nil || !slices.Equal(n, []int64{7}) {
		t.Errorf("n is %v, %v", n, err)
	}
	w := m.Tensors[1]
	rows, err := w.Rows(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rows.Float32s(); err != nil || !slices.Equal(got, []float32{3, 4, 5, 6}) {
		t.Errorf("rows are %v, %v", got, err)
	}
	for _, c := range []struct {
		scale []Scaling
		want  []float32
	}{
		{[]Scaling{{w, 2}}, []float32{2, 4, 6, 8, 10, 12}},
		{[]Scaling{{rows, 0.5}}, []float32{1, 2, 1.5, 2, 2.5, 3}},
		{nil, []float32{1, 2, 3, 4, 5, 6}},
	} {
		out := filepath.Join(folder, "out.safetensors")
		if _, err := m.Save(out, c.scale, "key", says("no metadata in such a file")); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(out)
		if want := safetensorsFile(twoTensors, append([]byte{7, 0, 0, 0}, singles(c.want...)...)...); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: got %q, %v", c.scale, got, err)
		}
	}
	if _, err := m.Save(filepath.Join(folder, "out.safetensors"), []Scaling{{w, 2}, {rows, 2}}, "", nil); err == nil || !strings.Contains(err.Error(), "written twice") {
		t.Errorf("a tensor and a part of it: %v", err)
	}
	for _, at := range [][2]int64{{-1, 1}, {1, 1}, {2, 4}} {
		if _, err := w.Rows(at[0], at[1]); err == nil {
			t.Errorf("there are rows %v", at)
		}
	}
}

var brokenSafetensors = []struct {
	name string
	data []byte
}{
	{"nothing", nil},
	{"a header beyond all bounds", append(binary.LittleEndian.AppendUint64(nil, 1<<63), '{', '}')},
	{"a header that is cut short", safetensorsFile(twoTensors)[:40]},
	{"no object", safetensorsFile(`[1]`)},
	{"no JSON", safetensorsFile(`{"w":`)},
	{"twice one name", safetensorsFile(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 1, 2)},
	{"an overlap", safetensorsFile(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 1, 2, 3)},
	{"a hole", safetensorsFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 1, 2, 3)},
	{"bytes at the end", safetensorsFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, 2)},
	{"another size than the shape", safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 1, 2, 3, 4)},
	{"beyond the end", safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 1, 2, 3, 4)},
	{"backwards", safetensorsFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1)},
	{"offsets beyond 64 bits", safetensorsFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}}`, 1)},
	{"a negative axis", safetensorsFile(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1)},
	{"too many elements", safetensorsFile(`{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,1]}}`, 1)},
	{"an unknown type", safetensorsFile(`{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}`, 1)},
}

func TestBrokenSafetensors(t *testing.T) {
	for _, c := range brokenSafetensors {
		if _, err := DecodeSafetensors("broken", c.data); err == nil || !strings.HasPrefix(err.Error(), "broken: ") {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	if _, err := DecodeSafetensors("broken", nil); !errors.Is(err, ErrNotSafetensors) {
		t.Errorf("nothing: error %v", err)
	}
}

// FuzzSafetensors: there are tensors that can be read and rescaled, or an error.
func FuzzSafetensors(f *testing.F) {
	f.Add(safetensorsFile(twoTensors, append([]byte{7, 0, 0, 0}, singles(1, 2, 3, 4, 5, 6)...)...))
	for _, c := range brokenSafetensors {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := DecodeSafetensors("fuzz", data)
		if err != nil {
			return
		}
		var all []Scaling
		for _, x := range m.Tensors {
			if err := x.Bits(func([]uint64) error { return nil }); err != nil {
				t.Errorf("%q: %v", x.Name, err)
			}
			if x.IsFloat() {
				all = append(all, Scaling{x, 1})
			}
			if len(x.Shape) > 0 && x.Shape[0] > 0 {
				x.Rows(0, x.Shape[0])
			}
		}
		var out bytes.Buffer
		if err := m.Rewrite(&out, all, "", ""); err != nil || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("rewritten by factors of 1: %v", err)
		}
	})
}
