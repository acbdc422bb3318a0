package report

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// command is what was typed, or else what makes the same run again of the same model.
func (r *Run) command() string {
	if len(r.Command) > 0 || r.Flags == nil {
		return commandLine(r.Command)
	}
	model := "MODEL"
	if r.Model != "" {
		model = filepath.Base(r.Model)
	}
	args := []string{"metainit", "run", model}
	for _, name := range slices.Sorted(maps.Keys(r.Flags)) {
		for _, value := range r.Flags[name] {
			if args = append(args, "--"+name); value != "true" {
				args = append(args, value)
			}
		}
	}
	return commandLine(args)
}

// commandLine returns a command as a POSIX shell takes it; the program by its name alone.
func commandLine(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		if i == 0 {
			arg = filepath.Base(arg)
		}
		if words[i] = arg; arg == "" || strings.ContainsFunc(arg, special) {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

func special(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,+@%", r) || r > 0x7f)
}
