package program

import "slices"

// network is a directed graph with capacities, in which the cheapest cut between
// two vertices is found.
type network struct {
	first []int32 // by vertex: the first of its arcs, −1 if none
	arcs  []arc   // each followed by its reverse
	check func()  // called again and again while a cut is looked for; nil: nothing
}

type arc struct {
	to, next int32
	left     int64 // capacity that is not used yet
}

// unlimited is the capacity of arcs that no cut may pass.
const unlimited = 1 << 60

// begin makes the network empty; its memory is used again.
func (g *network) begin(check func()) {
	g.first, g.arcs, g.check = g.first[:0], g.arcs[:0], check
}

func (g *network) vertex() int32 {
	g.first = append(g.first, -1)
	return int32(len(g.first) - 1)
}

func (g *network) connect(from, to int32, capacity int64) {
	g.arcs = append(g.arcs, arc{to, g.first[from], capacity}, arc{from, g.first[to], 0})
	g.first[from], g.first[to] = int32(len(g.arcs)-2), int32(len(g.arcs)-1)
}

// cut returns the vertices on the source's side of a cheapest cut: of several, that
// with the fewest.
//
// Dinic's algorithm: as long as there are ways with capacity left, use up all of
// the shortest ones at once. They are looked for from the sink: the source may have
// an arc to every vertex.
func (g *network) cut(source, sink int32) []bool {
	distance := slices.Repeat([]int32{-1}, len(g.first))
	current := make([]int32, len(g.first))
	for {
		if g.check != nil {
			g.check()
		}
		near := g.distances(source, sink, distance)
		if distance[source] < 0 {
			return g.reached(source)
		}
		for _, v := range near {
			current[v] = g.first[v]
		}
		g.push(source, sink, distance, current)
		for _, v := range near {
			distance[v] = -1
		}
	}
}

// distances finds how many arcs with capacity left each vertex is away from the
// sink, up to the source, and returns those vertices. Of the others it is −1.
func (g *network) distances(source, sink int32, distance []int32) []int32 {
	distance[sink] = 0
	near := []int32{sink}
	for k := 0; k < len(near) && distance[source] < 0; k++ {
		for e := g.first[near[k]]; e >= 0; e = g.arcs[e].next {
			if from := g.arcs[e].to; g.arcs[e^1].left > 0 && distance[from] < 0 {
				distance[from] = distance[near[k]] + 1
				near = append(near, from)
			}
		}
	}
	return near
}

// push uses up the ways on which each arc leads closer to the sink. current is the
// arc that each vertex tries next.
func (g *network) push(source, sink int32, distance, current []int32) {
	var way []int32 // the arcs from v to the sink, the last one first
	for v := sink; ; {
		switch e := current[v]; {
		case v == source:
			if g.check != nil {
				g.check()
			}
			least := int64(unlimited)
			for _, a := range way {
				least = min(least, g.arcs[a].left)
			}
			full := 0
			for i, a := range slices.Backward(way) {
				g.arcs[a].left -= least
				g.arcs[a^1].left += least
				if g.arcs[a].left == 0 {
					full = i
				}
			}
			v, way = g.arcs[way[full]].to, way[:full]
		case e < 0 && v == sink:
			return
		case e < 0: // no way leads here
			last := len(way) - 1
			v, way = g.arcs[way[last]].to, way[:last]
			current[v] = g.arcs[current[v]].next
		case g.arcs[e^1].left > 0 && distance[g.arcs[e].to] == distance[v]+1:
			v, way = g.arcs[e].to, append(way, e^1)
		default:
			current[v] = g.arcs[e].next
		}
	}
}

// reached returns the vertices that ways with capacity left lead to from the source.
func (g *network) reached(source int32) []bool {
	side := make([]bool, len(g.first))
	side[source] = true
	for list := []int32{source}; len(list) > 0; {
		v := list[len(list)-1]
		list = list[:len(list)-1]
		for e := g.first[v]; e >= 0; e = g.arcs[e].next {
			if a := g.arcs[e]; a.left > 0 && !side[a.to] {
				side[a.to] = true
				list = append(list, a.to)
			}
		}
	}
	return side
}
