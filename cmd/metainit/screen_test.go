package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite what the tests compare with: testdata/screens")

// screen is a terminal of tmux in which the built command runs.
type screen struct {
	t      *testing.T
	socket string
}

// buildCommand builds the command, for tests that start it outside of the test's process.
func buildCommand(t *testing.T) (path string) {
	path = filepath.Join(t.TempDir(), "metainit")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// newScreen starts a command line in a folder, in a terminal of so many columns, with metainit in its path.
func newScreen(t *testing.T, metainit, folder, line string, columns int, env ...string) *screen {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed: no terminal to look at")
	}
	sockets, err := os.MkdirTemp("", "screen") // short, as names of sockets must be
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t, filepath.Join(sockets, "s")}
	t.Cleanup(func() {
		s.tmux("kill-server")
		os.RemoveAll(sockets)
	})
	env = append(env, "PATH="+filepath.Dir(metainit)+":"+os.Getenv("PATH"))
	shell := fmt.Sprintf("trap : INT; env %s sh -c '%s'; echo [end]; sleep 600", strings.Join(env, " "), line)
	s.tmux("new-session", "-d", "-x", strconv.Itoa(columns), "-y", "24", "-c", folder, shell)
	return s
}

func (s *screen) tmux(args ...string) string {
	out, err := exec.Command("tmux", append([]string{"-u", "-f", "/dev/null", "-S", s.socket}, args...)...).CombinedOutput()
	if err != nil && args[0] != "kill-server" {
		s.t.Fatalf("tmux %s: %v: %s", args[0], err, out)
	}
	return string(out)
}

// text returns all that the terminal shows and has shown. With the flag -J lines that the terminal broke are one, with -e colours are
// in it.
func (s *screen) text(flags ...string) string {
	text := s.tmux(append([]string{"capture-pane", "-p", "-S", "-"}, flags...)...)
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// wait returns the text when it holds what is waited for.
func (s *screen) wait(pattern string, flags ...string) string {
	re := regexp.MustCompile(pattern)
	for range 2400 {
		if text := s.text(flags...); re.MatchString(text) {
			return text
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("no %s on the screen:\n%s", pattern, s.text())
	return ""
}

// screens are command lines in a folder with testdata, and before them what they need. In float64 all processors give the same digits.
var screens = []struct{ name, before, line string }{
	{"inspect", "", "metainit inspect testdata/exports/dynamo_vit/model.onnx"},
	{"gq", "", "metainit gq testdata/models/patch_transformer/model.onnx --precision float64"},
	{"run", "", "metainit run testdata/models/vgg/model.onnx --precision float64 -o out.onnx"},
	{"diff", "metainit run -q testdata/models/causal_lm/model.onnx --candidates he --no-trial -o out.onnx",
		"metainit diff testdata/models/causal_lm/model.onnx out.onnx"},
	{"help", "", "metainit run --help"},
}

// TestScreens compares what terminals of three widths show in the end with testdata/screens: all digits are alike, and so are bars. No
// line is wider than the terminal, and of the lines of progress nothing is left.
func TestScreens(t *testing.T) {
	metainit := buildCommand(t)
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range screens {
		for _, columns := range []int{30, 80, 200} {
			name := fmt.Sprintf("%s_%d", c.name, columns)
			t.Run(name, func(t *testing.T) {
				folder := t.TempDir()
				if err := os.Symlink(testdata, filepath.Join(folder, "testdata")); err != nil {
					t.Fatal(err)
				}
				line := c.line
				if c.before != "" {
					line = c.before + " >before; " + c.line
				}
				s := newScreen(t, metainit, folder, line, columns)
				s.wait(`(?m)^\[end\]$`)
				got := s.text()
				if joined := s.text("-J"); joined != got {
					t.Errorf("there are lines that are too long: got\n%s\nwithout the terminal's breaks\n%s", got, joined)
				}
				golden := filepath.Join(testdata, "screens", name+".txt")
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if masked(got) != masked(string(want)) {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

var (
	amounts  = regexp.MustCompile(`[0-9.]+ ([kMG]?B|m?s|min)\b`) // of memory and time
	barChars = regexp.MustCompile(`[▁▂▃▄▅▆▇█▌▐]`)
	digits   = regexp.MustCompile(`[0-9]`)
)

// masked returns a screen without what differs between machines and runs.
func masked(text string) string {
	text = barChars.ReplaceAllString(amounts.ReplaceAllString(text, "some $1"), "▪")
	return digits.ReplaceAllString(text, "9")
}

// Lines of progress, and one that is longer than a narrow terminal is wide, and than a message.
const (
	doing        = `(?m)^(trial|tuning|judging|compiling|reading|building) `
	longProgress = `(?m)^trial .{45}`
)

// TestResizedScreen: a line of progress stays one line when the terminal becomes narrower, and nothing of it is left in the end.
func TestResizedScreen(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is for the race detector, which a terminal's command is built without; a run takes some seconds")
	}
	model, err := filepath.Abs("../../testdata/reference/resnet_bn/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, buildCommand(t), t.TempDir(), "metainit run "+model+" -o out.onnx 2>&1", 80)
	s.wait(longProgress)
	s.tmux("resize-window", "-x", "30")
	time.Sleep(5 * redrawEvery)
	for {
		text := s.text()
		lines := regexp.MustCompile(doing).FindAllStringIndex(text, -1)
		ended := strings.Contains(text, "[end]")
		switch {
		case len(lines) > 1, ended && len(lines) > 0:
			t.Fatalf("there are %d lines of progress:\n%s", len(lines), text)
		case !ended && len(lines) == 1 && strings.Count(text[lines[0][0]:], "\n") > 1:
			t.Fatalf("a line of progress is broken:\n%s", text)
		case ended && !strings.Contains(text, "REACHED") && !strings.Contains(text, "verdict"):
			t.Fatalf("there is no report:\n%s", text)
		case ended:
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestInterruptedScreen: after an interrupt there is a message, and nothing of the progress.
func TestInterruptedScreen(t *testing.T) {
	model, err := filepath.Abs("../../testdata/reference/resnet_bn/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, buildCommand(t), t.TempDir(), "metainit run "+model+" -o out.onnx", 80)
	s.wait(longProgress)
	s.tmux("send-keys", "C-c")
	if text := s.wait(`(?m)^\[end\]$`); !strings.Contains(text, "metainit: interrupted: nothing is written\n") || regexp.MustCompile(doing).MatchString(text) {
		t.Errorf("got\n%s", text)
	}
}

// TestDumbScreen: a terminal that cannot write a line again gets new ones now and then.
func TestDumbScreen(t *testing.T) {
	model, err := filepath.Abs("../../testdata/models/vgg/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, buildCommand(t), t.TempDir(), "metainit run "+model+" -o out.onnx 2>&1 | cat; metainit run "+model+" -o out.onnx", 80, "TERM=dumb")
	text := s.wait(`(?m)^\[end\]$`)
	if n := len(regexp.MustCompile(`(?m)^trial 1 of 4: keep, task means$`).FindAllString(text, -1)); n != 2 {
		t.Errorf("there are %d lines of the first trial, want that of a pipe and that of the terminal:\n%s", n, text)
	}
}

// TestScreenOrder: where the standard output and error are one terminal, what is written first stands first.
func TestScreenOrder(t *testing.T) {
	model, err := filepath.Abs("../../testdata/reference/mlp/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, buildCommand(t), t.TempDir(), "metainit gq --profile "+model, 80)
	text := s.wait(`(?m)^\[end\]$`)
	if report, profile := strings.Index(text, "\nLGQ "), strings.Index(text, "\nKERNEL "); report < 0 || profile < report {
		t.Errorf("the profile is not behind the report:\n%s", text)
	}
}

// TestScreenColours: what differs is marked on a terminal that can, unless NO_COLOR is set or the output is a file.
func TestScreenColours(t *testing.T) {
	metainit := buildCommand(t)
	reference, err := filepath.Abs("../../testdata/reference")
	if err != nil {
		t.Fatal(err)
	}
	diff := "metainit diff " + reference + "/mlp/model.onnx " + reference + "/lenet/model.onnx"
	for _, c := range []struct {
		env, line string
		want      bool
	}{
		{"TERM=xterm", diff, true},
		{"NO_COLOR=1", diff, false},
		{"TERM=dumb", diff, false},
		{"TERM=xterm", diff + " | cat", false},
	} {
		s := newScreen(t, metainit, t.TempDir(), c.line, 80, c.env)
		s.wait(`(?m)^\[end\]$`)
		text := s.text("-e")
		if got := strings.Contains(text, "\x1b[36m"); got != c.want {
			t.Errorf("%s %s: coloured: %v\n%s", c.env, c.line, got, text)
		}
	}
}
