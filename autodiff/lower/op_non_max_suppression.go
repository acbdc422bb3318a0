package lower

import (
	"cmp"
	"slices"
)

var nonMaxSuppressionRows = []operator{
	{name: "NonMaxSuppression", since: 10, inputs: arity{2, 5}, lower: lowerNonMaxSuppression, known: []int{0, 1, 2, 3, 4},
		noDerivative: discrete},
}

// lowerNonMaxSuppression lists [batch class box] of the boxes that stay: of each class those of the highest scores, but
// none that overlaps one before it too much. How many stay decides shapes, so boxes [n b 4] and scores [n classes b] must
// be known while building.
func lowerNonMaxSuppression(c *call) []value {
	shape, scored := c.x(0).Shape(), c.x(1).Shape()
	if len(shape) != 3 || len(scored) != 3 || shape[2] != 4 || shape[0] != scored[0] || shape[1] != scored[2] {
		c.fail("boxes %v and scores %v do not fit, expected [n b 4] and [n classes b]", shape, scored)
	}
	batches, count, classes := shape[0], shape[1], scored[1]
	limit, overlap, least := 0, float32(0), float32(0)
	if !c.absent(2) {
		limit = c.knownInt(2)
	}
	if !c.absent(3) && c.x(3).Size() == 1 {
		overlap = float32(c.known(3)[0])
	}
	bounded := !c.absent(4) && c.x(4).Size() == 1
	if bounded {
		least = float32(c.known(4)[0])
	}
	boxes, scores := c.boxes(c.known(0), c.int("center_point_box", 0)), c.known(1)
	var out []float64
	pairs := 0
	for class := range batches * classes {
		batch := class / classes
		score := scores[class*count : (class+1)*count]
		var candidates []int
		for i, s := range score {
			if !bounded || float32(s) > least {
				candidates = append(candidates, i)
			}
		}
		slices.SortStableFunc(candidates, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
		var chosen []int
		for _, i := range candidates {
			if len(chosen) >= limit {
				break
			}
			if pairs += len(chosen); pairs > maxBoxPairs {
				c.fail("more than %d pairs of boxes to compare", maxBoxPairs)
			}
			if !slices.ContainsFunc(chosen, func(j int) bool {
				return boxes[batch*count+i].overlap(boxes[batch*count+j]) > overlap
			}) {
				chosen = append(chosen, i)
				out = append(out, float64(batch), float64(class%classes), float64(i))
			}
		}
	}
	return one(c.graph.Const(out, len(out)/3, 3), int64Type)
}

// box is a rectangle. Runtimes compute with float32, and so do we: thresholds are met exactly.
type box struct{ y0, x0, y1, x1 float32 }

func (c *call) boxes(data []float64, centered int) []box {
	list := make([]box, len(data)/4)
	for i := range list {
		a, b, d, e := float32(data[4*i]), float32(data[4*i+1]), float32(data[4*i+2]), float32(data[4*i+3])
		switch centered {
		case 0: // two opposite corners, y first
			list[i] = box{min(a, d), min(b, e), max(a, d), max(b, e)}
		case 1: // x and y of the center, width, height
			list[i] = box{b - e/2, a - d/2, b + e/2, a + d/2}
		default:
			c.fail("attribute \"center_point_box\" is %d, expected 0 or 1", centered)
		}
	}
	return list
}

func (b box) area() float32 { return (b.y1 - b.y0) * (b.x1 - b.x0) }

// overlap is the area of the intersection over that of the union, −1 without one.
func (b box) overlap(o box) float32 {
	both := box{max(b.y0, o.y0), max(b.x0, o.x0), min(b.y1, o.y1), min(b.x1, o.x1)}
	if both.y1 <= both.y0 || both.x1 <= both.x0 {
		return -1
	}
	union := b.area() + o.area() - both.area()
	if !(both.area() > 0 && b.area() > 0 && o.area() > 0 && union > 0) {
		return -1
	}
	return both.area() / union
}
