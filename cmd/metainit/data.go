package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

// open opens the model and builds the problem that the flags describe. The caller closes the model.
func open(c *cli.Context, path string) (*onnxio.Model, *metainit.Problem, error) {
	m, opt, err := openModel(c, path)
	if err != nil {
		return nil, nil, err
	}
	p, err := metainit.New(m, opt)
	if err != nil {
		m.Close()
		return nil, nil, inFile(path, err)
	}
	return m, p, nil
}

// openModel opens the model and reads the data that the flags name.
func openModel(c *cli.Context, path string) (*onnxio.Model, metainit.Options, error) {
	opt, err := problemOptions(c)
	if err != nil {
		return nil, opt, err
	}
	m, err := onnxio.Open(path)
	if err != nil {
		return nil, opt, inFile(path, err)
	}
	if opt.Inputs, err = inputs(metainit.InputNames(m), c.StringSlice("input")); err == nil && c.IsSet("target") {
		opt.Target, err = metainit.ReadNPY(c.String("target"))
	}
	if err != nil {
		m.Close()
		return nil, opt, err
	}
	return m, opt, nil
}

// inputs reads the files of the flags NAME:FILE.npy and FILE.npy.
func inputs(names, flags []string) (map[string]*metainit.Array, error) {
	arrays := map[string]*metainit.Array{}
	for _, flag := range flags {
		name, file, err := splitInput(names, flag)
		if err != nil {
			return nil, err
		}
		if arrays[name] != nil {
			return nil, usagef("--input %s: the input %q has data already; give one file for each", flag, name)
		}
		if arrays[name], err = metainit.ReadNPY(file); err != nil {
			return nil, err
		}
	}
	return arrays, nil
}

// splitInput takes NAME:FILE apart. Both may hold colons (serving_default_x:0, C:\x.npy): the name is the longest one that
// the model has. Without such a name all of it is the file of the only input, unless it looks like a name that is wrong.
func splitInput(names []string, flag string) (name, file string, err error) {
	for i := len(flag) - 1; i > 0; i-- {
		if flag[i] == ':' && slices.Contains(names, flag[:i]) {
			return flag[:i], flag[i+1:], nil
		}
	}
	inputs := fmt.Sprintf("the model's inputs are %s", strings.Join(names, ", "))
	if name, rest, ok := strings.Cut(flag, ":"); ok && !(len(name) == 1 && strings.HasPrefix(rest, `\`)) { // a Windows drive
		if _, err := os.Stat(flag); err != nil {
			return "", "", fmt.Errorf("--input %s: there is no input %q; %s", flag, name, inputs)
		}
	}
	if len(names) != 1 {
		return "", "", fmt.Errorf("--input %s: say which input it is for, as NAME:FILE.npy; %s", flag, inputs)
	}
	return names[0], flag, nil
}
