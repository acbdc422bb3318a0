package autodiff

import "fmt"

// product is one of the products that a wide step computes: the first operand and
// the result are its own.
type product struct {
	in  place
	dst int
	add bool
}

// maxWidened is how many elements a wide step may compute before their time, so
// that it takes little memory for little time.
const maxWidened = 1 << 17

// widen joins products with a common second factor, such as those of several
// tangents with one weight: in one step, where the first of them stands, if the
// first factors are there by then. It is one product with more rows, or images.
func (p *plan) widen() {
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
		if s.widens() {
			w, own := s.in[1], product{s.in[0], s.dst[0], s.at.add}
			key := factor{w.value, w.layout.Offset, fmt.Sprint(s.node.op, s.node.attr, s.node.in[0].shape, s.node.shape)}
			ready := written[own.in.value]
			if own.add {
				ready = max(ready, written[own.dst])
			}
			first, found := last[key]
			if joined[i] = found && first >= ready && max(1, len(p.steps[first].wide))*s.node.Size() <= maxWidened; joined[i] {
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

// widens reports whether there is a kernel for several such steps.
func (s *step) widens() bool {
	return s.fused == nil && !s.copied && s.node.Primitive().wide != nil &&
		(s.node.op != OpDot || s.node.Rank() == 2)
}

// join makes a step compute another product too.
func (s *step) join(other product) {
	if s.wide == nil {
		s.wide = []product{{s.in[0], s.dst[0], s.at.add}}
		s.at.add = false // each says so itself
	}
	s.wide = append(s.wide, other)
	s.dst = append(s.dst, other.dst)
	s.in = append(s.in, other.in)
}
