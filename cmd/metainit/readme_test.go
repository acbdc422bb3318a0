package main

import (
	"bytes"
	"math"
	"os"
	"os/exec"
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
	measured     = regexp.MustCompile(`\S+ (ms each|ms|s|[kMG]?B)\b`)
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

// TestReadmeRepository runs what the README says for a repository of models, in one: git shows what became of a model, a check
// passes or fails, and a hook refuses a file.
func TestReadmeRepository(t *testing.T) {
	for _, tool := range []string{"git", "jq", "bash"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s on this machine", tool)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n`git diff` shows what became of a model by\n")
	var blocks []string
	for _, paragraph := range strings.Split(section, "\n\n")[:8] {
		if lines := strings.Split(strings.Trim(paragraph, "\n"), "\n"); strings.HasPrefix(lines[0], "    ") {
			blocks = append(blocks, strings.ReplaceAll(strings.Join(lines, "\n"), "    ", ""))
		}
	}
	if len(blocks) < 3 {
		t.Fatalf("%d blocks of commands, want 3", len(blocks))
	}
	model, err := filepath.Abs("../../testdata/models/vgg/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	command := buildCommand(t)
	dir := t.TempDir()
	sh := func(script string) (string, error) {
		c := exec.Command("bash", "-c", "set -o pipefail\n"+script)
		c.Dir = dir
		c.Env = append(os.Environ(), "PATH="+filepath.Dir(command)+string(os.PathListSeparator)+os.Getenv("PATH"),
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for _, step := range []struct {
		script, want string
		fails        bool
	}{
		{"git init -q && " + strings.ReplaceAll(blocks[0], "\n", " && "), "", false},
		{"cp " + model + " model.onnx && git add . && git commit -qm one && metainit run -q model.onnx --in-place >/dev/null && git diff", "+metainit", false},
		{blocks[1], "true", false},
		{"git checkout -q model.onnx && " + blocks[1], "false", true},
		{"printf '%s\\n' '#!/bin/bash' > .git/hooks/pre-commit && cat >> .git/hooks/pre-commit <<'END'\n" + blocks[2] + "\nEND\nchmod +x .git/hooks/pre-commit", "", false},
		{"metainit run -q model.onnx --in-place >/dev/null && git commit -qam two", "", false},
		{"head -c 1000 model.onnx > broken.onnx && git add broken.onnx && git commit -qm three", "broken.onnx: metainit inspect has a problem with it", true},
	} {
		if out, err := sh(step.script); (err != nil) != step.fails || !strings.Contains(out, step.want) {
			t.Fatalf("%s: %v\n%s\nwant %q, and failure: %v", step.script, err, out, step.want, step.fails)
		}
	}
}
