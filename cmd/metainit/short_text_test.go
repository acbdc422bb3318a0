package main

import "testing"

func TestShortNames(t *testing.T) {
	names := []string{"conv.weight", "encoder.layers.encoder_layer_10.self_attention.out_proj.weight", "encoder.ln.bias", "/層/重みの名前/層の名前/w", ""}
	for width, want := range map[int][]string{
		62: names,
		57: {"conv.weight", "e….layers.encoder_layer_10.self_attention.out_proj.weight", "e….ln.bias", names[3], ""},
		45: {"conv.weight", "e….l….e…10.self_attention.out_proj.weight", "e….ln.bias", names[3], ""},
		24: {"conv.weight", "e….l….e…10.s….o….weight", "e….ln.bias", "/層/重…/層の名前/w", ""},
		8:  {"co…eight", "e…weight", "e….….bias", "/…層…/w", ""},
	} {
		for i, name := range shortNames(names, width) {
			if columnsOf(name) > width {
				t.Errorf("%d: %q is too long", width, name)
			}
			if width > 8 && name != want[i] {
				t.Errorf("%d: got %q, want %q", width, name, want[i])
			}
		}
	}
}
