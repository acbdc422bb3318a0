package lower

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the tests compare with: testdata/node_cases.txt, OPERATORS.md")

// nodeCases lists the cases that do not pass as they are, a line each: what they do instead, and why.
const nodeCases = "testdata/node_cases.txt"

// verdict says in a word what a case does; "" is a pass. The error says more.
func (c operatorCase) verdict() (string, error) {
	err := c.compare(false)
	if err == nil {
		return "", nil
	}
	if c.compare(true) == nil {
		if strings.Contains(err.Error(), "decide shapes") {
			return "", nil
		}
		return "needs known inputs", err
	}
	var unsupported *UnsupportedError
	var node *NodeError
	switch {
	case errors.As(err, &unsupported):
		return "unsupported", err
	case errors.As(err, &node):
		return "refused", err
	}
	return "fails", err
}

// TestOperators runs the cases of the committed archive, or of the one that the environment variable NODE_CASES names, and
// compares the outcomes with the committed list: an unexpected pass is an error too. `-run TestOperators/onnx/gather` runs
// some, and -v tells what is wrong with those that do not pass.
func TestOperators(t *testing.T) {
	file := os.Getenv("NODE_CASES")
	all := file != ""
	if !all {
		file = "testdata/operators.tar.gz"
	}
	listed := readNodeCases(t)
	outcomes := make(map[string]string)
	ran, passed, known := 0, 0, 0
	cases := readCases(t, file)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, ok := outcomes[c.name]; ok {
				t.Error("there are two cases of this name")
			}
			ran++
			got, err := c.verdict()
			switch got {
			case "needs known inputs":
				known++
				fallthrough
			case "":
				passed++
			}
			if got != "" {
				reason := reasonFor(c.name)
				got += ": " + reason
				if reason == "" {
					t.Error("does not pass, and has no reason among the deviations")
				}
				t.Log(err)
			}
			if want := listed[c.name]; got != want && !*update {
				t.Errorf("got %q, want %q", got, want)
			}
			outcomes[c.name] = got
		})
	}
	if ran < len(cases) {
		return // those that -run chose
	}
	t.Logf("%d of %d cases pass, %.1f %% (%d of them with known inputs only)",
		passed, len(cases), 100*float64(passed)/float64(len(cases)), known)
	if float64(passed) < 0.95*float64(len(cases)) {
		t.Errorf("fewer than 95 %% pass")
	}
	if *update {
		maps.Copy(listed, outcomes)
		maps.DeleteFunc(listed, func(name, outcome string) bool {
			_, ran := outcomes[name]
			return outcome == "" || all && !ran
		})
		writeNodeCases(t, listed)
	}
	if all {
		for name := range listed {
			if _, ok := outcomes[name]; !ok {
				t.Errorf("%s lists %s, which is no case", nodeCases, name)
			}
		}
		for _, d := range deviations {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(listed)), d.explains) {
				t.Errorf("the deviation %q explains no case", d.cases)
			}
		}
	}
}

func readNodeCases(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(nodeCases)
	if err != nil {
		t.Fatal(err)
	}
	list := make(map[string]string)
	for line := range strings.Lines(string(raw)) {
		if name, outcome, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			list[name] = outcome
		}
	}
	return list
}

func writeNodeCases(t *testing.T, list map[string]string) {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("# The node tests that do not pass as they are. Made by testdata/update.sh.\n")
	for _, name := range slices.Sorted(maps.Keys(list)) {
		fmt.Fprintf(&out, "%s: %s\n", name, list[name])
	}
	if err := os.WriteFile(nodeCases, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryOperatorHasACase fails on a row of the table that no passing case of the committed archive covers, nor TestLegacy.
func TestEveryOperatorHasACase(t *testing.T) {
	covered := map[string]bool{"ConstantFill": true} // that TestLegacy has
	for _, c := range operatorCases(t) {
		names := c.operators(t)
		if slices.ContainsFunc(names, func(name string) bool { return !covered[name] }) && c.run() == nil {
			for _, name := range names {
				covered[name] = true
			}
		}
	}
	for _, o := range Operators() {
		if name := qualified(o.Domain, o.Operator); !covered[name] {
			t.Errorf("%s has no passing case", name)
		}
	}
}

// deviation is why cases do not pass.
type deviation struct{ cases, reason string }

// explains reports whether the deviation is about a case: one of that name, or with a name that begins so.
func (d deviation) explains(name string) bool { return strings.HasPrefix(name, d.cases) }

func reasonFor(name string) string {
	for _, d := range deviations {
		if d.explains(name) {
			return d.reason
		}
	}
	return ""
}

var deviations = []deviation{
	{"onnx/cast", "numbers that are known while building are rounded to narrow types, computed ones stay in the working precision"},
	{"onnx/celu_bfloat16", "everything is computed in the working precision, without rounding to narrow types"},
	{"onnx/bernoulli", "random numbers are not those of ONNX's reference"},
	{"onnx/dynamicquantizelinear", "a quotient halfway between two whole numbers is not so after the rounding of float32"},
	{"onnx/training_dropout", "dropout is taken in its inference form"},
	{"onnx/resize_downsample_scales_linear_align_corners", "sizes are whole here and in ONNX Runtime, fractions in ONNX's reference"},
	{"onnx/resize_downsample_scales_cubic_align_corners", "sizes are whole here and in ONNX Runtime, fractions in ONNX's reference"},
	{"onnx/attention_3d_causal_bf16", "ONNX's reference rounds to the narrow type between the steps, here everything is computed in the working precision"},
	{"onnx/attention_4d_attn_mask_causal_bf16", "ONNX's reference rounds to the narrow type between the steps, here everything is computed in the working precision"},
	{"onnx/attention_4d_causal_bf16", "ONNX's reference rounds to the narrow type between the steps, here everything is computed in the working precision"},
	{"onnx/attention_4d_causal_padded_kv_bf16", "ONNX's reference rounds to the narrow type between the steps, here everything is computed in the working precision"},
	{"onnx/attention_4d_padded_kv_bf16", "ONNX's reference rounds to the narrow type between the steps, here everything is computed in the working precision"},
	{"onnx/attention_4d_gqa_with_past_and_present_fp16", "ONNX's reference rounds to the narrow type between the steps, here everything is computed in the working precision"},
	{"onnx/dft_inverse", "ONNX's reference computes in single precision: where 0 is exact, it is off by more than the tolerance"},
	{"onnx/image_decoder", "reading JPEG, PNG and the like is no mathematics"},
	{"onnx/equal_string", "text has no derivative and makes no shapes: it is not supported"},
	{"onnx/regex_full_match", "text has no derivative and makes no shapes: it is not supported"},
	{"onnx/string_", "text has no derivative and makes no shapes: it is not supported"},
	{"onnx/strnormalizer", "text has no derivative and makes no shapes: it is not supported"},
}
