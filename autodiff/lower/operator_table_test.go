package lower

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestOperatorTable compares the table of OPERATORS.md with the operators that there are; -update rewrites it.
func TestOperatorTable(t *testing.T) {
	const file, begin, end = "OPERATORS.md", "<!-- operators -->\n", "<!-- end of operators -->\n"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the operators, between %q and %q", file, begin, end)
	}
	want := operatorTable()
	switch {
	case got == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table of operators in %s is not what -update makes:\n%s", file, want)
	}
}

// operatorTable is the operators by domain, and by the reason why they have no derivative.
func operatorTable() string {
	var kinds []string
	names := make(map[string][]string)
	for _, o := range Operators() {
		kind := "with derivatives"
		if o.NoDerivative != "" {
			kind = "without: " + o.NoDerivative
		}
		if o.Domain != "" {
			kind = fmt.Sprintf("`%s`, %s", o.Domain, kind)
		}
		if names[kind] == nil {
			kinds = append(kinds, kind)
		}
		names[kind] = append(names[kind], o.Operator)
	}
	var out strings.Builder
	out.WriteString("| derivatives | operators |\n|---|---|\n")
	for _, kind := range kinds {
		fmt.Fprintf(&out, "| %s (%d) | %s |\n", kind, len(names[kind]), strings.Join(names[kind], ", "))
	}
	return out.String()
}
