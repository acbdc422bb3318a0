package lower

import (
	"math"
	"testing"

	"onnx-metainit/autodiff"
)

// TestFlatPiecesAreClosed: where an activation is constant, what is NaN behind it does not reach its derivative.
func TestFlatPiecesAreClosed(t *testing.T) {
	for name, c := range map[string]struct {
		f  func(x *autodiff.Node) *autodiff.Node
		at []float64
	}{
		"Relu":            {autodiff.ReLU, []float64{-9, 0}},
		"HardSwish":       {hardSwish, []float64{-9, -3}},
		"HardSigmoid":     {func(x *autodiff.Node) *autodiff.Node { return hardSigmoid(x, 1.0/6, 0.5) }, []float64{-9, 9}},
		"ThresholdedRelu": {func(x *autodiff.Node) *autodiff.Node { return thresholdedRelu(x, 1) }, []float64{-9, 0.5}},
		"LeakyRelu(0)":    {func(x *autodiff.Node) *autodiff.Node { return leakyRelu(x, 0) }, []float64{-9, 0}},
		"Clip":            {func(x *autodiff.Node) *autodiff.Node { return clip(x, scalarOf(x, 0), scalarOf(x, 6)) }, []float64{-9, 9}},
		"clamp":           {func(x *autodiff.Node) *autodiff.Node { return clamp(x, 0, 6) }, []float64{-9, 9}},
		"norm":            {func(x *autodiff.Node) *autodiff.Node { return reduceL2(autodiff.Reshape(x, 2, 1), 1) }, []float64{0, 0}},
	} {
		g := autodiff.NewGraph()
		x := g.Variable("x", 2)
		y := c.f(x)
		nan := autodiff.BroadcastTo(g.Scalar(math.NaN()), y.Shape()...)
		dx := autodiff.VJP([]*autodiff.Node{y}, []*autodiff.Node{nan}, []*autodiff.Node{x})[0]
		got, err := autodiff.Evaluate([]*autodiff.Node{dx}, map[*autodiff.Node][]float64{x: c.at})
		if err != nil {
			t.Fatal(err)
		}
		if got[0][0] != 0 || got[0][1] != 0 {
			t.Errorf("%s: the cotangents at %v are %v, want 0", name, c.at, got[0])
		}
	}
}
