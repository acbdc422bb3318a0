package program

import "slices"

// allocate finds how long each value lives and puts those that live at different times in the same memory.
func (p *plan) allocate() {
	p.findLast()
	of := make([]*tenant, len(p.values))
	tenants, list := make([]tenant, 0, len(p.values)), make([]*tenant, 0, len(p.values))
	for i, s := range p.steps {
		var over []int // operands whose memory is taken over
		for _, d := range s.begun() {
			p.Check()
			dst := &p.values[d]
			if dst.kept {
				continue
			}
			if v := p.overwritable(i, d, over); v >= 0 {
				dst.inPlaceOf, of[d] = int32(v), of[v]
				over = append(over, v)
			} else {
				tenants = append(tenants, tenant{size: staggered(dst.size), first: i})
				of[d] = &tenants[len(tenants)-1]
				list = append(list, of[d])
			}
			of[d].last = max(i, int(dst.last))
		}
	}
	settle(list)
	for d, t := range of {
		if t != nil {
			p.values[d].offset = t.offset
		}
	}
}

// findLast finds the last steps that write and read each value.
func (p *plan) findLast() {
	for i, s := range p.steps {
		for _, d := range s.dst {
			p.values[d].written = int32(i)
		}
		for _, x := range s.in {
			p.values[x.value].last = int32(i)
		}
	}
}

// begun lists the values that a step is the first to write.
func (s step) begun() []int {
	switch {
	case s.how.Add:
		return nil
	case s.stacked == nil:
		return s.dst
	}
	var list []int
	for _, x := range s.stacked {
		if !x.add {
			list = append(list, x.dst)
		}
	}
	return list
}

// overwritable returns an operand of a step that is read here for the last time and whose memory can hold result d, −1 if there is
// none.
func (p *plan) overwritable(i, d int, taken []int) int {
	for _, x := range p.steps[i].in {
		v := &p.values[x.value]
		if int(v.last) == i && !v.kept && v.size == p.values[d].size && !slices.Contains(taken, x.value) && p.readBefore(i, d, x.value) {
			return x.value
		}
	}
	return -1
}

// readBefore reports whether step i, a fused one, reads a value for the last time, and each block of it before that of result d is
// written.
func (p *plan) readBefore(i, d, value int) bool {
	f := p.steps[i].fused
	if f == nil || int(p.values[value].last) != i {
		return false
	}
	written := slices.IndexFunc(f.code, func(ins instruction) bool { return int(ins.result) == d })
	for load, x := range f.loads {
		if x.value == value && (!x.layout.IsContiguous() || x.layout.Offset != 0 || f.lastRead(load) > written) {
			return false
		}
	}
	return true
}

func padded(size int) int { return (size + alignment - 1) / alignment * alignment }

func staggered(size int) int {
	if size < largeValue {
		return padded(size)
	}
	return padded(size) + stagger
}

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
		if v.kept && v.inPlaceOf < 0 {
			total += padded(v.size)
		}
	}
	return total
}
