package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// ownName returns the name that a tensor has in the file: reports put the place before it, and number those of one name.
func ownName(name string) string {
	for _, place := range []onnxio.Place{onnxio.Subgraph, onnxio.Function, onnxio.Training} {
		name = strings.TrimPrefix(name, place.String()+"/")
	}
	if at := strings.LastIndex(name, "#"); at >= 0 {
		return name[:at]
	}
	return name
}

// compare requires that the output is the original but for one more entry of metadata and the values of the tensors.
func (c *specimen) compare(original, out string, rescaled map[string]bool) {
	if !c.same(original, out, out+".data") {
		entries, _ := os.ReadDir(c.dir)
		c.find("after the run the folder has changed: %v", entries)
	}
	a, errA := onnxio.Open(filepath.Join(c.dir, original))
	b, errB := onnxio.Open(filepath.Join(c.dir, out))
	if err := errors.Join(errA, errB); err != nil {
		c.find("the output cannot be opened: %v", err)
		return
	}
	defer a.Close()
	defer b.Close()
	c.compareValues(a, b, rescaled)
	if n := len(a.Proto.MetadataProps); len(b.Proto.MetadataProps) != n+1 {
		c.find("%d entries of metadata, where %d were", len(b.Proto.MetadataProps), n)
	}
	if c.files["mutant.data"] == nil {
		c.compareBytes(a, b, rescaled)
	}
}

// compareValues compares all tensors but those that are rescaled.
func (c *specimen) compareValues(a, b *onnxio.Model, rescaled map[string]bool) {
	if len(a.Tensors) != len(b.Tensors) {
		c.find("%d tensors, want %d", len(b.Tensors), len(a.Tensors))
		return
	}
	for i, t := range a.Tensors {
		if t.Size() > 1<<24 {
			continue
		}
		want, errWant := t.Float64s()
		got, err := b.Tensors[i].Float64s()
		same := slices.EqualFunc(got, want, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y })
		if (err == nil) != (errWant == nil) || len(got) != len(want) || !same && !rescaled[t.Name] {
			c.find("tensor %q has changed (%v, %v), outside of %q", t.Name, errWant, err, slices.Sorted(maps.Keys(rescaled)))
		}
	}
}

// compareBytes compares all that stands before the entry of metadata, except where both files hold the values of a tensor
// that is rescaled. It takes the places from the decoding of protobuf itself.
func (c *specimen) compareBytes(a, b *onnxio.Model, rescaled map[string]bool) {
	before := c.files["mutant.onnx"]
	after, err := os.ReadFile(b.Path)
	p, q := new(onnxpb.ModelProto), new(onnxpb.ModelProto)
	if err := errors.Join(err, proto.Unmarshal(before, p), proto.Unmarshal(after, q)); err != nil || len(after) < len(before) {
		c.find("%d bytes of output, %d of input: %v", len(after), len(before), err)
		return
	}
	equal := make([]bool, len(before))
	for i := range before {
		equal[i] = before[i] == after[i]
	}
	inputs, outputs := tensorsOf(p), tensorsOf(q)
	for i, t := range tensorsOf(a.Proto) {
		if known := a.Tensor(t); known == nil || !rescaled[known.Name] {
			continue
		}
		was, is := payloadOf(inputs[i]), payloadOf(outputs[i])
		for at := 0; !bytes.Equal(was, is); {
			next := bytes.Index(before[at:], was)
			if next < 0 {
				break
			}
			if at += next; !bytes.HasPrefix(after[at:], is) {
				at++
				continue
			}
			for range was {
				equal[at] = true
				at++
			}
		}
	}
	if at := slices.Index(equal, false); at >= 0 {
		c.find("byte %d of %d is another, outside of %q", at, len(before), slices.Sorted(maps.Keys(rescaled)))
	}
}

// payloadOf returns the bytes that hold the values.
func payloadOf(t *onnxpb.TensorProto) []byte {
	if len(t.GetFloatData()) == 0 {
		return t.GetRawData()
	}
	var b []byte
	for _, v := range t.GetFloatData() {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// tensorsOf returns the tensors of a model, wherever they stand.
func tensorsOf(p *onnxpb.ModelProto) []*onnxpb.TensorProto {
	var all []*onnxpb.TensorProto
	var within func(m protoreflect.Message)
	within = func(m protoreflect.Message) {
		if t, ok := m.Interface().(*onnxpb.TensorProto); ok {
			all = append(all, t)
		}
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			switch f := fields.Get(i); {
			case f.Message() == nil || !m.Has(f):
			case f.IsList():
				for k := range m.Get(f).List().Len() {
					within(m.Get(f).List().Get(k).Message())
				}
			default:
				within(m.Get(f).Message())
			}
		}
	}
	within(p.ProtoReflect())
	return all
}
