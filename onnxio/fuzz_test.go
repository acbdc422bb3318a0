package onnxio

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// seeds are small models of all kinds, whole and broken.
func seeds() [][]byte {
	all := [][]byte{nil, everywhere(), model(), model([]byte{0x0b, 8, 1}), []byte("version https://git-lfs")}
	for _, s := range samples {
		for _, storage := range storages {
			all = append(all, model(field(5, header("x", s.dataType, int64(len(s.want))), values(s.dataType, s.words, storage))))
		}
	}
	unusual := slices.Concat(varint(1, 8), long(7, long(5, tensor("x", 1), field(999, []byte("u")))), field(7, field(5, tensor("y", 2))))
	for _, dims := range [][]byte{varint(1, 1<<40), slices.Concat(varint(1, 1<<20), varint(1, 1<<31), varint(1, 3)), varint(1, 1<<63)} { // more than there are values
		all = append(all, model(field(5, header("w", Float32, 2), dims, field(rawData, numbers(0, 2)))))
	}
	return append(all, unusual,
		model(external("x", 1, 2, "location", "w.bin", "offset", "0")),
		model(node("Constant", "c", attribute("value", append(field(5, tensor("", 1)), field(5, header("", 10, 2), varint(int32Data, 5))...)))))
}

// FuzzDecode reads everything of a model: there is a result or an error.
func FuzzDecode(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode("fuzz", data)
		if err != nil {
			return
		}
		for _, x := range m.Tensors {
			if m.Tensor(x.proto) != x {
				t.Errorf("tensor %q is not that of its TensorProto", x.Name)
			}
			values, err := x.Float64s()
			if err == nil && int64(len(values)) != x.Size() {
				t.Errorf("%d values, want %d", len(values), x.Size())
			}
			n, errNorm := x.Norm()
			if (err == nil) != (errNorm == nil) || n < 0 {
				t.Errorf("Float64s gives %v; Norm gives %v, %v", err, n, errNorm)
			}
			x.Float32s()
			x.Int64s()
			x.Strings()
		}
	})
}

// FuzzRewrite rescales every tensor that can be, and compares the values of the output, and the rest of it.
func FuzzRewrite(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed, 0.5)
	}
	f.Fuzz(func(t *testing.T, data []byte, factor float64) {
		m, err := Decode("fuzz", data)
		if err != nil {
			return
		}
		var same bytes.Buffer
		if err := m.Rewrite(&same, nil, "", ""); err != nil || !bytes.Equal(same.Bytes(), data) {
			t.Fatalf("rewriting changes the file (%v)", err)
		}
		var scale []Scaling
		for _, x := range m.Tensors {
			one := []Scaling{{x, factor}}
			if x.IsFloat() && m.Rewrite(&tail{}, one, "", "") == nil {
				scale = append(scale, one[0])
			}
		}
		var out bytes.Buffer
		if err := m.Rewrite(&out, scale, "key", "value"); err != nil {
			t.Fatal(err)
		}
		again, err := Decode("again", out.Bytes())
		if err != nil || len(again.Tensors) != len(m.Tensors) {
			t.Fatalf("the output cannot be decoded: %v", err)
		}
		if v, _ := again.Metadata("key"); m.Proto.MetadataProps == nil && v != "value" {
			t.Errorf("the entry is %q", v)
		}
		for i, x := range m.Tensors {
			want, err := x.Float64s()
			scaled := slices.ContainsFunc(scale, func(s Scaling) bool { return s.Tensor == x })
			if scaled {
				e := elementTypes[x.DataType]
				for j, v := range want {
					if !math.IsNaN(v) {
						want[j] = e.decode(e.encode(v * factor))
					}
				}
			}
			got, errAgain := again.Tensors[i].Float64s()
			if (err == nil) != (errAgain == nil) || !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || a != a && b != b }) {
				t.Errorf("%q: %v, %v; want %v, %v", x.Name, got, errAgain, want, err)
			}
		}
		// All that is not a value is as it was.
		a, errA := scan(data)
		b, errB := scan(out.Bytes()[:out.Len()-len(entryOf(m))])
		if errA != nil || errB != nil || !bytes.Equal(a.skeleton, b.skeleton) {
			t.Errorf("the structure changed (%v, %v)", errA, errB)
		}
	})
}

// FuzzValues gives values to every tensor that takes them, and compares those of the output, and the rest of it.
func FuzzValues(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed, 0.1)
	}
	f.Fuzz(func(t *testing.T, data []byte, value float64) {
		m, err := Decode("fuzz", data)
		if err != nil {
			return
		}
		want := map[*Tensor][]float64{}
		var all []*change
		for _, x := range m.Tensors {
			if !x.IsFloat() || x.Size() > 1<<16 {
				continue
			}
			given, rounded := make([]float64, x.Size()), make([]float64, x.Size())
			for i := range given {
				given[i] = value / float64(i+1)
				rounded[i] = elementTypes[x.DataType].decode(elementTypes[x.DataType].encode(given[i]))
			}
			if c, err := m.given([]Values{{x, given}}); err == nil {
				all, want[x] = append(all, c...), rounded
			}
		}
		var out bytes.Buffer
		if err := m.write(&out, patches(all)); err != nil {
			t.Fatal(err)
		}
		again, err := Decode("again", out.Bytes())
		if err != nil || len(again.Tensors) != len(m.Tensors) {
			t.Fatalf("the output cannot be decoded: %v", err)
		}
		for i, x := range m.Tensors {
			if values, ok := want[x]; ok {
				got, err := again.Tensors[i].Float64s()
				if err != nil || !slices.EqualFunc(got, values, func(a, b float64) bool { return a == b || a != a && b != b }) {
					t.Errorf("%q: %v, %v; want %v", x.Name, got, err, values)
				}
			}
		}
		a, errA := scan(data)
		b, errB := scan(out.Bytes())
		if errA != nil || errB != nil || !bytes.Equal(a.skeleton, b.skeleton) {
			t.Errorf("the structure changed (%v, %v)", errA, errB)
		}
	})
}

// entryOf returns the entry that FuzzRewrite appends.
func entryOf(m *Model) []byte {
	entry, err := m.entry("key", "value")
	if err != nil {
		panic(err)
	}
	return entry
}

// FuzzPatch compares patches of nested fields with encoding them afresh.
func FuzzPatch(f *testing.F) {
	f.Add([]byte("abc"), []byte("a longer content"), uint8(3))
	f.Add(make([]byte, 126), make([]byte, 130), uint8(5))
	f.Add([]byte("abc"), []byte{}, uint8(1))
	f.Fuzz(func(t *testing.T, before, after []byte, depth uint8) {
		build := func(content []byte) (data []byte, spans []*span) {
			sizes := make([]int, depth%8) // of the fields' headers
			data = content
			for i := range sizes {
				whole := slices.Concat(field(1, data), []byte{8, 1})
				sizes[i] = len(whole) - 2 - len(data)
				data = whole
			}
			spans = []*span{{end: len(data)}}
			for i := len(sizes) - 1; i >= 0; i-- {
				parent := spans[len(spans)-1]
				_, tag := protowire.ConsumeVarint(data[parent.start:])
				end := parent.end - 2
				spans = append(spans, &span{parent, parent.start + tag, parent.start + sizes[i], end})
			}
			return data, spans
		}
		data, spans := build(before)
		want, _ := build(after)
		inner := spans[len(spans)-1]
		var out bytes.Buffer
		err := apply(&out, &mapping{data: data}, []patch{replacement(inner.start, inner.end, inner, after)})
		if err != nil || !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%x, %v; want %x", out.Bytes(), err, want)
		}
	})
}
