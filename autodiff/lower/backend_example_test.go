package lower_test

import (
	"fmt"
	"log"
	"math"
	"os"

	"github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// A Backend stands where onnx-go's own, gorgonnx, does.
func ExampleBackend() {
	data, err := os.ReadFile("../../testdata/models/unet/model.onnx")
	check(err)

	backend := &lower.Backend{Opset: 17} // in place of gorgonnx.NewGraph()
	model := onnx.NewModel(backend)
	check(model.UnmarshalBinary(data))
	check(model.SetInput(0, wave(1, 2, 16, 16)))
	check(backend.Run())
	outputs, err := model.GetOutputTensors()
	check(err)
	fmt.Println(outputs[0].Shape())
	fmt.Printf("%.3f\n", outputs[0].Data().([]float32)[:4])
	// Output:
	// (1, 3, 16, 16)
	// [0.312 0.322 0.333 0.328]
}

// Decode takes a model that onnx-go's decoder does not read: its GRU is a Loop, whose body is a graph.
func ExampleBackend_Decode() {
	file, err := onnxio.Open("../../testdata/exports/tf2onnx_recurrent/model.onnx")
	check(err)
	defer file.Close()

	backend := new(lower.Backend)
	model, err := backend.Decode(file) // in place of UnmarshalBinary
	check(err)
	check(model.SetInput(0, wave(2, 5, 6)))
	check(backend.Run())
	outputs, err := model.GetOutputTensors()
	check(err)
	fmt.Printf("%.3f\n", outputs[0].Data())
	// Output:
	// [-0.108 -0.014 0.064 0.172 -0.078 0.091 -0.224 0.136 -0.025 0.167]
}

// check ends the example with an error.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// wave is a tensor of numbers between −1 and 1.
func wave(shape ...int) tensor.Tensor {
	data := make([]float32, tensor.Shape(shape).TotalSize())
	for i := range data {
		data[i] = float32(math.Sin(float64(i)))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}
