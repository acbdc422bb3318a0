package report

import (
	"os"
	"testing"
)

func TestScratch(t *testing.T) {
	for _, n := range []string{"lenet", "transformer", "resnet50", "lstm"} {
		b, err := os.ReadFile("/tmp/rep/" + n + ".json")
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseRun(b)
		if err != nil {
			t.Fatal(err)
		}
		h, err := r.Page(n)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/rep/"+n+".html", h, 0o644)
		for _, c := range r.Charts() {
			os.WriteFile("/tmp/rep/"+n+"-"+c.Name+".svg", []byte(c.File()), 0o644)
		}
	}
}
