// The command loops writes the elementwise loops and sums of the package kernel
// in assembly, for AVX-512 and for AVX2 with FMA:
//
//	go run ./loops [-d folder]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// align is the comment that becomes a directive: the loop after it starts where
// the processor fetches from.
const align = "align"

func main() {
	folder := flag.String("d", "..", "folder to write to")
	flag.Parse()
	files, err := generate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(*folder, name), text, 0o666); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// generate returns the files by name.
func generate() (map[string][]byte, error) {
	c := build.NewContext()
	c.ConstraintExpr("amd64,!noasm")
	t := newTable(c)
	for _, wide := range []bool{true, false} {
		loops(&vectors{Context: c, wide: wide, table: t})
	}
	file, err := c.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	cfg := printer.Config{Name: "avo in gen/loops", Pkg: "kernel"}
	text, err := printer.NewGoAsm(cfg).Print(file)
	if err != nil {
		return nil, err
	}
	stubs, err := printer.NewStubs(cfg).Print(file)
	if err != nil {
		return nil, err
	}
	text = bytes.ReplaceAll(text, []byte("\t// "+align+"\n"), []byte("\tPCALIGN $32\n"))
	return map[string][]byte{"loops_amd64.s": text, "loops_amd64.go": stubs}, nil
}

func loops(v *vectors) {
	for _, f := range []struct {
		name string
		body func(v *vectors) body
	}{
		{"neg", neg}, {"abs", abs}, {"sign", sign}, {"sqrt", sqrt}, {"reciprocal", reciprocal},
		{"round", rounding(0)}, {"floor", rounding(1)}, {"ceil", rounding(2)},
		{"exp", exp}, {"log", log}, {"log1p", log1p}, {"expm1", expm1},
		{"tanh", tanh}, {"logistic", logistic}, {"erf", erf},
	} {
		v.elementwise(f.name, "a", 1, f.body)
	}
	for _, f := range []struct {
		name string
		body func(v *vectors) body
	}{
		{"add", add}, {"sub", sub}, {"mul", mul}, {"div", div}, {"max", maximum}, {"min", minimum},
		{"equal", comparison(equal)}, {"less", comparison(less)}, {"lessEqual", comparison(lessOrEq)},
	} {
		v.elementwise(f.name, "a b", 0, f.body)
	}
	v.elementwise("choose", "mask a b", 1, choice)
	for _, p := range pairs() {
		v.elementwise(p.name, "a b c", 1, p.body)
	}
	v.fill()
	v.reduction("sum", "x", "Σ x[i] in float64", sum)
	v.addTo64()
}
