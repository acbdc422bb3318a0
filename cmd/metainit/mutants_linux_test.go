package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

var (
	mutantsFor  = flag.Duration("mutants", 0, "processor time that TestMutants spends; 0: on a few mutants")
	firstMutant = flag.Uint64("mutant", 1, "seed of the first mutant, as TestMutants names it")
)

// What a command may take.
const (
	mutantSpace     = 2 << 30 // address space, which the commands know and plan for
	mutantProcessor = 10 * time.Second
	mutantMemory    = 512 << 20 // resident, besides what is planned for a step and what the file holds

	// For each node besides: the derivatives of third order of a Softmax or an LpNormalization are hundreds of nodes.
	nodeProcessor = 10 * time.Millisecond
	nodeMemory    = 1 << 20
)

// TestMutants changes the structure of the models in testdata in all kinds of ways, and has every command read what comes
// of it, each in a process of its own. Whatever the file says, a command ends with a documented status, in bounded time and
// memory; what it prints moves no cursor; it leaves the input alone; a failed run leaves nothing; what a run writes is the
// input but for the weights that it says, and can be read again.
//
//	go test ./cmd/metainit -run '^TestMutants$' -timeout 0 -v -mutants 2h      # for longer
//	go test ./cmd/metainit -run '^TestMutants$' -v -mutant 123 -artifacts      # one again, and keep its files
func TestMutants(t *testing.T) {
	sources := sourceModels(t)
	statuses := map[string]int{}
	var spent, slowest time.Duration
	var largest int64
	finds, seed := 0, *firstMutant
	few := uint64(60)
	if testing.Short() {
		few = 10
	}
	if set := flag.Lookup("mutant"); set.Value.String() != set.DefValue {
		few = 1
	}
	for ; spent < *mutantsFor || *mutantsFor == 0 && seed < *firstMutant+few; seed++ {
		c := newSpecimen(t, sources, seed)
		c.examine()
		for _, r := range c.runs {
			statuses[fmt.Sprintf("%-7s %d", r.args[0], r.status)]++
			spent += r.processor
			slowest, largest = max(slowest, r.processor), max(largest, r.resident)
		}
		if len(c.finds) > 0 {
			finds++
			c.keep()
		}
		if err := os.RemoveAll(c.dir); err != nil {
			t.Fatal(err)
		}
		if (seed-*firstMutant)%500 == 499 {
			t.Logf("%d mutants, %d finds, %v", seed+1-*firstMutant, finds, spent)
		}
	}
	t.Logf("%d mutants, %d finds, processor time %v, at most %v and %d MiB for a command", seed-*firstMutant, finds,
		spent.Round(time.Second), slowest.Round(time.Millisecond), largest>>20)
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		t.Logf("%s: %d", status, statuses[status])
	}
}

// sourceModels returns the encodings of all models in testdata, in the order of their paths; those that are not of cases
// several times, as more of them can be tuned without a flag.
func sourceModels(t *testing.T) (models [][]byte) {
	err := filepath.WalkDir("../../testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".onnx" || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		times := 4
		if strings.Contains(path, "cases") {
			times = 1
		}
		models = append(models, slices.Repeat([][]byte{data}, times)...)
		return err
	})
	if err != nil || len(models) < 100 {
		t.Fatalf("%d models, %v", len(models), err)
	}
	return models
}

// specimen is a mutant in a folder of its own.
type specimen struct {
	*testing.T
	*rand.Rand
	seed    uint64
	changes []string
	nodes   int
	dir     string
	files   map[string][]byte // as they were at first
	runs    []*command
	finds   []string
}

// newSpecimen writes the mutant of the seed.
func newSpecimen(t *testing.T, sources [][]byte, seed uint64) *specimen {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &specimen{T: t, Rand: r, seed: seed, dir: t.TempDir(), files: map[string][]byte{}}
	m := &mutant{Rand: r, model: new(onnxpb.ModelProto), other: new(onnxpb.ModelProto)}
	for _, p := range []*onnxpb.ModelProto{m.model, m.other} {
		if err := proto.Unmarshal(one(m, sources), p); err != nil {
			t.Fatal(err)
		}
	}
	if m.model.Graph == nil {
		m.model.Graph = &onnxpb.GraphProto{}
	}
	c.changes = m.mutate()
	for _, g := range m.graphs() {
		c.nodes += len(g.GetNode())
	}
	data, err := proto.Marshal(m.model)
	if err != nil {
		t.Fatalf("mutant %d: %v", seed, err)
	}
	if m.IntN(12) == 0 {
		data = m.damage(data)
		c.changes = append(c.changes, "damage")
	}
	c.files["mutant.onnx"] = data
	if m.data != nil {
		c.files["mutant.data"] = m.data
	}
	for name, data := range c.files {
		if err := os.WriteFile(filepath.Join(c.dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// find notes what is wrong.
func (c *specimen) find(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.finds = append(c.finds, text)
	c.Errorf("mutant %d (%s): %s", c.seed, strings.Join(c.changes, ", "), text)
}

// keep copies the files of the mutant, and what the commands said in many lines, to where artifacts are kept.
func (c *specimen) keep() {
	dir := filepath.Join(c.ArtifactDir(), fmt.Sprint(c.seed))
	for i, r := range c.runs {
		if bytes.Count(r.stderr, []byte("\n")) > 2 {
			c.files[fmt.Sprintf("stderr%d-%s", i, r.args[0])] = r.stderr
		}
	}
	for name, data := range c.files {
		if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(filepath.Join(dir, name), data, 0o666)); err != nil {
			c.Fatal(err)
		}
	}
}

// examine runs the commands.
func (c *specimen) examine() {
	pick := func(lists ...string) []string { return strings.Fields(lists[c.IntN(len(lists))]) }
	flags := append(pick("", "", "--batch 2", "--batch 3"),
		pick("", "", "", "", "", "--precision float64", "--straight-through", "--loss mse", "--loss output", "--loss cross-entropy", "--class-axis -1", "--params .", "--freeze .*bias", "--seed 9")...)
	inspected := c.command(slices.Concat([]string{"inspect", "mutant.onnx", "-q", "--json"}, flags), 0, statusBad)
	var inspection struct { // a record of an earlier run may hold numbers that no Go program reads
		Plan    *metainit.Plan
		Tensors []metainit.InspectedTensor
	}
	planned := int64(0)
	if inspected.status == 0 {
		if err := json.Unmarshal(inspected.stdout, &inspection); err != nil {
			c.find("inspect prints %v", err)
		}
		if inspection.Plan != nil {
			planned = inspection.Plan.MemoryBytes
		}
	}
	c.bounded(inspected, 0)
	c.bounded(c.command(slices.Concat([]string{"inspect", "mutant.onnx", "-q"}, flags), inspected.status), 0)
	c.bounded(c.command(slices.Concat([]string{"gq", "mutant.onnx", "-q"}, flags), 0, statusBad), planned)
	self := c.command([]string{"diff", "mutant.onnx", "mutant.onnx", "-q"}, 0, statusDiffTrouble)
	c.bounded(self, 0)
	c.unchanged()

	out := pick("out.onnx", "out.onnx", "out.onnx", "mutant.onnx")[0]
	ways := []string{"--paper --steps 1", "--paper --steps 3 --lr 10", "--candidates metainit --no-trial --steps 2", "--candidates he --no-trial",
		"--candidates lsuv --no-trial", "--candidates orthogonal --no-trial"}
	if p := inspection.Plan; p == nil || p.MultiplyAdds < 1e7 { // trials make some seven hundred steps
		ways = append(ways, "--steps 1")
	}
	args := slices.Concat([]string{"run", "mutant.onnx", "-q", "--json"}, flags, pick(ways...))
	if out == "mutant.onnx" {
		args = append(args, "--in-place")
	} else {
		args = append(args, "-o", out)
	}
	tuned := c.command(args, 0, statusBad, statusNotImproved)
	c.bounded(tuned, 2*planned) // a trial has the weights and what its optimizer holds besides
	if tuned.status != 0 {
		c.unchanged()
		return
	}
	var report runReport
	if err := json.Unmarshal(tuned.stdout, &report); err != nil || report.Output == "" && tuned.status == 0 && !c.same(".") {
		c.find("run prints %v, %q", err, report.Output)
		return
	}
	if report.Output == "" {
		c.unchanged()
		return
	}
	rescaled := map[string]bool{}
	for name := range report.Factors() {
		rescaled[ownName(name)] = true
	}
	for _, t := range inspection.Tensors {
		if slices.ContainsFunc(t.Tied, func(name string) bool { return rescaled[ownName(name)] }) {
			rescaled[ownName(t.Name)] = true
		}
	}
	original := "mutant.onnx"
	if out == original {
		original = "original.onnx"
		if err := os.WriteFile(filepath.Join(c.dir, original), c.files["mutant.onnx"], 0o666); err != nil {
			c.Fatal(err)
		}
	}
	c.compare(original, out, rescaled)
	status := []int{0, statusDifferent}
	if self.status == statusDiffTrouble {
		status = []int{statusDiffTrouble}
	}
	c.bounded(c.command([]string{"diff", original, out, "-q"}, status...), 0)
}

// ownName returns the name that a tensor has in the file: reports put the place before it, and number those of one name.
func ownName(name string) string {
	for _, place := range []onnxio.Place{onnxio.Subgraph, onnxio.Function, onnxio.Training} {
		name = strings.TrimPrefix(name, place.String()+"/")
	}
	if at := strings.LastIndex(name, "#"); at >= 0 {
		return name[:at]
	}
	return name
}

// command is one that has ended.
type command struct {
	args           []string
	status         int
	stdout, stderr []byte
	processor      time.Duration // user and system
	system         time.Duration
	resident       int64 // bytes
}

// command runs metainit, which has to end with one of the statuses and, if it is not done, with one line of messages.
func (c *specimen) command(args []string, statuses ...int) *command {
	ctx, cancel := context.WithTimeout(c.Context(), 10*time.Minute)
	defer cancel()
	limits := fmt.Sprintf(`ulimit -v %d; exec metainit "$@"`, mutantSpace>>10)
	process := exec.CommandContext(ctx, "bash", append([]string{"-c", limits, "metainit"}, args...)...)
	process.Dir = c.dir
	var stdout, stderr bytes.Buffer
	process.Stdout, process.Stderr = &stdout, &stderr
	err := process.Start()
	if err == nil {
		ended := make(chan struct{})
		go c.watch(process.Process, ended)
		err = process.Wait()
		close(ended)
	}
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		c.Fatal(err)
	}
	usage := process.ProcessState.SysUsage().(*syscall.Rusage)
	state := process.ProcessState
	r := &command{args, state.ExitCode(), stdout.Bytes(), stderr.Bytes(), state.UserTime() + state.SystemTime(), state.SystemTime(), usage.Maxrss << 10}
	c.runs = append(c.runs, r)
	said := c.firstOf(r.stderr)
	if !slices.Contains(statuses, r.status) {
		c.find("%q: status %d (%v), want one of %v: %s", r.args, r.status, state, statuses, said)
	} else if lines := bytes.Count(r.stderr, []byte("\n")); lines > 1 || lines == 0 && r.status != 0 && r.args[0] != "diff" {
		c.find("%q: %d lines of messages, want one: %s", r.args, lines, said)
	}
	for _, text := range [][]byte{r.stdout, r.stderr} {
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSuffix(line, "\n"); visible(line) != line {
				c.find("%q: prints control characters: %q", r.args, line)
				break
			}
		}
	}
	return r
}

// watch has a command that takes too much processor time end with the stacks of its goroutines.
func (c *specimen) watch(process *os.Process, ended chan struct{}) {
	const tick = 10 * time.Millisecond // of /proc/PID/stat
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Second):
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		var user, system time.Duration
		if fields := strings.Fields(rest); len(fields) > 12 {
			fmt.Sscan(fields[11], &user)
			fmt.Sscan(fields[12], &system)
		}
		if (user+system)*tick > 2*c.most() {
			process.Signal(syscall.SIGQUIT)
		}
	}
}

// most returns the processor time that a command may take.
func (c *specimen) most() time.Duration {
	return mutantProcessor + nodeProcessor*time.Duration(c.nodes)
}

// firstOf returns the beginning of a text.
func (c *specimen) firstOf(text []byte) string { return string(text[:min(len(text), 600)]) }

// bounded compares what a command took with what it may take.
func (c *specimen) bounded(r *command, planned int64) {
	if r.processor > c.most() {
		c.find("%q: takes %v (%v in the system), where at most %v are due to %d nodes", r.args, r.processor, r.system, c.most(), c.nodes)
	}
	if most := mutantMemory + planned + 8*int64(len(c.files["mutant.onnx"])) + nodeMemory*int64(c.nodes); r.resident > most {
		c.find("%q: holds %d MiB, where at most %d are due (%d planned)", r.args, r.resident>>20, most>>20, planned>>20)
	}
}

// unchanged requires that the folder is as it was.
func (c *specimen) unchanged() {
	if !c.same(".") {
		entries, _ := os.ReadDir(c.dir)
		c.find("after %q the folder has changed: %v", c.runs[len(c.runs)-1].args, entries)
	}
}

// same reports whether the folder has the files that were written first, and no others but those named.
func (c *specimen) same(others ...string) bool {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		c.Fatal(err)
	}
	for _, entry := range entries {
		if slices.Contains(others, entry.Name()) {
			continue
		}
		want, ok := c.files[entry.Name()]
		got, err := os.ReadFile(filepath.Join(c.dir, entry.Name()))
		if !ok || err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}

// compare requires that the output is the original but for one more entry of metadata and the values of the tensors.
func (c *specimen) compare(original, out string, rescaled map[string]bool) {
	if !c.same(original, out, out+".data") {
		entries, _ := os.ReadDir(c.dir)
		c.find("after the run the folder has changed: %v", entries)
	}
	a, errA := onnxio.Open(filepath.Join(c.dir, original))
	b, errB := onnxio.Open(filepath.Join(c.dir, out))
	if err := errors.Join(errA, errB); err != nil {
		c.find("the output cannot be opened: %v", err)
		return
	}
	defer a.Close()
	defer b.Close()
	c.compareValues(a, b, rescaled)
	if n := len(a.Proto.MetadataProps); len(b.Proto.MetadataProps) != n+1 {
		c.find("%d entries of metadata, where %d were", len(b.Proto.MetadataProps), n)
	}
	if c.files["mutant.data"] == nil {
		c.compareBytes(a, b, rescaled)
	}
}

// compareValues compares all tensors but those that are rescaled.
func (c *specimen) compareValues(a, b *onnxio.Model, rescaled map[string]bool) {
	if len(a.Tensors) != len(b.Tensors) {
		c.find("%d tensors, want %d", len(b.Tensors), len(a.Tensors))
		return
	}
	for i, t := range a.Tensors {
		if t.Size() > 1<<24 {
			continue
		}
		want, errWant := t.Float64s()
		got, err := b.Tensors[i].Float64s()
		same := slices.EqualFunc(got, want, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y })
		if (err == nil) != (errWant == nil) || len(got) != len(want) || !same && !rescaled[t.Name] {
			c.find("tensor %q has changed (%v, %v), outside of %q", t.Name, errWant, err, slices.Sorted(maps.Keys(rescaled)))
		}
	}
}

// compareBytes compares all that stands before the entry of metadata, except where both files hold the values of a tensor
// that is rescaled. It takes the places from the decoding of protobuf itself.
func (c *specimen) compareBytes(a, b *onnxio.Model, rescaled map[string]bool) {
	before := c.files["mutant.onnx"]
	after, err := os.ReadFile(b.Path)
	p, q := new(onnxpb.ModelProto), new(onnxpb.ModelProto)
	if err := errors.Join(err, proto.Unmarshal(before, p), proto.Unmarshal(after, q)); err != nil || len(after) < len(before) {
		c.find("%d bytes of output, %d of input: %v", len(after), len(before), err)
		return
	}
	equal := make([]bool, len(before))
	for i := range before {
		equal[i] = before[i] == after[i]
	}
	inputs, outputs := tensorsOf(p), tensorsOf(q)
	for i, t := range tensorsOf(a.Proto) {
		if known := a.Tensor(t); known == nil || !rescaled[known.Name] {
			continue
		}
		was, is := payloadOf(inputs[i]), payloadOf(outputs[i])
		for at := 0; !bytes.Equal(was, is); {
			next := bytes.Index(before[at:], was)
			if next < 0 {
				break
			}
			if at += next; !bytes.HasPrefix(after[at:], is) {
				at++
				continue
			}
			for range was {
				equal[at] = true
				at++
			}
		}
	}
	if at := slices.Index(equal, false); at >= 0 {
		c.find("byte %d of %d is another, outside of %q", at, len(before), slices.Sorted(maps.Keys(rescaled)))
	}
}

// payloadOf returns the bytes that hold the values.
func payloadOf(t *onnxpb.TensorProto) []byte {
	if len(t.GetFloatData()) == 0 {
		return t.GetRawData()
	}
	var b []byte
	for _, v := range t.GetFloatData() {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// tensorsOf returns the tensors of a model, wherever they stand.
func tensorsOf(p *onnxpb.ModelProto) []*onnxpb.TensorProto {
	var all []*onnxpb.TensorProto
	var within func(m protoreflect.Message)
	within = func(m protoreflect.Message) {
		if t, ok := m.Interface().(*onnxpb.TensorProto); ok {
			all = append(all, t)
		}
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			switch f := fields.Get(i); {
			case f.Message() == nil || !m.Has(f):
			case f.IsList():
				for k := range m.Get(f).List().Len() {
					within(m.Get(f).List().Get(k).Message())
				}
			default:
				within(m.Get(f).Message())
			}
		}
	}
	within(p.ProtoReflect())
	return all
}
