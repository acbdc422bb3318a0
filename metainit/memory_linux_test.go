package metainit

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// peak runs f and returns by how many bytes the memory of the process grew in it at most, mapped files included.
func peak(t testing.TB, f func()) int {
	t.Helper()
	debug.FreeOSMemory() // what others left would be taken again
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
	g.Input, g.Output = []*onnxpb.ValueInfoProto{onnxtest.Info("y0", float32Type, 1, size)}, []*onnxpb.ValueInfoProto{onnxtest.Info(fmt.Sprintf("y%d", n), float32Type, 1, size)}
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

// chain opens a model with so many operators in a row behind a product.
func chain(t testing.TB, n int) *onnxio.Model {
	g := layers(1, 1)
	in := g.Output[0].GetName()
	for i := range n {
		out := fmt.Sprintf("z%d", i)
		g.Node = append(g.Node, onnxtest.Node("Tanh", in, out))
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
	t.Cleanup(func() { m.Close() })
	return m
}

// TestInspectRun: what a run takes is planned as it will be, but not of a graph that takes long to plan.
func TestInspectRun(t *testing.T) {
	for n, want := range map[int]string{100: "", quicklyPlanned: "not planned for a graph of"} {
		p, err := New(chain(t, n), Options{plansOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		memory, err := inspectRun(p, p.lowered.Graph.Len())
		if want == "" && (memory == 0 || err != nil) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d operators: %d bytes, error %v", n, memory, err)
		}
	}
}

// TestPlansTogether: what a step and a run take is the same, planned at once or one after the other; at once only with few nodes
// and enough memory.
func TestPlansTogether(t *testing.T) {
	m := chain(t, 100)
	p, err := New(m, Options{plansOnly: true, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	nodes := p.lowered.Graph.Len()
	for limit, want := range map[int64]bool{0: true, 16 << 20: true, 1 << 20: false} {
		if got := fitTogether(nodes, limit); got != want {
			t.Errorf("%d nodes with a limit of %d bytes: at once %v", nodes, limit, got)
		}
	}
	if !fitTogether(16000, 0) || fitTogether(17000, 0) {
		t.Error("16,000 nodes: one after the other, or 17,000 at once")
	}
	run, err := inspectRun(p, nodes)
	if err != nil {
		t.Fatal(err)
	}
	step, err := p.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if r := Inspect(m, Options{Threads: 2}); r.Plan == nil || *r.Plan != *step || r.RunMemoryBytes != run {
		t.Errorf("at once %+v and %d bytes, one after the other %+v and %d", r.Plan, r.RunMemoryBytes, step, run)
	}
}

// TestCompileMemory inspects chains of operators in memory in proportion to them, less for each of them where a step and a run are
// planned one after the other, and not at all where that is not free.
func TestCompileMemory(t *testing.T) {
	for n, most := range map[int]int{4000: 24, 20000: 13} {
		m := chain(t, n)
		var r *Inspection
		if grown := peak(t, func() { r = Inspect(m, Options{}) }); grown > n*most<<10 || r.Plan == nil {
			t.Errorf("inspect takes %d KB for each of %d operators: %+v", grown/n>>10, n, r.Plan)
		}
	}
	r := Inspect(chain(t, 4000), Options{MemoryLimit: 32 << 20})
	if r.Plan != nil || !strings.Contains(r.PlanProblem, "of 32 MB that are free: shorten") || !strings.Contains(r.PlanProblem, " nodes takes ") {
		t.Errorf("there is no memory to compile it: %+v", r)
	}
}

// BenchmarkInspectChain inspects a chain of 50,000 operators, whose step has 1.8 million nodes.
func BenchmarkInspectChain(b *testing.B) {
	m := chain(b, 50000)
	most := 0
	for b.Loop() {
		most = max(most, peak(b, func() {
			if r := Inspect(m, Options{}); r.Plan == nil {
				b.Fatal(r.PlanProblem)
			}
		}))
	}
	b.ReportMetric(float64(most>>20), "MB")
}

// TestPlannedMemory: measuring and running take what is planned, be it weights, activations, noise, given data or samples.
func TestPlannedMemory(t *testing.T) {
	const rows = 1 << 16
	folder := t.TempDir()
	save := func(name string, shape ...int) string {
		a := &Array{Shape: shape, Data: make([]float64, sizeOf(shape)), Integer: len(shape) == 1}
		for i := range a.Data {
			if a.Data[i] = float64(i % 8); !a.Integer {
				a.Data[i] -= 3.5
			}
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, encodeNPY(a), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	array := func(path string) *Array {
		a, err := ReadNPY(path)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	x, labels := save("x.npy", rows, 64), save("labels.npy", rows)
	deep := func(batch any) *onnxpb.GraphProto { // tanh(x w0) w1, [n 64] to [n 8]
		g := layers(1, 64)
		g.Input[0], g.Output[0] = onnxtest.Info("y0", float32Type, batch, 64), onnxtest.Info("y2", float32Type, batch, 8)
		w := make([]float32, 64*8)
		for i := range w {
			w[i] = float32(i%7) - 3
		}
		g.Initializer = append(g.Initializer, onnxtest.Tensor("w1", float32Type, w, 64, 8))
		g.Node = append(g.Node, onnxtest.Node("Tanh", "y1", "h"), onnxtest.Node("MatMul", "h,w1", "y2"))
		return g
	}
	wide := layers(1, 64) // its output again and again, with an input that falls away
	wide.Input = append(wide.Input, onnxtest.Info("z", float32Type, rows, 64))
	wide.Initializer = append(wide.Initializer, onnxtest.Tensor("zero", float32Type, []float32{0}), onnxtest.Tensor("shape", int64Type, []int64{rows, 64}, 2))
	wide.Node = append(wide.Node, onnxtest.Node("Mul", "z,zero", "nothing"), onnxtest.Node("Expand", "y1,shape", "many"), onnxtest.Node("Add", "many,nothing", "y"))
	wide.Output = []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, rows, 64)}
	for _, c := range []struct {
		name  string
		graph *onnxpb.GraphProto
		opt   func() Options
	}{
		{"weights", layers(2, 1536), func() Options { return Options{} }},
		{"activations", deep(rows), func() Options { return Options{} }},
		{"noise", wide, func() Options { return Options{Loss: LossMSE} }},
		{"given", deep(rows), func() Options {
			return Options{Inputs: map[string]*Array{"": array(x)}, Targets: map[string]*Array{"": array(labels)}}
		}},
		{"samples", deep("n"), func() Options {
			d, err := NewDataset(map[string]*Array{"y0": array(x), OnlyTarget: array(labels)})
			if err != nil {
				t.Fatal(err)
			}
			return Options{Data: d, Batch: rows / 8}
		}},
	} {
		path := filepath.Join(folder, "m.onnx")
		if err := os.WriteFile(path, encoded(t, c.graph), 0o600); err != nil {
			t.Fatal(err)
		}
		c.graph = nil
		m, err := onnxio.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		race := RaceOptions{Contest: ContestOptions{Steps: 1}, Tune: TuneOptions{Steps: 1}}
		problem := func() *Problem {
			p, err := New(m, c.opt())
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		step, err := problem().Plan()
		if err != nil {
			t.Fatal(err)
		}
		run, err := problem().RunMemory(t.Context(), race)
		if err != nil {
			t.Fatal(err)
		}
		for name, do := range map[string]func(p *Problem) error{
			"gq":  func(p *Problem) error { _, err := p.Measure(); return err },
			"run": func(p *Problem) error { _, err := p.Initialize(t.Context(), race); return err },
		} {
			plan := map[string]int64{"gq": step.MemoryBytes, "run": run}[name]
			grown := int64(peak(t, func() { err = do(problem()) }))
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
			t.Logf("%s, %s: %d MB planned, %.2f times that taken", c.name, name, plan>>20, float64(grown)/float64(plan))
			if grown > plan*13/10 || grown < plan*7/10 {
				t.Errorf("%s: %s takes %d MB, %d are planned", c.name, name, grown>>20, plan>>20)
			}
		}
		tight, few := c.opt(), race
		tight.MemoryLimit, few.Contest.Progress = run-1, func(int, int, string, string) { t.Errorf("%s: there is a trial", c.name) }
		p, err := New(m, tight)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Initialize(t.Context(), few); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("needs %d MB of memory, the limit is", run>>20)) {
			t.Errorf("%s: with a limit of %d bytes: %v", c.name, tight.MemoryLimit, err)
		}
	}
}
