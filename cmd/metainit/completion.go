package main

import (
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the script by which a shell completes commands and flags",
		ArgsUsage: "bash|zsh|fish|powershell",
		Action:    printCompletion,
		Description: examples(
			"source <(metainit completion bash)                       # in ~/.bashrc",
			"source <(metainit completion zsh)                        # in ~/.zshrc, after compinit",
			"metainit completion fish > ~/.config/fish/completions/metainit.fish",
			"metainit completion powershell | Out-String | Invoke-Expression",
		),
	}
}

// completions are the scripts by shell. That of fish is the library's.
var completions = map[string]string{
	"bash": `_metainit() {
	local words current=${COMP_WORDS[COMP_CWORD]}
	case ${COMP_WORDS[1]} in
{{range .}}	{{.Name}}) words='{{range .Flags}}{{.}} {{end}}' ;;
{{end}}	esac
	if [ "$COMP_CWORD" = 1 ]; then
		words='{{range .}}{{.Name}} {{end}}'
	elif [[ $current != -* ]]; then
		words=
	fi
	COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _metainit metainit
`,
	"zsh": `autoload -U +X bashcompinit && bashcompinit
{{template "bash" .}}`,
	"powershell": `Register-ArgumentCompleter -Native -CommandName metainit -ScriptBlock {
	param($word, $line, $position)
	$flags = @{ {{range .}}
		'{{.Name}}' = @({{range $i, $f := .Flags}}{{if $i}}, {{end}}'{{$f}}'{{end}}){{end}}
	}
	$words = @($line.CommandElements | ForEach-Object { $_.ToString() })
	$known = if ($words.Count -gt 1 -and $flags.ContainsKey($words[1])) { $flags[$words[1]] } else { $flags.Keys | Sort-Object }
	$known | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`,
}

func printCompletion(c *cli.Context) error {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	shell := c.Args().First()
	switch {
	case c.NArg() != 1 || !slices.Contains(shells, shell):
		return usagef("completion needs the name of a shell: %s", strings.Join(shells, ", "))
	case shell == "fish":
		script, err := c.App.ToFishCompletion()
		if err != nil {
			return err
		}
		_, err = c.App.Writer.Write([]byte(script))
		return err
	}
	type command struct {
		Name  string
		Flags []string
	}
	var commands []command
	for _, each := range c.App.VisibleCommands() {
		one := command{Name: each.Name}
		for _, f := range each.VisibleFlags() {
			one.Flags = append(one.Flags, "--"+f.Names()[0])
		}
		commands = append(commands, one)
	}
	t := template.New("")
	for name, text := range completions {
		template.Must(t.New(name).Parse(text))
	}
	return t.ExecuteTemplate(c.App.Writer, shell, commands)
}

func manCommand() *cli.Command {
	return &cli.Command{
		Name:   "man",
		Usage:  "print the manual page",
		Action: printManual,
		Description: examples(
			"metainit man > /usr/local/share/man/man1/metainit.1",
			"metainit man | man -l -",
		),
	}
}

func printManual(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("man takes no argument, given are %q", c.Args().Slice())
	}
	text, err := c.App.ToManWithSection(1)
	if err != nil {
		return err
	}
	_, err = c.App.Writer.Write([]byte(text))
	return err
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version",
		Description: examples("metainit version"),
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("version takes no argument, given are %q", c.Args().Slice())
			}
			return printf(c.App.Writer, "%s\n", tool())
		},
	}
}
