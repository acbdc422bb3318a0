package autodiff

// PortionCount returns into how many [Portions] of the first axis x should be split, so
// that it and its derivatives are computed in the shortest time. It is 1 if the tensors
// are small, if products take most of the time, if reading weights once more for each
// portion costs more than it saves, or if the axis has no equal parts; else a power of 2.
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
