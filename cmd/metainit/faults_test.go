package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFaultsAreTested: each test that the table of faults in testdata/README.md names is there.
func TestFaultsAreTested(t *testing.T) {
	readme, err := os.ReadFile("../../testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Faults\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile(`(?m)^\| .* \|$`).FindAllString(section, -1)
	if len(rows) < 17 { // the head, and a row for each fault
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, row := range rows[1:] {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		names := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cells) != 4 || len(names) == 0 {
			t.Errorf("%s: no test", row)
		}
		for _, name := range names {
			if !exists(t, name[1]) {
				t.Errorf("%s: there is no test %s", cells[0], name[1])
			}
		}
	}
}

// exists reports whether there is a test PACKAGE.NAME, or a script script/NAME.
func exists(t *testing.T, name string) bool {
	if script, ok := strings.CutPrefix(name, "script/"); ok {
		_, err := os.Stat(filepath.Join("../../testdata/script", script+".txtar"))
		return err == nil
	}
	dir, function, _ := strings.Cut(name, ".")
	files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+function+"(") {
			return true
		}
	}
	return false
}
