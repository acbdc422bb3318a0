package chart

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// NumColors is the number of classes c0, c1, …, which have colours that differ for readers who see few: c0 is that of the text,
// for what others are compared with.
const NumColors = 8

//go:embed style.css
var rules string

// palette is the colours of one scheme by their names in the style sheet.
type palette [][2]string

// The colours of lines and bars are those of Okabe and Ito (2008), darker on light ground and lighter on dark: 3 to 1 at least.
var (
	light = palette{{"ground", "#fcfcfa"}, {"ink", "#1d1f23"}, {"soft", "#5a606a"}, {"line", "#e3e3de"},
		{"c0", "#6b7079"}, {"c1", "#0b66ad"}, {"c2", "#c2500a"}, {"c3", "#007a5a"}, {"c4", "#a8447f"}, {"c5", "#8f6a00"}, {"c6", "#1b7091"}, {"c7", "#6a4fb3"}}
	dark = palette{{"ground", "#16181c"}, {"ink", "#e8e8e5"}, {"soft", "#a3a8b1"}, {"line", "#2f333a"},
		{"c0", "#a0a5ad"}, {"c1", "#5fb0f0"}, {"c2", "#f28b4b"}, {"c3", "#3dc497"}, {"c4", "#e08abd"}, {"c5", "#e0b040"}, {"c6", "#86d3ee"}, {"c7", "#b3a0f0"}}
)

const darkQuery = "@media (prefers-color-scheme: dark)"

// Style returns the style sheet of charts in a page. It sets the custom properties --ground, --ink, --soft, --line and --c0 to
// --c7, which the page can use too.
func Style() string {
	properties := func(p palette) string {
		var b strings.Builder
		for _, c := range p {
			fmt.Fprintf(&b, "--%s: %s; ", c[0], c[1])
		}
		return ":root { " + b.String() + "}"
	}
	return fmt.Sprintf(":root { color-scheme: light dark; }\n%s\n%s { %s }\n%s", properties(light), darkQuery, properties(dark), rules+colorRules())
}

// Standalone returns a chart as a file of its own: with its title and the style sheet, in which the colours stand themselves, as few programs
// besides browsers know custom properties.
func Standalone(svg string) string {
	resolved := func(p palette) string {
		text := rules + colorRules() + ".paper { fill: var(--ground); }\n"
		for _, c := range slices.Backward(p) {
			text = strings.ReplaceAll(text, "var(--"+c[0]+")", c[1])
		}
		return text
	}
	var dim []string // the rules that name a colour
	for _, rule := range strings.Split(resolved(dark), "\n") {
		if strings.Contains(rule, "#") {
			dim = append(dim, rule)
		}
	}
	const margin, above = 16, 28 // above is the title
	head, rest, _ := strings.Cut(svg, ">")
	before, box, _ := strings.Cut(head, ` width="`)
	_, title, _ := strings.Cut(before, ` aria-label="`)
	var width, height float64
	fmt.Sscanf(box, `%f" height="%f"`, &width, &height)
	width, height = width+2*margin, height+2*margin+above
	var b strings.Builder
	fmt.Fprintf(&b, `%s width="%s" height="%s" viewBox="%d %d %[2]s %[3]s">`, before, number(width), number(height), -margin, -margin-above)
	fmt.Fprintf(&b, "<style>\n%s%s {\n%s\n}\n</style>", resolved(light), darkQuery, strings.Join(dim, "\n"))
	fmt.Fprintf(&b, `<rect class="paper" x="%d" y="%d" width="%s" height="%s"/>`, -margin, -margin-above, number(width), number(height))
	fmt.Fprintf(&b, `<text class="title" y="-12">%s</text>%s`+"\n", strings.TrimSuffix(title, `"`), rest)
	return b.String()
}

// colorRules are the rules of the classes c0, c1, …: what they fill, and what they stroke.
func colorRules() string {
	var b strings.Builder
	for k := range NumColors {
		for _, group := range []struct {
			property string
			marks    []string
		}{
			{"fill", []string{".cN.bar", ".cN.key", ".cN .after", ".cN .area", ".cN .best", ".name.cN"}},
			{"stroke", []string{".cN .line", ".cN .mark", ".cN .link", ".cN .before", ".cN .after", ".cN .edge", ".cN.leader"}},
		} {
			selectors := strings.ReplaceAll(".chart "+strings.Join(group.marks, ", .chart "), "cN", fmt.Sprint("c", k))
			fmt.Fprintf(&b, "%s { %s: var(--c%d); }\n", selectors, group.property, k)
		}
	}
	return b.String()
}
