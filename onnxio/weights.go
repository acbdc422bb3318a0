package onnxio

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"onnx-metainit/onnxio/onnxpb"
)

// openWeights maps a file of tensors alone, which decode fills in.
func openWeights(path string, decode func(*Model) error) (*Model, error) {
	file, err := openMapping(os.Stat, os.Open, settled, path)
	if err != nil {
		return nil, fmt.Errorf("weights cannot be read: %w", err)
	}
	m := &Model{Path: path, Dir: filepath.Dir(path), name: path, file: file}
	if err = m.decodeWeights(decode); err == nil {
		err = m.remember()
	}
	if err != nil {
		file.close()
		return nil, err
	}
	return m, nil
}

// decodeWeights is openWeights of a file held in memory.
func decodeWeights(name string, data []byte, decode func(*Model) error) (*Model, error) {
	m := &Model{name: name, file: &mapping{data: data}}
	if err := m.decodeWeights(decode); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) decodeWeights(decode func(*Model) error) error {
	m.weightsOnly = true
	m.Proto = &onnxpb.ModelProto{Graph: &onnxpb.GraphProto{}}
	m.byProto, m.initializers, m.external = map[*onnxpb.TensorProto]*Tensor{}, map[string]*Tensor{}, map[string]*mapping{}
	if err := m.guarded(m.name, func() error { return decode(m) }); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return nil
}

// newWindow returns a tensor whose values are still to be found. The error is that of a shape that cannot be.
func (m *Model) newWindow(name string, shape []int64, dataType DataType) (*Tensor, error) {
	t := &Tensor{Name: name, Shape: shape, DataType: dataType, model: m,
		proto: &onnxpb.TensorProto{Name: &name, Dims: shape, DataType: (*int32)(&dataType)}}
	return t, t.measure()
}

// addWindow adds the tensor, whose values are the bytes of the file from start to end.
func (m *Model) addWindow(t *Tensor, start, end int) {
	t.values = []run{{span: span{start: start, end: end}, field: rawData, packed: true}}
	m.Tensors = append(m.Tensors, t)
	m.byProto[t.proto], m.initializers[t.Name] = t, t
}

// Rows returns the part of a tensor from one row to another, along its first axis, as a tensor that can be read and rescaled
// by itself. The error is that of one whose values are not stored as bytes in the file itself.
func (t *Tensor) Rows(from, to int64) (*Tensor, error) {
	if len(t.Shape) == 0 || from < 0 || from >= to || to > t.Shape[0] {
		return nil, t.errorf("shape %v has no rows %d to %d", t.Shape, from, to)
	}
	if len(t.values) != 1 || t.values[0].field != rawData || t.IsExternal() || elementTypes[t.DataType].bits < 8 {
		return nil, t.errorf("a part of its values cannot be rescaled: they are not stored as bytes in the file itself")
	}
	part := *t
	part.Name = fmt.Sprintf("%s[%d:%d]", t.Name, from, to)
	part.Shape = slices.Clone(t.Shape)
	part.Shape[0] = to - from
	part.size = t.size / t.Shape[0] * (to - from)
	row := int(elementTypes[t.DataType].bytes(t.size / t.Shape[0]))
	whole := t.values[0]
	part.values = []run{{span: span{start: whole.start + int(from)*row, end: whole.start + int(to)*row}, field: rawData, packed: true}}
	if whole.start+int(t.Shape[0])*row != whole.end {
		return nil, t.errorf("its values are not as many as its shape %v says", t.Shape)
	}
	return &part, nil
}
