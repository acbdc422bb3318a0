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
	input, output := "../testdata/models/vgg/model.onnx", filepath.Join(dir, "tuned.onnx")

	m, err := onnxio.Open(input)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	p, err := metainit.New(m, metainit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r, err := p.Initialize(context.Background(), metainit.RaceOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("weights by", r.Race.Winner)
	if r.Improved {
		_, err = m.Save(output, p.Scalings(r), metainit.MetadataKey, p.Record(r))
	}
	if err != nil {
		log.Fatal(err)
	}
	// Output: weights by he
}
