package lower

import (
	"math"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// TestUnknownMasks: masks, lengths and positions may be data that only a run gives.
func TestUnknownMasks(t *testing.T) {
	ran := 0
	for _, c := range operatorCases(t) {
		_, name, _ := strings.Cut(c.name, "/")
		for _, prefix := range []string{"attention_", "rotary_", "tensorscatter", "contrib_attention", "contrib_mha", "contrib_gqa", "contrib_embed", "contrib_rotary"} {
			if strings.HasPrefix(name, prefix) && c.run() == nil {
				ran++
				t.Run(name, func(t *testing.T) { checkUnknown(t, c) })
			}
		}
	}
	if ran < 50 {
		t.Errorf("only %d cases", ran)
	}
}

func checkUnknown(t *testing.T, c operatorCase) {
	m, err := onnxio.Decode(c.name, c.model)
	if err != nil {
		t.Fatal(err)
	}
	graph := m.Proto.GetGraph()
	opt, data := c.options(graph, false)
	opt.Known = nil
	for i, out := range graph.GetOutput() {
		opt.Outputs = []string{out.GetName()}
		lowered := mustImport(t, m, opt)
		got := evaluate(t, lowered, data, lowered.Outputs[0].Node)[0]
		for j, want := range c.data[len(graph.GetInput())+i].data {
			if !c.near(got[j], want) {
				t.Fatalf("result %d: element %d is %v, want %v", i, j, got[j], want)
			}
		}
	}
}

// TestHiddenQueries: a query that sees no key has result 0 and derivatives 0; those of the others are the differences.
func TestHiddenQueries(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name string
		dt   DataType
		mask []float64
	}{
		{"truth values", boolType, []float64{1, 0, 1, 0, 0, 0}},
		{"floats", float32Type, []float64{0.5, -inf, 1, -inf, -inf, -inf}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 23, input("q", float32Type, 1, 1, 2, 2), input("k", float32Type, 1, 1, 3, 2),
				input("v", float32Type, 1, 1, 3, 2), input("mask", c.dt, 2, 3), node("Attention", "q,k,v,mask", "y"), output("y")), Options{})
			data := map[string][]float64{"q": {1, -0.5, 0.3, 2}, "k": {0.2, 1, -1, 0.4, 0.7, -0.3}, "v": {1, 2, 3, 4, 5, 6}, "mask": c.mask}
			q, y := m.Inputs[0].Node, m.Outputs[0].Node
			grad := autodiff.Grad(autodiff.SumAll(autodiff.Mul(y, y)), []*autodiff.Node{q})[0]
			second := autodiff.Grad(autodiff.SumAll(autodiff.Mul(grad, grad)), []*autodiff.Node{q})[0]
			loss := func() float64 { return evaluate(t, m, data, autodiff.SumAll(autodiff.Mul(y, y)))[0][0] }
			slope := func() float64 { return evaluate(t, m, data, autodiff.SumAll(autodiff.Mul(grad, grad)))[0][0] }
			values := evaluate(t, m, data, y, grad, second)
			if values[0][2] != 0 || values[0][3] != 0 {
				t.Errorf("the hidden query gives %v", values[0])
			}
			for i := range data["q"] {
				const h = 1e-5
				differ := func(f func() float64) float64 {
					x := data["q"][i]
					defer func() { data["q"][i] = x }()
					data["q"][i] = x + h
					high := f()
					data["q"][i] = x - h
					return (high - f()) / (2 * h)
				}
				for order, f := range []func() float64{loss, slope} {
					if got, want := values[1+order][i], differ(f); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
						t.Errorf("order %d: derivative %d is %v, by differences %v", order+1, i, got, want)
					}
				}
			}
		})
	}
}

// TestAttentionErrors: what does not fit or is not supported is named.
func TestAttentionErrors(t *testing.T) {
	x := input("x", float32Type, 2, 3, 8)
	heads := intAttribute("q_num_heads", 2)
	for _, c := range []struct {
		name string
		node part
		err  string
	}{
		{"no heads", node("Attention", "x,x,x", "y"), "cannot be taken apart into 0 heads"},
		{"heads that do not divide", node("Attention", "x,x,x", "y", intAttribute("q_num_heads", 3)), "into 3 heads"},
		{"heads that cannot share", node("Attention", "x,x,x", "y", heads, intAttribute("kv_num_heads", 4)), "2 heads of queries cannot share 4"},
		{"mode", node("Attention", "x,x,x", "y", heads, intAttribute("kv_num_heads", 2), intAttribute("qk_matmul_output_mode", 4)), `"qk_matmul_output_mode" is 4`},
		{"precision", node("Attention", "x,x,x", "y", heads, intAttribute("kv_num_heads", 2), intAttribute("softmax_precision", 7)), `"softmax_precision" is INT64`},
		{"window", node("Attention", "x,x,x", "y", heads, intAttribute("kv_num_heads", 2), intAttribute("left_window_size", -2)), "expected at least -1"},
		{"half a past", node("Attention", "x,x,x,,x", "y", heads, intAttribute("kv_num_heads", 2)), "go together"},
		{"update rule", node("LinearAttention", "x,x,x", "y,s", heads, intAttribute("kv_num_heads", 2), textAttribute("update_rule", "none")), `"update_rule" is "none"`},
		{"no decay", node("LinearAttention", "x,x,x", "y,s", heads, intAttribute("kv_num_heads", 2)), "input 4 is absent"},
		{"angles", node("RotaryEmbedding", "x,x,x", "y", intAttribute("num_heads", 2)), "8 cosines for 4 channels"},
		{"scatter", node("TensorScatter", "x,x", "y", intAttribute("axis", 0)), "the axis of the batch"},
		{"quantized keys", node("com.microsoft:GroupQueryAttention", "x,x,x,,,,,,,,,,x", "y", intAttribute("num_heads", 2)), "k_scale"},
		{"shared buffer", node("com.microsoft:Attention", "x,w", "y", intAttribute("num_heads", 2), intAttribute("past_present_share_buffer", 1)), `"past_present_share_buffer" is 1`},
		{"mask", node("com.microsoft:Attention", "x,w,,w", "y", intAttribute("num_heads", 2)), "input 3 has shape [8 24]"},
		{"activation", node("com.microsoft:FusedGemm", "w,w", "y", textAttribute("activation", "Cos"), intAttribute("transB", 1)), `"activation" is "Cos"`},
		{"buckets", node("com.microsoft:RelativePositionBias", "w,n,n", "y", intAttribute("max_distance", 4)), `"max_distance" is 4 for 8 buckets`},
		{"no queries", node("com.microsoft:RelativePositionBias", "w,none,n", "y"), "0 queries"},
		{"bits", node("com.microsoft:MatMulNBits", "x,n,n", "y", intAttribute("K", 8), intAttribute("N", 1), intAttribute("bits", 5), intAttribute("block_size", 16)), `"bits" and "block_size" are 5 and 16`},
		{"bytes", node("com.microsoft:MatMulNBits", "x,n,n", "y", intAttribute("K", 8), intAttribute("N", 1), intAttribute("block_size", 16)), "1 bytes and 1 scales do not fit 1 rows of 1 blocks"},
		{"columns", node("com.microsoft:MatMulNBits", "x,n,n", "y", intAttribute("K", 9), intAttribute("N", 1), intAttribute("block_size", 16)), `"K" and "N" are 9 and 1 for shape [2 3 8]`},
		{"order of columns", node("com.microsoft:MatMulNBits", "x,n,n,,n", "y"), "g_idx"},
		{"not square", node("com.microsoft:Inverse", "w", "y"), "square"},
		{"metric", node("com.microsoft:CDist", "w,w", "y", textAttribute("metric", "cosine")), `"metric" is "cosine"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := model(t, 28, x, initializer("w", float32Type, []int64{8, 24}, make([]float64, 8*24)...),
				initializer("n", int64Type, nil, 5), initializer("none", int64Type, nil, 0), c.node, output("y"))
			if _, err := Import(m, Options{}); err == nil || !matches(err, c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}
