package metainit_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

func Example() {
	dir, err := os.MkdirTemp("", "metainit")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	input, output := "../testdata/models/deep_tanh/model.onnx", filepath.Join(dir, "tuned.onnx")

	m, err := onnxio.Open(input)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	p, err := metainit.New(m, metainit.Options{TrainLR: 0.03})
	if err != nil {
		log.Fatal(err)
	}
	r, err := p.Tune(context.Background(), metainit.TuneOptions{Steps: 20})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("log quotient %.2f -> %.2f\n", r.LGQBefore, r.LGQAfter)
	if r.Improved {
		_, err = m.Save(output, p.Scalings(r), metainit.MetadataKey, r.Record())
	}
	if err != nil {
		log.Fatal(err)
	}
	// Output: log quotient 0.19 -> 0.06
}
