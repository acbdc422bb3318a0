package autodiff

// network is a directed graph with capacities, in which the cheapest cut between
// two vertices is found.
type network struct {
	first []int32 // by vertex: the first of its arcs, −1 if none
	arcs  []arc   // each followed by its reverse
}

type arc struct {
	to, next int32
	left     int64 // capacity that is not used yet
}

// unlimited is the capacity of arcs that no cut may pass.
const unlimited = 1 << 60

func (g *network) vertex() int32 {
	g.first = append(g.first, -1)
	return int32(len(g.first) - 1)
}

func (g *network) connect(from, to int32, capacity int64) {
	g.arcs = append(g.arcs, arc{to, g.first[from], capacity}, arc{from, g.first[to], 0})
	g.first[from], g.first[to] = int32(len(g.arcs)-2), int32(len(g.arcs)-1)
}

// cut returns the vertices on the source's side of a cheapest cut.
//
// Dinic's algorithm: as long as there are ways with capacity left, use up all of
// the shortest ones at once.
func (g *network) cut(source, sink int32) []bool {
	distance := make([]int32, len(g.first))
	current := make([]int32, len(g.first))
	var push func(v int32, limit int64) int64
	push = func(v int32, limit int64) int64 {
		if v == sink {
			return limit
		}
		done := int64(0)
		for ; current[v] >= 0; current[v] = g.arcs[current[v]].next {
			a := &g.arcs[current[v]]
			if a.left == 0 || distance[a.to] != distance[v]+1 {
				continue
			}
			pushed := push(a.to, min(limit-done, a.left))
			a.left -= pushed
			g.arcs[current[v]^1].left += pushed
			if done += pushed; done == limit {
				return done
			}
		}
		return done
	}
	for g.distances(source, distance); distance[sink] > 0; g.distances(source, distance) {
		copy(current, g.first)
		push(source, unlimited)
	}
	side := make([]bool, len(g.first))
	for v, d := range distance {
		side[v] = d >= 0
	}
	return side
}

// distances finds how many arcs with capacity left each vertex is away from the
// source, −1 if it cannot be reached.
func (g *network) distances(source int32, distance []int32) {
	for v := range distance {
		distance[v] = -1
	}
	distance[source] = 0
	queue := []int32{source}
	for k := 0; k < len(queue); k++ {
		for e := g.first[queue[k]]; e >= 0; e = g.arcs[e].next {
			if a := g.arcs[e]; a.left > 0 && distance[a.to] < 0 {
				distance[a.to] = distance[queue[k]] + 1
				queue = append(queue, a.to)
			}
		}
	}
}
