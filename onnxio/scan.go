package onnxio

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// The scan walks the wire format of a ModelProto down to its tensors. It copies everything but the tensors' values into
// a skeleton, an encoded ModelProto that is decoded as usual, and records where in the file the values are.

// maxDepth is the deepest nesting of messages, the limit of protobuf's C++ readers.
const maxDepth = 100

// An exporter's messages take well over eight bytes each. Holding files to one message in eight bytes bounds the
// memory for the structure of a file made of empty messages.
const (
	freeMessages    = 1 << 16
	bytesPerMessage = 8
)

// fragmentTag numbers the field that the skeleton adds to each TensorProto: the index of its fragment. The number is
// in the range that protobuf reserves for implementations, so no schema uses it.
const fragmentTag protowire.Number = 19000

// The fields of TensorProto that hold values or say where they are.
const (
	floatData    protowire.Number = 4
	int32Data    protowire.Number = 5
	stringData   protowire.Number = 6
	int64Data    protowire.Number = 7
	rawData      protowire.Number = 9
	doubleData   protowire.Number = 10
	uint64Data   protowire.Number = 11
	externalData protowire.Number = 13
)

// valueFields gives each value field of TensorProto the wire type of one element.
var valueFields = map[protowire.Number]protowire.Type{
	floatData:  protowire.Fixed32Type,
	int32Data:  protowire.VarintType,
	stringData: protowire.BytesType,
	int64Data:  protowire.VarintType,
	rawData:    protowire.BytesType,
	doubleData: protowire.Fixed64Type,
	uint64Data: protowire.VarintType,
}

// structureFields are the fields of TensorProto that the skeleton keeps: dims, data_type, segment, name, doc_string,
// external_data, data_location, metadata_props.
var structureFields = map[protowire.Number]bool{1: true, 2: true, 3: true, 8: true, 12: true, externalData: true, 14: true, 16: true}

// message is a type of ONNX message that the scan looks into.
type message uint8

const (
	modelMessage message = iota
	trainingMessage
	functionMessage
	graphMessage
	nodeMessage
	attributeMessage
	sparseMessage
	tensorMessage
)

// inside gives the fields of each message that lead to tensors.
var inside = [...]map[protowire.Number]struct {
	name string
	message
}{
	modelMessage:     {7: {"graph", graphMessage}, 20: {"training_info", trainingMessage}, 25: {"functions", functionMessage}},
	trainingMessage:  {1: {"initialization", graphMessage}, 2: {"algorithm", graphMessage}},
	functionMessage:  {7: {"node", nodeMessage}, 11: {"attribute_proto", attributeMessage}},
	graphMessage:     {1: {"node", nodeMessage}, 5: {"initializer", tensorMessage}, 15: {"sparse_initializer", sparseMessage}},
	nodeMessage:      {5: {"attribute", attributeMessage}},
	attributeMessage: {5: {"t", tensorMessage}, 6: {"g", graphMessage}, 10: {"tensors", tensorMessage}, 11: {"graphs", graphMessage}, 22: {"sparse_tensor", sparseMessage}, 23: {"sparse_tensors", sparseMessage}},
	sparseMessage:    {1: {"values", tensorMessage}, 2: {"indices", tensorMessage}},
	tensorMessage:    {},
}

// span is a length-delimited field of the file: its length at [prefix, start), its content at [start, end).
type span struct {
	parent             *span // the message around it; nil for the whole file
	prefix, start, end int
}

// run is a stretch of a TensorProto that holds elements of one value field: bare elements if packed (raw_data is one
// of these), else complete fields one after the other. The span of a run that is not packed has no prefix.
type run struct {
	span
	field  protowire.Number
	packed bool
}

// fragment is one TensorProto of the file. A tensor has several if its message is repeated where one is expected:
// protobuf merges these.
type fragment struct {
	values   []run
	external []run // of external_data
}

// add appends r, joined to the run before it where both hold fields of one kind side by side.
func add(runs []run, r run) []run {
	if n := len(runs); n > 0 && !r.packed {
		if last := &runs[n-1]; !last.packed && last.field == r.field && last.end == r.start {
			last.end = r.end
			return runs
		}
	}
	return append(runs, r)
}

// scanner walks one file.
type scanner struct {
	data      []byte
	skeleton  []byte
	fragments []fragment
	messages  int
	path      []string // names of the fields that lead to the present message
}

// scan returns the skeleton of the ModelProto in data, and its tensors. The error is a *wireError.
func scan(data []byte) (*scanner, error) {
	s := &scanner{data: data}
	return s, s.scan(modelMessage, &span{end: len(data)})
}

// wireError says where the wire format is broken.
type wireError struct {
	offset int
	path   string
	err    error
}

func (e *wireError) Error() string {
	return fmt.Sprintf("byte %d, in %s: %v", e.offset, e.path, e.err)
}

func (e *wireError) Unwrap() error { return e.err }

func (s *scanner) fail(offset int, err error) error {
	return &wireError{offset, strings.Join(append([]string{"model"}, s.path...), "."), err}
}

// scan reads the message m at sp into the skeleton.
func (s *scanner) scan(m message, sp *span) error {
	if s.messages++; s.messages > freeMessages+len(s.data)/bytesPerMessage {
		return s.fail(sp.start, fmt.Errorf("more than one message in %d bytes", bytesPerMessage))
	}
	if len(s.path) > maxDepth {
		s.path = s.path[:3]
		return s.fail(sp.start, fmt.Errorf("messages nested deeper than %d", maxDepth))
	}
	if m == tensorMessage {
		return s.tensor(sp)
	}
	for pos := sp.start; pos < sp.end; {
		num, typ, tag := protowire.ConsumeTag(s.data[pos:sp.end])
		if tag < 0 {
			return s.fail(pos, protowire.ParseError(tag))
		}
		size := protowire.ConsumeFieldValue(num, typ, s.data[pos+tag:sp.end])
		if size < 0 {
			return s.fail(pos, fmt.Errorf("field %d: %w", num, protowire.ParseError(size)))
		}
		next := pos + tag + size
		field, ok := inside[m][num]
		if !ok || typ != protowire.BytesType {
			s.skeleton = append(s.skeleton, s.data[pos:next]...)
			pos = next
			continue
		}
		_, prefix := protowire.ConsumeVarint(s.data[pos+tag : next])
		s.skeleton = append(s.skeleton, s.data[pos:pos+tag]...)
		length := s.openLength()
		s.path = append(s.path, field.name)
		if err := s.scan(field.message, &span{sp, pos + tag, pos + tag + prefix, next}); err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
		s.closeLength(length)
		pos = next
	}
	return nil
}

// tensor reads the TensorProto at sp into the skeleton and the fragments.
func (s *scanner) tensor(sp *span) error {
	var f fragment
	for pos := sp.start; pos < sp.end; {
		num, typ, tag := protowire.ConsumeTag(s.data[pos:sp.end])
		if tag < 0 {
			return s.fail(pos, protowire.ParseError(tag))
		}
		value := pos + tag
		size := protowire.ConsumeFieldValue(num, typ, s.data[value:sp.end])
		if size < 0 {
			return s.fail(pos, fmt.Errorf("field %d: %w", num, protowire.ParseError(size)))
		}
		next := value + size
		if structureFields[num] {
			s.skeleton = append(s.skeleton, s.data[pos:next]...)
		}
		fields := run{span{sp, pos, pos, next}, num, false}
		switch element, isValue := valueFields[num]; {
		case num == externalData && typ == protowire.BytesType:
			f.external = add(f.external, fields)
		case !isValue:
		case num != stringData && typ == protowire.BytesType:
			_, prefix := protowire.ConsumeVarint(s.data[value:next])
			f.values = add(f.values, run{span{sp, value, value + prefix, next}, num, true})
		case typ == element:
			f.values = add(f.values, fields)
		}
		pos = next
	}
	s.skeleton = protowire.AppendTag(s.skeleton, fragmentTag, protowire.VarintType)
	s.skeleton = protowire.AppendVarint(s.skeleton, uint64(len(s.fragments)))
	s.fragments = append(s.fragments, f)
	return nil
}

// lengthSize is the size of a length in the skeleton: varints padded so that they can be filled in afterwards.
const lengthSize = 6

// openLength appends room for a length and returns where the content begins.
func (s *scanner) openLength() int {
	s.skeleton = append(s.skeleton, make([]byte, lengthSize)...)
	return len(s.skeleton)
}

// closeLength fills in the length of the content that begins at start.
func (s *scanner) closeLength(start int) {
	length := len(s.skeleton) - start
	for i := start - lengthSize; i < start; i++ {
		s.skeleton[i] = byte(length)&0x7f | 0x80
		length >>= 7
	}
	s.skeleton[start-1] &^= 0x80
}
