package onnxio

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// scaler multiplies elements and keeps account of the norm.
type scaler struct {
	elementType
	factor float64
	account
}

func (s *scaler) changed() bool { return s.factor != 1 }

// edit replaces the elements with their products.
func (s *scaler) edit(words []uint64) error {
	xs, ys := s.room(len(words))
	if s.bits == 32 { // most weights: calls for each would take longer than all else
		for i, word := range words {
			x := decodeFloat(word)
			scaled := encodeFloat(x * s.factor)
			y := decodeFloat(scaled)
			if !(math.Abs(y) <= math.MaxFloat32) || s.factor == 1 {
				return s.editAny(words, xs, ys, i)
			}
			words[i], xs[i], ys[i] = scaled, x, y
		}
		s.add(xs, ys)
		return nil
	}
	return s.editAny(words, xs, ys, 0)
}

// editAny is edit of elements of any type from one on.
func (s *scaler) editAny(words []uint64, xs, ys []float64, from int) error {
	for i := from; i < len(words); i++ {
		word := words[i]
		x := s.decode(word)
		y := x
		if !math.IsNaN(x) && s.factor != 1 {
			words[i] = s.encode(x * s.factor)
			y = s.decode(words[i])
			if math.IsNaN(y) || math.IsInf(y, 0) && !math.IsInf(x, 0) {
				return fmt.Errorf("element %v times %v is not a finite number of its type; use a smaller factor", x, s.factor)
			}
		}
		xs[i], ys[i] = x, y
	}
	s.add(xs, ys)
	return nil
}

// rewrite writes the run to w after change has seen its elements, block by block, stored as they were.
func (p *payload) rewrite(w io.Writer, r run, change func(words []uint64) error) error {
	block := make([]uint64, min(r.end-r.start, blockSize)) // an item takes at least a byte
	var out []byte
	return p.eachOf(r, block, func(block []uint64, pos int) error {
		if err := change(block); err != nil {
			return err
		}
		out = p.store(out[:0], block, r, pos)
		_, err := w.Write(out)
		return err
	})
}

// store appends the items to out: bare if the run is packed, else each behind the tag that it had in the run from pos
// on.
func (p *payload) store(out []byte, words []uint64, r run, pos int) []byte {
	if r.packed && p.width == 4 { // most weights
		at := len(out)
		out = slices.Grow(out, 4*len(words))[:at+4*len(words)]
		for i, word := range words {
			binary.LittleEndian.PutUint32(out[at+4*i:], uint32(word))
		}
		return out
	}
	data := p.file.data
	for _, word := range words {
		if !r.packed {
			_, _, tag := protowire.ConsumeTag(data[pos:r.end])
			out = append(out, data[pos:pos+tag]...)
			pos += tag + protowire.ConsumeFieldValue(p.field, valueFields[p.field], data[pos+tag:r.end])
		}
		switch p.width {
		case 0:
			out = protowire.AppendVarint(out, word)
		case 2:
			out = binary.LittleEndian.AppendUint16(out, uint16(word))
		case 4:
			out = binary.LittleEndian.AppendUint32(out, uint32(word))
		case 8:
			out = binary.LittleEndian.AppendUint64(out, word)
		}
	}
	return out
}
