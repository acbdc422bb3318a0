package onnxio

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// payload is where the values of a tensor are, found and measured: the runs hold exactly the tensor's elements.
type payload struct {
	elementType
	size  int64    // elements, or the parts of them that are read
	file  *mapping // the model file, or the external data file
	runs  []run
	width int // bytes of a stored item; 0: a varint
}

// fieldNames are the value fields as onnx.proto names them.
var fieldNames = map[protowire.Number]string{
	floatData: "float_data", int32Data: "int32_data", stringData: "string_data", int64Data: "int64_data",
	rawData: "raw_data", doubleData: "double_data", uint64Data: "uint64_data",
}

// payload finds the tensor's values. It reads no more of them than it must to count them.
func (t *Tensor) payload() (*payload, error) {
	if t.model.isClosed() {
		return nil, errors.New("the model is closed")
	}
	if t.proto.GetSegment() != nil {
		return nil, errors.New("it is one segment of a tensor, which ONNX has no rule for joining; store it whole")
	}
	e, known := elementTypes[t.DataType]
	if !known {
		return nil, fmt.Errorf("data type %d is not one of ONNX's", t.DataType)
	}
	e, size := e.parts(t.size)
	p := &payload{elementType: e, size: size, file: t.model.file}
	if t.IsExternal() {
		return p, p.findExternal(t)
	}
	return p, p.findInside(t)
}

// findInside sets the runs of a tensor whose values are in the model file.
func (p *payload) findInside(t *Tensor) error {
	var raw run // raw_data is not repeated: the last one counts
	for _, r := range t.values {
		switch {
		case r.field == rawData:
			raw = r
		case r.start == r.end:
		case len(p.runs) > 0 && p.runs[0].field != r.field:
			return fmt.Errorf("values are both in %s and in %s; one must go", fieldNames[p.runs[0].field], fieldNames[r.field])
		default:
			p.runs = append(p.runs, r)
		}
	}
	if raw.start < raw.end {
		if len(p.runs) > 0 {
			return fmt.Errorf("values are both in %s and in raw_data; one must go", fieldNames[p.runs[0].field])
		}
		if p.kind == text {
			return errors.New("strings are in raw_data; they belong in string_data")
		}
		p.runs = []run{raw}
		return p.checkBytes(t, "raw_data")
	}
	if len(p.runs) == 0 {
		if p.size > 0 {
			return fmt.Errorf("it has no values, where shape %v needs %d", t.Shape, p.size)
		}
		return nil
	}
	if field := p.runs[0].field; field != p.field {
		return fmt.Errorf("values are in %s, where those of type %v belong in %s", fieldNames[field], t.DataType, fieldNames[p.field])
	}
	return p.checkItems(t)
}

// checkBytes checks that the single run, raw bytes, has the tensor's size.
func (p *payload) checkBytes(t *Tensor, where string) error {
	if have, want := int64(p.runs[0].end-p.runs[0].start), p.bytes(p.size); have != want {
		return fmt.Errorf("%s has %d bytes, where %v of shape %v needs %d", where, have, t.DataType, t.Shape, want)
	}
	p.width = int(max(p.bits/8, 1))
	return nil
}

// checkItems checks that the runs of a typed field are sound and hold as many items as the tensor needs.
func (p *payload) checkItems(t *Tensor) error {
	switch valueFields[p.field] {
	case protowire.Fixed32Type:
		p.width = 4
	case protowire.Fixed64Type:
		p.width = 8
	}
	want := p.size
	if p.bits < 8 && p.kind != text {
		want = p.bytes(p.size)
	}
	have := int64(0)
	for _, r := range p.runs {
		n, err := p.items(r)
		if err != nil {
			return err
		}
		have += n
	}
	if have != want {
		return fmt.Errorf("%s has %d values, where %v of shape %v needs %d", fieldNames[p.field], have, t.DataType, t.Shape, want)
	}
	return nil
}

// items counts the items of a run of a typed field.
func (p *payload) items(r run) (n int64, err error) {
	bytes := p.file.data[r.start:r.end]
	switch {
	case !r.packed:
		for len(bytes) > 0 {
			_, _, size := protowire.ConsumeField(bytes)
			bytes = bytes[size:]
			n++
		}
	case p.width > 0:
		if n = int64(len(bytes) / p.width); len(bytes)%p.width != 0 {
			return 0, fmt.Errorf("%s has %d bytes, no multiple of %d", fieldNames[r.field], len(bytes), p.width)
		}
	default:
		if bytes[len(bytes)-1] >= 0x80 {
			return 0, fmt.Errorf("%s ends within a value", fieldNames[r.field])
		}
		for _, b := range bytes {
			if b < 0x80 {
				n++
			}
		}
	}
	return n, nil
}
