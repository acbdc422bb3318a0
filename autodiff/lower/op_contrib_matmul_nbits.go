package lower

import "onnx-metainit/autodiff"

var contribMatMulNBitsRows = []operator{
	{name: "MatMulNBits", domain: microsoft, since: 1, inputs: arity{3, 6}, lower: lowerMatMulNBits, known: []int{1, 2, 3},
		factors: []int{0}, ignores: []string{"accuracy_level"}},
}

// lowerMatMulNBits multiplies by a matrix [K N] whose columns are stored in blocks of numbers of a few bits each, plus a
// bias if it is there. The matrix is known while building; the derivative goes to the other operand and the bias.
func lowerMatMulNBits(c *call) []value {
	c.without(map[int]string{4: "g_idx"})
	c.withoutFlags("weight_prepacked")
	x, k, n := c.x(0), c.int("K", 0), c.int("N", 0)
	if k < 1 || n < 1 || k > maxUnpacked/n || x.Rank() == 0 || x.Shape()[x.Rank()-1] != k {
		c.fail("attributes \"K\" and \"N\" are %d and %d for shape %v", k, n, x.Shape())
	}
	y := autodiff.Dot(autodiff.Reshape(x, x.Size()/k, k), c.graph.Const(c.unpacked(n, k), n, k), false, true)
	shape := append([]int(nil), x.Shape()...)
	shape[len(shape)-1] = n
	y = autodiff.Reshape(y, shape...)
	if !c.absent(5) {
		y = autodiff.Add(y, c.x(5))
	}
	return c.same(y)
}

// unpacked returns n rows of k numbers: (q − zero point)·scale, where the q are packed into bytes, low bits first, each row
// in blocks that have one scale and zero point each. Zero points are packed in the same way, or floats; without them they
// are the middle of the range.
func (c *call) unpacked(n, k int) []float64 {
	bits, block := c.int("bits", 4), c.int("block_size", 0)
	if bits != 2 && bits != 4 && bits != 8 || block < 16 || block > maxScaleBlock || block&(block-1) != 0 {
		c.fail("attributes \"bits\" and \"block_size\" are %d and %d; supported are 2, 4 and 8 bits, and powers of 2 from 16 on", bits, block)
	}
	blocks := (k + block - 1) / block
	packed, scales := c.known(1), c.known(2)
	if len(packed) != n*blocks*block*bits/8 || len(scales) != n*blocks {
		c.fail("%d bytes and %d scales do not fit %d rows of %d blocks", len(packed), len(scales), n, blocks)
	}
	at := func(bytes []float64, i int) float64 {
		return float64(int(bytes[i*bits/8]) >> (i * bits % 8) & (1<<bits - 1))
	}
	zero := func(row, b int) float64 { return float64(int(1) << (bits - 1)) }
	if !c.absent(3) {
		zeros, width := c.known(3), (blocks*bits+7)/8
		switch {
		case isFloat(c.in[3].DataType) && len(zeros) == n*blocks:
			zero = func(row, b int) float64 { return zeros[row*blocks+b] }
		case !isFloat(c.in[3].DataType) && len(zeros) == n*width:
			zero = func(row, b int) float64 { return at(zeros[row*width:], b) }
		default:
			c.fail("%d zero points do not fit %d rows of %d blocks", len(zeros), n, blocks)
		}
	}
	out := make([]float64, 0, n*k)
	for row := range n {
		for i := range k {
			b := i / block
			q := at(packed, row*blocks*block+i)
			out = append(out, (q-zero(row, b))*scales[row*blocks+b])
		}
	}
	return out
}
