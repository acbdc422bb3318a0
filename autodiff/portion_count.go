package autodiff

const (
	// fitsCache is the largest tensor, in elements, up to which work is left in one:
	// with smaller ones much of what a step reads is still in the cache.
	fitsCache = 1 << 20

	// leastPortion is the largest tensor that a portion has at least: smaller ones lose
	// by the number of calls what they gain by the cache.
	leastPortion = 1 << 19

	// maxPortions bounds the size of the program.
	maxPortions = 4

	// boundByProducts is how many multiply-adds an element of a product takes where the
	// time is that of the products, and not of the memory.
	boundByProducts = 200
)

// PortionCount returns into how many portions of the first axis, see [Portions], x is
// better cut for its derivatives to be computed in less time: 1 where its tensors are
// small, products take the time, cutting makes more weights to be read than it saves, or
// the axis has no equal parts. Otherwise it is a power of 2.
func PortionCount(x *Node) int {
	largest, products, variables := 0, 0, 0
	multiplyAdds := int64(0)
	for _, n := range ancestors([]*Node{x}) {
		switch {
		case n.op == OpVariable:
			variables += n.Size()
		case n.multiplies():
			largest = max(largest, n.Size())
			products += n.Size()
			multiplyAdds += n.multiplyAdds()
		}
	}
	count := 1
	if x.Rank() == 0 || largest <= fitsCache || multiplyAdds > boundByProducts*int64(products) {
		return count
	}
	for 2*count <= maxPortions && x.shape[0]%(2*count) == 0 && largest >= 2*count*leastPortion && products >= 2*count*variables {
		count *= 2
	}
	return count
}
