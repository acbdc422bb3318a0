package main

import "strings"

// flagOf are the flags by the fields of metainit.Options and metainit.TuneOptions that messages name.
var flagOf = map[string]string{
	"Batch":           "batch",
	"ClassAxis":       "class-axis",
	"Data":            "data",
	"Dims":            "dim",
	"Epsilon":         "eps",
	"Freeze":          "freeze",
	"IgnoreIndex":     "ignore-index",
	"Inputs":          "input",
	"Loss":            "loss",
	"Outputs":         "output-name",
	"Paper":           "paper",
	"Params":          "params",
	"Precision":       "precision",
	"Rate":            "lr",
	"Shapes":          "input-shape",
	"StraightThrough": "straight-through",
	"Targets":         "target",
}

// asFlag is the metainit.Options.Naming of the command: an option as it stands in a shell.
func asFlag(option, key, value string) string {
	separator := ":"
	switch {
	case option == "Dims":
		separator = "="
	case option == "Inputs" && value == "…":
		value = "FILE.npy"
	}
	if key == "" || value == "" {
		separator = ""
	}
	flag := "--" + flagOf[option]
	if key+value == "" {
		return flag
	}
	return flag + " " + shellWord(key+separator+value)
}

// shellWord quotes a word that a shell would take apart.
func shellWord(s string) string {
	const safe = "_-./:,=@%+…"
	special := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(safe, r))
	}
	switch {
	case s != "" && !strings.ContainsFunc(s, special):
		return s
	case !strings.ContainsAny(s, "\"$`\\!"):
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
