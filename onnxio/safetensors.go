package onnxio

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// maxHeader bounds the header of a .safetensors file, as the format does.
const maxHeader = 100 << 20

// safetensorsTypes are the element types of the format.
var safetensorsTypes = map[string]DataType{
	"F64": Float64, "F32": Float32, "F16": Float16, "BF16": BFloat16,
	"I64": Int64, "I32": Int32, "I16": Int16, "I8": Int8,
	"U64": Uint64, "U32": Uint32, "U16": Uint16, "U8": Uint8,
	"BOOL": Bool, "C64": Complex64,
	"F8_E4M3": Float8E4M3FN, "F8_E5M2": Float8E5M2, "F8_E8M0": Float8E8M0,
}

// OpenSafetensors maps a .safetensors file (https://github.com/huggingface/safetensors, "Format"), in which frameworks keep
// weights, as a Model without a graph: its Tensors have names, shapes and values, Save writes it with some of them rescaled
// and every other byte the same, and no metadata. The caller closes the Model.
//
// The error wraps ErrNotSafetensors if the file breaks the format: its header, and tensors that overlap, leave bytes between
// them or have another size than their shape.
func OpenSafetensors(path string) (*Model, error) {
	return openWeights(path, (*Model).decodeSafetensors)
}

// DecodeSafetensors is OpenSafetensors of a file held in memory; name is what errors call it.
func DecodeSafetensors(name string, data []byte) (*Model, error) {
	return decodeWeights(name, data, (*Model).decodeSafetensors)
}

// ErrNotSafetensors: the file is no .safetensors file.
var ErrNotSafetensors = errors.New("not a .safetensors file")

// decodeSafetensors fills in the tensors from m.file.
func (m *Model) decodeSafetensors() error {
	data := m.file.data
	if len(data) < 8 {
		return fmt.Errorf("%w: it has %d bytes", ErrNotSafetensors, len(data))
	}
	length := binary.LittleEndian.Uint64(data)
	if length > min(maxHeader, uint64(len(data)-8)) {
		return fmt.Errorf("%w: a header of %d bytes, where %d follow", ErrNotSafetensors, length, len(data)-8)
	}
	return m.safetensors(bytes.Clone(data[8:8+length]), 8+int(length))
}

// safetensors adds the tensors of a header, whose values begin at a byte of the file.
func (m *Model) safetensors(header []byte, base int) error {
	entries, err := members(header)
	if err != nil {
		return fmt.Errorf("%w: its header: %w", ErrNotSafetensors, err)
	}
	for _, e := range entries {
		if e.name == "__metadata__" {
			continue
		}
		var about struct {
			DType   string    `json:"dtype"`
			Shape   []int64   `json:"shape"`
			Offsets [2]uint64 `json:"data_offsets"`
		}
		if err := json.Unmarshal(e.value, &about); err != nil {
			return fmt.Errorf("%w: tensor %q: %w", ErrNotSafetensors, e.name, err)
		}
		dataType, known := safetensorsTypes[about.DType]
		if !known {
			return fmt.Errorf("tensor %q: elements of type %q are not known", e.name, about.DType)
		}
		t, err := m.newWindow(e.name, about.Shape, dataType)
		if err != nil {
			return fmt.Errorf("%w: tensor %q: %w", ErrNotSafetensors, e.name, err)
		}
		begin, end, left := about.Offsets[0], about.Offsets[1], uint64(len(m.file.data)-base)
		if begin > end || end > left || end-begin != uint64(elementTypes[dataType].bytes(t.size)) {
			return fmt.Errorf("%w: tensor %q: %s %v from byte %d to %d of %d", ErrNotSafetensors, t.Name, about.DType, t.Shape, begin, end, left)
		}
		m.addWindow(t, base+int(begin), base+int(end))
	}
	slices.SortFunc(m.Tensors, func(a, b *Tensor) int {
		return cmp.Or(cmp.Compare(a.values[0].start, b.values[0].start), cmp.Compare(a.values[0].end, b.values[0].end))
	})
	at := base
	for _, t := range m.Tensors {
		if t.values[0].start != at {
			return fmt.Errorf("%w: tensor %q begins at byte %d, where the one before it ends at %d", ErrNotSafetensors, t.Name, t.values[0].start-base, at-base)
		}
		at = t.values[0].end
	}
	if at != len(m.file.data) {
		return fmt.Errorf("%w: %d bytes follow the last tensor", ErrNotSafetensors, len(m.file.data)-at)
	}
	return nil
}

// member is an entry of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members returns the entries of a JSON object, of which no two may have one name.
func members(text []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, cmp.Or(err, errors.New("it is no JSON object"))
	}
	var list []member
	seen := make(map[string]bool)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		e := member{name: key.(string)} // an object's keys are strings, or Token has an error
		if err := d.Decode(&e.value); err != nil {
			return nil, err
		}
		if seen[e.name] {
			return nil, fmt.Errorf("%q is there twice", e.name)
		}
		seen[e.name] = true
		list = append(list, e)
	}
	_, err := d.Token()
	return list, err
}
