package main

import (
	"fmt"
	"onnx-metainit/onnxio"
	"os"
	"slices"
	"strings"
)

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
