package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command before its positional arguments, where the command line library wants them. The
// first two arguments are the program and the command; what follows "--" is positional. Asking for help is asking for
// nothing else.
func flagsFirst(args []string, commands []*cli.Command) []string {
	if len(args) < 2 {
		return args
	}
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if i < 0 {
		return args
	}
	valued := valuedFlags(commands[i])
	var flags, positional []string
	for rest := args[2:]; len(rest) > 0; {
		arg := rest[0]
		rest = rest[1:]
		name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
		switch {
		case arg == "--":
			positional = append(positional, rest...)
			rest = nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			positional = append(positional, arg)
		case name == "help" || name == "h":
			return append(slices.Clone(args[:2]), "--help")
		case !valued[name]:
			flags = append(flags, arg)
		case len(rest) == 0: // the library says that the value is missing, if nothing follows
			return slices.Concat(args[:2], flags, []string{arg})
		default: // the value may begin with "-": a negative number
			flags = append(flags, arg, rest[0])
			rest = rest[1:]
		}
	}
	return slices.Concat(args[:2], flags, []string{"--"}, positional)
}

// valuedFlags returns the names of the flags that take a value.
func valuedFlags(c *cli.Command) map[string]bool {
	valued := map[string]bool{}
	for _, f := range c.Flags {
		if _, boolean := f.(*cli.BoolFlag); boolean {
			continue
		}
		for _, name := range f.Names() {
			valued[name] = true
		}
	}
	return valued
}
