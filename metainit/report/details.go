package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// details is what somebody wants who makes the run again.
func (r *Run) details() []details {
	var list []details
	add := func(title string, rows ...fact) {
		rows = slices.DeleteFunc(rows, func(f fact) bool { return f.Text == "" })
		if len(rows) > 0 {
			list = append(list, details{title, rows})
		}
	}
	var rows []fact
	for _, f := range r.Inputs {
		rows = append(rows, fact{"input “" + f.Name + "”", strings.Trim(fmt.Sprintf("%s %s", shapeText(f.Shape), withReason(f.Values, f.Reason)), " ")})
	}
	rows = append(rows, fact{"loss", withReason(r.LossKind, r.LossReason)})
	if r.Race != nil && r.Race.BatchNorms > 0 {
		rows = append(rows, fact{"batch normalization", fmt.Sprintf("trials take the statistics of each batch in %d nodes, as training does", r.Race.BatchNorms)})
	}
	add("Data", rows...)
	rows = nil
	for _, f := range r.Files {
		rows = append(rows, fact{strings.TrimSpace(f.Role + " " + f.Name), fmt.Sprintf("%s, %.0f bytes", f.SHA256, f.Bytes)})
	}
	add("Files read, by SHA-256", rows...)
	add("Settings", flat("", r.Settings)...)
	add("Program", fact{"written", r.Output}, fact{"tool", text(r.Tool)}, fact{"schema", text(r.Schema)})
	return list
}

func withReason(what, reason string) string {
	if reason == "" {
		return what
	}
	return fmt.Sprintf("%s (%s)", what, reason)
}

// flat returns the members of an object by name, those of objects in it with a point between.
func flat(prefix string, object map[string]any) []fact {
	var list []fact
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := object[name].(map[string]any); ok {
			list = append(list, flat(prefix+name+".", inner)...)
		} else {
			list = append(list, fact{prefix + name, text(object[name])})
		}
	}
	return list
}

// text returns a value of JSON as text: strings as they are, lists with commas between, others as JSON.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = text(v[i])
		}
		return strings.Join(list, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
