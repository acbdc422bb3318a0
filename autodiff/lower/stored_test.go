package lower

import (
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

// TestHugeInitializer: a shape that no tensor can have is an error that names the tensor.
func TestHugeInitializer(t *testing.T) {
	for _, dims := range [][]int64{{4, 2, 1 << 40, 3}, {1 << 21, 1 << 21}, {1<<40 + 1}} {
		m := model(t, 17, input("x", float32Type, 2, 3), node("Add", "x,w", "y"), output("y"), func(m *onnxpb.ModelProto) {
			w := numbersOf("w", float32Type, []int64{1}, 1)
			w.Dims = dims
			m.Graph.Initializer = append(m.Graph.Initializer, w)
		})
		if _, err := Import(m, Options{}); !matches(err, `tensor "w": shape`) || !matches(err, "more than 2^40 elements") {
			t.Errorf("%v: %v", dims, err)
		}
	}
}
