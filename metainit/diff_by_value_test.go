package metainit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/x448/float16"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestDiffByValue: values are found under any name, and names and shapes do not count.
func TestDiffByValue(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) []float32 {
		list := make([]float32, n)
		for i := range list {
			list[i] = float32(random.NormFloat64())
		}
		return list
	}
	times := func(factor float32, list []float32) []float32 {
		list = slices.Clone(list)
		for i := range list {
			list[i] *= factor
		}
		return list
	}
	w, v, u, ones := draw(12), draw(12), draw(12), slices.Repeat([]float32{1}, 12)
	tensor := func(name string, values []float32, dims ...int64) *onnxpb.TensorProto {
		return onnxtest.Tensor(name, float32Type, values, dims...)
	}
	word := func(text string) *onnxpb.TensorProto {
		return &onnxpb.TensorProto{Name: proto.String("s"), DataType: proto.Int32(int32(onnxio.String)), Dims: []int64{1}, StringData: [][]byte{[]byte(text)}}
	}
	type list = []*onnxpb.TensorProto
	for name, c := range map[string]struct {
		a, b list
		want string
		same bool
	}{
		"the same":              {list{tensor("a", w, 3, 4)}, list{tensor("a", w, 3, 4)}, "a same 1", true},
		"other names":           {list{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, list{tensor("a", v, 3, 4), tensor("b", w, 3, 4)}, "a same b 1; b same a 1", true},
		"reshaped":              {list{tensor("a", w, 3, 4)}, list{tensor("c", w, 2, 6)}, "a same c 1 shape [3 4] -> [2 6]", true},
		"transposed":            {list{tensor("a", w, 3, 4)}, list{tensor("c", turned(w, 4), 4, 3)}, "a same c 1 shape [3 4] -> [4 3], transposed", true},
		"in another order":      {list{tensor("a", w, 3, 4)}, list{tensor("c", append(slices.Clone(w[4:]), w[:4]...), 3, 4)}, "a same c 1 in another order", true},
		"scaled":                {list{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, list{tensor("c", u, 3, 4), tensor("d", times(-1.5, w), 3, 4)}, "a scaled d -1.5; b removed; c added", false},
		"scaled and turned":     {list{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, list{tensor("d", times(1.7, turned(v, 4)), 4, 3), tensor("c", times(1.3, turned(w, 4)), 4, 3)}, "a scaled c 1.3 shape [3 4] -> [4 3], transposed; b scaled d 1.7 shape [3 4] -> [4 3], transposed", false},
		"rounded and turned":    {list{tensor("a", w, 3, 4)}, list{onnxtest.Tensor("c", bfloat16Type, bfloat16s(turned(w, 4)), 4, 3)}, "a same c 1 float32 -> bfloat16, shape [3 4] -> [4 3], transposed", true},
		"copies":                {list{tensor("a", w, 3, 4)}, list{tensor("c", turned(w, 4), 4, 3), tensor("d", w, 3, 4)}, "a same d 1; a same c 1 shape [3 4] -> [4 3], transposed", true},
		"three of one":          {list{tensor("a", w, 3, 4), tensor("b", w, 3, 4), tensor("c", w, 3, 4)}, list{tensor("d", w, 3, 4)}, "a same d 1; b same d 1; c same d 1", true},
		"names that end alike":  {list{tensor("x", ones, 12), tensor("y", ones, 12)}, list{tensor("net.y", ones, 12), tensor("net.x", ones, 12)}, "x same net.x 1; y same net.y 1", true},
		"rows":                  {list{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, list{tensor("c", slices.Concat(v, w), 6, 4)}, "a same c[3:6] 1 as rows; b same c[0:3] 1 as rows", true},
		"rows the other way":    {list{tensor("c", slices.Concat(v, w), 6, 4)}, list{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, "c[3:6] same a 1 as rows; c[0:3] same b 1 as rows", true},
		"rows and a factor":     {list{tensor("a", w, 3, 4), tensor("b", v, 3, 4)}, list{tensor("c", slices.Concat(times(2, v), u, times(1.5, w)), 9, 4)}, "a scaled c[6:9] 1.5 as rows; b scaled c[0:3] 2 as rows", false},
		"the other way, tuned":  {list{tensor("c", slices.Concat(v, u, w), 9, 4)}, list{tensor("a", times(0.5, w), 3, 4), tensor("b", v, 3, 4)}, "c[6:9] scaled a 0.5 as rows; c[0:3] same b 1 as rows", false},
		"turned rows, tuned":    {list{tensor("a", times(3, turned(w, 3)), 3, 4)}, list{tensor("c", slices.Concat(v, w), 8, 3)}, "a scaled c[4:8] 0.3333 as rows", false},
		"rows in another order": {list{tensor("a", times(3, append(slices.Clone(w[4:]), w[:4]...)), 3, 4)}, list{tensor("c", slices.Concat(v, w), 6, 4)}, "a scaled c[3:6] 0.3333 as rows", false},
		"columns":               {list{tensor("a", w, 3, 4), tensor("b", times(2, v), 4, 3)}, list{tensor("c", turned(slices.Concat(v, w), 3), 3, 8)}, "a same c[...,4:8] 1 as columns; b scaled c[...,0:4] 0.5 as columns", false},
		"rounded rows, tuned": {list{onnxtest.Tensor("a", bfloat16Type, bfloat16s(times(1.3, w)), 3, 4)}, list{onnxtest.Tensor("c", float16Type, halves(slices.Concat(v, w)), 6, 4)},
			"a scaled c[3:6] 0.768 as rows", false},
		"rows of another":     {list{tensor("a", times(2, w), 3, 4)}, list{tensor("c", slices.Concat(w[:8], v), 5, 4)}, "a removed; c added", false},
		"multiples of biases": {list{tensor("a", w, 12)}, list{tensor("c", times(2, w), 12)}, "a removed; c added", false},
		"strings":             {list{word("x")}, list{word("x")}, "s same", true},
		"other strings":       {list{word("x")}, list{word("y")}, "s changed", false},
	} {
		d, err := Diff(tensors(t, c.a...), tensors(t, c.b...), DiffOptions{ByValue: true})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range d.Tensors {
			fields := []string{row.Name, string(row.Status)}
			if row.Other != "" {
				fields = append(fields, row.Other)
			}
			if row.Factor != nil {
				fields = append(fields, fmt.Sprintf("%.4g", *row.Factor))
			}
			if row.Note != "" {
				fields = append(fields, row.Note)
			}
			got = append(got, strings.Join(fields, " "))
		}
		if strings.Join(got, "; ") != c.want || d.Same != c.same {
			t.Errorf("%s: got %q, %v, want %q", name, strings.Join(got, "; "), d.Same, c.want)
		}
	}
}

// halves rounds the values to float16.
func halves(values []float32) []uint16 {
	list := make([]uint16, len(values))
	for i, v := range values {
		list[i] = float16.Fromfloat32(v).Bits()
	}
	return list
}

// TestDiffByValueOfPackedProjections: q, k and v that were tuned each by a factor are found in the rows of the joined weight as it
// was, whatever the types, and as columns of its transpose.
func TestDiffByValueOfPackedProjections(t *testing.T) {
	const d = 64
	random := rand.New(rand.NewPCG(7, 8))
	joined := make([]float32, 3*d*d)
	for i := range joined {
		joined[i] = float32(random.NormFloat64() / 8)
	}
	factors := map[string]float32{"q": 1.7, "k": 0.3, "v": 1}
	kinds := map[string]func(name string, values []float32, dims ...int64) *onnxpb.TensorProto{
		"float32": func(name string, values []float32, dims ...int64) *onnxpb.TensorProto {
			return onnxtest.Tensor(name, float32Type, values, dims...)
		},
		"float16": func(name string, values []float32, dims ...int64) *onnxpb.TensorProto {
			return onnxtest.Tensor(name, float16Type, halves(values), dims...)
		},
		"bfloat16": func(name string, values []float32, dims ...int64) *onnxpb.TensorProto {
			return onnxtest.Tensor(name, bfloat16Type, bfloat16s(values), dims...)
		},
	}
	for from, part := range kinds {
		for to, whole := range kinds {
			for _, columns := range []bool{false, true} {
				var parts []*onnxpb.TensorProto
				for i, name := range []string{"q", "k", "v"} {
					values := slices.Clone(joined[i*d*d : (i+1)*d*d])
					for k := range values {
						values[k] *= factors[name]
					}
					parts = append(parts, part(name, turned(values, d), d, d))
				}
				target, packed := "[%d:%d]", whole("in_proj", joined, 3*d, d)
				if columns {
					target, packed = "[...,%d:%d]", whole("in_proj", turned(joined, d), d, 3*d)
				}
				diff, err := Diff(tensors(t, parts...), tensors(t, packed), DiffOptions{ByValue: true})
				if err != nil || len(diff.Tensors) != 3 {
					t.Fatalf("%s in %s, columns %v: %+v, %v", from, to, columns, diff, err)
				}
				for i, row := range diff.Tensors {
					want := 1 / float64(factors[row.Name])
					if row.Other != fmt.Sprintf("in_proj"+target, i*d, (i+1)*d) || math.Abs(*row.Factor/want-1) > 1e-3 || (row.Status == StatusSame) != (want == 1) {
						t.Errorf("%s in %s, columns %v: %+v with factor %v, want %v", from, to, columns, row, *row.Factor, want)
					}
				}
			}
		}
	}
}
