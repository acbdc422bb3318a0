package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

// state is the framework's own weights, which are to be rescaled as the model is.
type state struct {
	files    []*onnxio.Model
	outputs  []string
	transfer *metainit.Transfer

	scalings [][]onnxio.Scaling // by file
	used     [][]metainit.Correspondence
}

// transferred is a file of weights, and what in it is whose.
type transferred struct {
	File    string                    `json:"file"`
	Output  string                    `json:"output"`
	Tensors []metainit.Correspondence `json:"tensors"`
}

// openWeights opens a file of weights, or a model, by its extension.
func openWeights(path string) (*onnxio.Model, error) {
	if open := weightsFormat(path); open != nil {
		return open(path)
	}
	return onnxio.Open(path)
}

// weightsFormat returns what opens a file of weights alone; nil if its extension is of no such file.
func weightsFormat(path string) func(path string) (*onnxio.Model, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".safetensors":
		return onnxio.OpenSafetensors
	case ".npz":
		return onnxio.OpenNPZ
	}
	return nil
}

// openState opens the files that the flags name, and finds the weights of the problem in them, before anything takes time.
func openState(c *cli.Context, p *metainit.Problem) (*state, error) {
	s := &state{}
	paths := c.StringSlice("weights")
	switch {
	case len(paths) == 0 && c.IsSet("weights-out"):
		return nil, usagef("--weights-out %s: is for --weights: give that too", c.String("weights-out"))
	case len(paths) == 0:
		return s, nil
	case len(paths) > 1 && c.IsSet("weights-out"):
		return nil, usagef("--weights-out %s: is for one file of --weights; leave it out, and each gets .metainit before its extension", c.String("weights-out"))
	}
	for _, path := range paths {
		open := weightsFormat(path)
		if open == nil {
			s.close()
			return nil, usagef("--weights %s: give a .safetensors file, as safetensors.torch.save_file writes it, or a .npz file of numpy.savez", path)
		}
		m, err := open(path)
		if err != nil {
			s.close()
			return nil, err
		}
		s.files = append(s.files, m)
		s.outputs = append(s.outputs, weightsOutput(c, path))
		if err := m.CanSave(s.outputs[len(s.outputs)-1]); err != nil {
			s.close()
			return nil, err
		}
	}
	defer during(c, "finding the weights of %s", strings.Join(paths, ", "))()
	var err error
	if s.transfer, err = p.TransferTo(s.files...); err != nil {
		s.close()
		return nil, inFile(strings.Join(paths, ", "), err)
	}
	return s, nil
}

// weightsOutput returns the file that the weights of a file are written to.
func weightsOutput(c *cli.Context, path string) string {
	if c.IsSet("weights-out") {
		return c.String("weights-out")
	}
	return outputName(path)
}

// until makes reading and writing the files end when the context does.
func (s *state) until(ctx context.Context) {
	for _, m := range s.files {
		m.Until(ctx)
	}
}

func (s *state) close() {
	for _, m := range s.files {
		m.Close()
	}
}

// scale finds out what factors do to the files, and whatever is wrong with that, before anything is written.
func (s *state) scale(factors map[string]float64) error {
	for _, m := range s.files {
		scalings, used, err := s.transfer.Scalings(factors, m)
		if err == nil {
			_, err = m.Try(scalings)
		}
		if err != nil {
			return err
		}
		s.scalings, s.used = append(s.scalings, scalings), append(s.used, used)
	}
	return nil
}

// save writes the files.
func (s *state) save() ([]transferred, error) {
	done := []transferred{}
	for i, m := range s.files {
		if _, err := m.Save(s.outputs[i], s.scalings[i], "", nil); err != nil {
			return done, err
		}
		done = append(done, transferred{m.Path, s.outputs[i], s.used[i]})
	}
	return done, nil
}

// printTransferred prints a table for each file: which tensor holds which weight, how, and what it was multiplied by. Below another
// table an empty line comes first.
func printTransferred(v *view, files []transferred, below bool) error {
	for i, f := range files {
		l := &listing{few: true, named: !below, columns: []column{
			{title: "weight", short: asName},
			{title: "factor", numbers: true},
			{title: "tensor", short: asName},
			{title: "how it lies there", short: asNote, spare: 1},
		}}
		tensors := slices.Clone(f.Tensors)
		slices.SortStableFunc(tensors, func(a, b metainit.Correspondence) int { return largestFirst(a.Factor, b.Factor) })
		for _, t := range tensors {
			l.add(0, words(t.Weight), number(&t.Factor, 4), words(t.Target), words(t.How))
		}
		if below && v.format == formatCSV {
			return nil
		}
		if below || i > 0 {
			v.gap()
		}
		if err := v.table(l); err != nil {
			return err
		}
	}
	return nil
}
