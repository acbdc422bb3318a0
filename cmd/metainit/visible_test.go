package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"fc1.weight":                "fc1.weight",
		"":                          "",
		"Größe 層 é 🙂":               "Größe 層 é 🙂",
		"\x1b[31mred\x1b]0;t\a":     `\x1b[31mred\x1b]0;t\a`,
		"a\nINJECTED\r\tb\x00\x7f":  `a\nINJECTED\r\tb\x00\x7f`,
		"\u202eabc\u2066\u200f":     `\u202eabc\u2066\u200f`,
		"\u0085\u009b31m\u2028":     `\u0085\u009b31m\u2028`,
		"a\xff\xc3b":                `a\xff\xc3b`,
		`C:\new`:                    `C:\new`,
		"\ufeff\U000e0041":          `\ufeff\U000e0041`,
		"replacement \ufffd itself": "replacement \ufffd itself",
	} {
		if got := visible(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestPrintf(t *testing.T) {
	var b bytes.Buffer
	if err := printf(&b, "%-6s|%5.2f|%q|%v|%d\n", "a\n", 1.234, "\x1b", errors.New("b\r"), 7); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), `a`+`\n`+`    | 1.23|"\x1b"|b\r|7`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPrintJSON: JSON moves no cursor either, and says the same.
func TestPrintJSON(t *testing.T) {
	want := "Größe \x1b[31m\a\n\u202eabc\u009b31m\x7f\U000e0041\u2028 <&> 🙂"
	var b bytes.Buffer
	if err := printJSON(&b, "test-1", map[string]string{"text": want}); err != nil {
		t.Fatal(err)
	}
	line, _ := strings.CutSuffix(b.String(), "\n")
	var got map[string]string
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got["schema"] != "test-1" || got["text"] != want || visible(line) != line || !strings.Contains(line, "Größe") {
		t.Errorf("%s is %q, %v, want %q", line, got, err, want)
	}
}

// TestAllTextIsVisible: nothing but printf, tables and JSON writes text.
func TestAllTextIsVisible(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	writes := regexp.MustCompile(`fmt\.Fprint|io\.WriteString|fmt\.Print`)
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") || source == "visible.go" || source == "json.go" || source == "listing.go" {
			continue
		}
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if at := writes.FindIndex(data); at != nil {
			t.Errorf("%s: %s: use printf", source, data[at[0]:at[1]])
		}
	}
}
