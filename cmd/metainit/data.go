package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

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

// inputFiles returns the files of the flags --input, by input.
func inputFiles(names, flags []string) (map[string]string, error) {
	return dataFiles("input", flags, func(flag string) (name, file string, err error) { return splitInput(names, flag) })
}

// targetFiles returns the files of the flags --target: of the outputs that are named, or those of the model if none is.
func targetFiles(m *onnxio.Model, outputs, flags []string) (map[string]string, error) {
	names := outputs
	if len(names) == 0 {
		for _, o := range m.Proto.GetGraph().GetOutput() {
			names = append(names, o.GetName())
		}
	}
	return dataFiles("target", flags, func(flag string) (name, file string, err error) {
		if name, file, err = splitName("target", "output", names, flag); name == "" && err == nil && len(outputs) > 1 {
			err = fmt.Errorf("--target %s: say which output it is for, as NAME:FILE.npy; the outputs are %s", flag, strings.Join(names, ", "))
		}
		return name, file, err
	})
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

// dataFiles returns the files of the flags NAME:FILE.npy and FILE.npy, by name.
func dataFiles(kind string, flags []string, split func(flag string) (name, file string, err error)) (map[string]string, error) {
	byName := map[string]string{}
	for _, flag := range flags {
		name, file, err := split(flag)
		if err != nil {
			return nil, err
		}
		if _, twice := byName[name]; twice {
			return nil, usagef("--%s %s: the %[1]s %[3]q has data already; give one file for each", kind, flag, name)
		}
		byName[name] = file
	}
	return byName, nil
}

// splitInput takes NAME:FILE apart; FILE alone is that of the only input.
func splitInput(names []string, flag string) (name, file string, err error) {
	name, file, err = splitName("input", "input", names, flag)
	switch {
	case err != nil || name != "":
		return name, file, err
	case len(names) != 1:
		return "", "", fmt.Errorf("--input %s: say which input it is for, as NAME:FILE.npy; the model's inputs are %s", flag, strings.Join(names, ", "))
	}
	return names[0], flag, nil
}

// splitName takes NAME:FILE apart. Both may hold colons (serving_default_x:0, C:\x.npy): the name is the longest one that
// there is. Without such a name all of it is the file, unless it looks like a name that is wrong.
func splitName(option, kind string, names []string, flag string) (name, file string, err error) {
	for i := len(flag) - 1; i > 0; i-- {
		if flag[i] == ':' && slices.Contains(names, flag[:i]) {
			return flag[:i], flag[i+1:], nil
		}
	}
	if name, rest, ok := strings.Cut(flag, ":"); ok && !(len(name) == 1 && strings.HasPrefix(rest, `\`)) { // a Windows drive
		if _, err := os.Stat(flag); err != nil {
			return "", "", fmt.Errorf("--%s %s: there is no %s %q; the model's %[3]ss are %[5]s", option, flag, kind, name, strings.Join(names, ", "))
		}
	}
	return "", flag, nil
}
