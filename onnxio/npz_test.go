package onnxio

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onnx-metainit/onnxio/npy"
)

// npyFile makes a .npy file of version 1.
func npyFile(descr, fortran, shape string, elements ...byte) []byte {
	header := fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, fortran, shape)
	b := binary.LittleEndian.AppendUint16([]byte(npy.Magic+"\x01\x00"), uint16(len(header)))
	return slices.Concat(b, []byte(header), elements)
}

// npzEntry is what zipFile stores, and how.
type npzEntry struct {
	name    string
	content []byte
	zip.FileHeader
	streamed bool // the size and the checksum follow the content, in a descriptor
}

func zipFile(entries ...npzEntry) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := e.FileHeader
		h.Name = e.name
		create := z.CreateRaw
		if e.streamed || h.Method != zip.Store {
			create = z.CreateHeader
		} else {
			h.CRC32, h.UncompressedSize64, h.CompressedSize64 = crc32.ChecksumIEEE(e.content), uint64(len(e.content)), uint64(len(e.content))
		}
		w, err := create(&h)
		if err != nil {
			panic(err)
		}
		if _, err := w.Write(e.content); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// arrays are of each kind: C and Fortran order, behind a descriptor, of types that are not rescaled, a single number.
func arrays() []byte {
	return zipFile(
		npzEntry{name: "w.npy", content: npyFile("'<f4'", "False", "(3, 2)", singles(1, 2, 3, 4, 5, 6)...)},
		npzEntry{name: "sub/n.npy", content: npyFile("'<i8'", "False", "()", 7, 0, 0, 0, 0, 0, 0, 0)},
		npzEntry{name: "turned.npy", content: npyFile("'<f4'", "True", "(3, 2)", singles(1, 3, 5, 2, 4, 6)...), streamed: true},
		npzEntry{name: "bfloat16.npy", content: npyFile("'<V2'", "False", "(1, 2)", 1, 2, 3, 4)},
		npzEntry{name: "pairs.npy", content: npyFile("[('a', '<f4'), ('b', '<i4')]", "False", "(1,)", 1, 2, 3, 4, 5, 6, 7, 8)},
		npzEntry{name: "half.npy", content: npyFile("'<f2'", "False", "(2,)", 0, 0x3c, 0, 0xc0)},
		npzEntry{name: "none.npy", content: npyFile("'<f8'", "False", "(0, 3)")},
	)
}

// npzFiles returns archives that can be read; NumPy 2.4 wrote those of testdata.
func npzFiles(t testing.TB) map[string][]byte {
	files := map[string][]byte{"arrays": arrays(), "empty": zipFile()}
	for _, name := range []string{"saved.npz", "streamed.npz"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}

func decodedNPZ(t *testing.T, data []byte) *Model {
	t.Helper()
	m, err := DecodeNPZ("test", data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checked reads an archive's entries, which compares them with their checksums; those of the directory and, where it has one, of
// the header are the same.
func checked(t *testing.T, data []byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		content, err := f.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, content)
		}
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	decodedNPZ(t, data)
}

// TestNPZ: arrays, and rows of one, are rescaled and their checksums renewed; every other byte stays as it was.
func TestNPZ(t *testing.T) {
	for name, data := range npzFiles(t) {
		m := decodedNPZ(t, data)
		var all []Scaling
		changing := make([]bool, len(data))
		for _, x := range m.Tensors {
			if x.IsFloat() {
				all = append(all, Scaling{x, 3})
				for i := x.values[0].start; i < x.values[0].end; i++ {
					changing[i] = true
				}
			}
		}
		for _, e := range m.archive {
			for _, at := range e.sums {
				copy(changing[at:], []bool{true, true, true, true})
			}
		}
		var out bytes.Buffer
		if err := m.Rewrite(&out, all, "key", "no metadata in such a file"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, b := range out.Bytes() {
			if len(data) != out.Len() || b != data[i] && !changing[i] {
				t.Fatalf("%s: byte %d of %d is another one", name, i, out.Len())
			}
		}
		checked(t, out.Bytes())
		// Save writes the values before their checksums.
		path := filepath.Join(t.TempDir(), "out.npz")
		if _, err := m.Save(path, all, "", nil); err != nil || !bytes.Equal(readFile(t, path), out.Bytes()) {
			t.Errorf("%s: Save and Rewrite differ, %v", name, err)
		}
		after := decodedNPZ(t, out.Bytes())
		for i, x := range m.Tensors {
			if !x.IsNumeric() {
				continue
			}
			before, err := x.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			if x.IsFloat() {
				for i := range before {
					before[i] *= 3
				}
			}
			if now, err := after.Tensors[i].Float64s(); err != nil || !slices.Equal(now, before) {
				t.Errorf("%s: %s is %v, want %v, %v", name, x.Name, now, before, err)
			}
		}
	}
}

// TestNPZArrays: names, types and shapes, that of Fortran order as its values are stored.
func TestNPZArrays(t *testing.T) {
	var got []string
	for _, x := range decodedNPZ(t, arrays()).Tensors {
		got = append(got, fmt.Sprint(x.Name, " ", x.DataType, " ", x.Shape))
	}
	want := []string{"w FLOAT [3 2]", "sub/n INT64 []", "turned FLOAT [2 3]", "bfloat16 UINT8 [4]", "pairs UINT8 [8]", "half FLOAT16 [2]", "none DOUBLE [0 3]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNPZRows: two parts of one array are rescaled and its checksum is that of both.
func TestNPZRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.npz")
	if err := os.WriteFile(path, arrays(), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := OpenNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	first, err := m.Tensors[0].Rows(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	last, err := m.Tensors[0].Rows(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(filepath.Dir(path), "out.npz")
	if _, err := m.Save(out, []Scaling{{last, 0.5}, {m.Tensors[5], 2}, {first, 2}}, "", nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	checked(t, data)
	if got, err := decodedNPZ(t, data).Tensors[0].Float32s(); err != nil || !slices.Equal(got, []float32{2, 4, 3, 4, 2.5, 3}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := m.Save(out, []Scaling{{m.Tensors[0], 2}, {last, 2}}, "", nil); err == nil || !strings.Contains(err.Error(), "written twice") {
		t.Errorf("an array and a part of it: %v", err)
	}
}

// TestDamagedNPZ: the checksum of values that are not what was saved is not renewed.
func TestDamagedNPZ(t *testing.T) {
	data := arrays()
	data[decodedNPZ(t, data).Tensors[0].values[0].start] ^= 1
	m := decodedNPZ(t, data)
	const want = `test: array "w.npy" is damaged: the CRC-32 of its bytes is`
	if _, err := m.Try([]Scaling{{m.Tensors[0], 2}}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v", err)
	}
	if err := m.Rewrite(io.Discard, []Scaling{{m.Tensors[2], 2}}, "", ""); err != nil {
		t.Errorf("another array: %v", err)
	}
	folder := t.TempDir()
	if _, err := m.Save(filepath.Join(folder, "out.npz"), []Scaling{{m.Tensors[2], 2}, {m.Tensors[0], 2}}, "", nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Save: error %v", err)
	}
	checkFolder(t, folder)
}

// changed returns data with the bytes at a place, from the end if it is negative, replaced.
func changed(data []byte, at int, by ...byte) []byte {
	if at < 0 {
		at += len(data)
	}
	data = slices.Clone(data)
	copy(data[at:], by)
	return data
}

type brokenNPZFile struct {
	name string
	data []byte
	want string
}

func brokenNPZ() []brokenNPZFile {
	w := npyFile("'<f4'", "False", "(3, 2)", singles(1, 2, 3, 4, 5, 6)...)
	one := zipFile(npzEntry{name: "w.npy", content: w})
	directory := len(one) - endSize - recordSize - len("w.npy")
	huge := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64([]byte{1, 0, 16, 0}, 1<<63), 1<<63) // the extra field for sizes of 8 bytes
	long := zipFile(npzEntry{name: "w.npy", content: w, FileHeader: zip.FileHeader{Extra: huge}})
	ones := []byte{255, 255, 255, 255, 255, 255, 255, 255}
	array := func(descr, shape string, elements ...byte) []byte {
		return zipFile(npzEntry{name: "w.npy", content: npyFile(descr, "False", shape, elements...)})
	}
	// The second entry's record points to the first one's header.
	two := zipFile(npzEntry{name: "a.npy", content: w}, npzEntry{name: "b.npy", content: w})
	overlap := changed(two, -endSize-5-4, 0, 0, 0, 0)
	// The first entry's record says that it reaches to the end of the file.
	all := zipFile(npzEntry{name: "a.npy", content: npyFile("'|V1'", "False", "(1,)", 1)}, npzEntry{name: "b.npy", content: w})
	rest := binary.LittleEndian.AppendUint32(nil, uint32(len(all)-entrySize-len("a.npy")))
	all = changed(all, -endSize-2*(recordSize+len("a.npy"))+20, slices.Concat(rest, rest)...)
	return []brokenNPZFile{
		{"nothing", nil, "not a .npz file"},
		{"text", []byte("weights"), "not a .npz file"},
		{"cut short", one[:len(one)-5], "not a .npz file"},
		{"without its directory", one[:directory], "not a .npz file"},
		{"compressed", zipFile(npzEntry{name: "w.npy", content: bytes.Repeat(w, 100), FileHeader: zip.FileHeader{Method: zip.Deflate}}), `array "w.npy": it is compressed, so that its values cannot be rescaled where they are: save it with numpy.savez, not`},
		{"encrypted", changed(one, directory+8, 1), `array "w.npy": it is encrypted`},
		{"twice one name", zipFile(npzEntry{name: "w.npy", content: w}, npzEntry{name: "w.npy", content: w}), "two arrays of this name"},
		{"twice but for the extension", zipFile(npzEntry{name: "w.npy", content: w}, npzEntry{name: "w", content: w}), "two arrays of this name"},
		{"no array", zipFile(npzEntry{name: "archive/data.pkl", content: []byte("\x80\x02}q\x00.")}), `array "archive/data.pkl": not a .npz file: not a .npy array`},
		{"a folder", zipFile(npzEntry{name: "sub/"}), `array "sub/"`},
		{"an overlap", overlap, `array "b.npy": not a .npz file: it begins at byte`},
		{"an overlap to the end", all, `array "b.npy": not a .npz file: it begins at byte`},
		{"sizes of 2^32", changed(one, directory+20, 254, 255, 255, 255, 254, 255, 255, 255), `array "w.npy": not a .npz file: it has 4294967294 bytes from byte`},
		{"sizes that are missing", changed(one, directory+20, ones...), "not a .npz file"},
		{"stored in fewer bytes", changed(one, directory+24, 255, 255), "stored in"},
		{"one byte less", changed(one, directory+20, one[directory+20]-1, 0, 0, 0, one[directory+24]-1), "byte"},
		{"another checksum in the header", changed(one, 14, 1, 2, 3, 4), "its CRC-32 is one in its header and another in the directory"},
		{"another checksum in the directory", changed(one, directory+16, 1, 2, 3, 4), "its CRC-32 is one in its header and another in the directory"},
		{"no header", changed(one, 0, 'X'), "not a .npz file"},
		{"bytes in front", append([]byte("bytes"), one...), `array "w.npy": not a .npz file: it begins at byte`},
		{"bytes behind", append(slices.Clone(one), "bytes"...), "does not end with its directory"},
		{"a comment", append(changed(one, -2, 5, 0), "bytes"...), "does not end with its directory"},
		{"a hole", slices.Concat(one[:directory], []byte("hole"), changed(one[directory:], -6, byte(directory+4))), "does not begin its record in the directory"},
		{"no descriptor", changed(zipFile(npzEntry{name: "w.npy", content: w, streamed: true}), directory, 'X'), "no descriptor follows it"},
		{"a size of 2^63", changed(long, len(long)-endSize-len(huge)-len("w.npy")-recordSize+20, ones...), "it has 9223372036854775808 bytes from byte"},
		{"another size than the shape", array("'<f4'", "(2,)", 1, 2, 3, 4), "shape [2] of \"<f4\" needs 8 bytes of elements, the archive has 4"},
		{"more than the shape", array("'<f4'", "()", singles(1, 2)...), "needs 4 bytes of elements, the archive has 8"},
		{"too many elements", array("'<f4'", "(4611686018427387904, 4611686018427387904)"), "more elements than can be counted"},
		{"a size beyond 64 bits", array("'<f4'", "(99999999999999999999,)"), "not a tuple of sizes"},
		{"big-endian", array("'>f4'", "(1,)", 1, 2, 3, 4), `its elements are big-endian, ">f4": save it as "<f4"`},
		{"a header that is cut short", zipFile(npzEntry{name: "w.npy", content: w[:20]}), "ends in its header"},
		{"a header of 2^32", zipFile(npzEntry{name: "w.npy", content: []byte(npy.Magic + "\x02\x00\xff\xff\xff\xff{}")}), "ends in its header"},
	}
}

func TestBrokenNPZ(t *testing.T) {
	for _, c := range brokenNPZ() {
		_, err := DecodeNPZ("broken", slices.Clip(c.data))
		if err == nil || !strings.HasPrefix(err.Error(), "broken: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := DecodeNPZ("broken", nil); !errors.Is(err, ErrNotNPZ) {
		t.Errorf("nothing: error %v", err)
	}
}

// FuzzNPZ: there are arrays that can be read and rescaled, with checksums that are right where they were, or an error.
func FuzzNPZ(f *testing.F) {
	for _, data := range npzFiles(f) {
		f.Add(data)
	}
	for _, c := range brokenNPZ() {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := DecodeNPZ("fuzz", data)
		if err != nil {
			return
		}
		var same, negative []Scaling
		for _, x := range m.Tensors {
			if err := x.Bits(func([]uint64) error { return nil }); err != nil {
				t.Errorf("%q: %v", x.Name, err)
			}
			if x.IsFloat() {
				same, negative = append(same, Scaling{x, 1}), append(negative, Scaling{x, -1})
			}
			if len(x.Shape) > 0 && x.Shape[0] > 0 {
				x.Rows(0, x.Shape[0])
			}
		}
		var out bytes.Buffer
		if err := m.Rewrite(&out, same, "", ""); err != nil || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("rewritten by factors of 1: %v", err)
		}
		out.Reset()
		if err := m.Rewrite(&out, negative, "", ""); err != nil {
			if !strings.Contains(err.Error(), "is damaged: ") {
				t.Error(err)
			}
			return
		}
		again, err := DecodeNPZ("fuzz", out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range again.Tensors {
			if x.IsFloat() {
				if _, err := again.Try([]Scaling{{x, -1}}); err != nil {
					t.Errorf("%q: %v", m.Tensors[i].Name, err)
				}
			}
		}
	})
}
