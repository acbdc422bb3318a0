package onnxio

import (
	"encoding/binary"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// blockSize is the number of elements that are decoded at a time.
const blockSize = 1 << 12

// errChanged is the error for values that are not what they were when they were counted.
var errChanged = errors.New("its values changed while they were read; start again")

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
		if err := p.eachOf(r, block, func(block []uint64, _ int) error { return yield(block) }); err != nil {
			return err
		}
	}
	return nil
}

// eachOf calls yield with the items of one run, a block at a time, and where in the file it starts.
func (p *payload) eachOf(r run, block []uint64, yield func(block []uint64, pos int) error) error {
	passed := newSweep(p.file, r.start, r.end)
	defer passed.done()
	for pos := r.start; pos < r.end; passed.reach(pos) {
		if err := p.file.check(); err != nil {
			return err
		}
		next, n, err := p.fill(block, r, pos)
		if err != nil {
			return err
		}
		if n == 0 {
			return errChanged
		}
		if err := yield(block[:n], pos); err != nil {
			return err
		}
		pos = next
	}
	return nil
}

// smallWords is words for types of less than 8 bits, of which an item holds several, the first in the lowest bits.
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
