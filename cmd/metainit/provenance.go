package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

// provenance says what a result comes from: the version, the flags that tell what is computed, and the files that were read,
// which the caller knows to be unchanged.
func provenance(ctx context.Context, c *cli.Context, m *onnxio.Model) (*metainit.Provenance, error) {
	p := &metainit.Provenance{Tool: tool(), Flags: givenFlags(c)}
	add := func(role, name, path string) error {
		size, sum, err := hashOf(ctx, path)
		p.Files = append(p.Files, metainit.HashedFile{Role: role, Name: name, Bytes: size, SHA256: sum})
		return err
	}
	if err := add("model", "", m.Path); err != nil {
		return nil, err
	}
	for _, path := range m.ExternalFiles() {
		if err := add("external data", "", path); err != nil {
			return nil, err
		}
	}
	data, err := givenData(c, m)
	for _, path := range data {
		if err == nil {
			err = add("data", path, path)
		}
	}
	return p, err
}

// tool is the program and its version.
func tool() string { return "metainit " + version() }

// givenData returns the files of data that the flags name.
func givenData(c *cli.Context, m *onnxio.Model) ([]string, error) {
	inputs, err := inputFiles(metainit.InputNames(m), c.StringSlice("input"))
	if err != nil {
		return nil, err
	}
	targets, err := targetFiles(m, c.StringSlice("output-name"), c.StringSlice("target"))
	if err != nil {
		return nil, err
	}
	list := slices.Concat(slices.Sorted(maps.Values(inputs)), slices.Sorted(maps.Values(targets)))
	samples, err := givenSamples(c)
	return append(list, samples...), err
}

// givenSamples returns the files of samples that the flags name.
func givenSamples(c *cli.Context) (list []string, err error) {
	for _, flag := range []string{"data", "test-data"} {
		if path := c.String(flag); path != "" && err == nil {
			var files []string
			files, err = metainit.SampleFiles(path)
			list = append(list, files...)
		}
	}
	return list, err
}

// givenFlags returns the flags that were given and say what is computed, by name.
func givenFlags(c *cli.Context) map[string][]string {
	given := make(map[string][]string)
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if !c.IsSet(name) || !computes(f) {
			continue
		}
		switch f.(type) {
		case *cli.StringSliceFlag:
			given[name] = c.StringSlice(name)
		case *cli.Float64SliceFlag:
			for _, v := range c.Float64Slice(name) {
				given[name] = append(given[name], strconv.FormatFloat(v, 'g', -1, 64))
			}
		default:
			given[name] = []string{fmt.Sprint(c.Value(name))}
		}
	}
	return given
}

// computes reports whether a flag says what is computed, and not how fast, or what becomes of it.
func computes(f cli.Flag) bool {
	grouped, ok := f.(cli.CategorizableFlag)
	return ok && slices.Contains([]string{groupModel, groupData, groupSearch}, grouped.GetCategory())
}

// hashOf returns the size and the hash of a file.
func hashOf(ctx context.Context, path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, untilDone{ctx, f})
	return size, hex.EncodeToString(sum.Sum(nil)), err
}

// untilDone is a reader that ends with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
