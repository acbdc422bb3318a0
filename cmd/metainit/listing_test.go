package main

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
)

// hostile are names that would break a table: they move cursors, begin lines, end cells, are code, wide, or of several characters
// in one place.
var hostile = []string{"a\x1b[31m\n\u202eb", "a|b`*_<script>", "=1+2", "層.重み", "e\u0301\u0323x", "a,\"b\"", "-"}

func hostileTable() *listing {
	l := &listing{columns: []column{{title: "tensor", short: asName}, {title: "factor", numbers: true}, {title: "axis", drawing: true}}}
	for i, name := range hostile {
		v := 1 / float64(3*i)
		l.add(changed, words(name), number(&v, 3), words("│█"))
	}
	return l
}

func printed(t *testing.T, v *view, l *listing) string {
	var b bytes.Buffer
	v.w = &b
	if err := v.table(l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTableOfHostileNames: in every form a row is a row, and nothing is hidden.
func TestTableOfHostileNames(t *testing.T) {
	for _, width := range []int{0, 24, 80} {
		text := printed(t, &view{format: formatText, width: width}, hostileTable())
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if len(lines) != len(hostile)+1 || visible(strings.Join(lines, "")) != strings.Join(lines, "") {
			t.Errorf("width %d: got %q", width, text)
		}
		at := columnsOf(lines[1][:strings.Index(lines[1], "│")])
		for _, line := range lines[1:] {
			if before, _, found := strings.Cut(line, "│"); !found || columnsOf(before) != at || width > 0 && columnsOf(line) > width {
				t.Errorf("width %d: the column is not under the others: %q", width, line)
			}
		}
	}
	markdown := printed(t, &view{format: formatMarkdown}, hostileTable())
	if lines := strings.Split(strings.TrimSpace(markdown), "\n"); len(lines) != len(hostile)+2 || lines[3] != "| a\\|b\\`\\*\\_&lt;script> | 0.333 |" {
		t.Errorf("Markdown: got %s", markdown)
	}
	page := printed(t, &view{format: formatHTML}, hostileTable())
	if strings.Count(page, "<tr>") != len(hostile)+1 || strings.Contains(page, "<script>") || visible(strings.ReplaceAll(page, "\n", "")) != strings.ReplaceAll(page, "\n", "") {
		t.Errorf("HTML: got %s", page)
	}
	records, err := csv.NewReader(strings.NewReader(printed(t, &view{format: formatCSV}, hostileTable()))).ReadAll()
	if err != nil || len(records) != len(hostile)+1 {
		t.Fatalf("CSV: got %q, %v", records, err)
	}
	if r := records[2]; len(r) != 2 || r[1] != "0.3333333333333333" || records[3][0] != "'=1+2" || records[6][0] != `a,"b"` || records[7][0] != "'-" {
		t.Errorf("CSV: got %q", records)
	}
}

// TestTableRows: --sort, --filter and --all.
func TestTableRows(t *testing.T) {
	l := &listing{named: true, few: true, columns: []column{{title: "tensor"}, {title: "norm before", numbers: true}}}
	for i := range 30 {
		v := float64(i * i % 31)
		l.add(0, words(string(rune('a'+i%26))), number(&v, 3))
	}
	l.add(0, words("none"), number(nil, 3))
	count := func(v *view) int { return strings.Count(printed(t, v, l), "\n") - 1 }
	if n := count(&view{format: formatText}); n != 31 {
		t.Errorf("a file has %d rows", n)
	}
	if n := count(&view{format: formatText, width: 80, all: true}); n != 31 {
		t.Errorf("with --all there are %d rows", n)
	}
	if text := printed(t, &view{format: formatText, width: 80}, l); !strings.HasSuffix(text, "\nand 11 more: --all\n") || strings.Count(text, "\n") != 22 {
		t.Errorf("a terminal has %s", text)
	}
	sorted := strings.Fields(printed(t, &view{format: formatText, sort: "norm-before"}, l))
	if sorted[4] != "28" || sorted[len(sorted)-2] != "none" {
		t.Errorf("sorted: %q", sorted)
	}
	if text := printed(t, &view{format: formatCSV, filter: regexp.MustCompile("^[bn]"), sort: "tensor"}, l); text != "tensor,norm before\nb,1\nb,16\nn,14\nnone,\n" {
		t.Errorf("filtered: %q", text)
	}
}
