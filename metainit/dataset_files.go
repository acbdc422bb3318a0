package metainit

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"onnx-metainit/onnxio"
)

// ReadSamples reads the arrays of a Dataset:
//
//   - .npz of NumPy and .safetensors, by the names that they have there;
//   - .npy, of the only input;
//   - a folder of these, of which .npy files are called by the name of their array; arrays of one name follow each other;
//   - a folder of folders with input_0.pb, input_1.pb, …, as the tests of ONNX models have them (test_data_set_0), or one
//     such folder: the data of the inputs in their order.
//
// Inputs are the names of the model's. Errors name the file, the array, and the shape that was expected.
func ReadSamples(path string, inputs []string) (map[string]*Array, error) {
	files, err := SampleFiles(path)
	if err != nil {
		return nil, err
	}
	s := &samples{inputs: inputs, arrays: make(map[string]*Array), first: make(map[string]string)}
	for _, file := range files {
		if err := s.file(file, file != path); err != nil {
			return nil, err
		}
	}
	return s.arrays, nil
}

// SampleFiles returns the files that ReadSamples reads, in that order.
func SampleFiles(path string) (files []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data cannot be read: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("data cannot be read: %w", err)
	}
	for _, e := range entries {
		file := filepath.Join(path, e.Name())
		switch extension := strings.ToLower(filepath.Ext(file)); {
		case e.IsDir():
			if _, err := os.Stat(filepath.Join(file, "input_0.pb")); err != nil {
				continue
			}
			inside, err := SampleFiles(file)
			if err != nil {
				return nil, err
			}
			files = append(files, inside...)
		case extension == ".npy", extension == ".npz", extension == ".safetensors",
			extension == ".pb" && strings.HasPrefix(e.Name(), "input_"):
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: there are no .npy, .npz or .safetensors files in it, nor folders with input_0.pb", path)
	}
	return files, nil
}

// samples is what has been read so far.
type samples struct {
	inputs []string
	arrays map[string]*Array
	first  map[string]string // by array, the file that it was seen in first
}

// file reads a file; in a folder .npy files are called by the name of their array.
func (s *samples) file(path string, inFolder bool) error {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		if !inFolder && len(s.inputs) != 1 {
			return fmt.Errorf("%s: a .npy file is data of one input, and the model has %s: give a .npz file with an array for each, or a folder",
				path, strings.Join(s.inputs, ", "))
		}
		if !inFolder {
			name = s.inputs[0]
		}
		a, err := ReadNPY(path)
		if err != nil {
			return err
		}
		return s.add(path, name, a)
	case ".pb":
		return s.tensor(path, strings.TrimPrefix(name, "input_"))
	case ".safetensors":
		m, err := onnxio.OpenSafetensors(path)
		if err != nil {
			return err
		}
		defer m.Close()
		return s.tensors(path, m)
	}
	arrays, err := ReadNPZ(path)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		if err := s.add(path, name, arrays[name]); err != nil {
			return err
		}
	}
	return nil
}

// tensors reads the tensors of a file.
func (s *samples) tensors(path string, m *onnxio.Model) error {
	for _, t := range m.Tensors {
		a, err := arrayOf(t)
		if err != nil {
			return err
		}
		if err := s.add(path, t.Name, a); err != nil {
			return err
		}
	}
	return nil
}

// tensor reads a TensorProto, the data of an input by its number.
func (s *samples) tensor(path, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(s.inputs) {
		return fmt.Errorf("%s: there is no input %s: the model has %d, %s", path, number, len(s.inputs), strings.Join(s.inputs, ", "))
	}
	if err := regular(path); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("data cannot be read: %w", err)
	}
	t, err := onnxio.DecodeTensor(path, text)
	if err != nil {
		return err
	}
	a, err := arrayOf(t)
	if err != nil {
		return err
	}
	return s.add(path, s.inputs[n], a)
}

// arrayOf returns the values of a tensor.
func arrayOf(t *onnxio.Tensor) (*Array, error) {
	data, err := t.Float64s()
	return &Array{Shape: ints(t.Shape), Data: data, Integer: !t.IsFloat(), Bytes: t.DataType == onnxio.Uint8}, err
}

// add puts an array behind the one of the same name.
func (s *samples) add(path, name string, a *Array) error {
	before := s.arrays[name]
	if before == nil {
		a.File = path
		s.arrays[name], s.first[name] = a, path
		return nil
	}
	if len(a.Shape) == 0 || len(before.Shape) == 0 || !slices.Equal(a.Shape[1:], before.Shape[1:]) {
		return fmt.Errorf("%s: the array %q has the shape %v, expected one that follows %v of %s", path, name, a.Shape, before.Shape, s.first[name])
	}
	before.Shape = slices.Clone(before.Shape)
	before.Shape[0] += a.Shape[0]
	before.Data = append(before.Data, a.Data...)
	before.Integer, before.Bytes = before.Integer && a.Integer, before.Bytes && a.Bytes
	return nil
}
