package autodiff

// product is one of the products that a wide step computes: the first operand and
// the result are its own.
type product struct {
	in  place
	dst int
	add bool
}

// maxWidened is how many elements a wide step may compute before their time, so
// that it takes little memory for little time.
const maxWidened = 1 << 18

// widen joins products of matrices with a common second factor, such as those of
// several tangents with one weight: in one step, where the first of them stands, if
// the first factors are there by then. It is one product with more rows.
func (p *plan) widen() {
	type factor struct {
		value, offset    int
		trans            dotAttr
		rows, cols, wide int
	}
	last := make(map[factor]*step) // the step that others may join
	at := make(map[*step]int)
	written := make([]int, len(p.values)) // the step that wrote a value last, and one
	joined := make(map[int]bool)
	for i := range p.steps {
		s := &p.steps[i]
		to := i
		if s.fused == nil && !s.copied && s.node.op == OpDot && s.node.Rank() == 2 {
			w, own := s.in[1], product{s.in[0], s.dst[0], s.at.add}
			key := factor{w.value, w.layout.Offset, s.node.attr.(dotAttr), s.node.in[0].shape[0], s.node.in[0].shape[1], s.node.shape[1]}
			ready := written[own.in.value]
			if own.add {
				ready = max(ready, written[own.dst])
			}
			if c := last[key]; c != nil && at[c] >= ready && len(c.wide)*s.node.Size() < maxWidened {
				c.join(own)
				to, joined[i] = at[c], true
			} else {
				last[key], at[s] = s, i
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

// join makes a step compute another product too.
func (s *step) join(other product) {
	if s.wide == nil {
		s.wide = []product{{s.in[0], s.dst[0], s.at.add}}
		s.at.add = false // each says so for itself
	}
	s.wide = append(s.wide, other)
	s.dst = append(s.dst, other.dst)
	s.in = append(s.in, other.in)
}
