package onnxio

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

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
	for i, word := range words {
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

// rewrite writes the run to w as the editor leaves it, block by block, stored as it was, and returns how many items it has.
func (p *payload) rewrite(w io.Writer, r run, e editor) (items int, err error) {
	if s, ok := e.(*scaler); ok && s.factor != 1 && p.plain(r) {
		return (r.end - r.start) / p.width, p.scale(w, r, s)
	}
	block := make([]uint64, min(r.end-r.start, blockSize)) // an item takes at least a byte
	var out []byte
	err = p.eachOf(r, block, func(block []uint64, pos int) error {
		items += len(block)
		if err := e.edit(block); err != nil {
			return err
		}
		out = p.store(out[:0], block, r, pos)
		_, err := w.Write(out)
		return err
	})
	return items, err
}

// scale is rewrite of a plain run.
func (p *payload) scale(w io.Writer, r run, s *scaler) error {
	out := make([]byte, 0, min(r.end-r.start, 4*blockSize))
	return p.stretches(r, func(bytes []byte) error {
		out = out[:len(bytes)]
		before, after := scaleFloats(out, bytes, s.factor)
		if finite := before + after; finite-finite == 0 {
			s.before.mid += before // squares of float32s neither overflow nor vanish
			s.after.mid += after
		} else {
			words := make([]uint64, len(bytes)/4)
			load(words, bytes, 4)
			if err := s.edit(words); err != nil {
				return err
			}
			out = p.store(out[:0], words, r, 0)
		}
		_, err := w.Write(out)
		return err
	})
}

// store appends the items to out: bare if the run is packed, else each behind the tag that it had in the run from pos
// on.
func (p *payload) store(out []byte, words []uint64, r run, pos int) []byte {
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
