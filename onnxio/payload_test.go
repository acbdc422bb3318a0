package onnxio

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// samples are elements of each type that is read, with their bits.
var samples = []struct {
	dataType DataType
	words    []uint64
	want     []float64
}{
	{Float32, []uint64{0, 0x80000000, 0x3f800000, 0xc0490fdb, 0x7f7fffff, 1, 0x7f800000}, []float64{0, math.Copysign(0, -1), 1, float64(float32(-math.Pi)), math.MaxFloat32, math.SmallestNonzeroFloat32, math.Inf(1)}},
	{Float64, []uint64{0, 0x3ff0000000000000, 0xc00921fb54442d18, 1}, []float64{0, 1, -math.Pi, math.SmallestNonzeroFloat64}},
	{Float16, []uint64{0, 0x3c00, 0xc000, 0x7bff, 1, 0xfc00}, []float64{0, 1, -2, 65504, 0x1p-24, math.Inf(-1)}},
	{BFloat16, []uint64{0, 0x3f80, 0xc000, 0x7f7f, 1}, []float64{0, 1, -2, 0x1.fep127, 0x1p-133}},
	{Int64, []uint64{0, 1, math.MaxUint64, 1 << 62}, []float64{0, 1, -1, 1 << 62}},
	{Int32, []uint64{0, 1, 0xffffffff, 0x80000000, 0x7fffffff}, []float64{0, 1, -1, math.MinInt32, math.MaxInt32}},
	{Int16, []uint64{0, 0xffff, 0x8000, 0x7fff}, []float64{0, -1, math.MinInt16, math.MaxInt16}},
	{Int8, []uint64{0, 0xff, 0x80, 0x7f}, []float64{0, -1, -128, 127}},
	{Uint64, []uint64{0, 1, 1 << 63}, []float64{0, 1, 1 << 63}},
	{Uint32, []uint64{0, 0xffffffff, 7}, []float64{0, math.MaxUint32, 7}},
	{Uint16, []uint64{0, 0xffff, 7}, []float64{0, math.MaxUint16, 7}},
	{Uint8, []uint64{0, 0xff, 7}, []float64{0, 255, 7}},
	{Bool, []uint64{0, 1, 1}, []float64{0, 1, 1}},
}

func TestStorage(t *testing.T) {
	for _, s := range samples {
		for _, storage := range storages {
			name := s.dataType.String() + "/" + storage
			m := decode(t, model(field(5, header("x", s.dataType, int64(len(s.want))), values(s.dataType, s.words, storage))))
			x := m.Initializer("x")
			got, err := x.Float64s()
			if err != nil || !equal(got, s.want) {
				t.Errorf("%s: %v, %v; want %v", name, got, err, s.want)
			}
			var streamed []float64
			if err := x.Blocks(func(block []float64) error { streamed = append(streamed, block...); return nil }); err != nil || !equal(streamed, s.want) {
				t.Errorf("%s: blocks hold %v, %v", name, streamed, err)
			}
			e := elementTypes[s.dataType]
			got32, err := x.Float32s()
			if is := e.kind == float && e.bits <= 32; is != (err == nil) || is && float64(got32[1]) != s.want[1] {
				t.Errorf("%s: Float32s gives %v, %v", name, got32, err)
			}
			ints, err := x.Int64s()
			if is := e.kind != float && s.dataType != Uint64; is != (err == nil) || is && float64(ints[1]) != s.want[1] {
				t.Errorf("%s: Int64s gives %v, %v", name, ints, err)
			}
			if x.IsFloat() != (e.kind == float) {
				t.Errorf("%s: IsFloat is %v", name, x.IsFloat())
			}
		}
	}
}

// equal compares bits, so that NaNs and zeros are distinguished.
func equal(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func TestUnusualPayloads(t *testing.T) {
	const negative = math.MaxUint64 // −1 as a varint
	for _, test := range []struct {
		name     string
		dataType DataType
		dims     []int64
		values   []byte
		want     []float64
	}{
		{"scalar", Float32, nil, values(Float32, []uint64{0x3f800000}, "raw"), []float64{1}},
		{"empty", Float32, []int64{3, 0, math.MaxInt64}, nil, nil},
		{"empty raw_data", Float32, []int64{0}, field(rawData), nil},
		{"empty raw_data beside float_data", Float32, []int64{1}, bytes.Join([][]byte{values(Float32, []uint64{0x3f800000}, "packed"), field(rawData)}, nil), []float64{1}},
		{"raw_data twice", Uint8, []int64{1}, bytes.Join([][]byte{field(rawData, []byte{3}), field(rawData, []byte{4})}, nil), []float64{4}},
		{"field of a wrong wire type beside", Uint8, []int64{1}, bytes.Join([][]byte{varint(rawData, 3), field(rawData, []byte{4})}, nil), []float64{4}},
		{"int8 with sign", Int8, []int64{2}, field(int32Data, values(Int64, []uint64{negative, 5}, "packed")[2:]), []float64{-1, 5}},
		{"int16 unpacked with sign", Int16, []int64{1}, varint(int32Data, negative), []float64{-1}},
		{"long varint", Int32, []int64{2}, field(int32Data, []byte{0x85, 0x80, 0x00, 0x06}), []float64{5, 6}},
		{"int32 of more than 32 bits", Int16, []int64{1}, varint(int32Data, 1<<40|5), []float64{5}},
		{"raw bool that is not 1", Bool, []int64{2}, field(rawData, []byte{0xff, 0}), []float64{1, 0}},
		{"int4", Int4, []int64{3}, field(rawData, []byte{0x8f, 0x07}), []float64{-1, -8, 7}},
		{"uint4 in int32_data", Uint4, []int64{3}, field(int32Data, []byte{0xaf, 0x01, 0x07}), []float64{15, 10, 7}},
		{"int2", Int2, []int64{5}, field(rawData, []byte{0b11100100, 0b01}), []float64{0, 1, -2, -1, 1}},
	} {
		m := decode(t, model(field(5, header("x", test.dataType, test.dims...), test.values)))
		got, err := m.Initializer("x").Float64s()
		if err != nil || !equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", test.name, got, err, test.want)
		}
	}
}

func TestWrongPayloads(t *testing.T) {
	float, int32 := Float32, Int32
	one := []uint64{0x3f800000}
	for _, test := range []struct {
		name     string
		dataType DataType
		dims     []int64
		values   []byte
		want     string
	}{
		{"huge shape", float, []int64{1e6, 1e6}, field(rawData, []byte("abc")), "raw_data has 3 bytes, where FLOAT of shape [1000000 1000000] needs 4000000000000"},
		{"huge shape, packed", int32, []int64{1e12}, field(int32Data, []byte("abc")), "int32_data has 3 values"},
		{"no values", float, []int64{2}, nil, "it has no values"},
		{"values of an empty tensor", float, []int64{0}, values(float, one, "packed"), "float_data has 1 values"},
		{"two fields", float, []int64{1}, bytes.Join([][]byte{values(float, one, "packed"), values(float, one, "raw")}, nil), "both in float_data and in raw_data"},
		{"two typed fields", float, []int64{1}, bytes.Join([][]byte{values(float, one, "packed"), varint(int64Data, 1)}, nil), "both in float_data and in int64_data"},
		{"wrong field", float, []int64{1}, varint(int64Data, 1), "values are in int64_data, where those of type FLOAT belong in float_data"},
		{"odd bytes", float, []int64{1}, field(floatData, []byte("abcde")), "5 bytes, no multiple of 4"},
		{"unfinished varint", int32, []int64{2}, field(int32Data, []byte{1, 0x80}), "ends within a value"},
		{"endless varint", int32, []int64{1}, field(int32Data, bytes.Repeat([]byte{0x80}, 12), []byte{0}), "variable length integer overflow"},
		{"beyond uint8", Uint8, []int64{1}, varint(int32Data, 256), "holds 256, which does not fit in 8 bits"},
		{"beyond uint32", Uint32, []int64{1}, varint(uint64Data, 1<<32), "does not fit in 32 bits"},
		{"beyond float16", Float16, []int64{1}, varint(int32Data, 1<<16), "does not fit in 16 bits"},
		{"strings", String, []int64{1}, field(stringData, []byte("a")), "STRING cannot be read as numbers"},
		{"float8", Float8E4M3FN, []int64{1}, field(rawData, []byte("a")), "FLOAT8E4M3FN cannot be read as numbers"},
		{"complex", Complex64, []int64{1}, field(rawData, []byte("12345678")), "COMPLEX64 cannot be read as numbers"},
		{"unknown type", 99, []int64{1}, field(rawData, []byte("a")), "99 cannot be read as numbers"},
		{"segment", float, []int64{1}, bytes.Join([][]byte{field(3, varint(1, 0)), values(float, one, "raw")}, nil), "segment"},
	} {
		m := decode(t, model(field(5, header("x", test.dataType, test.dims...), test.values)))
		x := m.Initializer("x")
		if got, err := x.Float64s(); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `test: tensor "x"`) {
			t.Errorf("%s: %v, %v; want an error with %q", test.name, got, err, test.want)
		}
		if _, err := x.Norm(); err == nil {
			t.Errorf("%s: no error from Norm", test.name)
		}
	}
}

func TestShapes(t *testing.T) {
	for _, dims := range [][]int64{{-1}, {0, -1}, {math.MaxInt64, 2}, {1 << 32, 1 << 32}} {
		if _, err := Decode("test", model(field(5, header("x", Float32, dims...)))); err == nil || !strings.Contains(err.Error(), `tensor "x": shape`) {
			t.Errorf("shape %v: %v", dims, err)
		}
	}
}

func TestStrings(t *testing.T) {
	m := decode(t, model(
		field(5, header("s", String, 3), field(stringData, []byte("a")), field(stringData), field(12, []byte("doc")), field(stringData, []byte("çé"))),
		field(5, header("short", String, 2), field(stringData, []byte("a"))),
		field(5, header("raw", String, 1), field(rawData, []byte("a"))),
		field(5, header("f", Float32, 1), field(rawData, []byte("1234")))))
	if got, err := m.Initializer("s").Strings(); err != nil || !slices.Equal(got, []string{"a", "", "çé"}) {
		t.Errorf("strings are %q, %v", got, err)
	}
	for _, name := range []string{"short", "raw", "f"} {
		if got, err := m.Initializer(name).Strings(); err == nil {
			t.Errorf("%s: strings are %q", name, got)
		}
	}
}

func TestNorm(t *testing.T) {
	double := Float64
	for _, test := range []struct{ x, want float64 }{{3, 5}, {3e200, 5e200}, {3e-200, 5e-200}, {math.Inf(1), math.Inf(1)}, {math.NaN(), math.NaN()}, {0, 0}} {
		m := decode(t, model(field(5, header("x", double, 2), values(double, floats(double, test.x, test.x/3*4), "raw"))))
		got, err := m.Initializer("x").Norm()
		if err != nil || !(math.Abs(got-test.want) <= 1e-15*test.want || got == test.want || got != got && test.want != test.want) {
			t.Errorf("norm is %v, %v; want %v", got, err, test.want)
		}
	}
}

// TestManyBlocks reads a tensor of more than one block, in one run and in many.
func TestManyBlocks(t *testing.T) {
	words := make([]uint64, 2*blockSize+3)
	want := make([]float64, len(words))
	for i := range words {
		want[i] = float64(i % 1000)
		words[i] = elementTypes[Float32].encode(want[i])
	}
	for _, storage := range storages {
		m := decode(t, model(field(5, header("x", Float32, int64(len(words))), values(Float32, words, storage))))
		if got, err := m.Initializer("x").Float64s(); err != nil || !equal(got, want) {
			t.Errorf("%s: values differ (%v)", storage, err)
		}
		err := m.Initializer("x").Blocks(func(block []float64) error {
			if len(block) > blockSize {
				t.Errorf("a block of %d", len(block))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
