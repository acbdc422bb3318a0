package metainit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Inspection is what there is to know of a model before anything is computed.
type Inspection struct {
	IRVersion int64       `json:"ir_version"`
	Producer  string      `json:"producer"`
	Opsets    []Opset     `json:"opsets"`
	Inputs    []Interface `json:"inputs"` // without those that are initializers
	Outputs   []Interface `json:"outputs"`

	// Problem says why the model cannot be measured or tuned with these options; it is "" if it can be.
	Problem     string                `json:"problem"`
	Unsupported []UnsupportedOperator `json:"unsupported"`

	Warnings []string  `json:"warnings"` // of Problem.Warnings
	Fillings []Filling `json:"fillings"` // of Problem.Inputs

	LossKind      Loss         `json:"loss_kind,omitempty"`
	LossReason    string       `json:"loss_reason,omitempty"`
	Losses        []OutputLoss `json:"losses,omitempty"`         // what the loss is the sum of
	NumParameters int64        `json:"num_parameters,omitempty"` // elements in the quotient
	Plan          *Plan        `json:"plan,omitempty"`           // what a step takes; nil if it cannot be planned
	PlanProblem   string       `json:"plan_problem,omitempty"`   // why it cannot, as for too little memory

	RunMemoryBytes int64  `json:"run_memory_bytes,omitempty"` // of Problem.RunMemory, with what `metainit run MODEL` does
	RunProblem     string `json:"run_problem,omitempty"`      // why that is not known, as for too little memory
	RunErr         error  `json:"-"`                          // the error that says so

	Tensors []InspectedTensor `json:"tensors"` // every initializer, and the tensors of nodes that have a role
	Records []EarlierRecord   `json:"records"` // of earlier runs, in the order of the file
}

// Opset is a set of operators that the model uses; the domain "" is ONNX's own.
type Opset struct {
	Domain  string `json:"domain"`
	Version int64  `json:"version"`
}

// Interface is an input or output. Shape holds an int64 for each fixed axis and the name of each free one ("" if it has
// none); it is nil if the file does not give the number of axes.
type Interface struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []any  `json:"shape"`
}

// UnsupportedOperator is an operator that the model uses and package lower does not know.
type UnsupportedOperator struct {
	Operator string   `json:"operator"`
	Domain   string   `json:"domain"`
	Opset    int      `json:"opset"`
	Nodes    []string `json:"nodes"`
}

// RoleUnknown is the role of tensors in a model whose graph cannot be built, and of those that cannot be read or hold NaN.
const RoleUnknown Role = "unknown"

// InspectedTensor is a tensor, its role and why it has it. Norm is the Euclidean norm of a float tensor, nil for others
// and where it is not finite. Tied are other names of the same tensor: it is tuned as one.
type InspectedTensor struct {
	Name   string   `json:"name"`
	Shape  []int64  `json:"shape"`
	DType  string   `json:"dtype"`
	Norm   *float64 `json:"norm"`
	Role   Role     `json:"role"`
	Reason string   `json:"reason"`
	Tied   []string `json:"tied,omitempty"`
}

// EarlierRecord is an entry of metadata_props that a run left. Value is its text where that is not JSON.
type EarlierRecord struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// Inspect looks at a model without computing its quotient. It succeeds for every model that onnxio can read: what stands
// in the way of tuning is in the result.
func Inspect(m *onnxio.Model, opt Options) *Inspection {
	r := &Inspection{
		IRVersion:   m.Proto.GetIrVersion(),
		Producer:    strings.TrimSpace(m.Proto.GetProducerName() + " " + m.Proto.GetProducerVersion()),
		Opsets:      []Opset{},
		Inputs:      interfaces(m.Inputs()),
		Outputs:     interfaces(m.Proto.GetGraph().GetOutput()),
		Unsupported: []UnsupportedOperator{},
		Warnings:    []string{},
		Fillings:    []Filling{},
		Records:     records(m),
	}
	for _, o := range m.Proto.GetOpsetImport() {
		r.Opsets = append(r.Opsets, Opset{o.GetDomain(), o.GetVersion()})
	}
	operators, err := lower.Unsupported(m)
	for _, u := range operators {
		r.Unsupported = append(r.Unsupported, UnsupportedOperator(u))
	}
	var p *Problem
	if err == nil {
		opt.plansOnly = true
		p, err = build(m, opt)
		err = withBatchHint(m, opt, err)
	}
	if p != nil {
		r.Warnings = p.Warnings()
	}
	if err != nil {
		r.Problem = err.Error()
	} else {
		r.Fillings = p.Inputs()
		r.LossKind, r.LossReason = p.Loss()
		r.Losses = p.Losses()
		r.inspectPlans(p)
	}
	roles := map[*onnxio.Tensor][]*Parameter{} // several where the file stores them as one tensor
	unused := map[*onnxio.Tensor]bool{}
	if p != nil {
		for _, par := range p.parameters {
			for _, t := range append([]*onnxio.Tensor{par.Tensor}, par.Copies...) {
				roles[t] = append(roles[t], par)
			}
			if par.counted() {
				r.NumParameters += par.Tensor.Size()
			}
		}
		for _, t := range p.unused {
			unused[t] = true
		}
	}
	type shown struct {
		tensor *onnxio.Tensor
		par    *Parameter
	}
	var list []shown
	for _, t := range m.Tensors {
		for _, par := range roles[t] {
			list = append(list, shown{t, par})
		}
		isSparse := t.Place == onnxio.Sparse && t.IsFloat()
		if len(roles[t]) == 0 && (t.Place == onnxio.Initializer || isSparse) {
			list = append(list, shown{t, nil})
		}
	}
	r.Tensors = make([]InspectedTensor, len(list))
	names := names(m)
	_ = inParallel(opt.Threads, len(list), func(i int) error { // what cannot be read is in the row
		t, par := list[i].tensor, list[i].par
		r.Tensors[i] = inspectTensor(t, p, par, unused[t])
		r.Tensors[i].Name = names[t]
		switch {
		case par == nil || par.Name == names[t]:
		case par.Tensor == t:
			r.Tensors[i].Name = par.Name
			r.Tensors[i].Reason += fmt.Sprintf("; stored as %q", names[t])
		default:
			r.Tensors[i].Reason, r.Tensors[i].Tied = "the same numbers as another tensor: one weight", []string{par.Name}
		}
		return nil
	})
	return r
}

// inspectTensor returns what is known of the tensor. p is nil if the graph cannot be built, par if the graph does not
// compute with the tensor.
func inspectTensor(t *onnxio.Tensor, p *Problem, par *Parameter, unused bool) InspectedTensor {
	row := InspectedTensor{Name: t.Name, Shape: slices.Clone(t.Shape), DType: t.DataType.Name()}
	if row.Shape == nil {
		row.Shape = []int64{}
	}
	switch {
	case !t.IsFloat():
		row.Role, row.Reason = RoleConstant, "its elements are no floating-point numbers of 16 bits or more"
		return row
	case par != nil && par.err == nil:
		row.Role, row.Reason, row.Tied, row.Norm = par.Role, par.Reason, par.Tied, finite(par.Norm)
		return row
	case t.Place == onnxio.Sparse:
		row.Role, row.Reason = RoleConstant, "the values of a sparse tensor: left as they are"
	case p == nil || par != nil:
		row.Role = RoleUnknown
	case unused:
		row.Role, row.Reason = RoleConstant, "the output does not need it"
	case t.Size() == 1:
		row.Role, row.Reason = RoleConstant, "a scalar"
	default:
		row.Role, row.Reason = RoleConstant, "only its values matter while the graph is built"
	}
	switch norm, err := t.Norm(); {
	case err != nil:
		row.Reason = err.Error()
	case finite(norm) == nil:
		row.Reason = "it holds NaN or infinite values"
	default:
		row.Norm = &norm
	}
	return row
}

func interfaces(infos []*onnxpb.ValueInfoProto) []Interface {
	list := []Interface{}
	for _, info := range infos {
		tensor := info.GetType().GetTensorType()
		v := Interface{Name: info.GetName(), DType: "not a tensor"}
		if tensor != nil {
			v.DType = onnxio.DataType(tensor.GetElemType()).Name()
		}
		if tensor.GetShape() != nil {
			v.Shape = []any{}
		}
		for _, d := range tensor.GetShape().GetDim() {
			if fixed, ok := d.GetValue().(*onnxpb.TensorShapeProto_Dimension_DimValue); ok {
				v.Shape = append(v.Shape, fixed.DimValue)
			} else {
				v.Shape = append(v.Shape, d.GetDimParam())
			}
		}
		list = append(list, v)
	}
	return list
}

// MetadataKey is the key of the metadata entry that a run leaves; further ones get .2, .3, … appended.
const MetadataKey = "metainit"

func records(m *onnxio.Model) []EarlierRecord {
	list := []EarlierRecord{}
	for _, entry := range m.Proto.GetMetadataProps() {
		key := entry.GetKey()
		if key != MetadataKey && !strings.HasPrefix(key, MetadataKey+".") {
			continue
		}
		record := EarlierRecord{Key: key, Value: entry.GetValue()}
		if json.Valid([]byte(entry.GetValue())) {
			record.Value = json.RawMessage(entry.GetValue())
		}
		list = append(list, record)
	}
	return list
}
