package onnxio

import (
	"fmt"
	"math"
)

// Values asks for the elements of a tensor to be replaced, in row-major order, each rounded once to the tensor's type, to
// nearest even.
type Values struct {
	Tensor *Tensor
	Data   []float64 // as many as the tensor has elements
}

// SaveValues writes the model to the file at path as Save does, with the elements of some tensors replaced, every other byte
// as it was. A tensor keeps its type and the way its numbers are encoded; one that is given what it holds keeps its bytes.
//
// Nothing is written unless all values fit: errors name a tensor of another model or given twice, one that is not of floating
// point, a number of elements that is not the tensor's, and an element that is not finite in the tensor's type where the
// file does not have the same.
func (m *Model) SaveValues(path string, values []Values, key, value string) (*Saved, error) {
	return m.saveElsewhere(path, func() ([]*change, error) { return m.given(values) }, key, func([]Rescaled) string { return value })
}

// SaveValuesInPlace replaces the file that the model was opened from, as SaveValues writes it and under the rules of
// SaveInPlace.
func (m *Model) SaveValuesInPlace(values []Values, key, value string) (*Saved, error) {
	return m.saveInPlace(func() ([]*change, error) { return m.given(values) }, key, func([]Rescaled) string { return value })
}

// given tries out the values, as changes does scalings.
func (m *Model) given(values []Values) ([]*change, error) {
	var changes []*change
	for _, v := range values {
		if t := v.Tensor; t != nil && t.model == m && int64(len(v.Data)) != t.size {
			return nil, t.errorf("%d values are given, where shape %v needs %d", len(v.Data), t.Shape, t.size)
		}
		var asked Norm
		asked.Add(v.Data)
		c := &change{Rescaled: Rescaled{Tensor: v.Tensor, Asked: asked.Value()}, values: v.Data}
		if c.values == nil {
			c.values = []float64{} // of a tensor without elements
		}
		changes = append(changes, c)
	}
	return m.try(changes, "given values")
}

// setter puts values in the place of elements and keeps account of the norms.
type setter struct {
	elementType
	values  []float64 // of the whole tensor
	at      int       // the next element
	differs bool
	account
}

func (s *setter) changed() bool { return s.differs }

// edit replaces the elements with the next values.
func (s *setter) edit(words []uint64) error {
	if len(words) > len(s.values)-s.at {
		return errChanged
	}
	xs, ys := s.room(len(words))
	for i, old := range words {
		v, x := s.values[s.at+i], s.decode(old)
		word, y := old, x // a NaN that is given for a NaN leaves it, whichever it is
		if !math.IsNaN(v) {
			word = s.encode(v)
			y = s.decode(word)
		}
		held := math.IsInf(v, 0) && word == old || math.IsNaN(v) && math.IsNaN(x)
		if !held && (math.IsNaN(v) || math.IsInf(y, 0)) {
			return fmt.Errorf("element %d is given %v, which is not a finite number of its type", s.at+i, v)
		}
		words[i], s.differs = word, s.differs || word != old
		xs[i], ys[i] = x, y
	}
	s.at += len(words)
	s.add(xs, ys)
	return nil
}
