package lower

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// part adds something to a model that a test writes down.
type part func(m *onnxpb.ModelProto)

// model returns the model of the given parts.
func model(t testing.TB, opset int64, parts ...part) *onnxio.Model {
	t.Helper()
	p := &onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(opset)}},
		Graph:       &onnxpb.GraphProto{Name: proto.String("g")},
	}
	for _, add := range parts {
		add(p)
	}
	data, err := proto.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnxio.Decode("test", data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// info describes a tensor; dims are ints, names of free axes, or nil for a free axis without name.
func info(name string, dt DataType, dims ...any) *onnxpb.ValueInfoProto {
	return onnxtest.Info(name, dt, dims...)
}

func input(name string, dt DataType, dims ...any) part {
	return func(m *onnxpb.ModelProto) { m.Graph.Input = append(m.Graph.Input, info(name, dt, dims...)) }
}

func output(name string) part {
	return func(m *onnxpb.ModelProto) {
		m.Graph.Output = append(m.Graph.Output, &onnxpb.ValueInfoProto{Name: proto.String(name)})
	}
}

// numbersOf returns a tensor of float32, or of int64 if that is the type.
func numbersOf(name string, dt DataType, dims []int64, data ...float64) *onnxpb.TensorProto {
	p := &onnxpb.TensorProto{Name: proto.String(name), DataType: proto.Int32(int32(dt)), Dims: dims}
	if dt == int64Type {
		p.Int64Data = convert[int64](data)
	} else {
		p.FloatData = convert[float32](data)
	}
	return p
}

func initializer(name string, dt DataType, dims []int64, data ...float64) part {
	return func(m *onnxpb.ModelProto) {
		m.Graph.Initializer = append(m.Graph.Initializer, numbersOf(name, dt, dims, data...))
	}
}

// nodeOf returns a node; inputs and outputs are separated by commas.
func nodeOf(operator, inputs, outputs string, attributes ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	return onnxtest.Node(operator, inputs, outputs, attributes...)
}

func node(operator, inputs, outputs string, attributes ...*onnxpb.AttributeProto) part {
	return func(m *onnxpb.ModelProto) {
		m.Graph.Node = append(m.Graph.Node, nodeOf(operator, inputs, outputs, attributes...))
	}
}

func intAttribute(name string, v int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(v)}
}

func intsAttribute(name string, v ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: v}
}

func floatAttribute(name string, v float32) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: proto.Float32(v)}
}

func textAttribute(name, v string) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(v)}
}

func tensorAttribute(name string, v *onnxpb.TensorProto) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_TENSOR.Enum(), T: v}
}

func graphAttribute(name string, g *onnxpb.GraphProto) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_GRAPH.Enum(), G: g}
}

// refAttribute takes its value from the function's attribute of that name.
func refAttribute(name, ref string, t onnxpb.AttributeProto_AttributeType) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: t.Enum(), RefAttrName: proto.String(ref)}
}

// function adds a model-local function of domain "local".
func function(name string, inputs, outputs []string, attributes []string, nodes ...*onnxpb.NodeProto) part {
	return func(m *onnxpb.ModelProto) {
		m.Functions = append(m.Functions, &onnxpb.FunctionProto{
			Domain: proto.String("local"), Name: proto.String(name),
			Input: inputs, Output: outputs, Attribute: attributes, Node: nodes,
			OpsetImport: m.OpsetImport,
		})
	}
}

// mustImport lowers a model that has to lower.
func mustImport(t testing.TB, m *onnxio.Model, opt Options) *Model {
	t.Helper()
	lowered, err := Import(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return lowered
}

func stringsAttribute(name string, v ...string) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_STRINGS.Enum()}
	for _, s := range v {
		a.Strings = append(a.Strings, []byte(s))
	}
	return a
}

func floatsAttribute(name string, v ...float32) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_FLOATS.Enum(), Floats: v}
}
