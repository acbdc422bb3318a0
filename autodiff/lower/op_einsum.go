package lower

import (
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

var einsumRows = []operator{
	{name: "Einsum", since: 12, inputs: arity{1, many}, lower: lowerEinsum, factors: []int{0, 1, 2, 3}},
}

// factor is an operand of an Einstein sum with one letter for each axis.
type factor struct {
	x    *autodiff.Node
	axes []rune
}

// lowerEinsum multiplies the operands two at a time; a letter is summed as soon as neither the result nor an operand that
// is still to come has it. Letters below 'A' stand for the axes of an ellipsis.
func lowerEinsum(c *call) []value {
	inputs, result := c.equation()
	var dims = make(map[rune]int)
	factors := make([]factor, len(inputs))
	for i, axes := range inputs {
		factors[i] = c.diagonal(factor{c.x(i), axes}, dims)
	}
	needed := func(rest []factor) []rune {
		letters := slices.Clone(result)
		for _, f := range rest {
			letters = append(letters, f.axes...)
		}
		return letters
	}
	f := factors[0].sumTo(needed(factors[1:]))
	for i := 1; i < len(factors); i++ {
		f = contract(f, factors[i].sumTo(append(needed(factors[i+1:]), f.axes...)), needed(factors[i+1:]), dims)
	}
	for _, r := range result {
		if !slices.Contains(f.axes, r) {
			c.fail("result axis %q is in no operand", r)
		}
	}
	f = f.order(result)
	return c.same(f.x)
}

// equation returns the letters of each operand and of the result.
func (c *call) equation() (inputs [][]rune, result []rune) {
	text := strings.ReplaceAll(c.text("equation", ""), " ", "")
	left, right, explicit := strings.Cut(text, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(c.in) {
		c.fail("equation %q has %d operands, the node %d", text, len(terms), len(c.in))
	}
	seen := make(map[rune]int)
	ellipsis := 0
	for i, term := range terms {
		letters := len(strings.ReplaceAll(term, "...", ""))
		dots := 0
		if strings.Contains(term, "...") {
			dots = max(c.x(i).Rank()-letters, 0)
		}
		ellipsis = max(ellipsis, dots)
		axes := c.letters(term, dots)
		if len(axes) != c.x(i).Rank() {
			c.fail("operand %d of equation %q has %d axes, the input %d", i, text, len(axes), c.x(i).Rank())
		}
		for _, r := range axes {
			seen[r]++
		}
		inputs = append(inputs, axes)
	}
	if explicit {
		return inputs, c.letters(right, ellipsis)
	}
	for r, n := range seen {
		if n == 1 && r >= 'A' {
			result = append(result, r)
		}
	}
	slices.Sort(result)
	return inputs, append(c.letters("...", ellipsis), result...)
}

// letters spells a term out; the axes of the ellipsis are numbered from the last, so that they broadcast as in NumPy.
func (c *call) letters(term string, dots int) []rune {
	var out []rune
	for len(term) > 0 {
		if rest, ok := strings.CutPrefix(term, "..."); ok {
			for i := dots; i > 0; i-- {
				out = append(out, rune(i))
			}
			term = rest
			continue
		}
		r := rune(term[0])
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			c.fail("equation has the sign %q", r)
		}
		out, term = append(out, r), term[1:]
	}
	if len(out) > 52 {
		c.fail("equation has too many letters")
	}
	return out
}

// diagonal takes the diagonal where a letter is there twice, notes the sizes, and drops broadcast axes of size 1.
func (c *call) diagonal(f factor, dims map[rune]int) factor {
	for i := 0; i < len(f.axes); i++ {
		r, n := f.axes[i], f.x.Shape()[i]
		if j := slices.Index(f.axes[:i], r); j >= 0 {
			if n != f.x.Shape()[j] {
				c.fail("axis %q has sizes %d and %d", r, f.x.Shape()[j], n)
			}
			shape := slices.Repeat([]int{1}, f.x.Rank())
			shape[j] = n
			index := autodiff.Reshape(c.iota(n), shape...)
			full := slices.Clone(f.x.Shape())
			full[i] = 1
			f.x = squeeze(autodiff.TakeAlong(f.x, autodiff.BroadcastTo(index, full...), i), i)
			f.axes = slices.Delete(slices.Clone(f.axes), i, i+1)
			i--
			continue
		}
		if d, ok := dims[r]; ok && d != n && d != 1 && n != 1 {
			c.fail("axis %q has sizes %d and %d", r, d, n)
		}
		dims[r] = max(dims[r], n)
	}
	return f
}

// sumTo sums the axes that are not needed.
func (f factor) sumTo(needed []rune) factor {
	var gone []int
	var kept []rune
	for i, r := range f.axes {
		if slices.Contains(needed, r) {
			kept = append(kept, r)
		} else {
			gone = append(gone, i)
		}
	}
	if len(gone) == 0 {
		return f
	}
	return factor{autodiff.Sum(f.x, gone...), kept}
}

// order transposes the axes.
func (f factor) order(axes []rune) factor {
	perm := make([]int, len(axes))
	for i, r := range axes {
		perm[i] = slices.Index(f.axes, r)
	}
	return factor{autodiff.Transpose(f.x, perm...), axes}
}

// contract multiplies two operands, summing the letters that both have and nothing needs: one batched matrix product.
func contract(a, b factor, needed []rune, dims map[rune]int) factor {
	a, b = a.spread(b, dims), b.spread(a, dims)
	var batch, inner, left, right []rune
	for _, r := range a.axes {
		switch {
		case !slices.Contains(b.axes, r):
			left = append(left, r)
		case slices.Contains(needed, r):
			batch = append(batch, r)
		default:
			inner = append(inner, r)
		}
	}
	for _, r := range b.axes {
		if !slices.Contains(a.axes, r) {
			right = append(right, r)
		}
	}
	size := func(f factor, letters []rune) int {
		n := 1
		for _, r := range letters {
			n *= f.x.Shape()[slices.Index(f.axes, r)]
		}
		return n
	}
	n, k := size(a, batch), size(a, inner)
	x := autodiff.Reshape(a.order(slices.Concat(batch, left, inner)).x, n, size(a, left), k)
	y := autodiff.Reshape(b.order(slices.Concat(batch, inner, right)).x, n, k, size(b, right))
	shape := make([]int, 0, len(batch)+len(left)+len(right))
	for _, r := range slices.Concat(batch, left) {
		shape = append(shape, a.x.Shape()[slices.Index(a.axes, r)])
	}
	for _, r := range right {
		shape = append(shape, b.x.Shape()[slices.Index(b.axes, r)])
	}
	return factor{autodiff.Reshape(autodiff.Dot(x, y, false, false), shape...), slices.Concat(batch, left, right)}
}

// spread repeats axes of size 1 that the other operand has larger.
func (f factor) spread(other factor, dims map[rune]int) factor {
	shape := slices.Clone(f.x.Shape())
	for i, r := range f.axes {
		if slices.Contains(other.axes, r) {
			shape[i] = dims[r]
		}
	}
	return factor{autodiff.BroadcastTo(f.x, shape...), f.axes}
}
