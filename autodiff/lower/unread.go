package lower

import (
	"maps"
	"slices"
)

// withoutEffect are the attributes that a lowering may leave unread, by operator: in the case at hand or always, they
// change no number. Those of a window are overruled by auto_pad, those of a block and an axis by a single scale, and hints
// for memory, seeds and precision have no meaning for a graph in the working precision. "" lists those of any operator: the
// first version of most has consumed_inputs, the inputs whose memory may be used again.
var withoutEffect = map[string][]string{
	"":                        {"consumed_inputs"},
	"Attention":               {"q_num_heads", "kv_num_heads", "mask_filter_value", "rotary_embedding_dim"},
	"AveragePool":             {"pads"},
	"BatchNormalization":      {"momentum"},
	"BiasDropout":             {"seed"},
	"BiasSoftmax":             {"is_inner_broadcast"},
	"Cast":                    {"saturate", "round_mode"},
	"CastLike":                {"saturate", "round_mode"},
	"Clip":                    {"min", "max"},
	"Conv":                    {"pads"},
	"ConvInteger":             {"pads"},
	"ConvTranspose":           {"pads"},
	"DequantizeLinear":        {"axis", "block_size"},
	"Dropout":                 {"ratio", "seed", "is_test"},
	"EmbedLayerNormalization": {"mask_index_type"},
	"FusedConv":               {"pads", "activation_params"},
	"FusedGemm":               {"activation_alpha", "activation_beta", "activation_gamma"},
	"GRU":                     {"output_sequence"},
	"Gemm":                    {"broadcast"},
	"GroupNormalization":      {"stash_type"},
	"GroupQueryAttention": {"rotary_interleaved", "smooth_softmax", "qk_norm_epsilon", "q_norm_epsilon", "k_norm_epsilon",
		"k_quant_type", "v_quant_type"},
	"If":                           {"then_branch", "else_branch"},
	"Imputer":                      {"imputed_value_floats", "replaced_value_float", "imputed_value_int64s", "replaced_value_int64"},
	"LSTM":                         {"output_sequence"},
	"LabelEncoder":                 {"default_float", "default_int64", "default_string"},
	"LayerNormalization":           {"stash_type"},
	"LinearAttention":              {"chunk_size"},
	"LinearClassifier":             {"multi_class"},
	"LpPool":                       {"pads"},
	"MatMulNBits":                  {"accuracy_level"},
	"MaxPool":                      {"pads", "storage_order"},
	"MultiHeadAttention":           {"mask_filter_value"},
	"NhwcConv":                     {"pads"},
	"NhwcFusedConv":                {"pads", "activation_params"},
	"OneHotEncoder":                {"zeros"},
	"Optional":                     {"type"},
	"Pad":                          {"value"},
	"QLinearConv":                  {"pads"},
	"QuantizeLinear":               {"axis", "block_size", "precision", "saturate"},
	"RMSNormalization":             {"stash_type"},
	"RNN":                          {"output_sequence"},
	"Range":                        {"stash_type"},
	"Reshape":                      {"allowzero"},
	"Resize":                       {"keep_aspect_ratio_policy"},
	"RotaryEmbedding":              {"num_heads", "rotary_embedding_dim"},
	"SimplifiedLayerNormalization": {"stash_type"},
	"SplitToSequence":              {"keepdims"},
	"TopK":                         {"sorted"},
	"ZipMap":                       {"classlabels_int64s", "classlabels_strings"},
}

// refuseUnread fails if the node has an attribute that the lowering never asked for, and that has an effect: a misspelled
// one, or one of a version that is not understood.
func (c *call) refuseUnread(row *operator) {
	for _, name := range slices.Sorted(maps.Keys(c.op.attributes)) {
		if !c.read[name] && !slices.Contains(withoutEffect[row.name], name) && !slices.Contains(withoutEffect[""], name) {
			c.fail("attribute %q is not supported", name)
		}
	}
}
