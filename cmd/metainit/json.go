package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"onnx-metainit/metainit"
)

// The forms of what --json prints; testdata/schema has the schema of each. A form that says something else has another number.
const (
	formRun     = metainit.RunSchema
	formRace    = "metainit-race-1"    // trial of candidates
	formContest = "metainit-contest-1" // trial of several files
	formApply   = "metainit-apply-1"
	formGQ      = "metainit-gq-1"
	formInspect = "metainit-inspect-1"
	formDiff    = "metainit-diff-1"

	formForecast = "metainit-forecast-1" // run --dry-run
)

// printJSON prints an object on one line, its form first.
func printJSON(w io.Writer, form string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	fields := strings.TrimPrefix(b.String(), "{")
	_, err := io.WriteString(w, `{"schema":"`+form+`",`+visibleJSON(fields))
	return err
}
