package onnxio

import (
	"bytes"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// TestValuesInEveryStorage gives values to two of three tensors of each type in each storage, and compares the file with one
// that was built from them.
func TestValuesInEveryStorage(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	path := filepath.Join(t.TempDir(), "out.onnx")
	for _, dataType := range floatTypes {
		for _, storage := range storages {
			before, after := make([]float64, 5000), make([]float64, 5000) // more than a block
			for i := range after {
				before[i], after[i] = random.NormFloat64(), random.NormFloat64()*math.Pow(2, float64(random.IntN(12)))
			}
			after[0], after[1], after[2] = 0, math.Copysign(0, -1), 1e-7
			before[4], after[4] = math.NaN(), math.NaN()
			before[5], after[5] = math.Inf(-1), math.Inf(-1)
			build := func(x []float64) []byte {
				tensor := func(name string, x []float64) []byte {
					return append(header(name, dataType, 50, 100), values(dataType, floats(dataType, x...), storage)...)
				}
				return model(field(5, tensor("a", x)), field(10, []byte("doc")), field(5, tensor("b", before)), field(999, []byte("unknown")),
					node("Constant", "c", attribute("value", field(5, tensor("", x)))))
			}
			data := build(before)
			m := decode(t, data)
			given := []Values{{m.Tensors[2], after}, {m.Initializer("a"), after}}
			saved, err := m.SaveValues(path, given, "", "")
			if err != nil {
				t.Fatalf("%v/%s: %v", dataType, storage, err)
			}
			if want := build(after); !bytes.Equal(readFile(t, path), want) {
				t.Errorf("%v/%s: the output is not the one built from the values", dataType, storage)
			}
			if r := saved.Tensors[1]; r.Tensor != m.Initializer("a") || r.Factor != 0 {
				t.Errorf("%v/%s: %+v", dataType, storage, r)
			}
			same, err := m.Initializer("a").Float64s()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.SaveValues(path, []Values{{m.Initializer("a"), same}}, "", ""); err != nil || !bytes.Equal(readFile(t, path), data) {
				t.Errorf("%v/%s: the values of the file change it (%v)", dataType, storage, err)
			}
		}
	}
}

// TestReferenceValues gives every weight of real exports other values, and compares with what protobuf makes.
func TestReferenceValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.onnx")
	for _, reference := range references(t) {
		m := open(t, reference)
		want := unmarshal(t, readFile(t, reference))
		var given []Values
		for i, p := range want.Graph.Initializer {
			x := m.Initializer(p.GetName())
			if !x.IsFloat() {
				continue
			}
			data := make([]float64, x.Size())
			for j := range data {
				data[j] = math.Sin(float64(i + j))
			}
			given = append(given, Values{x, data})
			p.RawData = rawBytes(x.DataType, floats(x.DataType, data...))
		}
		saved, err := m.SaveValues(path, given, "trained", "30 steps")
		if err != nil {
			t.Fatal(err)
		}
		if info := saved.Tensors[0]; math.Abs(info.Asked-info.Reached) > 1e-6*info.Asked || info.Before == info.Reached {
			t.Errorf("%s: %+v", reference, info)
		}
		key, value := "trained", "30 steps"
		want.MetadataProps = append(want.MetadataProps, &onnxpb.StringStringEntryProto{Key: &key, Value: &value})
		if got := unmarshal(t, readFile(t, path)); !proto.Equal(got, want) || len(given) == 0 {
			t.Errorf("%s: the model differs from the one made with protobuf", reference)
		}
	}
}

// TestExternalValues has tensors that share a stretch of a data file: one with other values gets a stretch of its own.
func TestExternalValues(t *testing.T) {
	folder := t.TempDir()
	float := Float32
	write(t, folder, "w.bin", numbers(1, 8))
	input := write(t, folder, "m.onnx", model(
		external("a", float, 4, "location", "w.bin"),
		external("tied", float, 4, "location", "w.bin"),
		external("b", float, 4, "location", "w.bin", "offset", "16"),
		field(5, tensor("inside", 5))))
	check := func(path string) {
		t.Helper()
		out := open(t, path)
		for name, want := range map[string][]float64{"a": {1, 2, 3, 4}, "tied": {-1, 2, -3, 4}, "b": {9, 9, 9, 9}, "inside": {7}} {
			if got, err := out.Initializer(name).Float64s(); err != nil || !equal(got, want) {
				t.Errorf("%s: %v, %v; want %v", name, got, err, want)
			}
		}
	}
	m := open(t, input)
	given := []Values{{m.Initializer("tied"), []float64{-1, 2, -3, 4}}, {m.Initializer("b"), []float64{9, 9, 9, 9}}, {m.Initializer("inside"), []float64{7}}}
	saved, err := m.SaveValues(filepath.Join(folder, "out.onnx"), given, "k", "v")
	if err != nil {
		t.Fatal(err)
	}
	if saved.Data != filepath.Join(folder, "out.onnx.data") {
		t.Errorf("%+v", saved)
	}
	check(saved.Path)
	checkFolder(t, folder, "m.onnx", "out.onnx", "out.onnx.data", "w.bin")
	if _, err := m.SaveValues(input, given, "k", "v"); err == nil || !strings.Contains(err.Error(), "would overwrite the input") {
		t.Errorf("over the input: %v", err)
	}
	if _, err := m.SaveValuesInPlace(given, "k", "v"); err != nil {
		t.Fatal(err)
	}
	check(input)
	if !bytes.Equal(readFile(t, filepath.Join(folder, "w.bin")), numbers(1, 8)) {
		t.Error("the input's data file changed")
	}
}

func TestSafetensorsValues(t *testing.T) {
	folder := t.TempDir()
	header := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  `
	data := slices.Concat([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, []byte(header), numbers(1, 2))
	m, err := DecodeSafetensors("test", data)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "out.safetensors")
	if _, err := m.SaveValues(path, []Values{{m.Tensors[0], []float64{3, 4}}}, "k", "v"); err != nil {
		t.Fatal(err)
	}
	if want := slices.Concat(data[:len(data)-8], numbers(3, 2)); !bytes.Equal(readFile(t, path), want) {
		t.Errorf("%q, want %q", readFile(t, path), want)
	}
}

func TestRefusedValues(t *testing.T) {
	folder := t.TempDir()
	float, half, brain := Float32, Float16, BFloat16
	m := decode(t, model(
		field(5, tensor("x", 1)),
		field(5, header("half", half, 2), values(half, floats(half, 1, 1), "packed")),
		field(5, header("brain", brain, 1), values(brain, floats(brain, 1), "raw")),
		field(5, header("inf", float, 1), values(float, floats(float, math.Inf(1)), "packed")),
		field(5, header("nan", float, 1), values(float, floats(float, math.NaN()), "packed")),
		field(5, header("int", Int64, 1), varint(int64Data, 1)),
		field(5, header("short", float, 2), values(float, floats(float, 1), "packed")),
		external("away", float, 1, "location", "w.bin")))
	foreign := decode(t, model(field(5, tensor("stranger", 1)))).Initializer("stranger")
	of := func(name string, data ...float64) Values { return Values{m.Initializer(name), data} }
	allOnes := math.Float64frombits(math.MaxUint64)
	for _, test := range []struct {
		name   string
		values []Values
		want   string
	}{
		{"too few", []Values{of("half", 1)}, `tensor "half": 1 values are given, where shape [2] needs 2`},
		{"too many", []Values{of("x", 1, 2)}, `tensor "x": 2 values are given, where shape [1] needs 1`},
		{"none", []Values{of("x")}, `tensor "x": 0 values are given`},
		{"beyond float32", []Values{of("half", 1, 2), of("x", -1e39)}, `tensor "x": element 0 is given -1e+39, which is not a finite`},
		{"beyond float16", []Values{of("half", 1, 65520)}, `tensor "half": element 1 is given 65520`},
		{"infinite", []Values{of("x", math.Inf(1))}, `tensor "x": element 0 is given +Inf`},
		{"NaN", []Values{of("x", math.NaN())}, `tensor "x": element 0 is given NaN`},
		{"NaN of bfloat16", []Values{of("brain", allOnes)}, `tensor "brain": element 0 is given NaN`},
		{"the other infinity", []Values{of("inf", math.Inf(-1))}, `tensor "inf": element 0 is given -Inf`},
		{"infinity for NaN", []Values{of("nan", math.Inf(1))}, `tensor "nan": element 0 is given +Inf`},
		{"overflow to the same infinity", []Values{of("inf", 1e39)}, `tensor "inf": element 0 is given 1e+39`},
		{"integers", []Values{of("int", 2)}, `tensor "int": type INT64 cannot be given values`},
		{"wrong payload", []Values{of("short", 2, 2)}, `tensor "short": float_data has 1 values`},
		{"external data of a model from memory", []Values{of("away", 2)}, `tensor "away": external data file "w.bin"`},
		{"twice", []Values{of("x", 2), of("x", 2)}, `tensor "x": it is to be given values twice`},
		{"another model's", []Values{{foreign, []float64{2}}}, `tensor "stranger", to be given values, is not of this model`},
		{"nil", []Values{{nil, nil}}, "not of this model"},
	} {
		_, err := m.SaveValues(filepath.Join(folder, "out.onnx"), test.values, "k", "v")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", test.name, err, test.want)
		}
	}
	checkFolder(t, folder)
	if _, err := m.SaveValues(filepath.Join(t.TempDir(), "out.onnx"), []Values{of("nan", 1), of("inf", 1)}, "", ""); err == nil || !strings.Contains(err.Error(), "w.bin") {
		t.Errorf("numbers for what is not finite: %v, want only that of the data file", err)
	}
}
