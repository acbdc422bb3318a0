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
)

// A classifier goes from its file through Gorgonia's Adam and back into the file, of which nothing changes but the weights.
func ExampleValueGrads() {
	output, remove := temporary("trained.onnx")
	defer remove()
	model, err := lower.Load(input, lower.Options{Batch: 16})
	check(err)
	defer model.File.Close()
	labels := model.Graph.Variable("labels", 16)
	loss := autodiff.Mean(autodiff.CrossEntropy(model.Outputs[0].Node, labels, 1), 0, 1)
	weights := model.Trainable()
	g, grads, err := exprgraph.ValueGrads(loss, lower.Nodes(weights))
	check(err)
	values, err := model.Values()
	check(err)
	values[model.Inputs[0].Node], values[labels] = samples(16, 64)
	check(g.Let(values))
	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01))
	for range 31 {
		check(g.Run())
		check(solver.Step(grads))
	}
	fmt.Printf("loss %.2f\n", g.Node(loss).Value().Data())
	trained, err := model.FileValues(weights, g.Value)
	check(err)
	saved, err := model.File.SaveValues(output, trained, "trained", "31 steps of Adam")
	check(err)
	fmt.Println(len(saved.Tensors), "tensors written")
	// Output:
	// loss 0.00
	// 6 tensors written
}

const input = "../../testdata/reference/mlp/model.onnx"

// temporary returns the path of a file that is not there yet, in a folder that remove removes.
func temporary(name string) (path string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	check(err)
	return filepath.Join(dir, name), func() { os.RemoveAll(dir) }
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
