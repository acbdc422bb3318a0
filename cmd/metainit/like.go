package main

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

func likeFlag() cli.Flag {
	return &cli.StringFlag{Category: groupOutput, Name: "like", Usage: "take the flags that say what is computed from the record of a run, in the metadata of `TUNED`.onnx or printed by run --json; those of the command line count before them"}
}

// like gives the command the flags of a recorded run that it lacks. The data that they name must be what it was.
func like(c *cli.Context) error {
	path := c.String("like")
	if path == "" {
		return nil
	}
	r, err := readRecord(path)
	if err != nil {
		return err
	}
	if r.Provenance == nil {
		return usagef("%s: the record has no flags", path)
	}
	if err := setFlags(c, path, r.Flags, computes); err != nil {
		return err
	}
	for _, f := range r.Files {
		if f.Role != "data" {
			continue
		}
		switch _, sum, err := hashOf(context.Background(), f.Name); {
		case err != nil:
			return inFile(path, err)
		case sum != f.SHA256:
			return usagef("%s: the run was on other data than what %s holds now; name the data", path, f.Name)
		}
	}
	return nil
}

// setFlags gives the command the flags of a file that it lacks; all have to be allowed there.
func setFlags(c *cli.Context, path string, flags map[string][]string, allowed func(cli.Flag) bool) error {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		known := slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) && allowed(f) })
		if !known {
			return usagef("%s: it has the flag --%s, which %s does not take from there%s", path, name, c.Command.Name, didYouMean("--"+name, flagNames(c)))
		}
		if c.IsSet(name) {
			continue
		}
		for _, value := range flags[name] {
			if err := c.Set(name, value); err != nil {
				return usagef("%s: it has --%s %q: %v", path, name, value, err)
			}
		}
	}
	return nil
}

// readRecord reads the record of a run from a model's metadata, or from what run --json printed.
func readRecord(path string) (*metainit.Record, error) {
	if isScales(path) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		r, err := metainit.ParseRecord(text)
		return r, inFile(path, err)
	}
	m, err := onnxio.Open(path)
	if err != nil {
		return nil, inFile(path, err)
	}
	defer m.Close()
	return metainit.LastRecord(m)
}
