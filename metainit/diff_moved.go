package metainit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"onnx-metainit/onnxio"
)

// moved looks for the tensors that only A has, or that are quite another in B, among those that only B has, or that are
// quite another, by their values. It sets Other in the rows of A, and makes one row of a removed and an added tensor that
// belong together.
func moved(diffs []TensorDifference, inA, inB map[string]*onnxio.Tensor, opt DiffOptions) ([]TensorDifference, error) {
	from, err := strays(diffs, inA, StatusRemoved)
	if err != nil {
		return nil, err
	}
	to, err := strays(diffs, inB, StatusAdded)
	if err != nil {
		return nil, err
	}
	pairs, err := pair(from, to)
	if err != nil {
		return nil, err
	}
	err = inParallel(0, len(pairs), func(i int) error {
		a, b := pairs[i].from, pairs[i].to
		if a.index == b.index { // of one name
			return nil
		}
		row, name := &diffs[a.index], diffs[b.index].Name
		if row.Status != StatusRemoved || diffs[b.index].Status != StatusAdded {
			row.Other = name
			return nil
		}
		d, err := compare(a.tensor, b.tensor, opt)
		d.Name, d.Status, d.Other = row.Name, StatusRenamed, name
		*row = d
		return err
	})
	if err != nil {
		return nil, err
	}
	renamed := make(map[string]bool)
	for _, row := range diffs {
		if row.Status == StatusRenamed {
			renamed[row.Other] = true
		}
	}
	return slices.DeleteFunc(diffs, func(row TensorDifference) bool { return row.Status == StatusAdded && renamed[row.Name] }), nil
}

// stray is a tensor whose values may have another name in the other model.
type stray struct {
	index  int
	name   string
	tensor *onnxio.Tensor
	fingerprint
	used    bool
	holding *holding // its values divided by their norm, once they are asked for
}

// strays returns the tensors of one model that the other lacks (those rows have the status), then those that have
// nothing to do with the other's of their name.
func strays(diffs []TensorDifference, in map[string]*onnxio.Tensor, missing Status) ([]*stray, error) {
	var list []*stray
	for _, status := range []Status{missing, StatusChanged} {
		for i, row := range diffs {
			related := row.Cosine != nil && math.Abs(*row.Cosine) > 0.9
			if t := in[row.Name]; row.Status == status && !related && t.IsNumeric() && t.Size() > 0 {
				list = append(list, &stray{index: i, name: row.Name, tensor: t})
			}
		}
	}
	return list, takeFingerprints(list)
}

func takeFingerprints(list []*stray) error {
	return inParallel(0, len(list), func(i int) (err error) {
		list[i].fingerprint, err = fingerprintOf(list[i].tensor)
		return err
	})
}

type match struct {
	from, to  *stray
	reordered bool
}

// pair finds for each stray one with its values: at best the same, in the same shape; else multiples of them; else
// the same in another order, as of a transposed matrix. Of several it is one whose name ends alike, or the first that is left.
func pair(from, to []*stray) ([]match, error) {
	var pairs []match
	reordered := false
	take := func(a, b *stray) {
		a.used, b.used = true, true
		pairs = append(pairs, match{a, b, reordered && a.ordered != b.ordered})
	}
	reordered = true
	byKey(from, to, func(c *stray) string { return fmt.Sprint(c.unordered, " ", c.name) }, take) // transposed under its name
	reordered = false
	byKey(from, to, func(c *stray) string { return fmt.Sprint(c.ordered, c.tensor.Shape) }, take)
	byKey(from, to, func(c *stray) string { return fmt.Sprint(c.ordered, c.tensor.Size()) }, take)
	if err := byDirection(from, to, take); err != nil {
		return nil, err
	}
	reordered = true
	byKey(from, to, func(c *stray) string {
		return fmt.Sprint(c.unordered, slices.Sorted(slices.Values(c.tensor.Shape)))
	}, take)
	return pairs, nil
}

// byKey takes pairs with equal keys.
func byKey(from, to []*stray, key func(*stray) string, take func(a, b *stray)) {
	waiting := make(map[string][]*stray)
	for _, c := range to {
		if !c.used {
			waiting[key(c)] = append(waiting[key(c)], c)
		}
	}
	for _, named := range []bool{true, false} {
		for _, c := range from {
			if c.used {
				continue
			}
			k := key(c)
			i := slices.IndexFunc(waiting[k], func(b *stray) bool { return !named || endAlike(c.name, b.name) })
			if i >= 0 {
				take(c, waiting[k][i])
				waiting[k] = slices.Delete(waiting[k], i, i+1)
			}
		}
	}
}

// byDirection takes pairs in proportion: one a multiple of the other, or the same numbers rounded to other types. Tensors
// filled with one number are all in proportion, and are left out.
func byDirection(from, to []*stray, take func(a, b *stray)) error {
	bySize := make(map[int64][]*stray)
	for _, c := range to {
		if !c.used && !c.uniform && c.tensor.IsFloat() {
			bySize[c.tensor.Size()] = append(bySize[c.tensor.Size()], c)
		}
	}
	for _, list := range bySize {
		slices.SortStableFunc(list, func(a, b *stray) int { return cmp.Compare(a.direction[0], b.direction[0]) })
	}
	for _, a := range from {
		if a.used || a.uniform || !a.tensor.IsFloat() {
			continue
		}
		for _, b := range neighbours(bySize[a.tensor.Size()], a) {
			p, err := measure(a.tensor, b.tensor, DiffOptions{})
			if err != nil {
				return err
			}
			if p.holds() && (p.admits(1) || a.scalable() && b.scalable()) {
				take(a, b)
				break
			}
		}
	}
	return nil
}

// neighbours returns some of the candidates that are left, sorted by direction, whose directions are nearest to that of a.
func neighbours(list []*stray, a *stray) (found []*stray) {
	const most, looks = 8, 256
	distance := func(i, k int) float64 { return math.Abs(list[i].direction[k] - a.direction[k]) }
	after, _ := slices.BinarySearchFunc(list, a.direction[0], func(c *stray, d float64) int { return cmp.Compare(c.direction[0], d) })
	before := after - 1
	for range looks {
		i := after
		switch {
		case before < 0 && after == len(list) || len(found) == most:
			return found
		case after == len(list) || before >= 0 && distance(before, 0) < distance(after, 0):
			i = before
			before--
		default:
			after++
		}
		if !(distance(i, 0) <= fingerprintRounding) {
			return found
		}
		if !list[i].used && distance(i, 1) <= fingerprintRounding {
			found = append(found, list[i])
		}
	}
	return found
}

// scalable reports whether it means something that such a tensor is a multiple of another: of matrices and the like it
// does, of biases it does not.
func (c *stray) scalable() bool { return !oneAxis(ints(c.tensor.Shape)) }

// fingerprint distinguishes tensors.
type fingerprint struct {
	ordered   uint64     // a hash of the elements in order
	unordered uint64     // a hash of the elements in any order
	direction [2]float64 // |Σ ±x| / ‖x‖ with signs that depend on the place: the same for multiples, but for rounding
	uniform   bool       // all elements have one absolute value
}

// fingerprintRounding is how much rounding to 8 bits, the least precise type of weights, may change a direction.
const fingerprintRounding = 0x1p-6

// fingerprintOf returns the fingerprint of a numeric tensor.
func fingerprintOf(t *onnxio.Tensor) (fingerprint, error) {
	f := fingerprint{uniform: true}
	var place uint64
	var first, squares float64
	var sums [2]float64
	err := t.Blocks(func(block []float64) error {
		for _, x := range block {
			if place == 0 {
				first = math.Abs(x)
			}
			if x == 0 {
				x = 0 // not −0
			}
			bits, here := math.Float64bits(x), scramble(place)
			f.ordered += scramble(bits ^ here)
			f.unordered += scramble(bits)
			f.uniform = f.uniform && math.Abs(x) == first
			squares += x * x
			sums[0] += math.Copysign(1, float64(int64(here))) * x
			sums[1] += math.Copysign(1, float64(int64(here<<1))) * x
			place++
		}
		return nil
	})
	for i, sum := range sums {
		f.direction[i] = math.Abs(sum) / math.Sqrt(squares)
	}
	return f, err
}

// scramble is the output function of SplitMix64: every bit of the result depends on every bit of x.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
