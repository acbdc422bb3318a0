package program

// value is a piece of memory.
type value struct {
	node      Node
	size      int
	offset    int   // in the arena, if not kept
	written   int32 // the last step that writes it, −1 for a leaf
	last      int32 // the last step that reads it
	inPlaceOf int32 // the value whose memory it takes over, −1 if none
	kept      bool
}

// place is a tensor in the memory of a value.
type place struct {
	value  int
	layout *Layout // shared with others
}

// homes are the places of the nodes of a work.
type homes struct {
	of   perNode[int32] // the number of a node's place, from 1
	list []place
}

// at returns the place of a node, false if it has none.
func (h *homes) at(n Node) (place, bool) {
	if k := h.of[n]; k > 0 {
		return h.list[k-1], true
	}
	return place{}, false
}

func (h *homes) set(n Node, at place) {
	h.list = append(h.list, at)
	h.of[n] = int32(len(h.list))
}

// same puts n where another node is.
func (h *homes) same(n, other Node) { h.of[n] = h.of[other] }

// value returns the value that holds a node, which has a place.
func (h *homes) value(n Node) int { return h.list[h.of[n]-1].value }
