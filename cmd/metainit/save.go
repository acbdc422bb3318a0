package main

import (
	"encoding/json"
	"fmt"
	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
)

// paths returns the model's file and the one to write. In place, links are followed: what they point to is changed, unless
// others share it.
func paths(c *cli.Context, arg string) (model, out string, err error) {
	switch {
	case c.Bool("in-place") && c.IsSet("output"):
		return "", "", usagef("--in-place changes MODEL itself: leave out --output %s", c.String("output"))
	case c.Bool("in-place"):
		if model, err = filepath.EvalSymlinks(arg); err != nil {
			return "", "", fmt.Errorf("model cannot be read: %w", err)
		}
		if onnxio.IsSharedBlob(model) {
			return "", "", fmt.Errorf("%s: --in-place would change %s, which the Hugging Face hub's cache shares between revisions; give --output instead", arg, model)
		}
		return model, model, nil
	case c.IsSet("output"):
		return arg, c.String("output"), nil
	}
	return arg, outputName(arg), nil
}

// savable returns the error that saving would have, as far as it can be told beforehand.
func savable(c *cli.Context, m *onnxio.Model, out string) error {
	if c.Bool("in-place") {
		return m.CanSaveInPlace()
	}
	return m.CanSave(out)
}

func save(c *cli.Context, m *onnxio.Model, p *metainit.Problem, r *metainit.Result, model, out string) error {
	write := m.Save
	if c.Bool("in-place") {
		write = func(_ string, scale []onnxio.Scaling, key string, value func([]onnxio.Rescaled) string) (*onnxio.Saved, error) {
			return m.SaveInPlace(scale, key, value)
		}
	}
	key := metainit.MetadataKey
	if c.Bool("no-metadata") {
		key = ""
	}
	_, err := write(out, p.Scalings(r), key, p.Record(r))
	if err != nil && strings.Contains(err.Error(), model) {
		return err // about a tensor of the input
	} else if err != nil {
		return inFile(out, err)
	}
	for _, t := range r.Tensors {
		if off := *t.NormReached/t.NormAfter - 1; (off > 1e-3 || off < -1e-3) && !c.Bool("quiet") {
			printf(c.App.ErrWriter, "%s: tensor %q: rounding to its type made the norm %.4g, where %.4g was asked for\n", out, t.Name, *t.NormReached, t.NormAfter)
		}
	}
	return nil
}

// saveScales writes the factors where a flag says.
func saveScales(c *cli.Context, r *metainit.Result) error {
	if !c.IsSet("scales") {
		return nil
	}
	text, err := json.MarshalIndent(r.Factors(), "", "  ")
	if err != nil {
		return err
	}
	return writeFile(c.String("scales"), append(text, '\n'))
}
