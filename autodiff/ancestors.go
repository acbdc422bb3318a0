package autodiff

// ancestors returns the nodes that the given ones are computed from, and those
// themselves, operands first.
func ancestors(nodes []*Node) []*Node {
	if len(nodes) == 0 {
		return nil
	}
	needed, total, _ := needed(nodes)
	list := make([]*Node, 0, total)
	for id, is := range needed {
		if is {
			list = append(list, nodes[0].g.nodes.at(id))
		}
	}
	return list
}

// needed marks, by number, the given nodes and those that they are computed from, and counts these and their operands.
func needed(nodes []*Node) (needed []bool, count, operands int) {
	last := 0
	for _, n := range nodes {
		last = max(last, n.ID())
	}
	needed = make([]bool, last+1)
	for _, n := range nodes {
		needed[n.id] = true
	}
	for id := last; id >= 0; id-- { // users have greater numbers than their operands
		if !needed[id] {
			continue
		}
		in := nodes[0].g.nodes.at(id).in
		count++
		operands += len(in)
		for _, x := range in {
			needed[x.id] = true
		}
	}
	return needed, count, operands
}
