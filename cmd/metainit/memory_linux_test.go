package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestHeldIsPlanned: gq holds what is planned for a step and no more, even where data are drawn that are many times the model,
// and what is not needed is not drawn.
func TestHeldIsPlanned(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is for the race detector, with which a program holds several times as much")
	}
	const program = 64 << 20 // what the program itself takes
	for name, least := range map[string]int64{"expanded": 4 << 25, "unneeded-input": 0} {
		data, err := exampleModels[name]()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "model.onnx")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		out, held := heldBy(t, "gq", path, "-q", "--json")
		var r metainit.Measurement
		if err := json.Unmarshal(out, &r); err != nil {
			t.Fatal(err)
		}
		if r.Plan.MemoryBytes < least || held > r.Plan.MemoryBytes+program {
			t.Errorf("%s: %d MiB are planned, at least %d are needed, %d are held", name, r.Plan.MemoryBytes>>20, least>>20, held>>20)
		}
	}
}

// TestHeldByRun: a run holds what inspect says before, and what the program itself takes.
func TestHeldByRun(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is for the race detector, with which a program holds several times as much")
	}
	const size, least = 2560, 150 << 20
	w := weights(0)
	w.Dims, w.RawData = []int64{size, size}, make([]byte, 0, 4*size*size)
	random := rand.New(rand.NewPCG(1, 2))
	for range size * size {
		w.RawData = binary.LittleEndian.AppendUint32(w.RawData, math.Float32bits(float32(random.NormFloat64()/math.Sqrt(size))))
	}
	data, err := encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{w},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Tanh", "h", "y")},
		Input:       []*onnxpb.ValueInfoProto{info("x", 1, size)},
		Output:      []*onnxpb.ValueInfoProto{info("y", 1, size)},
	})
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err == nil {
		err = os.WriteFile(path, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, program := heldBy(t, "inspect", "../../testdata/reference/mlp/model.onnx", "-q")
	out, _ := heldBy(t, "inspect", path, "-q", "--json")
	var said metainit.Inspection
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	_, held := heldBy(t, "run", path, "-q", "--steps", "1", "--candidates", "keep,metainit")
	t.Logf("%d MiB held, %d of them by the program, %d planned", held>>20, program>>20, said.RunMemoryBytes>>20)
	if said.RunMemoryBytes < least || held > program+said.RunMemoryBytes*13/10 || held < said.RunMemoryBytes*7/10 {
		t.Errorf("%d MiB are planned, at least %d are needed, %d are held, %d of them by the program", said.RunMemoryBytes>>20, least>>20, held>>20, program>>20)
	}
}

// heldBy runs the command and returns what it prints, and how many bytes it held.
func heldBy(t *testing.T, args ...string) (out []byte, held int64) {
	t.Helper()
	command := exec.Command("metainit-held", args...)
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, said.String())
	}
	if held, err = strconv.ParseInt(strings.TrimSpace(said.String()), 10, 64); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out, held
}

func TestFreeMemory(t *testing.T) {
	const machine = "MemTotal:  4000 kB\nMemAvailable:    3000 kB\n"
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  int64
	}{
		{"nothing known", fstest.MapFS{}, 0},
		{"machine", fstest.MapFS{"proc/meminfo": file(machine)}, 3000 << 10},
		{"group without a limit", fstest.MapFS{
			"proc/meminfo":               file(machine),
			"proc/self/cgroup":           file("0::/a\n"),
			"sys/fs/cgroup/a/memory.max": file("max\n"),
		}, 3000 << 10},
		{"group around the group", fstest.MapFS{
			"proc/meminfo":                   file(machine),
			"proc/self/cgroup":               file("1:cpu:/\n0::/a/b\n"),
			"sys/fs/cgroup/a/b/memory.max":   file("max\n"),
			"sys/fs/cgroup/a/memory.max":     file("1000000\n"),
			"sys/fs/cgroup/a/memory.current": file("700000\n"),
			"sys/fs/cgroup/a/memory.stat":    file("anon 1\nfile 200000\n"),
		}, 500000},
		{"group at the root, full", fstest.MapFS{
			"proc/self/cgroup":             file("0::/\n"),
			"sys/fs/cgroup/memory.max":     file("1000\n"),
			"sys/fs/cgroup/memory.current": file("1000\n"),
		}, 1},
		{"group of version 1", fstest.MapFS{
			"proc/meminfo":     file(machine),
			"proc/self/cgroup": file("4:cpu,memory:/docker/a\n3:pids:/b\n"),
			"sys/fs/cgroup/memory/docker/memory.limit_in_bytes": file("9223372036854771712\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":        file("900000\n"),
			"sys/fs/cgroup/memory/memory.usage_in_bytes":        file("600000\n"),
			"sys/fs/cgroup/memory/memory.stat":                  file("cache 1\ntotal_cache 100000\n"),
			"sys/fs/cgroup/memory/b/memory.limit_in_bytes":      file("1\n"),
		}, 400000},
		{"group of version 1 without a limit", fstest.MapFS{
			"proc/meminfo":     file(machine),
			"proc/self/cgroup": file("4:memory:/a\n"),
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": file("9223372036854771712\n"),
			"sys/fs/cgroup/memory/a/memory.usage_in_bytes": file("100000\n"),
			"sys/fs/cgroup/memory/a/memory.stat":           file("total_cache 110000\n"), // counted a little later
		}, 3000 << 10},
		{"address space", fstest.MapFS{
			"proc/meminfo":     file(machine),
			"proc/self/limits": file("Max data size  unlimited  unlimited  bytes\nMax address space  2048000  unlimited  bytes\n"),
			"proc/self/status": file("VmPeak:  1500 kB\nVmSize:  1000 kB\n"),
		}, 1000 << 10},
		{"address space without a limit", fstest.MapFS{
			"proc/meminfo":     file(machine),
			"proc/self/limits": file("Max address space  unlimited  unlimited  bytes\n"),
		}, 3000 << 10},
	} {
		if got := freeMemoryIn(c.files); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if freeMemory() < 1<<20 || peakMemory() < 1 {
		t.Errorf("%d bytes free, peak %v MiB", freeMemory(), peakMemory())
	}
}
