package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestFlagOf: what messages of the packages below call an option is a flag of run.
func TestFlagOf(t *testing.T) {
	var flags []string
	for _, f := range runCommand().Flags {
		flags = append(flags, f.Names()...)
	}
	names := regexp.MustCompile(`\b(?:called|[nN]aming\.Of)\("(\w+)"`)
	found := 0
	for _, folder := range []string{"metainit", "autodiff/lower"} {
		sources, err := filepath.Glob("../../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range names.FindAllStringSubmatch(string(text), -1) {
				found++
				if name := m[1]; name != "Given" && !slices.Contains(flags, flagOf[name]) { // which package metainit calls Inputs
					t.Errorf("%s: the option %s has no flag", source, name)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("%d messages name an option, expected 20", found)
	}
}

func TestAsFlag(t *testing.T) {
	for _, c := range []struct{ option, key, value, want string }{
		{"Batch", "", "8", "--batch 8"},
		{"Dims", "seq", "", "--dim seq"},
		{"Dims", "my axis", "…", `--dim "my axis=…"`},
		{"Inputs", "x", "…", "--input x:FILE.npy"},
		{"Outputs", "$y", "", "--output-name '$y'"},
		{"Shapes", "x", "8,4", "--input-shape x:8,4"},
		{"StraightThrough", "", "", "--straight-through"},
	} {
		if got := asFlag(c.option, c.key, c.value); got != c.want {
			t.Errorf("%s %s %s: %s, want %s", c.option, c.key, c.value, got, c.want)
		}
	}
}
