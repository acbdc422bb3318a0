package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

var windowFunctionRows = []operator{
	{name: "BlackmanWindow", since: 17, inputs: arity{1, 1}, lower: cosineWindow(0.42, -0.5, 0.08), known: []int{0},
		noDerivative: foreknown},
	{name: "HammingWindow", since: 17, inputs: arity{1, 1}, lower: cosineWindow(25.0/46, -21.0/46), known: []int{0},
		noDerivative: foreknown},
	{name: "HannWindow", since: 17, inputs: arity{1, 1}, lower: cosineWindow(0.5, -0.5), known: []int{0}, noDerivative: foreknown},
	{name: "MelWeightMatrix", since: 17, inputs: arity{5, 5}, lower: lowerMelWeightMatrix, known: []int{0, 1, 2, 3, 4},
		noDerivative: foreknown},
}

// cosineWindow lowers a window function Σ aₖ cos(2πk·n/N), N the size, less 1 if not periodic:
// https://onnx.ai/onnx/operators/onnx__HannWindow.html
func cosineWindow(coefficients ...float64) lowering {
	return func(c *call) []value {
		size := c.knownInt(0)
		n := c.iota(size)
		period := float64(size)
		if !c.flag("periodic", true) {
			period = max(period-1, 1)
		}
		y := autodiff.BroadcastTo(c.scalar(0), size)
		for k, a := range coefficients {
			y = autodiff.Add(y, scale(autodiff.Cos(scale(n, 2*math.Pi*float64(k)/period)), a))
		}
		return one(y, DataType(c.int("output_datatype", int(float32Type))))
	}
}

// lowerMelWeightMatrix makes the triangles that turn the bins of a spectrum [bins] into bands [bins bands] of equal width
// in mels: https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html
func lowerMelWeightMatrix(c *call) []value {
	bands, length, rate := c.knownInt(0), c.knownInt(1), c.knownInt(2)
	low, high := c.known(3), c.known(4)
	bins := length/2 + 1
	if bands < 1 || length < 1 || rate < 1 || bands > maxKnown || bins > maxKnown/bands {
		c.fail("%d bands, length %d and rate %d are out of range", bands, length, rate)
	}
	if len(low) != 1 || len(high) != 1 || !(low[0] >= 0 && high[0] >= low[0] && high[0] <= float64(rate)/2) {
		c.fail("the edges %v and %v are not between 0 and half the rate %d", low, high, rate)
	}
	mel := func(hertz float64) float64 { return 2595 * math.Log10(1+hertz/700) }
	step := (mel(high[0]) - mel(low[0])) / float64(bands+2)
	edge := func(i int) int {
		hertz := 700 * (math.Pow(10, (mel(low[0])+step*float64(i))/2595) - 1)
		return int(float64(length+1) * hertz / float64(rate))
	}
	data := make([]float64, bins*bands)
	set := func(bin, band int, v float64) {
		if bin < bins {
			data[bin*bands+band] = v
		}
	}
	for i := range bands {
		left, centre, right := edge(i), edge(i+1), edge(i+2)
		if left == centre {
			set(centre, i, 1)
		}
		for j := left; j <= centre && left < centre; j++ {
			set(j, i, float64(j-left)/float64(centre-left))
		}
		for j := centre; j < right; j++ {
			set(j, i, float64(right-j)/float64(right-centre))
		}
	}
	return one(c.graph.Const(data, bins, bands), DataType(c.int("output_datatype", int(float32Type))))
}
