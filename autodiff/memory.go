package autodiff

import "slices"

// alignment of values in the arena, in elements.
const alignment = 16

// allocate finds how long each value lives and puts those that live at
// different times in the same memory.
func (p *plan) allocate() {
	for i, s := range p.steps {
		for _, x := range s.in {
			p.values[x.value].last = i
		}
	}
	var free spans
	for i, s := range p.steps {
		var over []int // operands whose memory is taken over
		for _, d := range s.dst {
			dst := &p.values[d]
			if dst.kept || s.at.add {
				continue
			}
			if v := p.overwritable(i, d, over); v >= 0 {
				dst.offset, dst.inPlaceOf = p.values[v].offset, v
				over = append(over, v)
			} else {
				dst.offset = free.take(padded(dst.size))
			}
		}
		var given []int
		for _, x := range s.in {
			v := &p.values[x.value]
			if !v.kept && v.last == i && !slices.Contains(over, x.value) && !slices.Contains(given, x.value) {
				free.give(v.offset, padded(v.size))
				given = append(given, x.value)
			}
		}
	}
}

// overwritable returns an operand of a fused step that is read here for the last
// time and whose memory can hold result d, −1 if there is none: each block of it
// must have been read when that of the result is written.
func (p *plan) overwritable(i, d int, taken []int) int {
	s := p.steps[i]
	if s.fused == nil {
		return -1
	}
	written := slices.Index(s.fused.results, d)
	for _, x := range s.in {
		v := p.values[x.value]
		fits := !v.kept && v.last == i && v.size == p.values[d].size && !slices.Contains(taken, x.value)
		for load, y := range s.fused.loads {
			if y.value == x.value {
				fits = fits && contiguous(y.layout) && y.layout.Offset == 0 && s.fused.lastRead(load) <= written
			}
		}
		if fits {
			return x.value
		}
	}
	return -1
}

func padded(size int) int { return (size + alignment - 1) / alignment * alignment }

// arena returns the elements of memory that the temporaries need.
func (p *plan) arena() int {
	end := 0
	for _, v := range p.values {
		if !v.kept {
			end = max(end, v.offset+padded(v.size))
		}
	}
	return end
}

// kept returns the elements of memory that stay for the program's life.
func (p *plan) kept() int {
	total := 0
	for _, v := range p.values {
		if v.kept {
			total += padded(v.size)
		}
	}
	return total
}
