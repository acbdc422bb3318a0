package metainit

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// FuzzDims: a model whose initializers have other shapes than their values gives a problem or an error, and all its tensors
// are listed.
func FuzzDims(f *testing.F) {
	data, err := os.ReadFile("../testdata/reference/mlp/model.onnx")
	if err != nil {
		f.Fatal(err)
	}
	for seed := range uint64(60) {
		f.Add(seed)
	}
	dims := []int64{0, 1, 2, 3, 10, 48, 64, -1, 1 << 20, 1<<31 - 1, 1 << 40, 1<<62 + 5, math.MaxInt64, math.MinInt64}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		p := new(onnxpb.ModelProto)
		if err := proto.Unmarshal(data, p); err != nil {
			t.Fatal(err)
		}
		for _, w := range p.GetGraph().GetInitializer() {
			if len(w.Dims) > 0 && r.IntN(3) == 0 {
				w.Dims[r.IntN(len(w.Dims))] = dims[r.IntN(len(dims))]
			}
			if r.IntN(6) == 0 {
				w.Dims = append(w.Dims, dims[r.IntN(len(dims))])
			}
		}
		mutated, err := proto.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		m, err := onnxio.Decode("mutated", mutated)
		if err != nil {
			return
		}
		if _, err := New(m, Options{Batch: 2, MemoryLimit: 1 << 26}); err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
		if got, want := len(Inspect(m, Options{Batch: 2}).Tensors), len(p.GetGraph().GetInitializer()); got < want {
			t.Errorf("%d of %d tensors are listed", got, want)
		}
	})
}
