package onnxio

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// filled returns the values of n elements of type float.
func filled(value float64, n int) []byte {
	all := make([]float64, n)
	for i := range all {
		all[i] = value
	}
	return rawBytes(Float32, floats(Float32, all...))
}

// TestInputChanges changes a model or its data at a random moment while they are read and saved. There is an error and no
// file, or the output has the values that were read before, all of them.
func TestInputChanges(t *testing.T) {
	const n = 1 << 17
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	float := Float32
	pair := func(value float64, doc string) (inside, outside []byte) {
		return model(field(5, header("inside", float, n), field(rawData, filled(value, n))),
			external("outside", float, n, "location", "w.bin"), field(10, []byte(doc))), filled(value, n)
	}
	oldModel, oldData := pair(1, "the old one")
	newModel, newData := pair(7, "the new one")
	longModel, _ := pair(7, "the new one, whose structure is longer")
	overwrite := func(path string, data []byte) error { return os.WriteFile(path, data, 0o640) }
	replace := func(path string, data []byte) error {
		if err := os.WriteFile(path+".new", data, 0o640); err != nil {
			return err
		}
		for {
			err := os.Rename(path+".new", path)
			if err == nil || runtime.GOOS != "windows" || !errors.Is(err, fs.ErrPermission) {
				return err
			}
			time.Sleep(time.Millisecond) // Windows replaces no open file
		}
	}
	cut := func(path string, data []byte) error { return os.Truncate(path, rand.Int64N(int64(len(data)))) }
	ways := []struct {
		name, file string
		change     func(path string, data []byte) error
		data       []byte
	}{
		{"rewriting the model", "m.onnx", overwrite, newModel},
		{"rewriting a longer model", "m.onnx", overwrite, longModel},
		{"replacing the model", "m.onnx", replace, newModel},
		{"cutting the model", "m.onnx", cut, newModel},
		{"rewriting the data", "w.bin", overwrite, newData},
		{"replacing the data", "w.bin", replace, newData},
		{"cutting the data", "w.bin", cut, newData},
	}
	saved, refused := 0, 0
	var alone time.Duration // what a save takes that nobody disturbs, the first one
	for i := range rounds + 1 {
		folder, way := t.TempDir(), ways[i%len(ways)]
		for name, data := range map[string][]byte{"m.onnx": oldModel, "w.bin": oldData} {
			path := write(t, folder, name, data)
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		changed := make(chan error)
		delay := time.Duration(rand.Float64() * 1.3 * float64(alone))
		if i == 0 {
			delay = time.Second / 2
		}
		start := time.Now()
		go func() {
			time.Sleep(delay)
			changed <- way.change(filepath.Join(folder, way.file), way.data)
		}()
		out := filepath.Join(folder, "out.onnx")
		before, err := saveDoubled(filepath.Join(folder, "m.onnx"), out)
		if i == 0 {
			alone = time.Since(start)
		}
		if err := <-changed; err != nil {
			t.Fatal(err)
		}
		if err != nil {
			refused++
			entries, _ := filepath.Glob(filepath.Join(folder, "out*"))
			temps, _ := filepath.Glob(filepath.Join(folder, ".onnxio*"))
			if len(entries)+len(temps) > 0 {
				t.Errorf("%s: %v leaves %q %q", way.name, err, entries, temps)
			}
			continue
		}
		saved++
		m := open(t, out)
		for name, was := range before {
			got, err := m.Initializer(name).Float64s()
			if err != nil || slices.ContainsFunc(was, func(v float64) bool { return v != was[0] }) || slices.ContainsFunc(got, func(v float64) bool { return v != 2*was[0] }) {
				t.Errorf("%s after %v: tensor %q is mixed, %v", way.name, delay, name, err)
			}
		}
	}
	t.Logf("%d saved, %d refused", saved, refused)
	if saved < 3 || refused < 3 {
		t.Errorf("%d saved, %d refused: the moments miss the save", saved, refused)
	}
}

// saveDoubled reads the tensors of a model and saves it with all of them doubled.
func saveDoubled(path, out string) (before map[string][]float64, err error) {
	m, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	before = map[string][]float64{}
	var scale []Scaling
	for _, x := range m.Tensors {
		if before[x.Name], err = x.Float64s(); err != nil {
			return nil, err
		}
		scale = append(scale, Scaling{x, 2})
	}
	_, err = m.Save(out, scale, "k", says("v"))
	return before, err
}

// TestUnchanged changes what size and times do not show, and what they do, between opening and saving.
func TestUnchanged(t *testing.T) {
	touch := func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)) }
	rewrite := func(path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, data, 0)
	}
	for _, file := range []string{"m.onnx", "w.bin", "w.npz", "w.safetensors"} {
		for name, change := range map[string]func(path string) error{"touched": touch, "rewritten": rewrite, "removed": os.Remove} {
			folder := t.TempDir()
			write(t, folder, "w.bin", numbers(1, 2))
			path, openFile := write(t, folder, "m.onnx", model(external("x", Float32, 2, "location", "w.bin"))), Open
			switch file {
			case "w.npz":
				path, openFile = write(t, folder, file, arrays()), OpenNPZ
			case "w.safetensors":
				path, openFile = write(t, folder, file, safetensorsFile(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, singles(1, 2)...)), OpenSafetensors
			}
			m, err := openFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Tensors[0].Bits(func([]uint64) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(folder, file)); err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{
				"Save": second(m.Save(filepath.Join(folder, "out"), nil, "k", says("v"))),
				"Try":  second(m.Try(nil)),
			} {
				if err == nil || !strings.Contains(err.Error(), file+": the file has changed since it was read") {
					t.Errorf("%s of a %s %s: %v", what, name, file, err)
				}
			}
			if _, err := os.Stat(filepath.Join(folder, "out")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %s: there is an output, %v", name, file, err)
			}
			m.Close()
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestSettled opens a file that was just written: a later write has to give it another time.
func TestSettled(t *testing.T) {
	path := write(t, t.TempDir(), "file", []byte("new"))
	m, err := openMapping(os.Stat, os.Open, settled, path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	if age := time.Since(m.info.ModTime()); age < tick {
		t.Errorf("the file is %v old", age)
	}
}

// TestStructureChanges changes a byte of the structure in a file that shows no other time or size: one in memory.
func TestStructureChanges(t *testing.T) {
	folder := t.TempDir()
	m := open(t, write(t, folder, "m.onnx", everywhere()))
	data := slices.Clone(m.file.data)
	mapped := m.file.data
	defer func() { m.file.data = mapped }()
	m.file.data = data
	data[m.Tensors[1].values[0].start]++
	if err := m.unchanged(); err != nil {
		t.Errorf("a value: %v", err)
	}
	data[m.Tensors[1].values[0].start-1]++
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "structure has changed") {
		t.Errorf("a length: %v", err)
	}
	checkFolder(t, folder, "m.onnx")
}
