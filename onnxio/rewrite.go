package onnxio

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// Scaling asks for every element of a tensor to be multiplied by a factor: in float64, rounded once to the tensor's
// type, to nearest even. The factor is finite; 1 leaves the tensor's bytes as they are. NaNs stay as they are.
type Scaling struct {
	Tensor *Tensor
	Factor float64
}

// Rescaled says what became of a tensor. Rounding makes the norm that was reached differ from the one asked for.
type Rescaled struct {
	Tensor  *Tensor
	Factor  float64 // 0 if the elements were replaced by Values
	Before  float64 // norm in the input
	Asked   float64 // Before · |Factor|, or the norm of the Values
	Reached float64 // norm in the output
}

// Rewrite writes the model file to w with some tensors rescaled and one entry appended to metadata_props, every other
// byte as it was. The entry's key is made unique: key, then key.2, key.3, …; an empty key appends none. External data
// files are neither written nor read, so tensors that are there can only be rescaled by Save.
//
// Nothing is written unless all tensors can be rescaled: a tensor of another model or named twice, one that is not of
// floating point, values that cannot be read, and a finite element that overflows are errors that name the tensor. That a
// file was changed since it was opened is an error too, which may come after the writing.
func (m *Model) Rewrite(w io.Writer, scale []Scaling, key, value string) error {
	return m.blame(m.guarded(m.name, func() error {
		changes, err := m.changes(scale)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if c.Tensor.IsExternal() && c.payload != nil {
				return c.Tensor.errorf("its values are in an external file, which Rewrite does not write; use Save")
			}
		}
		entry, err := m.entry(key, value)
		if err != nil {
			return err
		}
		return buffered(w, func(w io.Writer) error {
			if err := m.write(w, patches(changes)); err != nil {
				return err
			}
			_, err := w.Write(entry)
			return err
		})
	}))
}

// Try says what would become of the tensors, without writing anything. The errors are those of Rewrite for the scalings.
func (m *Model) Try(scale []Scaling) ([]Rescaled, error) {
	var tried []Rescaled
	err := m.guarded(m.name, func() error {
		changes, err := m.changes(scale)
		tried = rescaled(changes)
		return err
	})
	return tried, m.blame(err)
}

func rescaled(changes []*change) (list []Rescaled) {
	for _, c := range changes {
		list = append(list, c.Rescaled)
	}
	return list
}

// writeOnce is write for a file that can be changed afterwards: checksums that values go into come last.
func (m *Model) writeOnce(w io.Writer, patches []patch) (late []patch, err error) {
	if len(m.archive) == 0 || m.isClosed() {
		return nil, m.write(w, patches)
	}
	return m.writeArchive(w, patches)
}

// write writes the model file with the patches.
func (m *Model) write(w io.Writer, patches []patch) error {
	if m.isClosed() {
		return fmt.Errorf("%s: the model is closed", m.name)
	}
	sums, err := m.checksums(patches)
	if err != nil {
		return err
	}
	return apply(w, m.file, append(patches, sums...))
}

// entry returns the encoded metadata_props field for the key, made unique, and value.
func (m *Model) entry(key, value string) ([]byte, error) {
	if key == "" || m.weightsOnly {
		return nil, nil
	}
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		return nil, fmt.Errorf("metadata entry %q is not valid UTF-8", key)
	}
	unique := key
	for i := 2; ; i++ {
		if _, taken := m.Metadata(unique); !taken {
			break
		}
		unique = key + "." + strconv.Itoa(i)
	}
	const metadataProps protowire.Number = 14
	return appendEntry(protowire.AppendTag(nil, metadataProps, protowire.BytesType), unique, value), nil
}

// appendEntry appends a StringStringEntryProto with its length.
func appendEntry(b []byte, key, value string) []byte {
	entry, err := proto.Marshal(&onnxpb.StringStringEntryProto{Key: &key, Value: &value})
	if err != nil {
		panic(err) // proto2 strings are any bytes: there is nothing that could fail
	}
	return protowire.AppendBytes(b, entry)
}

// changes tries out the scalings: it finds the norms and the new sizes, and whatever is wrong, before anything is
// written.
func (m *Model) changes(scale []Scaling) ([]*change, error) {
	return m.try(scalings(scale), "rescaled")
}

// planned is changes for what is written to a file that nobody sees before it is complete: values are not read before they are
// written, where their size tells that of the new ones.
func (m *Model) planned(scale []Scaling) ([]*change, error) {
	changes := scalings(scale)
	return changes, m.each(changes, "rescaled", (*change).plan)
}

func scalings(scale []Scaling) []*change {
	var changes []*change
	for _, s := range scale {
		changes = append(changes, &change{Rescaled: Rescaled{Tensor: s.Tensor, Factor: s.Factor}})
	}
	return changes
}

// try tries out the changes and returns them; what says what they do to a tensor.
func (m *Model) try(changes []*change, what string) ([]*change, error) {
	if err := m.each(changes, what, (*change).try); err != nil {
		return nil, err
	}
	return changes, m.undamaged(patches(changes))
}

// each calls f with changes that can be.
func (m *Model) each(changes []*change, what string, f func(*change) error) error {
	seen := map[*Tensor]bool{}
	for _, c := range changes {
		t := c.Tensor
		switch {
		case t == nil:
			return fmt.Errorf("%s: a tensor to be %s is nil, which is not of this model", m.name, what)
		case t.model != m:
			return fmt.Errorf("%s: tensor %q, to be %s, is not of this model", m.name, t.Name, what)
		case seen[t]:
			return t.errorf("it is to be %s twice", what)
		case !t.IsFloat():
			return t.errorf("type %v cannot be %s", t.DataType, what)
		case math.IsInf(c.Factor, 0) || math.IsNaN(c.Factor):
			return t.errorf("factor %v is not finite", c.Factor)
		}
		seen[t] = true
		if err := f(c); err != nil {
			return t.errorf("%w", err)
		}
	}
	return nil
}
