package main

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// initializers has one twice, none, as an input too, as the value of a node, or one of another model.
func (m *mutant) initializers() {
	g := m.model.GetGraph()
	t := one(m, g.GetInitializer())
	if t == nil {
		return
	}
	drop := func() {
		g.Initializer = slices.DeleteFunc(g.Initializer, func(i *onnxpb.TensorProto) bool { return i == t })
	}
	asInput := func() { g.Input = append(g.Input, typed(t.GetName(), t.GetDataType(), t.Dims)) }
	switch m.IntN(6) {
	case 0:
		g.Initializer = append(g.Initializer, proto.CloneOf(t))
	case 1:
		drop()
	case 2:
		asInput()
	case 3:
		drop()
		asInput()
	case 4:
		drop()
		constant := onnxtest.Node("Constant", "", t.GetName(), onnxtest.Attribute("value", t))
		g.Node = slices.Insert(g.Node, 0, constant)
	case 5:
		if o := one(m, m.other.GetGraph().GetInitializer()); o != nil {
			o = proto.CloneOf(o)
			o.Name = t.Name
			drop()
			g.Initializer = append(g.Initializer, o)
		}
	}
}

// typed returns the type of a tensor.
func typed(name string, t int32, dims []int64) *onnxpb.ValueInfoProto {
	sizes := make([]any, len(dims))
	for i, d := range dims {
		sizes[i] = int(d)
	}
	v := info(name, sizes...)
	v.GetType().GetTensorType().ElemType = &t
	return v
}

func (m *mutant) inputShape() {
	in := one(m, m.model.GetGraph().GetInput())
	tensor := in.GetType().GetTensorType()
	if tensor == nil {
		return
	}
	shape := tensor.GetShape()
	size := &onnxpb.TensorShapeProto_Dimension{}
	switch m.IntN(4) {
	case 0:
		size.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: m.text()}
	case 1: // neither a size nor a name
	default:
		size.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: m.strange()}
	}
	switch n := len(shape.GetDim()); {
	case shape == nil || m.IntN(12) == 0:
		tensor.Shape = nil
	case n > 0 && m.IntN(4) > 0:
		shape.Dim[m.IntN(n)] = size
	case n > 0 && m.IntN(2) == 0:
		shape.Dim = shape.Dim[1:]
	default:
		shape.Dim = append(shape.Dim, size)
	}
}

func (m *mutant) inputType() {
	in := one(m, m.model.GetGraph().GetInput())
	switch tensor := in.GetType().GetTensorType(); {
	case tensor == nil:
	case m.IntN(4) > 0:
		tensor.ElemType = proto.Int32(int32(one(m, []int64{0, 1, 2, 6, 7, 8, 9, 10, 11, 14, 16, 99})))
	case m.IntN(2) == 0:
		in.Type = &onnxpb.TypeProto{Value: &onnxpb.TypeProto_SequenceType{SequenceType: &onnxpb.TypeProto_Sequence{ElemType: in.Type}}}
	default:
		in.Type = nil
	}
}

func (m *mutant) outputs() {
	g := m.model.GetGraph()
	switch m.IntN(4) {
	case 0:
		g.Output = nil
	case 1:
		g.Output = append(g.Output, &onnxpb.ValueInfoProto{Name: proto.String(m.text())})
	default:
		g.Output = append([]*onnxpb.ValueInfoProto{{Name: proto.String(one(m, m.results()))}}, g.Output...)
	}
}

func (m *mutant) opsets() {
	set := one(m, m.model.OpsetImport)
	switch {
	case set == nil || m.IntN(6) == 0:
		m.model.OpsetImport = append(m.model.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String(m.text()), Version: proto.Int64(m.strange())})
	case m.IntN(6) == 0:
		m.model.OpsetImport = nil
	case m.IntN(6) == 0:
		m.model.IrVersion = proto.Int64(m.strange())
	default:
		set.Version = proto.Int64(one(m, []int64{1, 5, 6, 7, 9, 10, 11, 12, 13, 15, 17, 18, 20, 21, 23, 25, m.strange()}))
	}
}

// metadata adds entries, such as a record of an earlier run, and texts elsewhere.
func (m *mutant) metadata() {
	key := one(m, []string{"metainit", "metainit", m.text()})
	value := one(m, []string{m.text(), `{"gq_before": 1e999}`, `{"gq_before":1,"gq_after":2,"steps":-3,"factors":{"\u001b[31m":1}}`, strings.Repeat("[", 20000)})
	m.model.MetadataProps = append(m.model.MetadataProps, entry(key, value))
	m.model.ProducerName, m.model.DocString = proto.String(m.text()), proto.String(m.text())
}

// damage changes the encoding: bytes that are others, that are missing, and that are too many.
func (m *mutant) damage(file []byte) []byte {
	if len(file) == 0 {
		return file
	}
	at := m.IntN(len(file))
	switch m.IntN(4) {
	case 0:
		return file[:at]
	case 1:
		return append(file, file[:at]...)
	case 2:
		return slices.Delete(file, at, min(at+1+m.IntN(9), len(file)))
	}
	for range 1 + m.IntN(8) {
		file[min(m.IntN(len(file)), m.IntN(len(file)))] ^= 1 << m.IntN(8) // rather near the beginning, where the structure is
	}
	return file
}
