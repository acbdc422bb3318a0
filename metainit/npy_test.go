package metainit

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"onnx-metainit/onnxio/npy"
)

// npyFile makes a file of version 1 with the header and the elements.
func npyFile(header string, elements ...any) []byte {
	var b bytes.Buffer
	b.WriteString(npy.Magic + "\x01\x00")
	binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	b.WriteString(header)
	for _, e := range elements {
		binary.Write(&b, binary.LittleEndian, e)
	}
	return b.Bytes()
}

func TestDecodeNPY(t *testing.T) {
	dict := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }   \n", descr, order, shape)
	}
	longer := func(version byte, file []byte) []byte { // versions 2 and 3 have four bytes for the length
		header := binary.LittleEndian.Uint16(file[8:])
		out := append([]byte(npy.Magic), version, 0)
		return append(binary.LittleEndian.AppendUint32(out, uint32(header)), file[10:]...)
	}
	float := func(shape []int, data ...float64) *Array { return &Array{Shape: shape, Data: data} }
	whole := func(shape []int, data ...float64) *Array { return &Array{Shape: shape, Data: data, Integer: true} }
	bytes := func(shape []int, data ...float64) *Array {
		return &Array{Shape: shape, Data: data, Integer: true, Bytes: true}
	}
	for name, c := range map[string]struct {
		file []byte
		want *Array
	}{
		"float64":        {npyFile(dict("<f8", "False", "(2,)"), 1.5, math.Inf(-1)), float([]int{2}, 1.5, math.Inf(-1))},
		"float32":        {npyFile(dict("<f4", "False", "(1, 2)"), float32(1.5), float32(0.1)), float([]int{1, 2}, 1.5, float64(float32(0.1)))},
		"float16":        {npyFile(dict("<f2", "False", "(3,)"), uint16(0x3c00), uint16(0x0001), uint16(0xfc00)), float([]int{3}, 1, 0x1p-24, math.Inf(-1))},
		"int8":           {npyFile(dict("|i1", "False", "(2,)"), int8(-3), int8(4)), whole([]int{2}, -3, 4)},
		"uint8":          {npyFile(dict("|u1", "False", "(1,)"), uint8(200)), bytes([]int{1}, 200)},
		"int16":          {npyFile(dict("<i2", "False", "(1,)"), int16(-300)), whole([]int{1}, -300)},
		"uint16":         {npyFile(dict("<u2", "False", "(1,)"), uint16(60000)), whole([]int{1}, 60000)},
		"int32":          {npyFile(dict("<i4", "False", "(1,)"), int32(-70000)), whole([]int{1}, -70000)},
		"uint32":         {npyFile(dict("<u4", "False", "(1,)"), uint32(4e9)), whole([]int{1}, 4e9)},
		"int64":          {npyFile(dict("<i8", "False", "(1,)"), int64(-5e12)), whole([]int{1}, -5e12)},
		"uint64":         {npyFile(dict("<u8", "False", "(1,)"), uint64(1)<<63), whole([]int{1}, 0x1p63)},
		"bool":           {npyFile(dict("|b1", "False", "(2,)"), []byte{0, 1}), whole([]int{2}, 0, 1)},
		"big endian":     {npyFile(dict(">i2", "False", "(1,)"), []byte{1, 2}), whole([]int{1}, 258)},
		"native":         {npyFile(dict("=i2", "False", "(1,)"), int16(7)), whole([]int{1}, 7)},
		"scalar":         {npyFile(dict("<f8", "False", "()"), 3.0), float(nil, 3)},
		"empty":          {npyFile(dict("<f8", "False", "(4611686018427387904, 0)")), float([]int{4611686018427387904, 0}, []float64{}...)},
		"python 2":       {npyFile(dict("<f8", "False", "(1L,)"), 3.0), float([]int{1}, 3)},
		"other order":    {npyFile(`{"shape":(1,),"descr":"<f8","fortran_order":False}`, 3.0), float([]int{1}, 3)},
		"version 2":      {longer(2, npyFile(dict("<f8", "False", "(1,)"), 3.0)), float([]int{1}, 3)},
		"version 3":      {longer(3, npyFile(dict("<f8", "False", "(1,)"), 3.0)), float([]int{1}, 3)},
		"fortran order":  {npyFile(dict("|u1", "True", "(2, 3)"), []byte{1, 4, 2, 5, 3, 6}), bytes([]int{2, 3}, 1, 2, 3, 4, 5, 6)},
		"fortran 3 axes": {npyFile(dict("|u1", "True", "(2, 1, 3)"), []byte{1, 4, 2, 5, 3, 6}), bytes([]int{2, 1, 3}, 1, 2, 3, 4, 5, 6)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeNPY(strings.NewReader(string(c.file)), int64(len(c.file)))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Data) == 0 {
				got.Data, c.want.Data = nil, nil
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// numpy.save made this file: float32 [[0.5, -2]] in C order.
const savedByNumPy = "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AAAAwA=="

func TestReadNPY(t *testing.T) {
	file, err := base64.StdEncoding.DecodeString(savedByNumPy)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNPY(path)
	if want := (&Array{Shape: []int{1, 2}, Data: []float64{0.5, -2}, File: path}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := ReadNPY(path + ".none"); err == nil || !strings.Contains(err.Error(), path+".none") {
		t.Errorf("missing file: error %v does not name it", err)
	}
}

func TestWriteNPY(t *testing.T) {
	for _, a := range []*Array{
		{Shape: []int{2, 3}, Data: []float64{1, -2.5, 3, math.Inf(1), 0, 1e-300}},
		{Shape: []int{2}, Data: []float64{-7, 1 << 52}, Integer: true},
		{Data: []float64{4}},
	} {
		var b bytes.Buffer
		if err := WriteNPY(&b, a); err != nil {
			t.Fatal(err)
		}
		if start := b.Len() - 8*len(a.Data); start%64 != 0 {
			t.Errorf("shape %v: elements begin at byte %d, not at a multiple of 64", a.Shape, start)
		}
		if got, err := decodeNPY(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("wrote %+v, read %+v, %v", a, got, err)
		}
	}
}

func TestDecodeNPYRefuses(t *testing.T) {
	header := func(s string) []byte { return npyFile(s, 1.0) }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":           {nil, "numpy.save"},
		"text":            {[]byte("1 2 3 4 5 6 7 8 9"), "numpy.save"},
		"version":         {append([]byte(npy.Magic), 9, 0, 0, 0, 0, 0), "version is 9.0"},
		"header cut":      {npyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}")[:30], "ends in its header"},
		"length lies":     {append([]byte(npy.Magic), 2, 0, 255, 255, 255, 255, '{', '}'), "ends in its header"},
		"no dictionary":   {header("<f8 (1,)"), "no dictionary"},
		"broken":          {header("{'descr': <f8}"), "broken at"},
		"twice":           {header("{'shape': (1,), 'shape': (1,)}"), "shape twice"},
		"no shape":        {header("{'descr': '<f8', 'fortran_order': False}"), "no shape"},
		"structure":       {header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}"), "cannot be read"},
		"complex":         {header("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}"), "<c8"},
		"objects":         {header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"), "cannot be read"},
		"negative":        {header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"), "broken at"},
		"beyond int":      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"), "tuple of sizes"},
		"too short":       {header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}"), "needs 16 bytes"},
		"more than asked": {npyFile("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", 1.0, 2.0), "the file has 16"},
		"huge":            {header("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"), "cut short"},
		"many axes":       {header("{'descr': '<f8', 'fortran_order': True, 'shape': (" + strings.Repeat("1,", 65) + ")}"), "65 axes"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeNPY(strings.NewReader(string(c.file)), int64(len(c.file))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func FuzzDecodeNPY(f *testing.F) {
	f.Add(npyFile("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2)}", 1.0, 2.0))
	f.Add(npyFile("{'descr': '|b1', 'fortran_order': False, 'shape': (0,)}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := decodeNPY(bytes.NewReader(file), int64(len(file)))
		if err == nil && len(a.Data) > len(file) {
			t.Errorf("%d elements from %d bytes", len(a.Data), len(file))
		}
	})
}
