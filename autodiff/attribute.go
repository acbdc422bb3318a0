package autodiff

import "encoding/binary"

// attr is what a primitive needs besides its operands: axes, steps, flags.
// appendKey appends its whole content, so that different attributes have different keys.
type attr interface {
	appendKey([]byte) []byte
}

// axesAttr is a list of axes or sizes; the primitive says which.
type axesAttr []int

// axisAttr is one axis, with the size that a scatter or a window restores.
type axisAttr struct{ Axis, Size int }

// broadcastAttr places operand axis i at axis Axes[i] of Shape.
type broadcastAttr struct{ Shape, Axes []int }

// sliceAttr takes Starts[i], Starts[i]+Steps[i], … below Limits[i].
type sliceAttr struct{ Starts, Limits, Steps []int }

// padAttr puts Lo zeros before, Hi after and Interior between the elements of
// each axis; negative Lo and Hi crop.
type padAttr struct{ Lo, Hi, Interior []int }

// cumAttr is the axis and the kind of a running sum.
type cumAttr struct {
	Axis               int
	Exclusive, Reverse bool
}

// dotAttr transposes the last two axes of the operands.
type dotAttr struct{ TransA, TransB bool }

func (a axesAttr) appendKey(k []byte) []byte      { return putInts(k, a) }
func (a axisAttr) appendKey(k []byte) []byte      { return putInts(k, []int{a.Axis, a.Size}) }
func (a broadcastAttr) appendKey(k []byte) []byte { return putInts(k, a.Shape, a.Axes) }
func (a sliceAttr) appendKey(k []byte) []byte     { return putInts(k, a.Starts, a.Limits, a.Steps) }
func (a padAttr) appendKey(k []byte) []byte       { return putInts(k, a.Lo, a.Hi, a.Interior) }
func (a dotAttr) appendKey(k []byte) []byte       { return putBools(k, a.TransA, a.TransB) }

func (a cumAttr) appendKey(k []byte) []byte {
	return putBools(putInts(k, []int{a.Axis}), a.Exclusive, a.Reverse)
}

func putInts(k []byte, lists ...[]int) []byte {
	for _, l := range lists {
		k = binary.AppendUvarint(k, uint64(len(l)))
		for _, v := range l {
			k = binary.AppendVarint(k, int64(v))
		}
	}
	return k
}

func putBools(k []byte, flags ...bool) []byte {
	for _, f := range flags {
		if f {
			k = append(k, 1)
		} else {
			k = append(k, 0)
		}
	}
	return k
}
