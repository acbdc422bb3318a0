package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestReadme runs the commands in the README's console blocks in a folder that has the test data, and compares what they
// print. Times and sizes of memory may be any, other numbers a little off: processors round differently.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(testdata, "testdata"); err != nil {
		t.Fatal(err)
	}
	blocks := blocksOf(string(readme), "console")
	if len(blocks) == 0 {
		t.Fatal("no console blocks")
	}
	for _, block := range blocks {
		for _, command := range strings.Split("\n"+block, "\n$ ")[1:] {
			line, want, _ := strings.Cut(command, "\n")
			args := strings.Fields(strings.Replace(line, "go run ./cmd/metainit ", "metainit ", 1))
			switch {
			case line == "go test ./...": // runs this test
				continue
			case args[0] != "metainit":
				t.Errorf("%s: no command that this test can run", line)
				continue
			}
			var got bytes.Buffer
			if status := run(args, &got, &got); status != 0 && args[1] != "diff" {
				t.Errorf("%s: exit status %d", line, status)
			}
			if !alike(got.String(), want) {
				t.Errorf("%s: it prints\n%s\nthe README has\n%s", line, got.String(), want)
			}
		}
	}
}

// TestReadmeExample compares the README's Go code with the examples of the packages, which are compiled and run.
func TestReadmeExample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	for _, path := range []string{"metainit/example_test.go", "autodiff/exprgraph/training_example_test.go", "autodiff/lower/backend_example_test.go"} {
		example, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		examples.Write(example)
	}
	blocks := blocksOf(string(readme), "go")
	if len(blocks) != 4 {
		t.Fatalf("%d blocks of Go code, want 4", len(blocks))
	}
	for _, block := range blocks {
		code := "\t" + strings.ReplaceAll(block, "\n", "\n\t")
		if code = strings.ReplaceAll(code, "\n\t\n", "\n\n"); !strings.Contains(examples.String(), code) {
			t.Errorf("in no example:\n%s", block)
		}
	}
}

// blocksOf returns the contents of the fenced blocks in the language.
func blocksOf(markdown, language string) []string {
	var blocks []string
	for _, part := range strings.Split(markdown, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		blocks = append(blocks, block)
	}
	return blocks
}

var (
	progressLine = regexp.MustCompile(`(?m)^((step|trial|reading|building|compiling|writing) .*|compiling)$`) // there are more of them on a slow machine
	curve        = regexp.MustCompile(`[▁▂▃▄▅▆▇█▌▐]+`)                                                        // a bar may be one higher
	measured     = regexp.MustCompile(`\S+ (ms each|[kMG]?B)\b`)
)

// alike reports whether two texts have the same words, numbers within five per cent, whatever was measured.
func alike(a, b string) bool {
	words := func(s string) []string {
		s = curve.ReplaceAllString(progressLine.ReplaceAllString(s, ""), "curve")
		return strings.Fields(measured.ReplaceAllString(s, "some $1"))
	}
	x, y := words(a), words(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		v, err := strconv.ParseFloat(strings.Trim(x[i], ",()"), 64)
		w, err2 := strconv.ParseFloat(strings.Trim(y[i], ",()"), 64)
		if err != nil || err2 != nil || math.Abs(v-w) > 0.05*math.Abs(w) {
			return false
		}
	}
	return true
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"steps  20, 3 ms each", "steps 20, 8.1 ms each\n", true},
		{"GQ 9.27 -> 5.11", "GQ 9.27 -> 5.20", true},
		{"GQ 9.27 -> 5.11", "GQ 9.27 -> 6.11", false},
		{"step 1 of 9, GQ 3, 9s left\nstep 2 of 9, GQ 4, 8s left\nend", "step 1 of 9, GQ 3, 7s left\nend", true},
		{"a same", "a scaled", false},
		{"a", "a b", false},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: got %v", c.a, c.b, got)
		}
	}
}
