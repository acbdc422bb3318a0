package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

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
