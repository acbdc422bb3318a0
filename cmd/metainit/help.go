package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The widths of help texts.
const (
	widestHelp  = 100 // longer lines are hard to read
	helpIndent  = 3
	flagColumn  = 28 // where the explanations of flags begin
	narrowHelp  = 60 // below, they have lines of their own
	narrowStart = 8
)

// help is a help text that grows, of lines no longer than the width.
type help struct {
	strings.Builder
	width int
}

// template returns the text as a template that gives it.
func (h *help) template() string { return strings.ReplaceAll(h.String(), "{{", `{{"{{"}}`) }

// helpWidth returns the width of help texts on a terminal of so many columns, 0 if there is none.
func helpWidth(columns int) int {
	if columns == 0 {
		columns = usualColumns
	}
	return min(columns, widestHelp)
}

// commandHelp returns the help text of a command, whose description has its examples, a line each.
func commandHelp(c *cli.Command, width int) string {
	h := &help{width: width}
	h.examples(c.Description)
	h.head("NAME")
	h.item("metainit "+c.Name, c.Usage, helpIndent+len("metainit "+c.Name)+gap)
	h.head("USAGE")
	h.item("", "metainit "+c.Name+" [options] "+c.ArgsUsage, helpIndent)
	for _, group := range []string{groupModel, groupData, groupSearch, groupComparison, groupWritten, groupOutput} {
		h.flags(group, slices.DeleteFunc(slices.Clone(c.Flags), func(f cli.Flag) bool { return f.(cli.CategorizableFlag).GetCategory() != group }))
	}
	return h.template()
}

// appHelp returns the help text of the program.
func appHelp(app *cli.App, width int) string {
	h := &help{width: width}
	h.examples(app.Description)
	h.head("NAME")
	h.item("metainit", app.Usage, helpIndent+len("metainit")+gap)
	h.head("USAGE")
	h.item("", "metainit COMMAND [options] FILE…; metainit COMMAND --help lists the options", helpIndent)
	h.head("VERSION")
	h.item("", app.Version, helpIndent)
	h.head("COMMANDS")
	for _, c := range app.Commands {
		h.item(c.Name, c.Usage, helpIndent+len("inspect")+gap)
	}
	h.head("OPTIONS")
	for _, f := range []cli.Flag{cli.HelpFlag, cli.VersionFlag} {
		name, usage, _ := strings.Cut(f.String(), "\t")
		h.item(name, strings.TrimSuffix(usage, " (default: false)"), helpIndent+len("--version, -v")+gap)
	}
	h.head("EXIT STATUS")
	for _, line := range strings.Split(strings.TrimSpace(exitStatuses), "\n") {
		status, meaning, _ := strings.Cut(strings.TrimSpace(line), " ")
		h.item(status, strings.TrimSpace(meaning), helpIndent+len("130")+gap)
	}
	return h.template()
}

func (h *help) head(title string) {
	if h.Len() > 0 {
		h.WriteByte('\n')
	}
	h.WriteString(title + ":\n")
}

// item writes a text behind or below its name, from a column on.
func (h *help) item(name, about string, column int) {
	head := strings.Repeat(" ", helpIndent) + name
	if h.width < narrowHelp {
		column = min(column, narrowStart)
	}
	if name != "" && columnsOf(head)+gap > column {
		h.WriteString(strings.Join(wrap(head, h.width, 0), "\n") + "\n")
		head = ""
	}
	for _, line := range wrap(about, h.width, column) {
		h.WriteString(head + strings.Repeat(" ", max(column-columnsOf(head), 0)) + line + "\n")
		head = ""
	}
}

// flags lists the flags of a group.
func (h *help) flags(group string, flags []cli.Flag) {
	flags = slices.DeleteFunc(flags, func(f cli.Flag) bool { return !f.(cli.VisibleFlag).IsVisible() })
	if len(flags) == 0 {
		return
	}
	h.head(strings.ToUpper(group))
	if group == groupOutput {
		flags = append(flags, cli.HelpFlag)
	}
	for _, f := range flags {
		name, usage, _ := strings.Cut(f.String(), "\t")
		name, _, _ = strings.Cut(name, " [ ") // repeatable, as the usage says
		h.item(name, strings.TrimSuffix(usage, " (default: false)"), flagColumn)
	}
}

// examples writes command lines, each with its comment, if any, behind it or above.
func (h *help) examples(lines string) {
	h.head("EXAMPLES")
	indent := strings.Repeat(" ", helpIndent)
	for _, line := range strings.Split(lines, "\n") {
		if columnsOf(indent+line) <= h.width {
			h.WriteString(indent + line + "\n")
			continue
		}
		command, comment, _ := strings.Cut(line, "#")
		for _, part := range wrap(strings.TrimSpace(comment), h.width-len("# "), helpIndent) {
			if part != "" {
				h.WriteString(indent + "# " + part + "\n")
			}
		}
		parts := wrap(strings.TrimSpace(command), h.width-len(` \`), helpIndent+2)
		h.WriteString(indent + strings.Join(parts, " \\\n"+indent+"  ") + "\n")
	}
}
