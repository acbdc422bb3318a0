// Command gen writes the assembly of package kernel and its declarations:
//
//	go run . [directory]
//
// The directory defaults to the package, one above. Each file is built apart,
// in a context of its own.
package main

import (
	"bytes"
	"go/format"
	"go/token"
	"go/types"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// outputs are the generated files, by the name before _amd64.
var outputs = []struct {
	name string
	emit func(g *generator)
}{
	{"tile", tiles},
	{"pack", packs},
	{"runs", runs},
	{"winograd", winograd},
	{"prefetch", prefetches},
	{"peak", peaks},
}

func main() {
	dir := ".."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	for _, out := range outputs {
		asm, stubs, err := generate(out.emit)
		if err != nil {
			log.Fatalf("%s: %v", out.name, err)
		}
		for ext, data := range map[string][]byte{".s": asm, ".go": stubs} {
			if err := os.WriteFile(filepath.Join(dir, out.name+"_amd64"+ext), data, 0o666); err != nil {
				log.Fatal(err)
			}
		}
	}
}

// generator emits one file.
type generator struct{ *build.Context }

// align stands in the assembly where a loop is to start on a cache line: avo
// has no such directive.
const align = "align the loop"

// generate returns the assembly and the declarations that emit builds.
func generate(emit func(g *generator)) (asm, stubs []byte, err error) {
	g := &generator{build.NewContext()}
	g.ConstraintExpr("amd64,!noasm")
	emit(g)
	file, err := g.Result()
	if err != nil {
		return nil, nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, nil, err
	}
	config := printer.Config{Name: "avo in gen", Pkg: "kernel"}
	if asm, err = printer.NewGoAsm(config).Print(file); err != nil {
		return nil, nil, err
	}
	asm = bytes.ReplaceAll(asm, []byte("// "+align+"\n"), []byte("PCALIGN $64\n"))
	if stubs, err = printer.NewStubs(config).Print(file); err != nil {
		return nil, nil, err
	}
	stubs, err = format.Source(stubs)
	return asm, stubs, err
}

// function starts an assembly function that neither splits the stack nor keeps
// its arguments.
func (g *generator) function(name, signature, doc string) {
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	s, err := gotypes.ParseSignatureInPackage(kernel(), signature)
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	g.Signature(s)
	g.Doc(strings.Split(doc, "\n")...)
	g.Pragma("noescape")
}

// kernel is what signatures need of the package: the name tileArgs.
func kernel() *types.Package {
	p := types.NewPackage("kernel", "kernel")
	name := types.NewTypeName(token.NoPos, p, "tileArgs", nil)
	types.NewNamed(name, types.NewStruct(nil, nil), nil)
	p.Scope().Insert(name)
	return p
}

// argument loads a parameter into a register.
func (g *generator) argument(name string) reg.GPVirtual {
	return g.Load(g.Param(name), g.GP64()).(reg.GPVirtual)
}

// done returns from the function.
func (g *generator) done() {
	g.VZEROUPPER()
	g.RET()
}

// loop emits body count times, counting the register down; it must not be 0.
func (g *generator) loop(label string, count reg.Register, body func()) {
	g.Comment(align)
	g.Label(label)
	body()
	g.DECQ(count)
	g.JNZ(operand.LabelRef(label))
}

// vector returns vector register i, of 512 or 256 bits.
func vector(i int, wide bool) reg.Register {
	if wide {
		return reg.Vector.Lookup(reg.Index(i), reg.S512)
	}
	return reg.Vector.Lookup(reg.Index(i), reg.S256)
}

func label(name, suffix string) string { return name + "_" + suffix }
