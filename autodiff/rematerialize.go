package autodiff

import "slices"

const (
	// longGap is after how many clusters without a reader a tensor's memory is
	// worth giving back.
	longGap = 24

	// smallTensor is the size below which it is not.
	smallTensor = 1 << 12

	// crowded is the share of the peak from which on memory is saved.
	crowded = 0.5
)

// rematerialize gives back the memory of elementwise results between readers that
// are far apart, where that lowers the peak, and has them computed a second time
// before the later reader: from tensors that are there then anyway, or from a
// single one in their place.
func rematerialize(clusters []*cluster, outputs []*Node) []*cluster {
	r := newRematerialization(clusters, outputs)
	before := make([][]*cluster, len(clusters)) // what is computed again, by reader
	for i, c := range clusters {
		if !c.fused {
			continue
		}
		for _, n := range c.nodes {
			if c.copies[n] || n.Size() < smallTensor || r.kept[n] || len(r.uses[n]) == 0 {
				continue
			}
			from := i
			for _, to := range r.uses[n] {
				if to-from > longGap && r.crowdedIn(from, to) {
					if chain, ok := r.chain(n, from, to); ok {
						again := &cluster{fused: true}
						again.addCopies(chain)
						delete(again.copies, n)
						before[to] = append(before[to], again)
						r.dropped[n] = append(r.dropped[n], [2]int{from, to})
					}
				}
				from = to
			}
		}
	}
	var list []*cluster
	for i, c := range clusters {
		list = append(append(list, before[i]...), c)
	}
	return list
}

// rematerialization is what is known of the tensors that are stored.
type rematerialization struct {
	made    map[*Node]int      // the position of the cluster that computes a node
	totals  map[*Node]bool     // it is a sum of products that kernels add up
	uses    map[*Node][]int    // the positions of the clusters that read a node's memory, ascending
	dropped map[*Node][][2]int // the gaps in which a node's memory is given back
	kept    map[*Node]bool     // others are computed from it, or the caller reads it
	live    []int              // elements that are stored, by position
	peak    int
}

func newRematerialization(clusters []*cluster, outputs []*Node) *rematerialization {
	r := &rematerialization{
		made: make(map[*Node]int), totals: make(map[*Node]bool), uses: make(map[*Node][]int),
		dropped: make(map[*Node][][2]int), kept: make(map[*Node]bool), live: make([]int, len(clusters)),
	}
	for _, n := range outputs {
		r.kept[base(n)] = true
	}
	for i, c := range clusters {
		for _, n := range c.nodes {
			if !c.copies[n] {
				r.made[n] = i
			}
			if c.total != nil {
				r.made[c.total], r.totals[c.total] = i, true
			}
			for _, x := range n.in {
				b := base(x)
				inside := c.fused && slices.Contains(c.nodes, unstopped(x))
				if u := r.uses[b]; !inside && (len(u) == 0 || u[len(u)-1] != i) {
					r.uses[b] = append(u, i)
				}
			}
		}
	}
	for n, made := range r.made {
		if u := r.uses[n]; len(u) > 0 {
			for i := made; i <= u[len(u)-1]; i++ {
				r.live[i] += n.Size()
			}
		}
	}
	r.peak = slices.Max(append(r.live, 0))
	return r
}

// crowdedIn reports whether memory is scarce somewhere between two positions.
func (r *rematerialization) crowdedIn(from, to int) bool {
	return float64(slices.Max(r.live[from+1:to])) > crowded*float64(r.peak)
}

// stored reports whether the memory of a node is there at a position.
func (r *rematerialization) stored(n *Node, at int) bool {
	u := r.uses[n]
	if len(u) == 0 || u[len(u)-1] < at {
		return false
	}
	return !slices.ContainsFunc(r.dropped[n], func(gap [2]int) bool { return gap[0] < at && at <= gap[1] })
}

// chain returns the nodes that compute n at a position from what is stored then,
// and has that kept. One of the tensors may have its last reader since from: it
// takes the place of n.
func (r *rematerialization) chain(n *Node, from, at int) (chain []*Node, ok bool) {
	chain = []*Node{n}
	var missing []*Node
	var bases []*Node
	for k := 0; k < len(chain); k++ {
		for _, x := range chain[k].in {
			x = unstopped(x)
			b := base(x)
			if _, splat := x.Splat(); splat || len(b.in) == 0 || slices.Contains(chain, x) || slices.Contains(bases, b) {
				continue
			}
			switch {
			case r.stored(b, at):
				bases = append(bases, b)
			case x.Primitive().Elementwise() && !r.totals[x] && slices.Equal(x.shape, n.shape):
				chain = append(chain, x)
			case len(r.dropped[b]) == 0:
				missing = append(missing, b)
				bases = append(bases, b)
			default:
				return nil, false
			}
			if len(chain) > maxChain || len(missing) > 1 {
				return nil, false
			}
		}
	}
	for _, b := range missing {
		if u := r.uses[b]; b.Size() > n.Size() || len(u) == 0 || u[len(u)-1] < from {
			return nil, false
		}
	}
	for _, b := range bases {
		r.kept[b] = true
		if u := r.uses[b]; len(u) > 0 && u[len(u)-1] < at {
			r.uses[b] = append(u, at)
		}
	}
	return chain, true
}
