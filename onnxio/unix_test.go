//go:build unix

package onnxio

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestFileCutShort cuts the model and its external data while they are mapped: reading them raises SIGBUS.
func TestFileCutShort(t *testing.T) {
	folder := t.TempDir()
	float := Float32
	data := write(t, folder, "w.bin", numbers(0, 1<<16))
	path := write(t, folder, "m.onnx", model(
		external("outside", float, 1<<16, "location", "w.bin"),
		field(5, header("inside", float, 1<<16), field(rawData, numbers(0, 1<<16)))))
	m := open(t, path)
	if _, err := m.Initializer("outside").Norm(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{data, path} {
		if err := os.Truncate(name, 100); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"outside", "inside"} {
		x := m.Initializer(name)
		if _, err := x.Float64s(); err == nil || !strings.Contains(err.Error(), "became shorter") || !strings.HasPrefix(err.Error(), path+`: tensor "`+name+`": `) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := m.Save(filepath.Join(folder, "out.onnx"), []Scaling{{x, 2}}, "k", says("v")); err == nil {
			t.Errorf("%s: saved", name)
		}
	}
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err == nil {
		t.Error("saved")
	}
	checkFolder(t, folder, "m.onnx", "w.bin")
}

// TestOtherFaults sees that faults which are not of the file stay panics.
func TestOtherFaults(t *testing.T) {
	m := decode(t, everywhere())
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	m.Tensors[0].Blocks(func([]float64) error {
		var nothing *Tensor
		_ = nothing.Name
		return nil
	})
}

// TestDiskFull writes where files may not grow beyond 1 MiB, in a process of its own: the limit is one for what package
// testing writes too.
func TestDiskFull(t *testing.T) {
	const own = "ONNXIO_DISK_FULL"
	if os.Getenv(own) == "" {
		command := exec.Command(os.Args[0], "-test.run=^TestDiskFull$")
		command.Env = append(os.Environ(), own+"=1")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	folder := t.TempDir()
	write(t, folder, "w.bin", numbers(0, 1<<20))
	inside := open(t, write(t, folder, "inside.onnx", model(field(5, header("x", 1, 1<<20), field(rawData, numbers(0, 1<<20))))))
	outside := open(t, write(t, folder, "outside.onnx", model(external("x", 1, 1<<20, "location", "w.bin"))))
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := old
	limit.Cur = 1 << 20
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_FSIZE, &old)
	path := filepath.Join(folder, "out.onnx")
	for _, m := range []*Model{inside, outside} {
		if _, err := m.Save(path, []Scaling{{m.Tensors[0], 2}}, "k", says("v")); err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), "cannot be written: file too large") {
			t.Errorf("%s: %v", m.Path, err)
		}
	}
	checkFolder(t, folder, "inside.onnx", "outside.onnx", "w.bin")
}

// TestPipe refuses to wait for whoever may write into a pipe.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.onnx")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v", err)
	}
}

// TestKilled: what a process leaves that is killed while it writes is removed by the next file that is written into the folder,
// and not before it has ended.
func TestKilled(t *testing.T) {
	const own = "ONNXIO_KILLED"
	if folder := os.Getenv(own); folder != "" {
		for {
			if err := WriteFile(filepath.Join(folder, "scales.json"), make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
		}
	}
	folder := t.TempDir()
	command := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	command.Env = append(os.Environ(), own+"="+folder)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	half := func() []string {
		list, _ := filepath.Glob(filepath.Join(folder, ".onnxio-*.tmp"))
		return list
	}
	writes := func() []string { // and what there is beside it
		if err := WriteFile(filepath.Join(folder, "other"), []byte("text")); err != nil {
			t.Fatal(err)
		}
		return half()
	}
	stop := func(signal unix.Signal) {
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	found := false
	for i := 0; i < 1000 && !found; i++ {
		time.Sleep(time.Millisecond)
		stop(unix.SIGSTOP)
		time.Sleep(time.Millisecond) // it stops a little later
		if found = len(half()) == 1 && len(writes()) == 1; !found {
			stop(unix.SIGCONT)
		}
	}
	stop(unix.SIGKILL)
	_ = command.Wait()
	if !found || len(half()) != 1 {
		t.Fatalf("no temporary file of a living process stays: %v", half())
	}
	if left := writes(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestAbandoned leaves temporary files of ended and of living processes in the way of a save.
func TestAbandoned(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{".onnxio-1.tmp", ".onnxio-22.tmp", ".onnxio-333.tmp", ".onnxio-x.tmp", ".onnx-4.tmp", "a.onnxio-5.tmp"} {
		write(t, folder, name, []byte("half"))
	}
	if err := os.Chmod(filepath.Join(folder, ".onnxio-22.tmp"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(folder, ".onnxio-6.tmp"), 0o700), os.Symlink("a.onnxio-5.tmp", filepath.Join(folder, ".onnxio-7.tmp"))); err != nil {
		t.Fatal(err)
	}
	living, err := os.Open(filepath.Join(folder, ".onnxio-333.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	defer living.Close()
	if err := lock(living); err != nil {
		t.Fatal(err)
	}
	m := decode(t, everywhere())
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err != nil {
		t.Fatal(err)
	}
	others := []string{".onnx-4.tmp", ".onnxio-333.tmp", ".onnxio-6.tmp", ".onnxio-7.tmp", ".onnxio-x.tmp", "a.onnxio-5.tmp", "out.onnx"}
	checkFolder(t, folder, others...)
	// A file that is being saved is held, until it has its name.
	s, err := stage(filepath.Join(folder, "z.onnx"), 0o600, func(w io.Writer) ([]patch, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); err != nil {
		t.Fatal(err)
	}
	if err := s.replace(); err != nil {
		t.Error(err)
	}
	checkFolder(t, folder, append(others, "z.onnx")...)
}
