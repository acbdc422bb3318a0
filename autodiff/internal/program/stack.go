package program

// stack joins products with a common second factor, such as those of several tangents with one weight: in one step, where the
// first of them is, if the first factors are there by then. It is one product with more rows, or images.
func (p *plan) stack() {
	type factor struct {
		value, offset int
		kind          string
	}
	last := make(map[factor]int) // the step that others may join
	written := make([]int, len(p.values))
	joined := make([]bool, len(p.steps))
	for i := range p.steps {
		s := &p.steps[i]
		to := i
		if kind := p.stacks(s); kind != "" {
			w, own := s.in[1], product{s.in[0], s.dst[0], s.how.Add}
			key := factor{w.value, w.layout.Offset, kind}
			ready := written[own.in.value]
			if own.add {
				ready = max(ready, written[own.dst])
			}
			first, found := last[key]
			if joined[i] = found && first >= ready && max(1, len(p.steps[first].stacked))*p.size(s.node) <= maxStacked; joined[i] {
				p.steps[first].join(own)
				to = first
			} else {
				last[key] = i
			}
		}
		for _, d := range s.dst {
			written[d] = max(written[d], to+1)
		}
	}
	kept := p.steps[:0]
	for i, s := range p.steps {
		if !joined[i] {
			kept = append(kept, s)
		}
	}
	p.steps = kept
}

// stacks returns what steps have in common that can be stacked with this one, if they have the second operand in common; "" if
// there is no kernel for that.
func (p *plan) stacks(s *step) string {
	if !p.arranged || s.fused != nil || s.copied {
		return ""
	}
	return p.kind(s.node).stacks
}

// join makes a step compute another product too.
func (s *step) join(other product) {
	if s.stacked == nil {
		s.stacked = []product{{s.in[0], s.dst[0], s.how.Add}}
		s.how.Add = false // each says so itself
	}
	s.stacked = append(s.stacked, other)
	s.dst = append(s.dst, other.dst)
	s.in = append(s.in, other.in)
}
