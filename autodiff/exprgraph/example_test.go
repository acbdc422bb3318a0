package exprgraph_test

import (
	"fmt"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/exprgraph"
)

// A derivative is taken in autodiff and computed by Gorgonia.
func Example() {
	graph := autodiff.NewGraph()
	w, x := graph.Variable("w", 2, 3), graph.Variable("x", 3, 1)
	loss := autodiff.SumAll(autodiff.Tanh(autodiff.Dot(w, x, false, false)))
	dw := autodiff.Grad(loss, []*autodiff.Node{w})[0]

	g, err := exprgraph.New(loss, dw)
	if err != nil {
		panic(err)
	}
	if err := g.Let(map[*autodiff.Node][]float64{w: {1, 0, 0, 0, 0, 2}, x: {0, 1, 2}}); err != nil {
		panic(err)
	}
	if err := g.Run(); err != nil {
		panic(err)
	}
	values, err := g.Value(loss)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s %.4f\n", g.Node(loss).Op(), values[0])
	fmt.Printf("%v of shape %v\n", g.Node(dw), g.Node(dw).Value().Shape())
	// Output:
	// sum [0 1] 0.9993
	// dot {TransA:false TransB:true}(%8, %1) :: Matrix float64 of shape (2, 3)
}
