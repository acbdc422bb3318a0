package autodiff

import "slices"

// Multiplication is a product whose second factor is a leaf or moved elements of one: x·W, or the convolution of x with the
// filters W, or their transposes.
type Multiplication struct {
	Product *Node
	FanIn   int // how many terms each element of the result is the sum of
	FanOut  int // in how many elements of the result each element of x is a term

	// Recurrent says that x was computed with an earlier product by the same leaf, as the state of a recurrent network is.
	Recurrent bool
}

// Multiplications returns, for each of the leaves, the products by it that ys need, in the order of execution. A product by
// several leaves, as in the two directions of a recurrent layer, is listed for each of them. Leaves that are also used in
// another way, that are added or whose rows are gathered, are left out.
func Multiplications(ys, leaves []*Node) map[*Node][]Multiplication {
	nodes := ancestors(ys)
	held := make(map[*Node][]*Node) // the leaves that a node holds moved elements of, and of nothing else
	for _, w := range leaves {
		held[w] = []*Node{w}
	}
	products, otherwise := make(map[*Node][]Multiplication), make(map[*Node]bool)
	for _, y := range ys {
		otherwise[y] = true
	}
	for _, n := range nodes {
		if n.moves() && !slices.ContainsFunc(n.in, func(x *Node) bool { return held[x] == nil }) {
			for _, x := range n.in {
				for _, w := range held[x] {
					if !slices.Contains(held[n], w) {
						held[n] = append(held[n], w)
					}
				}
			}
			continue
		}
		for i, x := range n.in {
			for _, w := range held[x] {
				if n.multiplies() && held[n.in[1-i]] == nil {
					fanIn, fanOut := n.Primitive().fans(n, i)
					products[w] = append(products[w], Multiplication{Product: n, FanIn: fanIn, FanOut: fanOut})
				} else {
					otherwise[w] = true
				}
			}
		}
	}
	for w, list := range products {
		if otherwise[w] {
			delete(products, w)
		} else if len(list) > 1 {
			markRecurrent(list, nodes)
		}
	}
	return products
}

// moves reports whether the elements are those of the operands in other places.
func (n *Node) moves() bool {
	switch n.op {
	case OpReshape, OpTranspose, OpSlice, OpReverse, OpBroadcast, OpStop, OpConcat:
		return true
	}
	return false
}

func (n *Node) multiplies() bool { return n.Primitive().fans != nil }

func dotFans(n *Node, i int) (in, out int) {
	w, a := n.in[i].shape, n.attr.(dotAttr)
	rows, columns := w[len(w)-2], w[len(w)-1]
	if i == 0 && !a.TransA || i == 1 && a.TransB {
		rows, columns = columns, rows
	}
	return rows, columns
}

func convFans(n *Node, i int) (in, out int) {
	w := n.in[i].shape
	return sizeOf(w[1:]), w[0] / n.attr.(convAttr).Groups * sizeOf(w[2:])
}

func convInputFans(n *Node, i int) (in, out int) {
	out, in = convFans(n, i)
	return in, out
}

// markRecurrent marks the products by one leaf that depend on the first of them.
func markRecurrent(list []Multiplication, nodes []*Node) {
	depends := map[*Node]bool{list[0].Product: true}
	for _, n := range nodes {
		for _, x := range n.in {
			if depends[x] {
				depends[n] = true
				break
			}
		}
	}
	for k := range list[1:] {
		list[1+k].Recurrent = depends[list[1+k].Product]
	}
}
