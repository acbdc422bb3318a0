package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v3"
)

// mostConfig is how many bytes a file of flags has at most.
const mostConfig = 1 << 20

func configFlag() cli.Flag {
	return &cli.StringFlag{Category: groupOutput, Name: "config", Usage: "take flags from `FILE`.yaml, by their names: a value, or a list for those that are repeatable; those of the command line count before them"}
}

// configure gives the command the flags of --config that it lacks.
func configure(c *cli.Context) error {
	path := c.String("config")
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostConfig+1))
	switch {
	case err != nil:
		return err
	case len(text) > mostConfig:
		return usagef("%s: more than %d bytes: not a file of flags", path, mostConfig)
	}
	var entries map[string]yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		return usagef("%s: not a YAML file of flags: %w", path, err)
	}
	flags := make(map[string][]string)
	for name, value := range entries {
		if flags[name], err = flagValues(&value); err != nil {
			return usagef("%s: --%s: %w", path, name, err)
		}
	}
	return setFlags(c, path, flags, func(f cli.Flag) bool { return f.Names()[0] != "config" })
}

// flagValues returns a value, or those of a list, as they would stand on the command line.
func flagValues(n *yaml.Node) (list []string, err error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return []string{n.Value}, nil
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("line %d: give a value", item.Line)
			}
			list = append(list, item.Value)
		}
		return list, nil
	}
	return nil, fmt.Errorf("line %d: give a value or a list", n.Line)
}
