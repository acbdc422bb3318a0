package autodiff_test

import (
	"fmt"

	"onnx-metainit/autodiff"
)

// A loss and its gradient are nodes of one graph. A program computes both, again and again, from what is written to the
// variables.
func Example() {
	g := autodiff.NewGraph()
	x, w := g.Variable("x", 2, 3), g.Variable("w", 3, 1)
	y := autodiff.Tanh(autodiff.Dot(x, w, false, false))
	loss := autodiff.SumAll(autodiff.Mul(y, y))
	gradient := autodiff.Grad(loss, []*autodiff.Node{w})[0]

	program, err := autodiff.Compile([]*autodiff.Node{loss, gradient}, autodiff.Options{})
	if err != nil {
		panic(err)
	}
	defer program.Close()
	program.Write(x, 0, []float64{1, 0, 2, 0, 1, 1}) // row by row, from element 0 on
	for _, weights := range [][]float64{{0.5, -1, 0.25}, {0, 0, 0}} {
		program.Write(w, 0, weights)
		if err := program.Run(); err != nil {
			panic(err)
		}
		fmt.Printf("loss %.3f, gradient %.3f\n", program.Read(loss), program.Read(gradient))
	}
	// Output:
	// loss [0.983], gradient [0.640 -0.758 0.522]
	// loss [0.000], gradient [0.000 0.000 0.000]
}

// Derivatives are graphs of the same primitives, and can be differentiated again.
func ExampleGrad() {
	g := autodiff.NewGraph()
	x := g.Variable("x")
	y := autodiff.Exp(autodiff.Mul(x, g.Scalar(2)))
	for range 3 {
		y = autodiff.Grad(y, []*autodiff.Node{x})[0]
	}
	values, err := autodiff.Evaluate([]*autodiff.Node{y}, map[*autodiff.Node][]float64{x: {0}})
	if err != nil {
		panic(err)
	}
	fmt.Println(values[0])
	// Output:
	// [8]
}
