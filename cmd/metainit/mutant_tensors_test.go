package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// dimensions gives a tensor other dimensions, with values to match or without.
func (m *mutant) dimensions() {
	t := m.tensor()
	before := elements(t.Dims)
	switch d := len(t.Dims); {
	case d > 1 && m.IntN(3) == 0:
		m.Shuffle(d, func(i, j int) { t.Dims[i], t.Dims[j] = t.Dims[j], t.Dims[i] })
	case d > 0 && m.IntN(4) == 0:
		t.Dims = slices.Delete(t.Dims, 0, 1)
	case d > 0 && m.IntN(4) > 0:
		t.Dims[m.IntN(d)] = m.strange()
	default:
		t.Dims = append(t.Dims, one(m, []int64{1, 1, m.strange()}))
	}
	after := elements(t.Dims)
	if before > 0 && after > 0 && after < 1<<18 && len(t.RawData) > 0 && m.IntN(4) > 0 {
		t.RawData = resized(t.RawData, len(t.RawData)/before*after)
	}
}

// elements returns the product of the dimensions, 0 if it is out of all proportion.
func elements(dims []int64) int {
	n := 1
	for _, d := range dims {
		if d < 0 || d > 1<<30 || n > 1<<30 {
			return 0
		}
		n *= int(d)
	}
	return n
}

// resized returns the first bytes, again and again if they are too few.
func resized(data []byte, size int) []byte {
	if len(data) == 0 {
		return make([]byte, size)
	}
	return slices.Repeat(data, size/len(data)+1)[:size]
}

func (m *mutant) tensorType() {
	t := m.tensor()
	before := t.GetDataType()
	t.DataType = proto.Int32(int32(one(m, []int64{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 22, 23, 99, -1})))
	width := map[int32]int{1: 4, 6: 4, 7: 8, 10: 2, 11: 8, 16: 2, 9: 1, 3: 1, 2: 1}
	if from, to := width[before], width[t.GetDataType()]; from > 0 && to > 0 && m.IntN(3) > 0 {
		t.RawData = resized(t.RawData, len(t.RawData)/from*to)
	}
}

// length cuts the values short, or has more of them.
func (m *mutant) length() {
	t := m.tensor()
	t.RawData = resized(t.RawData, max(0, len(t.RawData)+int(one(m, []int64{-1, 1, -4, 4, -8, 1000, -1 << 30}))))
	if len(t.Int64Data) > 0 {
		t.Int64Data = t.Int64Data[:m.IntN(len(t.Int64Data))]
	}
}

// values changes one, some or all values of a tensor.
func (m *mutant) values() {
	t, v, every := m.tensor(), m.number(), one(m, []int{1, 1, 3, 1 << 30})
	scaled := m.IntN(3) == 0
	at := func(i int) bool { return every == 1 || i%every == every/2%7 }
	for i := range t.FloatData {
		if at(i) {
			t.FloatData[i] = float32(v)
		}
	}
	for i := range t.Int64Data {
		if at(i) {
			t.Int64Data[i] = m.strange()
		}
	}
	for i := 0; i*8+8 <= len(t.RawData) && t.GetDataType() == int32(onnxio.Int64); i++ {
		if at(i) {
			binary.LittleEndian.PutUint64(t.RawData[i*8:], uint64(m.strange()))
		}
	}
	for i := 0; i*4+4 <= len(t.RawData) && t.GetDataType() == int32(onnxio.Float32); i++ {
		if w := t.RawData[i*4:]; at(i) {
			x := float32(v)
			if scaled {
				x *= math.Float32frombits(binary.LittleEndian.Uint32(w))
			}
			binary.LittleEndian.PutUint32(w, math.Float32bits(x))
		}
	}
}

// field moves floats from raw_data to the typed field, or has both.
func (m *mutant) field() {
	t := m.tensor()
	if t.GetDataType() != int32(onnxio.Float32) {
		t.Int32Data = append(t.Int32Data, 1, -1, math.MaxInt32)
		return
	}
	for i := 0; i+4 <= len(t.RawData); i += 4 {
		t.FloatData = append(t.FloatData, math.Float32frombits(binary.LittleEndian.Uint32(t.RawData[i:])))
	}
	if m.IntN(5) > 0 {
		t.RawData = nil
	}
}

// external moves the values of tensors to a file, and now and then says another place.
func (m *mutant) external() {
	for range 1 + m.IntN(3) {
		t := m.tensor()
		if len(t.RawData) == 0 {
			continue
		}
		m.data = resized(m.data, (len(m.data)+63)/64*64)
		entries := []string{"location", "mutant.data", "offset", fmt.Sprint(len(m.data)), "length", fmt.Sprint(len(t.RawData))}
		m.data = append(m.data, t.RawData...)
		t.RawData, t.DataLocation = nil, onnxpb.TensorProto_EXTERNAL.Enum()
		if m.IntN(3) == 0 {
			entries[1+2*m.IntN(3)] = one(m, []string{fmt.Sprint(m.strange()), "mutant.onnx", ".", "none", "", " 8", "0x8", m.text()})
		}
		if m.IntN(4) == 0 {
			entries = append(entries, "checksum", "00")
		}
		for i := 0; i < len(entries)-2*m.IntN(2); i += 2 {
			t.ExternalData = append(t.ExternalData, entry(entries[i], entries[i+1]))
		}
	}
	if m.IntN(6) == 0 {
		m.data = m.data[:m.IntN(len(m.data)+1)]
	}
}

func entry(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: &key, Value: &value}
}

// sparse makes a sparse tensor of an initializer.
func (m *mutant) sparse() {
	g := m.graph()
	t := one(m, g.GetInitializer())
	if t == nil {
		return
	}
	n := int64(min(elements(t.Dims), 1<<12))
	s := &onnxpb.SparseTensorProto{Dims: t.Dims, Values: t, Indices: &onnxpb.TensorProto{Dims: []int64{n}, DataType: proto.Int32(7)}}
	for i := range n {
		s.Indices.Int64Data = append(s.Indices.Int64Data, i)
	}
	if len(s.Indices.Int64Data) > 0 && m.IntN(2) == 0 {
		s.Indices.Int64Data[m.IntN(int(n))] = m.strange()
	}
	t.Dims = []int64{n}
	if m.IntN(4) == 0 {
		s.Dims = append(s.Dims, m.strange())
	}
	g.Initializer = slices.DeleteFunc(g.Initializer, func(i *onnxpb.TensorProto) bool { return i == t })
	g.SparseInitializer = append(g.SparseInitializer, s)
}

// tensorName renames a tensor where it stands, or everywhere.
func (m *mutant) tensorName() {
	from, to := one(m, m.results()), m.text()
	everywhere := m.IntN(3) > 0
	g := m.model.GetGraph()
	for _, t := range g.GetInitializer() {
		if t.GetName() == from {
			t.Name = &to
		}
	}
	if !everywhere {
		return
	}
	for _, v := range slices.Concat(g.GetInput(), g.GetOutput(), g.GetValueInfo()) {
		if v.GetName() == from {
			v.Name = &to
		}
	}
	for _, n := range g.GetNode() {
		for _, list := range [][]string{n.Input, n.Output} {
			for i := range list {
				if list[i] == from {
					list[i] = to
				}
			}
		}
	}
}

// exchange gives two initializers each other's values.
func (m *mutant) exchange() {
	a, b := m.tensor(), m.tensor()
	a.RawData, b.RawData = b.RawData, a.RawData
	if m.IntN(3) > 0 {
		a.Dims, b.Dims = b.Dims, a.Dims
		a.DataType, b.DataType = b.DataType, a.DataType
	}
}
