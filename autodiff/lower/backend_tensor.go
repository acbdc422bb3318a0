package lower

import (
	"fmt"
	"onnx-metainit/onnxio"
	"reflect"

	"gorgonia.org/tensor"
)

// Tensors of Gorgonia, as onnx-go hands them over, to values of the graph and back.

// carried returns the value of a node that has a tensor: floats with axes are variables, so that what is computed of them
// is not computed while building; their elements are known all the same.
func (b *builder) carried(name string, t tensor.Tensor) (value, []float64, error) {
	if t == nil {
		return value{}, nil, fmt.Errorf("tensor %q has no value: set it before Run", name)
	}
	v, data, err := b.fromTensor(t)
	if err != nil {
		return value{}, nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if isFloat(v.DataType) && v.Node.Rank() > 0 && len(data) > 0 {
		v.Node = b.graph.Variable(name, v.Node.Shape()...)
		b.folded.give(v.Node, data, v.DataType == float64Type)
	}
	return v, data, nil
}

// fromTensor returns a tensor as a constant. A view, such as a transpose, is read as it is seen.
func (b *builder) fromTensor(t tensor.Tensor) (value, []float64, error) {
	dt, ok := dataTypes[t.Dtype()]
	if !ok {
		return value{}, nil, fmt.Errorf("elements of type %v cannot be computed with", t.Dtype())
	}
	if d, ok := t.(*tensor.Dense); ok && d.RequiresIterator() {
		t = d.Materialize()
	}
	if t.DataOrder().IsColMajor() {
		return value{}, nil, fmt.Errorf("shape %v in column order: give it row by row", t.Shape())
	}
	data := elements(t.Data())
	shape := []int(t.Shape())
	if len(data) != product(shape) {
		return value{}, nil, fmt.Errorf("shape %v with %d elements", shape, len(data))
	}
	return value{Node: b.graph.Const(data, shape...), DataType: dt}, data, nil
}

var dataTypes = map[tensor.Dtype]DataType{
	tensor.Float32: onnxio.Float32,
	tensor.Float64: onnxio.Float64,
	tensor.Int8:    onnxio.Int8,
	tensor.Int16:   onnxio.Int16,
	tensor.Int32:   onnxio.Int32,
	tensor.Int64:   onnxio.Int64,
	tensor.Uint8:   onnxio.Uint8,
	tensor.Uint16:  onnxio.Uint16,
	tensor.Uint32:  onnxio.Uint32,
	tensor.Uint64:  onnxio.Uint64,
	tensor.Bool:    onnxio.Bool,
}

// inGorgonia reports whether there are tensors of that type.
func inGorgonia(t DataType) bool {
	for _, known := range dataTypes {
		if known == t {
			return true
		}
	}
	return false
}

// elements converts what a tensor holds: a slice, or one number if it has no axes.
func elements(data any) []float64 {
	switch d := data.(type) {
	case []float32:
		return convert[float64](d)
	case []float64:
		return d
	case []int8:
		return convert[float64](d)
	case []int16:
		return convert[float64](d)
	case []int32:
		return convert[float64](d)
	case []int64:
		return convert[float64](d)
	case []uint8:
		return convert[float64](d)
	case []uint16:
		return convert[float64](d)
	case []uint32:
		return convert[float64](d)
	case []uint64:
		return convert[float64](d)
	case []bool:
		out := make([]float64, len(d))
		for i, v := range d {
			if v {
				out[i] = 1
			}
		}
		return out
	case float32:
		return []float64{exactConstant(d)}
	}
	if v := reflect.ValueOf(data); v.IsValid() && v.Kind() != reflect.Slice {
		return elements(reflect.Append(reflect.MakeSlice(reflect.SliceOf(v.Type()), 0, 1), v).Interface())
	}
	return nil
}

type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

func convert[T, S number](src []S) []T {
	dst := make([]T, len(src))
	for i, v := range src {
		dst[i] = T(v)
	}
	return dst
}

// dense returns a tensor of the given type.
func dense(t DataType, shape []int, data []float64) tensor.Tensor {
	var backing any
	switch t {
	case onnxio.Float64:
		backing = data
	case onnxio.Int8:
		backing = convert[int8](data)
	case onnxio.Int16:
		backing = convert[int16](data)
	case onnxio.Int32:
		backing = convert[int32](data)
	case onnxio.Int64:
		backing = convert[int64](data)
	case onnxio.Uint8:
		backing = convert[uint8](data)
	case onnxio.Uint16:
		backing = convert[uint16](data)
	case onnxio.Uint32:
		backing = convert[uint32](data)
	case onnxio.Uint64:
		backing = convert[uint64](data)
	case onnxio.Bool:
		truth := make([]bool, len(data))
		for i, v := range data {
			truth[i] = v != 0
		}
		backing = truth
	default:
		backing = convert[float32](data)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
}
