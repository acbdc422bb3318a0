package autodiff

import "slices"

// spans is the free memory of an arena that grows at its end: disjoint pieces
// in ascending order, none touching the next.
type spans struct {
	pieces []span
	end    int
}

type span struct{ offset, size int }

// take returns the offset of a piece of the given size: from the smallest free
// one that holds it, else from the end.
func (f *spans) take(size int) int {
	if size == 0 {
		return 0
	}
	best := -1
	for i, s := range f.pieces {
		if s.size >= size && (best < 0 || s.size < f.pieces[best].size) {
			best = i
		}
	}
	if best >= 0 {
		s := &f.pieces[best]
		offset := s.offset
		s.offset += size
		s.size -= size
		if s.size == 0 {
			f.pieces = slices.Delete(f.pieces, best, best+1)
		}
		return offset
	}
	offset := f.end
	if k := len(f.pieces) - 1; k >= 0 && f.pieces[k].offset+f.pieces[k].size == f.end {
		offset = f.pieces[k].offset // the last piece is free: grow it
		f.pieces = f.pieces[:k]
	}
	f.end = offset + size
	return offset
}

// give returns a piece.
func (f *spans) give(offset, size int) {
	if size == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(f.pieces, offset, func(s span, o int) int { return s.offset - o })
	f.pieces = slices.Insert(f.pieces, i, span{offset, size})
	if i+1 < len(f.pieces) && offset+size == f.pieces[i+1].offset {
		f.pieces[i].size += f.pieces[i+1].size
		f.pieces = slices.Delete(f.pieces, i+1, i+2)
	}
	if i > 0 && f.pieces[i-1].offset+f.pieces[i-1].size == offset {
		f.pieces[i-1].size += f.pieces[i].size
		f.pieces = slices.Delete(f.pieces, i, i+1)
	}
}
