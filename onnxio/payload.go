package onnxio

import (
	"encoding/binary"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// blockSize is the number of elements that are decoded at a time.
const blockSize = 1 << 12

// payload is where the values of a tensor are, found and measured: the runs hold exactly the tensor's elements.
type payload struct {
	elementType
	size  int64    // elements
	file  *mapping // the model file, or the external data file
	runs  []run
	width int // bytes of a stored item; 0: a varint
}

// errChanged is the error for values that are not what they were when they were counted.
var errChanged = errors.New("its values changed while they were read; start again")

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
	p := &payload{elementType: e, size: t.size, file: t.model.file}
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

// words calls yield with the bits of the elements in order, zero-extended, in blocks of at most blockSize. The block
// is used again after the call.
func (p *payload) words(yield func(block []uint64) error) error {
	if p.bits < 8 {
		return p.smallWords(yield)
	}
	return p.eachBlock(yield)
}

// eachBlock calls yield with the stored items.
func (p *payload) eachBlock(yield func(block []uint64) error) error {
	block := make([]uint64, min(p.size, blockSize))
	for _, r := range p.runs {
		for pos := r.start; pos < r.end; {
			n := 0
			var err error
			if pos, n, err = p.fill(block, r, pos); err != nil {
				return err
			}
			if n == 0 {
				return errChanged
			}
			if err := yield(block[:n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// smallWords is words for types of less than 8 bits, which lie several to an item, the first in the lowest bits.
func (p *payload) smallWords(yield func(block []uint64) error) error {
	left := p.size
	block := make([]uint64, 0, min(p.size, blockSize))
	err := p.eachBlock(func(items []uint64) error {
		for _, item := range items {
			for shift := int64(0); shift < 8 && left > 0; shift += p.bits {
				block = append(block, item>>shift&(1<<p.bits-1))
				left--
				if len(block) == cap(block) {
					if err := yield(block); err != nil {
						return err
					}
					block = block[:0]
				}
			}
		}
		return nil
	})
	if err != nil || len(block) == 0 {
		return err
	}
	return yield(block)
}

// fill decodes items of r from pos on until the block is full, and returns where the next one begins and how many it
// decoded.
func (p *payload) fill(block []uint64, r run, pos int) (next, n int, err error) {
	data := p.file.data[:r.end]
	if r.packed && p.width > 0 {
		n = min(len(block), (r.end-pos)/p.width)
		load(block[:n], data[pos:], p.width)
		return pos + n*p.width, n, nil
	}
	for ; n < len(block) && pos < r.end; n++ {
		if !r.packed {
			_, _, tag := protowire.ConsumeTag(data[pos:])
			pos += tag
		}
		var size int
		if block[n], size, err = p.item(data[pos:]); err != nil {
			return pos, n, err
		}
		pos += size
	}
	return pos, n, nil
}

// item decodes the item at the head of data and returns its size.
func (p *payload) item(data []byte) (word uint64, size int, err error) {
	if p.width > 0 {
		var one [1]uint64
		load(one[:], data, p.width)
		return one[0], p.width, nil
	}
	word, size = protowire.ConsumeVarint(data)
	if size < 0 {
		return 0, 0, fmt.Errorf("%s: %w", fieldNames[p.field], protowire.ParseError(size))
	}
	word, err = p.narrow(word)
	return word, size, err
}

// narrow returns the low bits of a varint that make the element. int32_data of smaller types may hold them with or
// without sign.
func (p *payload) narrow(v uint64) (uint64, error) {
	bits := max(p.bits, 8)
	if p.field == int32Data {
		v = uint64(int64(int32(v))) // as protobuf reads an int32
	}
	switch low := v & (1<<bits - 1); {
	case bits == 64 || v == low:
		return low, nil
	case p.field == int32Data && int64(v) < 0 && int64(v) >= -1<<(bits-1):
		return low, nil
	}
	return 0, fmt.Errorf("%s holds %d, which does not fit in %d bits", fieldNames[p.field], int64(v), bits)
}

// load decodes len(block) little-endian numbers of width bytes.
func load(block []uint64, data []byte, width int) {
	data = data[:len(block)*width]
	switch width {
	case 1:
		for i, b := range data {
			block[i] = uint64(b)
		}
	case 2:
		for i := range block {
			block[i] = uint64(binary.LittleEndian.Uint16(data[2*i:]))
		}
	case 4:
		for i := range block {
			block[i] = uint64(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case 8:
		for i := range block {
			block[i] = binary.LittleEndian.Uint64(data[8*i:])
		}
	}
}
