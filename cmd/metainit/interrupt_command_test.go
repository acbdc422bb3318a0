//go:build unix

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestInterruptCommand interrupts commands that have not answered for a while, since they read gigabytes, holes on disk.
func TestInterruptCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is for the race detector, with which nothing answers in half a second")
	}
	dir := t.TempDir()
	const layers, size = 64, 8192
	g := &onnxpb.GraphProto{Input: []*onnxpb.ValueInfoProto{info("y0", 1, size)}, Output: []*onnxpb.ValueInfoProto{info(fmt.Sprint("y", layers), 1, size)}}
	for i := range layers {
		w := external("location=w.bin", fmt.Sprint("offset=", i*size*size*4))
		w.Name, w.Dims = proto.String(fmt.Sprint("w", i)), []int64{size, size}
		g.Initializer = append(g.Initializer, w)
		g.Node = append(g.Node, onnxtest.Node("MatMul", fmt.Sprintf("y%d,w%d", i, i), fmt.Sprint("y", i+1)))
	}
	model, err := encode(g)
	if err == nil {
		err = errors.Join(
			os.WriteFile(filepath.Join(dir, "a.onnx"), model, 0o666), os.WriteFile(filepath.Join(dir, "b.onnx"), model, 0o666),
			os.WriteFile(filepath.Join(dir, "w.bin"), nil, 0o666), os.Truncate(filepath.Join(dir, "w.bin"), layers*size*size*4),
			os.WriteFile(filepath.Join(dir, "scales.json"), []byte(`{"w": 3}`), 0o666),
		)
	}
	if err != nil {
		t.Fatal(err)
	}
	writeHole(t, filepath.Join(dir, "w.safetensors"), 3<<28)
	before := filesIn(t, dir)
	for _, args := range [][]string{{"inspect", "a.onnx"}, {"diff", "a.onnx", "b.onnx"}, {"apply", "scales.json", "w.safetensors"}} {
		t.Run(args[0], func(t *testing.T) {
			var disk unix.Statfs_t
			if err := unix.Statfs(dir, &disk); args[0] == "apply" && (err != nil || disk.Bavail*uint64(disk.Bsize) < 4<<30) {
				t.Skipf("there are not 4 GB free in %s for what apply would write (%v)", dir, err)
			}
			command := exec.Command("metainit", args...)
			command.Dir = dir
			stderr, err := command.StderrPipe()
			if err == nil {
				err = command.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if text, err := bufio.NewReader(stderr).ReadString('\n'); err != nil { // comes once it has taken a while
				t.Errorf("it says %q, and ends (%v)", text, err)
			}
			took, status := interruptCommand(t, command, syscall.SIGINT)
			if status != statusInterrupted || took > time.Second {
				t.Errorf("status %d after %v", status, took)
			}
			if after := filesIn(t, dir); !slices.Equal(after, before) {
				t.Errorf("the folder has %q, where it had %q", after, before)
			}
		})
	}
}

// TestInterruptSave ends the command while it writes a file of 300 MB in place of another: at an interrupt it leaves nothing; what it
// leaves when it is killed, the next save removes. Up to the end the old file is there, whole.
func TestInterruptSave(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 300 MB several times; it runs without -short")
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	const target = "out.safetensors"
	save := func(factor int) *exec.Cmd {
		if err := os.WriteFile(path("scales.json"), fmt.Appendf(nil, `{"w": %d}`, factor), 0o666); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("metainit", "apply", "scales.json", "w.safetensors", "-o", target, "-q")
		command.Dir = dir
		return command
	}
	holds := func(factor int) {
		t.Helper()
		m, err := onnxio.OpenSafetensors(path(target))
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if norm, err := m.Tensors[0].Norm(); err != nil || norm != float64(factor) {
			t.Errorf("the file holds %v times the weight (%v), not %d", norm, err, factor)
		}
	}
	writeHole(t, path("w.safetensors"), 75e6)
	if out, err := save(2).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := filesIn(t, dir)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		command := save(3)
		var said strings.Builder
		command.Stderr = &said
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); !writes(dir) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		took, status := interruptCommand(t, command, signal)
		if want := map[syscall.Signal]int{syscall.SIGINT: statusInterrupted, syscall.SIGKILL: 128 + int(signal)}[signal]; status != want || took > time.Second {
			t.Errorf("%v: status %d, want %d, after %v", signal, status, want, took)
		}
		holds(2)
		switch after := filesIn(t, dir); {
		case signal == syscall.SIGINT && (!slices.Equal(after, whole) || said.String() != "metainit: interrupted: nothing is written\n"):
			t.Errorf("the folder has %q, where it had %q; it said %q", after, whole, &said)
		case signal == syscall.SIGKILL && len(after) != len(whole)+1:
			t.Errorf("killed while it wrote, it leaves %q", after)
		}
	}
	if out, err := save(5).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	holds(5)
	if after := filesIn(t, dir); !slices.Equal(after, whole) {
		t.Errorf("after the next save the folder has %q, where it had %q", after, whole)
	}
}

// interruptCommand sends a signal to a command and returns how long it took to end, and its status as a shell has it.
func interruptCommand(t *testing.T, command *exec.Cmd, signal syscall.Signal) (took time.Duration, status int) {
	t.Helper()
	sent := time.Now()
	if err := command.Process.Signal(signal); err != nil {
		t.Error(err)
	}
	err := command.Wait()
	took = time.Since(sent)
	if err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	if ended := command.ProcessState.Sys().(syscall.WaitStatus); ended.Signaled() {
		return took, 128 + int(ended.Signal())
	}
	return took, command.ProcessState.ExitCode()
}

// writeHole writes a file with a tensor w of so many float32s, a hole on disk up to the last one, which is 1.
func writeHole(t *testing.T, path string, elements int64) {
	t.Helper()
	header := fmt.Appendf(nil, `{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, elements, 4*elements)
	header = append(header, strings.Repeat(" ", -len(header)&7)...)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = file.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...))
	if err == nil {
		_, err = file.WriteAt(binary.LittleEndian.AppendUint32(nil, math.Float32bits(1)), int64(8+len(header))+4*(elements-1))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writes reports whether a temporary file in the folder has something in it.
func writes(dir string) bool {
	list, _ := filepath.Glob(filepath.Join(dir, ".*.tmp"))
	return slices.ContainsFunc(list, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 1<<20
	})
}

func filesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}
