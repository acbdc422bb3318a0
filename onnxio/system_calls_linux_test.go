package onnxio

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// saverVariable names the folder in which the test program does one save, in place of testing, and says which save.
const saverVariable = "ONNXIO_SAVE"

func TestMain(m *testing.M) {
	if what := os.Getenv(saverVariable); what != "" {
		os.Exit(saver(what))
	}
	os.Exit(m.Run())
}

// saver saves e.onnx, with its tensors times 3, to t.onnx or in place. What it asks the system for is between two calls of
// getppid, all of it in one thread.
func saver(what string) int {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	m, err := Open("e.onnx")
	if err == nil {
		_, err = m.Tensors[0].Norm()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	syscall.Getppid()
	err = saveTimes(m, 3, what)
	syscall.Getppid()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// saveTimes saves the model with both its tensors multiplied.
func saveTimes(m *Model, factor float64, what string) error {
	scale := []Scaling{{m.Tensors[0], factor}, {m.Tensors[1], factor}}
	if what == "in place" {
		return second(m.SaveInPlace(scale, "metainit", says("v")))
	}
	return second(m.Save(filepath.Join(m.Dir, "t.onnx"), scale, "metainit", says("v")))
}

// TestSystemCalls makes every system call of a save fail, and kills the process at each of them. Afterwards the folder has
// the old model with the old data, or the new one with the new, and after an error no other file. It needs strace, which
// .ci/run installs.
func TestSystemCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts some 700 processes, which takes half a minute; it runs without -short")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("it needs strace, to make system calls fail (apt-get install strace); .ci/run installs it")
	}
	for _, c := range []struct{ what, target string }{{"elsewhere", "t.onnx"}, {"in place", "e.onnx"}} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			everyCall(t, c.what, c.target)
		})
	}
}

// everyCall does a save with each of its system calls failing, and with the process killed there; target is the model that
// is replaced.
func everyCall(t *testing.T, what, target string) {
	start, folder := prepared(t, what), t.TempDir()
	state := func() (all [3]string) {
		for i, name := range []string{target, "e.onnx", "copy.onnx"} {
			all[i] = contents(folder, name)
		}
		return all
	}
	reset(t, folder, start)
	old, before := state(), names(t, folder)
	trace, err := traced(t, folder, what, "all", "")
	if err != nil {
		t.Fatalf("%v\n%s", err, trace)
	}
	calls, done, after := callsOf(t, trace), state(), names(t, folder)
	if done[0] == old[0] || done[2] != old[2] {
		t.Fatalf("the save makes\n%s\nof\n%s", done, old)
	}
	count := map[string]int{} // of what came, by what was done
	for _, call := range calls {
		for how, inject := range map[string]string{"error": "error=EIO", "kill": "signal=KILL"} {
			reset(t, folder, start)
			trace, err := traced(t, folder, what, call.name+",getppid", fmt.Sprintf("%s:%s:when=%d", call.name, inject, call.nth))
			if !hit(trace) {
				count[how+": not reached"]++
				continue
			}
			at := fmt.Sprintf("%s at %s %d", how, call.name, call.nth)
			got := state()
			switch got {
			case old:
				count[how+": the old pair"]++
			case done:
				count[how+": the new pair"]++
			default:
				t.Errorf("%s: the models are\n%s\nwhere they were\n%s\n%s", at, got, old, trace)
			}
			have := names(t, folder)
			var status *exec.ExitError
			switch refused := errors.As(err, &status) && status.ExitCode() == 1; {
			case how == "kill" || strings.HasPrefix(call.name, "unlink"):
			case refused && !slices.Equal(have, before):
				t.Errorf("%s: the folder has %q, where it had %q\n%s", at, have, before, trace)
			case err == nil && !slices.Equal(have, after):
				count[how+": the new pair, and the old data"]++
			}
			if temporaries(folder) == 0 {
				continue
			}
			count[how+": temporary files, which the next save removes"]++
			m, err := Open(filepath.Join(folder, "e.onnx"))
			if err == nil {
				err = errors.Join(saveTimes(m, 3, what), m.Close())
			}
			if have := names(t, folder); err != nil || temporaries(folder) > 0 || len(have) != len(after) {
				t.Errorf("%s: after the next save the folder has %q, %v", at, have, err)
			}
		}
	}
	t.Logf("%d system calls, each once with an error and once with a kill", len(calls))
	for _, came := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%4d  %s", count[came], came)
	}
	if missed := count["error: not reached"] + count["kill: not reached"]; missed > len(calls)/5 {
		t.Errorf("%d of %d injections came to nothing", missed, 2*len(calls))
	}
}

// prepared returns a folder with a model whose data are outside, a copy of it that reads the same data, and what an earlier
// save made of it: the model to be replaced.
func prepared(t *testing.T, what string) string {
	folder := t.TempDir()
	write(t, folder, "e.onnx.data", numbers(1, 4000))
	path := write(t, folder, "e.onnx", model(
		external("a", Float32, 1500, "location", "e.onnx.data"),
		external("b", Float32, 2000, "location", "e.onnx.data", "offset", "6000")))
	write(t, folder, "copy.onnx", readFile(t, path))
	if err := saveTimes(open(t, path), 2, what); err != nil {
		t.Fatal(err)
	}
	return folder
}

// reset makes a folder a copy of another, with files that nobody has just written.
func reset(t *testing.T, folder, start string) {
	t.Helper()
	err := os.RemoveAll(folder)
	if err == nil {
		err = os.CopyFS(folder, os.DirFS(start))
	}
	for _, name := range names(t, folder) {
		err = errors.Join(err, os.Chtimes(filepath.Join(folder, name), time.Time{}, time.Unix(1e9, 0)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// contents returns the values of a model as text, or why there are none.
func contents(folder, name string) string {
	m, err := Open(filepath.Join(folder, name))
	if err != nil {
		return err.Error()
	}
	defer m.Close()
	var text strings.Builder
	for _, x := range m.Tensors {
		norm, err := x.Norm()
		fmt.Fprintln(&text, name, x.Name, norm, err)
	}
	return text.String()
}

// temporaries returns how many temporary files the folder has.
func temporaries(folder string) int {
	list, _ := filepath.Glob(filepath.Join(folder, ".onnxio-*"))
	return len(list)
}

func names(t *testing.T, folder string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

// traced runs saver under strace, with the calls that it traces and what it injects, and returns the trace.
func traced(t *testing.T, folder, what, calls, inject string) (trace string, err error) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "trace")
	args := []string{"-f", "-o", out, "-e", "trace=" + calls}
	if inject != "" {
		args = append(args, "-e", "inject="+inject)
	}
	command := exec.Command("strace", append(args, os.Args[0])...)
	command.Dir = folder
	command.Env = append(os.Environ(), saverVariable+"="+what, "GODEBUG=asyncpreemptoff=1")
	messages, err := command.CombinedOutput()
	text, e := os.ReadFile(out)
	if e != nil {
		t.Fatalf("strace cannot be run: %v\n%s", errors.Join(err, e), messages)
	}
	return string(text) + string(messages), err
}

// systemCall is the nth call of its name in its thread.
type systemCall struct {
	name string
	nth  int
}

// callsOf returns the calls between the two of getppid, in their thread.
func callsOf(t *testing.T, trace string) (calls []systemCall) {
	t.Helper()
	thread := ""
	for _, line := range strings.Split(trace, "\n") {
		if id, call, _ := strings.Cut(line, " "); strings.HasPrefix(strings.TrimSpace(call), "getppid") {
			thread = id
			break
		}
	}
	counts := map[string]int{}
	for _, line := range strings.Split(trace, "\n") {
		id, call, _ := strings.Cut(line, " ")
		name, _, isCall := strings.Cut(strings.TrimSpace(call), "(")
		if id != thread || !isCall || strings.HasPrefix(name, "<") {
			continue
		}
		if counts[name]++; name != "getppid" && counts["getppid"] == 1 {
			calls = append(calls, systemCall{name, counts[name]})
		}
	}
	if counts["getppid"] != 2 || len(calls) == 0 {
		t.Fatalf("no save in\n%s", trace)
	}
	return calls
}

// hit reports whether what was injected came within the save.
func hit(trace string) bool {
	_, after, begun := strings.Cut(trace, "getppid()")
	during, _, _ := strings.Cut(after, "getppid()")
	return begun && (strings.Contains(during, "(INJECTED)") || strings.Contains(during, "killed by SIGKILL"))
}
