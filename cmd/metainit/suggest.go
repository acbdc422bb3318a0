package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"onnx-metainit/metainit"
)

// similar is the least similarity of Jaro and Winkler of a name and what was meant by it.
const similar = 0.8

// nearest returns the name that is most like the given one; "" if none is.
func nearest(given string, names []string) string {
	best, found := similar, ""
	for _, name := range names {
		if s := smetrics.JaroWinkler(strings.ToLower(given), strings.ToLower(name), 0.7, 4); s >= best {
			best, found = s, name
		}
	}
	return found
}

// didYouMean returns what to add to a message about a name that there is not.
func didYouMean(given string, names []string) string {
	if name := nearest(given, names); name != "" {
		return fmt.Sprintf("; did you mean %s?", name)
	}
	return ""
}

// suggestion returns what to add to the message of an error that a command ends with.
func suggestion(err error) string {
	var unknown *metainit.UnknownNameError
	if errors.As(err, &unknown) {
		return didYouMean(unknown.Name, unknown.Known)
	}
	return ""
}

// unknownCommand is the error for a first argument that is no command.
func unknownCommand(c *cli.Context, names []string) error {
	given := c.Args().First()
	if _, err := os.Stat(given); err == nil {
		return usagef("%q is not a command: did you mean metainit run %s?", given, given)
	}
	return usagef("%q is not a command: give one of %s%s", given, strings.Join(names, ", "), didYouMean(given, names))
}

// unknownFlag returns what to add to the message of the library for a flag that there is not.
func unknownFlag(c *cli.Context, err error) string {
	_, given, ok := strings.Cut(err.Error(), "flag provided but not defined: -")
	if !ok || c.Command == nil {
		return ""
	}
	return didYouMean("--"+strings.TrimLeft(given, "-"), flagNames(c))
}

// flagNames returns the flags of a command.
func flagNames(c *cli.Context) (names []string) {
	for _, f := range c.Command.Flags {
		names = append(names, "--"+f.Names()[0])
	}
	return names
}
