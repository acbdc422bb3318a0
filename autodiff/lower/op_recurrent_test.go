package lower

import (
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

// TestRecurrentLayout: with layout 1 the batch comes first in X, the states and the results; else all is the same.
func TestRecurrentLayout(t *testing.T) {
	fill := func(n int) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = float64((i*7)%11-5) / 8
		}
		return list
	}
	const seq, batch, in, hidden = 3, 2, 4, 2
	for _, c := range []struct {
		operator, inputs, outputs string
		gates                     int64
		results                   []string
	}{
		{"LSTM", "x,w,r,,,h0,c0", "y,h,c", 4, []string{"y", "h", "c"}},
		{"GRU", "x,w,r,,,h0", "y,h", 3, []string{"y", "h"}},
		{"RNN", "x,w,r,,,h0", "y,h", 1, []string{"y", "h"}},
	} {
		weights := []part{
			input("x", float32Type, seq, batch, in),
			initializer("w", float32Type, []int64{2, c.gates * hidden, in}, fill(int(2*c.gates*hidden*in))...),
			initializer("r", float32Type, []int64{2, c.gates * hidden, hidden}, fill(int(2*c.gates*hidden*hidden))...),
			initializer("h0", float32Type, []int64{2, batch, hidden}, fill(2*batch*hidden)...),
			initializer("c0", float32Type, []int64{2, batch, hidden}, fill(2*batch*hidden)...),
		}
		direction := textAttribute("direction", "bidirectional")
		plain := append(weights, node(c.operator, c.inputs, c.outputs, direction))
		swapped := append(weights,
			node("Transpose", "x", "xt", intsAttribute("perm", 1, 0, 2)),
			node("Transpose", "h0", "h0t", intsAttribute("perm", 1, 0, 2)),
			node("Transpose", "c0", "c0t", intsAttribute("perm", 1, 0, 2)),
			func(m *onnxpb.ModelProto) {
				inputs := map[string]string{"LSTM": "xt,w,r,,,h0t,c0t"}[c.operator]
				if inputs == "" {
					inputs = "xt,w,r,,,h0t"
				}
				node(c.operator, inputs, "yt,ht,ct"[:len(c.results)*3-1], direction, intAttribute("layout", 1))(m)
			},
			node("Transpose", "yt", "y", intsAttribute("perm", 1, 2, 0, 3)),
			node("Transpose", "ht", "h", intsAttribute("perm", 1, 0, 2)))
		if c.operator == "LSTM" {
			swapped = append(swapped, node("Transpose", "ct", "c", intsAttribute("perm", 1, 0, 2)))
		}
		for _, name := range c.results {
			data := map[string][]float64{"x": fill(seq * batch * in)}
			a := mustImport(t, model(t, 17, append(plain, output(name))...), Options{})
			b := mustImport(t, model(t, 17, append(swapped, output(name))...), Options{})
			want := evaluate(t, a, data, a.Outputs[0].Node)[0]
			got := evaluate(t, b, data, b.Outputs[0].Node)[0]
			if d := difference(got, want); !(d < 1e-12) {
				t.Errorf("%s: result %s differs by %v between the layouts", c.operator, name, d)
			}
		}
	}
}
