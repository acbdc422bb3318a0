package report

import (
	"slices"
	"strings"

	"onnx-metainit/metainit"
	"onnx-metainit/metainit/report/chart"
)

// kind is a family of operators that compute with weights.
type kind struct {
	name      string
	class     string // of the palette
	operators []string
}

// kinds are in the order of the legend; the last is that of all other operators.
var kinds = []kind{
	{"convolution", "c1", []string{"Conv", "ConvTranspose", "DeformConv", "FusedConv", "NhwcConv", "NhwcFusedConv", "CausalConvWithState", "ConvInteger"}},
	{"matrix product", "c2", []string{"Gemm", "MatMul", "Einsum", "FusedGemm", "FusedMatMul", "GemmFastGelu", "TransposeMatMul", "MatMulNBits"}},
	{"recurrent", "c3", []string{"LSTM", "GRU", "RNN"}},
	{"embedding", "c4", []string{"Gather", "GatherElements", "GatherND", "EmbedLayerNormalization"}},
	{"attention", "c7", []string{"Attention", "MultiHeadAttention", "GroupQueryAttention", "LinearAttention"}},
	{"other", "c0", nil},
}

// kindOf returns the kind of a tensor by the operator that computes with it, whatever the domain.
func kindOf(t metainit.TunedTensor) kind {
	operator := t.Operator[strings.LastIndexAny(t.Operator, ":.")+1:]
	for _, k := range kinds {
		if slices.Contains(k.operators, operator) {
			return k
		}
	}
	return kinds[len(kinds)-1]
}

// keysOf returns the legend of the kinds that there are.
func keysOf(tensors []metainit.TunedTensor) []chart.Key {
	var keys []chart.Key
	for _, k := range kinds {
		if slices.ContainsFunc(tensors, func(t metainit.TunedTensor) bool { return kindOf(t).name == k.name }) {
			keys = append(keys, chart.Key{Class: k.class, Label: k.name})
		}
	}
	return keys
}

// groupsOf returns what each name stands in a row with: the first part, by points or slashes, that distinguishes them, and the
// second one too where the first is that of most.
func groupsOf(names []string) []string {
	split := make([][]string, len(names))
	for i, name := range names {
		split[i] = strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '/' })
	}
	skip := 0
	for len(names) > 0 && !slices.ContainsFunc(split, func(s []string) bool { return len(s) <= skip+1 || s[skip] != split[0][skip] }) {
		skip++
	}
	group := func(depth int) (groups []string, most int) {
		count := make(map[string]int)
		for _, s := range split {
			g := strings.Join(s[min(skip, len(s)):min(skip+depth, len(s))], ".")
			groups, most = append(groups, g), max(most, count[g]+1)
			count[g]++
		}
		return groups, most
	}
	groups, most := group(1)
	if 2*most > len(names) {
		groups, _ = group(2)
	}
	return groups
}
