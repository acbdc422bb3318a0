package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onnx-metainit/metainit"
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

// storedAs finds the name in the file of a tensor that has another name in the model.
var storedAs = regexp.MustCompile(`; stored as ("[^"]*")`)

// examine runs the commands.
func (c *specimen) examine() {
	pick := func(lists ...string) []string { return strings.Fields(lists[c.IntN(len(lists))]) }
	flags := append(pick("", "", "--batch 2", "--batch 3"),
		pick("", "", "", "", "", "--precision float64", "--straight-through",
			"--loss mse", "--loss output", "--loss cross-entropy", "--class-axis -1", "--params .", "--freeze .*bias", "--seed 9")...)
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
		if m := storedAs.FindStringSubmatch(t.Reason); m != nil && rescaled[ownName(t.Name)] { // one of several under another's name
			if name, err := strconv.Unquote(m[1]); err == nil {
				rescaled[name] = true
			}
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
