package main

import (
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

// open opens the model, which is to be rewritten to out unless that is "", and builds the problem that the flags describe.
// The caller closes the model.
func open(c *cli.Context, path, out string) (*onnxio.Model, *metainit.Problem, error) {
	m, opt, err := openModel(c, path, out)
	if err != nil {
		return nil, nil, err
	}
	defer during(c, "building the graph of %s", path)()
	p, err := metainit.New(m, opt)
	if err != nil {
		m.Close()
		return nil, nil, inFile(path, err)
	}
	return m, p, nil
}

// openModel opens the model, checks all files that the command names, and reads the data among them.
func openModel(c *cli.Context, path, out string) (*onnxio.Model, metainit.Options, error) {
	opt, err := problemOptions(c)
	if err != nil {
		return nil, opt, err
	}
	defer during(c, "reading %s", path)()
	m, err := onnxio.Open(path)
	if err != nil {
		return nil, opt, inFile(path, err)
	}
	if err = openData(c, m, out, &opt); err != nil {
		m.Close()
		return nil, opt, err
	}
	return m, opt, nil
}

// openData reads the data that the flags name, after a check of all files.
func openData(c *cli.Context, m *onnxio.Model, out string, opt *metainit.Options) error {
	inputs, err := inputFiles(metainit.InputNames(m), c.StringSlice("input"))
	if err != nil {
		return err
	}
	targets, err := targetFiles(m, opt.Outputs, c.StringSlice("target"))
	if err != nil {
		return err
	}
	samples, err := givenSamples(c)
	if err != nil {
		return err
	}
	all := filesOf(c, m, out)
	all.reads(samples...)
	all.reads(slices.Collect(maps.Values(inputs))...)
	all.reads(slices.Collect(maps.Values(targets))...)
	if err := all.check(); err != nil {
		return err
	}
	if out != "" {
		if err := savable(c, m, out); err != nil {
			return err
		}
	}
	if opt.Inputs, err = arrays(inputs); err == nil {
		opt.Targets, err = arrays(targets)
	}
	if opt.Data, err = dataset(c, m, "data", err); opt.Data != nil {
		opt.TestData, err = dataset(c, m, "test-data", err)
	} else if err == nil && c.IsSet("test-data") {
		err = usagef("--test-data %s: judges trials on --data: give that too", c.String("test-data"))
	}
	return err
}

// dataset reads the samples of a flag, if it is given and nothing failed before.
func dataset(c *cli.Context, m *onnxio.Model, flag string, failed error) (*metainit.Dataset, error) {
	path := c.String(flag)
	if failed != nil || path == "" {
		return nil, failed
	}
	arrays, err := metainit.ReadSamples(path, metainit.InputNames(m))
	if err != nil {
		return nil, err
	}
	d, err := metainit.NewDataset(arrays)
	if err != nil {
		return nil, inFile(path, err)
	}
	return d, nil
}

// arrays reads files.
func arrays(files map[string]string) (map[string]*metainit.Array, error) {
	byName := map[string]*metainit.Array{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var err error
		if byName[name], err = metainit.ReadNPY(files[name]); err != nil {
			return nil, err
		}
	}
	return byName, nil
}
