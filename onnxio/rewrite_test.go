package onnxio

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// rewritten returns what Rewrite writes without an entry.
func rewritten(t *testing.T, m *Model, scale []Scaling) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := m.Rewrite(&out, scale, "", ""); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var floatTypes = []DataType{Float32, Float64, Float16, BFloat16}

func TestIdentity(t *testing.T) {
	for _, path := range references(t) {
		m := open(t, path)
		data := readFile(t, path)
		var ones []Scaling
		for _, x := range m.Tensors {
			if x.IsFloat() {
				ones = append(ones, Scaling{x, 1})
			}
		}
		var out bytes.Buffer
		if err := m.Rewrite(&out, ones, "metainit", "{}"); err != nil {
			t.Fatal(err)
		}
		entry := field(14, field(1, []byte("metainit")), field(2, []byte("{}")))
		if !bytes.Equal(out.Bytes(), append(data, entry...)) {
			t.Errorf("%s: the output is not the input and the entry", path)
		}
	}
}

func TestReferenceRewrite(t *testing.T) {
	for _, path := range references(t) {
		m := open(t, path)
		want := unmarshal(t, readFile(t, path))
		var scale []Scaling
		for i, p := range want.Graph.Initializer {
			if len(p.Dims) < 2 || p.GetDataType() != int32(Float32) {
				continue
			}
			x, factor := m.Initializer(p.GetName()), 0.3+float64(i)
			scale = append(scale, Scaling{x, factor})
			values, err := x.Float32s()
			if err != nil {
				t.Fatal(err)
			}
			words := make([]uint64, len(values))
			for j, v := range values {
				words[j] = uint64(math.Float32bits(float32(float64(v) * factor)))
			}
			p.RawData = rawBytes(x.DataType, words)
		}
		if got := unmarshal(t, rewritten(t, m, scale)); !proto.Equal(got, want) || len(scale) == 0 {
			t.Errorf("%s: rescaled model differs from the one made with protobuf", path)
		}
	}
}

// TestEveryStorage rescales two of three tensors of each type in each storage, and compares the file with one built
// from the products.
func TestEveryStorage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, dataType := range floatTypes {
		for _, storage := range storages {
			for _, factor := range []float64{0.5, 1.37, -2, 1e-3, 0, 1e-40} {
				e := elementTypes[dataType]
				x := make([]float64, 50)
				for i := range x {
					x[i] = random.NormFloat64() * math.Pow(2, float64(random.IntN(12)))
				}
				x[7], x[8], x[9], x[10] = 0, math.Copysign(0, -1), 1e-7, math.NaN()
				if factor != 0 {
					x[11] = math.Inf(1)
				}
				words := floats(dataType, x...)
				build := func(scaled bool) []byte {
					tensor := func(name string, words []uint64) []byte {
						return field(5, header(name, dataType, int64(len(x))), values(dataType, words, storage))
					}
					products := slices.Clone(words)
					for i, word := range words {
						if y := e.decode(word); scaled && !math.IsNaN(y) {
							products[i] = e.encode(y * factor)
						}
					}
					return model(tensor("a", products), field(10, []byte("doc")), tensor("b", words), node("Constant", "c", attribute("value", tensor("", products))))
				}
				data := build(false)
				m := decode(t, data)
				got := rewritten(t, m, []Scaling{{m.Tensors[2], factor}, {m.Initializer("a"), factor}})
				if want := build(true); !bytes.Equal(got, want) {
					t.Errorf("%v/%s times %v: the output is not the one built from the products", dataType, storage, factor)
				}
				if got := rewritten(t, m, []Scaling{{m.Initializer("a"), 1}}); !bytes.Equal(got, data) {
					t.Errorf("%v/%s: factor 1 changes the file", dataType, storage)
				}
			}
		}
	}
}

// TestLengthsThatStay has lengths written longer than needed: only those that change are written anew.
func TestLengthsThatStay(t *testing.T) {
	half := Float16
	build := func(sized func(num protowire.Number, content ...[]byte) []byte, x float64) []byte {
		return slices.Concat(varint(1, 8), sized(7,
			sized(5, header("x", half, 1), values(half, floats(half, x), "packed")),
			long(5, header("y", half, 1), long(int32Data, values(half, floats(half, 1), "packed")[2:]))))
	}
	m := decode(t, build(long, 1))
	// As varints 1 and 1/2 take two bytes, and the smallest number one.
	if got, want := rewritten(t, m, []Scaling{{m.Initializer("x"), 0.5}}), build(long, 0.5); !bytes.Equal(got, want) {
		t.Errorf("a payload of the same size: %x, want %x", got, want)
	}
	if got, want := rewritten(t, m, []Scaling{{m.Initializer("x"), 0x1p-24}}), build(field, 0x1p-24); !bytes.Equal(got, want) {
		t.Errorf("a shorter payload: %x, want %x", got, want)
	}
}

// TestLengthsThatCancel has a tensor that grows by what another shrinks: the length of the graph around stays.
func TestLengthsThatCancel(t *testing.T) {
	half := Float16
	build := func(x, y float64) []byte {
		return slices.Concat(varint(1, 8), long(7,
			field(5, header("x", half, 1), values(half, floats(half, x), "packed")),
			field(5, header("y", half, 1), values(half, floats(half, y), "packed"))))
	}
	m := decode(t, build(1, 0x1p-24))
	scale := []Scaling{{m.Initializer("x"), 0x1p-24}, {m.Initializer("y"), 0x1p+24}}
	if got, want := rewritten(t, m, scale), build(0x1p-24, 1); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// TestPatchOfWrongSize has a patch that writes less than it said, as when a file changes while it is read.
func TestPatchOfWrongSize(t *testing.T) {
	p := replacement(1, 2, nil, []byte("ab"))
	p.size = 3
	if err := apply(new(bytes.Buffer), &mapping{data: []byte("xyz")}, []patch{p}); !errors.Is(err, errChanged) {
		t.Errorf("%v", err)
	}
}

func TestEntry(t *testing.T) {
	props := func(keys ...string) (out []byte) {
		for _, key := range keys {
			out = append(out, field(14, field(1, []byte(key)), field(2, []byte("old")))...)
		}
		return out
	}
	for _, test := range []struct {
		taken []string
		want  string
	}{
		{nil, "metainit"},
		{[]string{"other"}, "metainit"},
		{[]string{"metainit"}, "metainit.2"},
		{[]string{"metainit", "metainit.2", "metainit.4"}, "metainit.3"},
	} {
		m := decode(t, append(model(field(5, tensor("x", 1))), props(test.taken...)...))
		var out bytes.Buffer
		if err := m.Rewrite(&out, nil, "metainit", "new"); err != nil {
			t.Fatal(err)
		}
		if v, ok := decode(t, out.Bytes()).Metadata(test.want); v != "new" || !ok {
			t.Errorf("with %q: %s is %q", test.taken, test.want, v)
		}
	}
	m := decode(t, model(field(5, tensor("x", 1))))
	if err := m.Rewrite(new(bytes.Buffer), nil, "metainit", "\xff"); err == nil {
		t.Error("a value that is not UTF-8 is written")
	}
}

func TestRefusedScalings(t *testing.T) {
	float := Float32
	m := decode(t, model(
		field(5, tensor("x", 3e38)),
		field(5, header("half", Float16, 1), values(Float16, []uint64{0x7bff}, "packed")),
		field(5, header("inf", float, 1), values(float, floats(float, math.Inf(1)), "packed")),
		field(5, header("int", Int64, 1), varint(int64Data, 1)),
		field(5, header("short", float, 2), values(float, floats(float, 1), "packed"))))
	foreign := decode(t, model(field(5, tensor("x", 1)))).Initializer("x")
	x := m.Initializer("x")
	for _, test := range []struct {
		name  string
		scale []Scaling
		want  string
	}{
		{"overflow", []Scaling{{x, 2}}, `tensor "x": element 3.0000000054977558e+38 times 2 is not a finite number`},
		{"overflow of float16", []Scaling{{x, 0.5}, {m.Initializer("half"), 1.001}}, `tensor "half": element 65504`},
		{"infinity times 0", []Scaling{{m.Initializer("inf"), 0}}, `tensor "inf"`},
		{"integers", []Scaling{{m.Initializer("int"), 2}}, `tensor "int": type INT64 cannot be rescaled`},
		{"wrong payload", []Scaling{{m.Initializer("short"), 2}}, `tensor "short": float_data has 1 values`},
		{"infinite factor", []Scaling{{x, math.Inf(1)}}, "factor +Inf is not finite"},
		{"factor NaN", []Scaling{{x, math.NaN()}}, "factor NaN is not finite"},
		{"twice", []Scaling{{x, 0.5}, {x, 0.5}}, `tensor "x": it is to be rescaled twice`},
		{"another model's", []Scaling{{foreign, 2}}, "not of this model"},
		{"nil", []Scaling{{nil, 2}}, "not of this model"},
	} {
		var out bytes.Buffer
		err := m.Rewrite(&out, test.scale, "k", "v")
		if err == nil || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
			t.Errorf("%s: %v with %d bytes written; want %q", test.name, err, out.Len(), test.want)
		}
	}
}

// limited fails once it has taken n bytes.
type limited struct{ n int }

var errFull = errors.New("full")

func (w *limited) Write(p []byte) (int, error) {
	if len(p) > w.n {
		return w.n, errFull
	}
	w.n -= len(p)
	return len(p), nil
}

func TestFailingWriter(t *testing.T) {
	m := decode(t, everywhere())
	size := len(rewritten(t, m, nil))
	for n := range size {
		if err := m.Rewrite(&limited{n}, []Scaling{{m.Tensors[0], 2}}, "", ""); !errors.Is(err, errFull) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
	if err := m.Rewrite(&limited{size}, nil, "", ""); err != nil {
		t.Error(err)
	}
}
