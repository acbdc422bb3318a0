package metainit

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// peak runs f and returns by how many bytes the memory of the process grew in it at most, mapped files included.
func peak(t *testing.T, f func()) int {
	t.Helper()
	field := func(name string) int {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(status), name)
		kib := 0
		if _, err := fmt.Sscan(rest, &kib); err != nil {
			t.Fatalf("no %s in %s", name, status)
		}
		return kib << 10
	}
	before := field("VmRSS:")
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // begins VmHWM anew
		t.Fatal(err)
	}
	f()
	return field("VmHWM:") - before
}

// outside returns a model of n layers with the weights in one file, each of size × size elements, and where they end.
func outside(n, size int) (*onnxpb.GraphProto, int64) {
	g := layers(n, 1)
	g.Input, g.Output = []*onnxpb.ValueInfoProto{port("y0", float32Type, 1, size)}, []*onnxpb.ValueInfoProto{port(fmt.Sprintf("y%d", n), float32Type, 1, size)}
	bytes := size * size * 4
	for i, w := range g.Initializer {
		w.RawData, w.Dims, w.DataLocation = nil, []int64{int64(size), int64(size)}, onnxpb.TensorProto_EXTERNAL.Enum()
		for _, entry := range [][2]string{{"location", "w.bin"}, {"offset", strconv.Itoa(i * bytes)}, {"length", strconv.Itoa(bytes)}} {
			w.ExternalData = append(w.ExternalData, &onnxpb.StringStringEntryProto{Key: proto.String(entry[0]), Value: proto.String(entry[1])})
		}
	}
	return g, int64(n * bytes)
}

// TestMemory looks at models of 256 MiB, holes on disk, in less than a quarter of that.
func TestMemory(t *testing.T) {
	const most = 64 << 20
	g, size := outside(16, 2048)
	var models []*onnxio.Model
	for _, last := range []byte{1, 2} {
		folder := t.TempDir()
		path := filepath.Join(folder, "m.onnx")
		if err := os.WriteFile(path, encoded(t, g), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(filepath.Join(folder, "w.bin"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte{last}, size-1); err != nil {
			t.Fatal(err)
		}
		file.Close()
		m, err := onnxio.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		models = append(models, m)
	}
	var d *Difference
	var err error
	if grown := peak(t, func() { d, err = Diff(models[0], models[1], DiffOptions{}) }); err != nil || grown > most {
		t.Errorf("diff takes %d bytes (%v)", grown, err)
	}
	if d == nil || d.Same || d.Tensors[14].Status != StatusSame || d.Tensors[15].Status == StatusSame {
		t.Errorf("the difference is %+v", d)
	}
	var r *Inspection
	if grown := peak(t, func() { r = Inspect(models[0], Options{Batch: 1, MemoryLimit: 1 << 20}) }); grown > most {
		t.Errorf("inspect takes %d bytes", grown)
	}
	if !strings.Contains(r.PlanProblem, "the limit is 1 MB") || len(r.Tensors) != 16 || *r.Tensors[14].Norm != 0 || *r.Tensors[15].Norm == 0 {
		t.Errorf("the inspection is %+v", r)
	}
}

// TestCompileMemory inspects a chain of operators in memory in proportion to it, and not at all where that is not free.
func TestCompileMemory(t *testing.T) {
	const n = 4000
	g := layers(1, 1)
	in := g.Output[0].GetName()
	for i := range n {
		out := fmt.Sprintf("z%d", i)
		g.Node = append(g.Node, &onnxpb.NodeProto{OpType: proto.String("Tanh"), Input: []string{in}, Output: []string{out}})
		in = out
	}
	g.Output[0].Name = proto.String(in)
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := os.WriteFile(path, encoded(t, g), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := onnxio.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var r *Inspection
	if grown := peak(t, func() { r = Inspect(m, Options{}) }); grown > n*18<<10 || r.Plan == nil {
		t.Errorf("inspect takes %d KB for each operator: %+v", grown/n>>10, r)
	}
	r = Inspect(m, Options{MemoryLimit: 32 << 20})
	if r.Plan != nil || !strings.Contains(r.PlanProblem, "of 32 MB that are free: shorten") || !strings.Contains(r.PlanProblem, " nodes takes ") {
		t.Errorf("there is no memory to compile it: %+v", r)
	}
}
