package onnxio

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"onnx-metainit/onnxio/onnxpb"
)

// Tensor is a tensor of a Model. Its values are read from the file each time that they are asked for.
type Tensor struct {
	// Name is the tensor's name; for the value of a Constant node the node's first output, which is what the graph
	// calls it; for a tensor without name the output and the attribute that it belongs to.
	Name     string
	Shape    []int64
	DataType DataType
	Place    Place

	model   *Model
	proto   *onnxpb.TensorProto
	size    int64
	values  []run // of the value fields, in file order
	entries []run // of external_data, in file order
}

// Size returns the number of elements: the product of Shape, which is not negative and does not overflow. That there
// are so many values is checked when they are read.
func (t *Tensor) Size() int64 { return t.size }

// IsFloat reports whether the elements are floating-point numbers that can be rescaled: float16, bfloat16, float and
// double. The types of 8 bits and less are not.
func (t *Tensor) IsFloat() bool { return t.DataType.IsFloat() }

// IsNumeric reports whether the elements can be read as doubles: strings, complex numbers and floating-point numbers of 8
// bits and less cannot.
func (t *Tensor) IsNumeric() bool { return t.DataType.IsNumeric() }

// IsExternal reports whether the values are in a file of their own.
func (t *Tensor) IsExternal() bool {
	return t.proto.GetDataLocation() == onnxpb.TensorProto_EXTERNAL
}

// Float64s returns the elements as doubles. Integers beyond 2⁵³ are rounded; false is 0 and true is 1. The error says
// what is wrong with the values: their number, their field, their type, or their external file.
func (t *Tensor) Float64s() ([]float64, error) {
	return read(t, "numbers", DataType.IsNumeric, func(e elementType, word uint64) (float64, error) { return e.number(word), nil })
}

// Float32s returns the elements of a tensor of type float, float16 or bfloat16, exactly.
func (t *Tensor) Float32s() ([]float32, error) {
	accept := func(d DataType) bool { return d.IsFloat() && d != Float64 }
	return read(t, "float32", accept, func(e elementType, word uint64) (float32, error) { return float32(e.decode(word)), nil })
}

// Int64s returns the elements of a tensor of integers or booleans. A uint64 of 2⁶³ or more is an error.
func (t *Tensor) Int64s() ([]int64, error) {
	accept := func(d DataType) bool { return d.IsInteger() || d == Bool }
	return read(t, "int64", accept, func(e elementType, word uint64) (int64, error) {
		if e.kind == unsigned && word > math.MaxInt64 {
			return 0, fmt.Errorf("element %d is beyond the range of int64", word)
		}
		return e.integer(word), nil
	})
}

// Strings returns the elements of a tensor of strings.
func (t *Tensor) Strings() (values []string, err error) {
	err = t.open("strings", func(d DataType) bool { return d == String }, func(p *payload) error {
		values = make([]string, 0, p.size)
		for _, r := range p.runs {
			for bytes := p.file.data[r.start:r.end]; len(bytes) > 0; {
				_, _, tag := protowire.ConsumeTag(bytes)
				value, size := protowire.ConsumeBytes(bytes[tag:])
				values = append(values, string(value))
				bytes = bytes[tag+size:]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// Blocks calls f with the elements in order as doubles, in blocks of at most 4,096, and returns the first error. The
// block is used again after the call. Memory does not grow with the tensor.
func (t *Tensor) Blocks(f func(block []float64) error) error {
	return t.open("numbers", DataType.IsNumeric, func(p *payload) error {
		block := make([]float64, min(p.size, blockSize))
		if len(p.runs) == 1 && p.plain(p.runs[0]) {
			return p.stretches(p.runs[0], func(bytes []byte) error {
				n := len(bytes) / 4
				loadFloats(block[:n], bytes)
				return f(block[:n])
			})
		}
		return p.words(func(words []uint64) error {
			for i, word := range words {
				block[i] = p.number(word)
			}
			return f(block[:len(words)])
		})
	})
}

// Bits calls f with the bits of the elements in order, zero-extended, in blocks as Blocks does, and returns the first
// error. A complex number is two of them; floating-point numbers of less than 8 bits come as the bytes that they share.
// Strings are an error.
func (t *Tensor) Bits(f func(block []uint64) error) error {
	return t.open("bits", func(d DataType) bool { return d != String }, func(p *payload) error { return p.words(f) })
}

// Norm returns the Euclidean norm of the elements, √(Σ x²), accumulated in float64.
func (t *Tensor) Norm() (float64, error) {
	var n Norm
	err := t.Blocks(func(block []float64) error {
		n.Add(block)
		return nil
	})
	return n.Value(), err
}

// read decodes a tensor whose type is accepted.
func read[T any](t *Tensor, as string, accept func(DataType) bool, decode func(elementType, uint64) (T, error)) (values []T, err error) {
	err = t.open(as, accept, func(p *payload) error {
		values = make([]T, 0, p.size)
		return p.words(func(words []uint64) error {
			for _, word := range words {
				value, err := decode(p.elementType, word)
				if err != nil {
					return err
				}
				values = append(values, value)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// open finds the values of a tensor whose type is accepted and calls f with them; as is what f takes them for. Errors
// get the tensor's name.
func (t *Tensor) open(as string, accept func(DataType) bool, f func(*payload) error) error {
	return t.model.guarded(t.title(), func() error {
		if !accept(t.DataType) {
			return t.errorf("its type %v cannot be read as %s", t.DataType, as)
		}
		p, err := t.payload()
		if err == nil {
			err = f(p)
		}
		if err != nil {
			return t.errorf("%w", err)
		}
		return nil
	})
}

// errorf returns an error that names the file and the tensor.
func (t *Tensor) errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %w", t.title(), fmt.Errorf(format, args...))
}

// title is what errors call the tensor.
func (t *Tensor) title() string { return fmt.Sprintf("%s: tensor %q", t.model.name, t.Name) }

// measure sets the size from the shape.
func (t *Tensor) measure() error {
	t.size = 1
	if slices.Contains(t.Shape, 0) {
		t.size = 0
	}
	for _, dim := range t.Shape {
		switch {
		case dim < 0:
			return fmt.Errorf("shape %v has a negative dimension", t.Shape)
		case dim > 0 && t.size > maxElements/dim:
			return fmt.Errorf("shape %v has more elements than can be counted", t.Shape)
		}
		t.size *= dim
	}
	return nil
}
