package main

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// view is how a command prints: where to, how wide, in which form, and what of its tables.
type view struct {
	w      io.Writer
	width  int // of the terminal; 0: lines are as long as they are
	colour bool
	format string

	all    bool
	sort   string         // the title of a column, or ""
	filter *regexp.Regexp // of names; nil: all
}

// fewRows is how many rows of a long table a terminal is shown.
const fewRows = 20

// The forms of --format.
const (
	formatText     = "text"
	formatMarkdown = "markdown"
	formatCSV      = "csv"
	formatHTML     = "html"
)

// formatFlag says in which form tables are printed.
func formatFlag() cli.Flag {
	return &cli.StringFlag{Category: groupOutput, Name: "format", Value: formatText,
		Usage: "print tables as text, markdown, csv or html (csv: the command's own table alone, numbers in full)",
		Action: func(c *cli.Context, format string) error {
			if !slices.Contains([]string{formatText, formatMarkdown, formatCSV, formatHTML}, format) {
				return usagef("--format %s: give text, markdown, csv or html", format)
			}
			if c.Bool("json") {
				return usagef("--format %s and --json are two forms: give one of them", format)
			}
			return nil
		}}
}

// allFlag is for commands that do not show everything; the usage says what else it shows.
func allFlag(usage string) cli.Flag {
	return &cli.BoolFlag{Category: groupOutput, Name: "all", Usage: usage}
}

// rowFlags say which rows of a table with the given columns are printed, and in which order.
func rowFlags(columns ...string) []cli.Flag {
	names := make([]string, len(columns))
	for i, title := range columns {
		names[i] = columnName(title)
	}
	list := strings.Join(names, ", ")
	return []cli.Flag{
		&cli.StringFlag{Category: groupOutput, Name: "sort", Usage: "`COLUMN` by which rows are sorted, the largest number first: " + list,
			Action: func(c *cli.Context, name string) error {
				if !slices.Contains(names, columnName(name)) {
					return usagef("--sort %s: there is no such column; give one of %s", name, list)
				}
				return nil
			}},
		&cli.StringFlag{Category: groupOutput, Name: "filter", Usage: "`REGEXP` of the names whose rows are printed",
			Action: func(c *cli.Context, _ string) error {
				_, err := pattern(c, "filter")
				return err
			}},
	}
}

// columnName is what a column is called on the command line.
func columnName(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") }

// viewOf returns how a command prints on its standard output.
func viewOf(c *cli.Context) *view {
	v := &view{w: c.App.Writer, format: c.String("format"), all: c.Bool("all"), sort: columnName(c.String("sort"))}
	v.filter, _ = pattern(c, "filter") // its flag has looked at the error
	if v.format == "" || v.format == formatText {
		v.format, v.width, v.colour = formatText, columns(v.w), inColour(v.w)
	}
	return v
}
