package lower

import (
	"slices"
	"testing"
)

// TestContribWeights: the weights of fused operators are found, also where the model does not import their domain.
func TestContribWeights(t *testing.T) {
	zeros := func(n int) []float64 { return make([]float64, n) }
	vector := func(name string) part { return initializer(name, float32Type, []int64{4}, zeros(4)...) }
	tokens := input("tokens", int64Type, 2, 3)
	x := input("x", float32Type, 2, 3, 4)
	for _, c := range []struct {
		name  string
		want  []string
		parts []part
	}{
		{"attention", []string{"w", "b"}, []part{x, initializer("w", float32Type, []int64{4, 12}, zeros(48)...),
			initializer("b", float32Type, []int64{12}, zeros(12)...), node("com.microsoft:Attention", "x,w,b", "y", intAttribute("num_heads", 2))}},
		{"embedding", []string{"words", "places", "gamma", "beta"}, []part{tokens, initializer("words", float32Type, []int64{5, 4}, zeros(20)...),
			initializer("places", float32Type, []int64{3, 4}, zeros(12)...), vector("gamma"), vector("beta"),
			node("com.microsoft:EmbedLayerNormalization", "tokens,,words,places,,gamma,beta", "y,mask")}},
		{"normalization", []string{"gamma", "beta", "bias"}, []part{x, vector("gamma"), vector("beta"), vector("bias"),
			node("com.microsoft:SkipLayerNormalization", "x,x,gamma,beta,bias", "y")}},
		{"convolution", []string{"w", "b"}, []part{input("x", float32Type, 1, 2, 3, 3), initializer("w", float32Type, []int64{2, 2, 1, 1}, 1, 2, 3, 4),
			initializer("b", float32Type, []int64{2}, 1, 2), node("com.microsoft:FusedConv", "x,w,b", "y", textAttribute("activation", "Relu"))}},
		{"product", []string{"w"}, []part{x, initializer("w", float32Type, []int64{2, 4}, zeros(8)...),
			node("com.microsoft:FusedMatMul", "x,w", "y", intAttribute("transB", 1))}},
		{"bias", []string{"b"}, []part{x, vector("b"), node("com.microsoft:BiasGelu", "x,b", "y")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 17, append(c.parts, output("y"))...), Options{})
			var got []string
			for _, w := range m.Weights {
				if got = append(got, w.Name); w.Kinds == Statistic || !slices.Equal(w.Uses, []string{"y"}) {
					t.Errorf("%s is a statistic: %v, its uses are %v", w.Name, w.Kinds == Statistic, w.Uses)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("weights %v, want %v", got, c.want)
			}
		})
	}
}

// TestContribProducts: what is added to the product of a fused operator is a bias, as behind ONNX's own.
func TestContribProducts(t *testing.T) {
	matrix := initializer("w", float32Type, []int64{4, 4}, make([]float64, 16)...)
	packed := []part{initializer("f", float32Type, []int64{4, 1, 8}, make([]float64, 32)...), node("Cast", "f", "q", intAttribute("to", 2)), initializer("s", float32Type, []int64{4}, 1, 1, 1, 1)}
	for _, c := range []struct {
		name  string
		parts []part
	}{
		{"MatMul", []part{matrix, node("MatMul", "x,w", "h")}},
		{"FusedMatMul", []part{matrix, node("com.microsoft:FusedMatMul", "x,w", "h")}},
		{"FusedGemm", []part{matrix, node("com.microsoft:FusedGemm", "x,w", "h")}},
		{"MatMulNBits", append(packed, node("com.microsoft:MatMulNBits", "x,q,s", "h", intAttribute("K", 4), intAttribute("N", 4), intAttribute("block_size", 16)))},
	} {
		m := mustImport(t, model(t, 17, append(c.parts, input("x", float32Type, 2, 4), initializer("b", float32Type, []int64{4}, 1, 2, 3, 4),
			node("Add", "h,b", "y"), output("y"))...), Options{})
		i := slices.IndexFunc(m.Weights, func(w *Weight) bool { return w.Name == "b" })
		if i < 0 || m.Weights[i].Kinds != Bias {
			t.Errorf("%s: what is added is no bias, of weights %v", c.name, m.Weights)
		}
	}
}
