package metainit

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// layers returns a graph that multiplies a vector of the given size by n matrices of noise, w0, w1, ….
func layers(n, size int) *onnxpb.GraphProto {
	random := rand.New(rand.NewPCG(1, 2))
	g := &onnxpb.GraphProto{Name: proto.String("layers"), Input: []*onnxpb.ValueInfoProto{onnxtest.Info("y0", float32Type, 1, size)}}
	for i := range n {
		w := make([]float32, size*size)
		for k := range w {
			w[k] = float32(random.NormFloat64() / math.Sqrt(float64(size)))
		}
		name := fmt.Sprintf("w%d", i)
		g.Initializer = append(g.Initializer, onnxtest.Tensor(name, float32Type, w, int64(size), int64(size)))
		g.Node = append(g.Node, onnxtest.Node("MatMul", fmt.Sprintf("y%d,%s", i, name), fmt.Sprintf("y%d", i+1)))
	}
	g.Output = []*onnxpb.ValueInfoProto{onnxtest.Info(fmt.Sprintf("y%d", n), float32Type, 1, size)}
	return g
}

func TestInParallel(t *testing.T) {
	for _, threads := range []int{0, 1, 2, 7} {
		for _, n := range []int{0, 1, 5, 100_000} {
			calls := make([]int, n)
			err := inParallel(threads, n, func(i int) error { calls[i]++; return nil })
			if err != nil {
				t.Error(err)
			}
			for i, c := range calls {
				if c != 1 {
					t.Errorf("%d threads: %d of %d was done %d times", threads, i, n, c)
				}
			}
		}
	}
}

func TestInParallelError(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		for range 50 {
			var done atomic.Int64
			err := inParallel(threads, 100_000, func(i int) error {
				done.Add(1)
				if i%10 == 3 {
					runtime.Gosched()
					return fmt.Errorf("at %d", i)
				}
				return nil
			})
			if err == nil || err.Error() != "at 3" {
				t.Fatalf("%d threads: error %v, want that of 3", threads, err)
			}
			if done.Load() == 100_000 {
				t.Fatalf("%d threads: all was done in spite of the error", threads)
			}
		}
	}
}

func TestInParallelPanic(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		func() {
			defer func() {
				if r := recover(); r != "five" {
					t.Errorf("%d threads: recovered %v", threads, r)
				}
			}()
			_ = inParallel(threads, 10, func(i int) error {
				if i == 5 {
					panic("five")
				}
				return nil
			})
			t.Errorf("%d threads: no panic", threads)
		}()
	}
}

// Of several weights that are not finite the first is named, for any number of threads.
func TestNotFiniteWeightIsNamed(t *testing.T) {
	g := layers(20, 40)
	w := make([]float32, 40*40)
	for i, value := range map[int]float64{17: math.NaN(), 6: math.Inf(-1)} {
		w[40*40-1] = float32(value)
		g.Initializer[i] = onnxtest.Tensor(fmt.Sprintf("w%d", i), float32Type, w, 40, 40)
	}
	m := decoded(t, g)
	for threads := range 4 {
		for range 10 {
			if _, err := New(m, Options{Threads: threads}); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), `"w6"`) {
				t.Fatalf("%d threads: %v", threads, err)
			}
		}
	}
}

// TestReadingThreads: what is read of the tensors is the same bit for bit on any number of processors.
func TestReadingThreads(t *testing.T) {
	a, b := layers(20, 70), layers(20, 70) // more than one block each
	for i := range 10 {
		b.Initializer[2*i] = a.Initializer[2*i+1]
		b.Initializer[2*i].Name = proto.String(fmt.Sprintf("w%d", 2*i))
	}
	left, right := decoded(t, layers(20, 70)), decoded(t, b)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var inspection *Inspection
	var difference *Difference
	for processors := 1; processors <= 3; processors++ {
		runtime.GOMAXPROCS(processors)
		r := Inspect(left, Options{})
		d, err := Diff(left, right, DiffOptions{})
		if err != nil || r.Problem != "" || len(r.Tensors) != 20 {
			t.Fatalf("%v, %v", r, err)
		}
		r.RunMemoryBytes = 0 // more processors make more trials at once
		if processors == 1 {
			inspection, difference = r, d
		}
		if !reflect.DeepEqual(r, inspection) {
			t.Errorf("on %d processors inspection differs from that on one", processors)
		}
		if !reflect.DeepEqual(d, difference) || d.Same {
			t.Errorf("on %d processors the difference is %v, on one %v", processors, d, difference)
		}
	}
}
