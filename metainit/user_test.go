package metainit

import (
	"fmt"
	"slices"
	"testing"

	"onnx-metainit/onnxio"
)

// TestUsers looks at which operator computes with each weight of some models, and in which order.
func TestUsers(t *testing.T) {
	for name, want := range map[string][]string{
		"reference/lenet": {"0.weight 1 Conv", "3.weight 2 Conv", "7.weight 3 Gemm", "9.weight 4 Gemm", "11.weight 5 Gemm"},
		"reference/lstm":  {"l.weight_ih_l0 2 LSTM", "l.weight_hh_l0 2 LSTM", "o.weight 3 Gemm"},
		"reference/transformer": {"pos 2 Add", "e.weight 1 Gather",
			"enc.layers.0.self_attn.in_proj_weight 4 MatMul", "enc.layers.0.self_attn.out_proj.weight 6 Gemm",
			"enc.layers.0.linear1.weight 8 MatMul", "enc.layers.0.linear2.weight 10 MatMul",
			"enc.layers.1.self_attn.in_proj_weight 13 MatMul", "enc.layers.1.self_attn.out_proj.weight 15 Gemm",
			"enc.layers.1.linear1.weight 17 MatMul", "enc.layers.1.linear2.weight 19 MatMul", "o.weight 22 Gemm"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := onnxio.Open("../testdata/" + name + "/model.onnx")
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			p, err := New(m, Options{Batch: 2})
			if err != nil {
				t.Fatal(err)
			}
			r := &Result{}
			r.addTensors(p)
			var got []string
			for _, w := range r.Tensors {
				got = append(got, fmt.Sprintf("%s %d %s", w.Name, w.Position, w.Operator))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
