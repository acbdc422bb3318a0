package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// run does what the arguments, the program's name first, say and returns the exit status.
func run(args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil {
			printf(stderr, "metainit: %s\n", internalError(r))
			status = troubleOf(args, statusInternal)
		}
	}()
	messages := newConsole(stderr)
	stderr = messages
	out := newPage(messages, stdout)
	app := newApp(out, stderr)
	app.Metadata = map[string]any{"command": args}
	err := app.Run(flagsFirst(args, app.Commands))
	messages.end()
	flushed := out.Flush()
	if err != nil && err.Error() != "" && !(flushed != nil && errors.Is(err, flushed)) {
		printf(stderr, "metainit: %s%s\n", err, suggestion(err))
	}
	var e *exit
	switch {
	case flushed != nil:
		printf(stderr, "metainit: standard output cannot be written: %v\n", flushed)
		return troubleOf(args, statusOutput)
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.status
	}
	return troubleOf(args, statusBad)
}

// troubleOf returns the exit status of what is no answer: diff has one for all of it, as 1 means that the models differ.
func troubleOf(args []string, status int) int {
	if len(args) > 1 && args[1] == "diff" {
		return statusDiffTrouble
	}
	return status
}

// internalError returns the message for what a panic holds.
func internalError(r any) string {
	return fmt.Sprintf("this is an error of metainit itself, please report it with the command and the model: %v", r)
}

// The exit statuses besides 0.
const (
	statusBad         = 1
	statusUsage       = 2
	statusNotImproved = 3
	statusInternal    = 70  // an error of the program itself, as sysexits.h has it
	statusOutput      = 74  // the standard output cannot be written, likewise
	statusInterrupted = 130 // as shells have it for SIGINT

	statusDifferent   = 1 // of diff
	statusDiffTrouble = 2
)

// exitStatuses are explained at the end of the help text.
const exitStatuses = `
   0    it is done
   1    the input is bad; of diff: the models differ
   2    the command line is wrong; of diff: any trouble
   3    run found nothing better than the input
   70   an error of metainit itself
   74   the standard output cannot be written
   130  interrupted
`

// exit is an error with an exit status of its own; without a message nothing is printed.
type exit struct {
	status  int
	message string
	cause   error
}

func (e *exit) Error() string { return e.message }

func (e *exit) Unwrap() error { return e.cause }

// usagef returns an error for a wrong command line.
func usagef(format string, args ...any) error {
	cause := fmt.Errorf(format, args...)
	return &exit{statusUsage, cause.Error(), cause}
}

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:                      "metainit",
		Usage:                     "tune the initial weights of ONNX models with MetaInit",
		Version:                   version(),
		Commands:                  []*cli.Command{runCommand(), trialCommand(), applyCommand(), gqCommand(), inspectCommand(), diffCommand(), reportCommand(), completionCommand(), manCommand(), versionCommand()},
		Writer:                    stdout,
		ErrWriter:                 stderr,
		DisableSliceFlagSeparator: true, // shapes and file names hold commas
		OnUsageError:              wrongUsage,
		ExitErrHandler:            func(*cli.Context, error) {}, // run returns the status
		Action: func(c *cli.Context) error {
			var names []string
			for _, command := range c.App.VisibleCommands() {
				names = append(names, command.Name)
			}
			names = slices.DeleteFunc(names, func(name string) bool { return name == "help" })
			if c.NArg() == 0 {
				return usagef("no command: give one of %s; metainit --help explains them", strings.Join(names, ", "))
			}
			return unknownCommand(c, names)
		},
		Description: examples(
			"metainit run model.onnx                       # writes model.metainit.onnx",
			"metainit gq model.onnx                        # measures, changes nothing",
			"metainit inspect model.onnx",
			"metainit diff model.onnx model.metainit.onnx",
		),
	}
	width := helpWidth(columns(stdout))
	for _, c := range app.Commands {
		c.HideHelpCommand = true // a model may be called help
		c.OnUsageError = wrongUsage
		c.CustomHelpTemplate = commandHelp(c, width)
	}
	app.CustomAppHelpTemplate = appHelp(app, width)
	return app
}

func wrongUsage(c *cli.Context, err error, isSubcommand bool) error {
	name := "metainit"
	if isSubcommand {
		name = "metainit " + c.Command.Name
	}
	return usagef("%v%s; %s --help lists the flags", err, unknownFlag(c, err), name)
}

// examples returns the description of a command: command lines.
func examples(lines ...string) string { return strings.Join(lines, "\n") }

// models reads the flags of --config and returns the arguments of a command, as many as there are names. An empty argument or
// flag is an error: it is a variable of a script that was not set.
func models(c *cli.Context, names ...string) ([]string, error) {
	if err := configure(c); err != nil {
		return nil, err
	}
	if slices.Contains(c.Args().Slice(), "") {
		return nil, usagef("the name of a file is empty: %s needs %s", c.Command.Name, strings.Join(names, " and "))
	}
	if slices.Contains(c.Args().Slice(), "-") {
		return nil, usagef("-: the standard input is not read, as a model is needed more than once; give the name of a file, such as ./-")
	}
	for _, name := range c.LocalFlagNames() {
		if c.Value(name) == "" || slices.Contains(c.StringSlice(name), "") {
			return nil, usagef("the flag %s is empty: give it a value or leave it out", name)
		}
	}
	if c.NArg() == len(names) {
		return c.Args().Slice(), nil
	}
	given := "none is given"
	if c.NArg() > 0 {
		given = fmt.Sprintf("given are %q", c.Args().Slice())
	}
	return nil, usagef("%s needs %s, %s; metainit %s --help shows examples", c.Command.Name, strings.Join(names, " and "), given, c.Command.Name)
}

// version returns what the build knows of the program's version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return strings.TrimSpace(v + " " + info.GoVersion)
}
