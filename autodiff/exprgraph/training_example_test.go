package exprgraph_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"gorgonia.org/gorgonia"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/exprgraph"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// A classifier goes from its file through Gorgonia's Adam and back into the file, of which nothing changes but the weights.
func ExampleValueGrads() {
	dir, err := os.MkdirTemp("", "trained")
	check(err)
	defer os.RemoveAll(dir)
	input, output := "../../testdata/reference/mlp/model.onnx", filepath.Join(dir, "trained.onnx")
	images, classes := samples(16, 64)

	m, err := onnxio.Open(input)
	check(err)
	defer m.Close()
	model, err := lower.Import(m, lower.Options{Batch: 16})
	check(err)
	labels := model.Graph.Variable("labels", 16)
	loss := autodiff.Mean(autodiff.CrossEntropy(model.Outputs[0].Node, labels, 1), 0, 1)
	weights := model.Trainable()
	g, grads, err := exprgraph.ValueGrads(loss, lower.Nodes(weights))
	check(err)
	values, err := model.Values()
	check(err)
	values[model.Inputs[0].Node], values[labels] = images, classes
	for variable, data := range values {
		check(g.Let(variable, data))
	}
	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01))
	for step := range 31 {
		check(g.Run())
		if step%30 == 0 {
			fmt.Printf("step %d, loss %.2f\n", step, g.Node(loss).Value().Data())
		}
		check(solver.Step(grads))
	}
	trained, err := model.FileValues(weights, g.Value)
	check(err)
	saved, err := m.SaveValues(output, trained, "trained", "31 steps of Adam")
	check(err)
	fmt.Println(len(saved.Tensors), "tensors written")
	// Output:
	// step 0, loss 2.28
	// step 30, loss 0.00
	// 6 tensors written
}

// check ends the example with an error.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// samples are n images of some pixels, each of which is different, and one class of ten for each.
func samples(n, pixels int) (images, classes []float64) {
	for i := range n {
		for j := range pixels {
			images = append(images, math.Sin(float64(i*i+j*(i+1))))
		}
		classes = append(classes, float64(i%10))
	}
	return images, classes
}
