package onnxio

import (
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"onnx-metainit/onnxio/onnxpb"
)

// DataType is the type of a tensor's elements, with the numbers of TensorProto.DataType. A file may have others than the
// constants: of these nothing is known.
type DataType int32

// The types of ONNX.
const (
	Undefined      = DataType(onnxpb.TensorProto_UNDEFINED)
	Float32        = DataType(onnxpb.TensorProto_FLOAT)
	Float64        = DataType(onnxpb.TensorProto_DOUBLE)
	Float16        = DataType(onnxpb.TensorProto_FLOAT16)
	BFloat16       = DataType(onnxpb.TensorProto_BFLOAT16)
	Int64          = DataType(onnxpb.TensorProto_INT64)
	Int32          = DataType(onnxpb.TensorProto_INT32)
	Int16          = DataType(onnxpb.TensorProto_INT16)
	Int8           = DataType(onnxpb.TensorProto_INT8)
	Int4           = DataType(onnxpb.TensorProto_INT4)
	Int2           = DataType(onnxpb.TensorProto_INT2)
	Uint64         = DataType(onnxpb.TensorProto_UINT64)
	Uint32         = DataType(onnxpb.TensorProto_UINT32)
	Uint16         = DataType(onnxpb.TensorProto_UINT16)
	Uint8          = DataType(onnxpb.TensorProto_UINT8)
	Uint4          = DataType(onnxpb.TensorProto_UINT4)
	Uint2          = DataType(onnxpb.TensorProto_UINT2)
	Bool           = DataType(onnxpb.TensorProto_BOOL)
	String         = DataType(onnxpb.TensorProto_STRING)
	Complex64      = DataType(onnxpb.TensorProto_COMPLEX64)
	Complex128     = DataType(onnxpb.TensorProto_COMPLEX128)
	Float8E4M3FN   = DataType(onnxpb.TensorProto_FLOAT8E4M3FN)
	Float8E4M3FNUZ = DataType(onnxpb.TensorProto_FLOAT8E4M3FNUZ)
	Float8E5M2     = DataType(onnxpb.TensorProto_FLOAT8E5M2)
	Float8E5M2FNUZ = DataType(onnxpb.TensorProto_FLOAT8E5M2FNUZ)
	Float8E8M0     = DataType(onnxpb.TensorProto_FLOAT8E8M0)
	Float6E2M3     = DataType(onnxpb.TensorProto_FLOAT6E2M3)
	Float6E3M2     = DataType(onnxpb.TensorProto_FLOAT6E3M2)
	Float4E2M1     = DataType(onnxpb.TensorProto_FLOAT4E2M1)
)

// kind is how the bits of an element are to be understood.
type kind uint8

const (
	other     kind = iota // no type of ONNX
	text                  // a string
	complexes             // a real and an imaginary part
	signed                // two's complement
	unsigned              //
	boolean               // 0 is false
	minifloat             // a floating-point number of 8 bits or less, which this package does not read
	float                 // a wider one
)

// elementType is what there is to know of a DataType.
type elementType struct {
	kind  kind
	bits  int64            // of one element in raw_data and external data
	field protowire.Number // where values are that are in neither
	floatFormat
}

// floatFormat is what there is to know of a type of kind float.
type floatFormat struct {
	precision int     // bits of the significand, the leading one included
	least     int     // exponent of the smallest positive number, a power of two
	greatest  float64 // finite number

	decode func(word uint64) float64
	encode func(x float64) uint64 // x rounded once, to nearest even
}

// elementTypes has a row for each type of ONNX.
var elementTypes = map[DataType]elementType{
	Float32:        {float, 32, floatData, floatFormat{24, -149, math.MaxFloat32, decodeFloat, encodeFloat}},
	Float64:        {float, 64, doubleData, floatFormat{53, -1074, math.MaxFloat64, math.Float64frombits, math.Float64bits}},
	Float16:        {float, 16, int32Data, floatFormat{11, -24, 65504, decodeFloat16, encodeFloat16}},
	BFloat16:       {float, 16, int32Data, floatFormat{8, -133, 0x1.fep127, decodeBfloat16, encodeBfloat16}},
	Int64:          {kind: signed, bits: 64, field: int64Data},
	Int32:          {kind: signed, bits: 32, field: int32Data},
	Int16:          {kind: signed, bits: 16, field: int32Data},
	Int8:           {kind: signed, bits: 8, field: int32Data},
	Int4:           {kind: signed, bits: 4, field: int32Data},
	Int2:           {kind: signed, bits: 2, field: int32Data},
	Uint64:         {kind: unsigned, bits: 64, field: uint64Data},
	Uint32:         {kind: unsigned, bits: 32, field: uint64Data},
	Uint16:         {kind: unsigned, bits: 16, field: int32Data},
	Uint8:          {kind: unsigned, bits: 8, field: int32Data},
	Uint4:          {kind: unsigned, bits: 4, field: int32Data},
	Uint2:          {kind: unsigned, bits: 2, field: int32Data},
	Bool:           {kind: boolean, bits: 8, field: int32Data},
	String:         {kind: text, field: stringData},
	Complex64:      {kind: complexes, bits: 64, field: floatData},
	Complex128:     {kind: complexes, bits: 128, field: doubleData},
	Float8E4M3FN:   {kind: minifloat, bits: 8, field: int32Data},
	Float8E4M3FNUZ: {kind: minifloat, bits: 8, field: int32Data},
	Float8E5M2:     {kind: minifloat, bits: 8, field: int32Data},
	Float8E5M2FNUZ: {kind: minifloat, bits: 8, field: int32Data},
	Float8E8M0:     {kind: minifloat, bits: 8, field: int32Data},
	Float6E2M3:     {kind: minifloat, bits: 6, field: int32Data},
	Float6E3M2:     {kind: minifloat, bits: 6, field: int32Data},
	Float4E2M1:     {kind: minifloat, bits: 4, field: int32Data},
}

// numPyTypes are the type codes of NumPy whose elements are those of a type of ONNX.
var numPyTypes = map[string]DataType{
	"f8": Float64, "f4": Float32, "f2": Float16,
	"i8": Int64, "i4": Int32, "i2": Int16, "i1": Int8,
	"u8": Uint64, "u4": Uint32, "u2": Uint16, "u1": Uint8,
	"b1": Bool, "c8": Complex64, "c16": Complex128,
}

// NumPyType returns the type of the elements that NumPy's type code names, as in "f4"; Undefined if ONNX has none.
func NumPyType(code string) DataType { return numPyTypes[code] }

// String returns the type's name in ONNX, as in FLOAT, or its number if it has none.
func (t DataType) String() string { return onnxpb.TensorProto_DataType(t).String() }

// Name returns the type's name in NumPy, as in float32.
func (t DataType) Name() string {
	switch t {
	case Float32:
		return "float32"
	case Float64:
		return "float64"
	}
	return strings.ToLower(t.String())
}

// Bits returns the size of an element in raw data; 0 for strings and unknown types.
func (t DataType) Bits() int { return int(elementTypes[t].bits) }

// IsFloat reports whether the elements are floating-point numbers that can be rescaled: float16, bfloat16, float and double.
func (t DataType) IsFloat() bool { return elementTypes[t].kind == float }

// IsMinifloat reports whether the elements are floating-point numbers of 8 bits or less, which cannot be read.
func (t DataType) IsMinifloat() bool { return elementTypes[t].kind == minifloat }

// IsInteger reports whether the elements are integers, and no booleans.
func (t DataType) IsInteger() bool { return t.IsSigned() || elementTypes[t].kind == unsigned }

// IsSigned reports whether the elements are integers that may be negative.
func (t DataType) IsSigned() bool { return elementTypes[t].kind == signed }

// IsNumeric reports whether the elements can be read as doubles: floating-point numbers of more than 8 bits, integers and
// booleans.
func (t DataType) IsNumeric() bool { return t.IsFloat() || t.IsInteger() || t == Bool }

// Range returns the least and the greatest finite element of a numeric type, rounded to doubles; that of doubles for the
// others.
func (t DataType) Range() (least, greatest float64) {
	switch e := elementTypes[t]; e.kind {
	case boolean:
		return 0, 1
	case signed:
		return -math.Ldexp(1, int(e.bits)-1), math.Ldexp(1, int(e.bits)-1) - 1
	case unsigned:
		return 0, math.Ldexp(1, int(e.bits)) - 1
	case float:
		return -e.greatest, e.greatest
	}
	return -math.MaxFloat64, math.MaxFloat64
}

// Rounding returns what doubles are rounded to in the type: the bits of its significand, the leading one included, and the
// exponent of its smallest positive number; those of doubles if IsFloat is false.
func (t DataType) Rounding() (precision, least int) {
	if e := elementTypes[t]; e.kind == float {
		return e.precision, e.least
	}
	return elementTypes[Float64].precision, elementTypes[Float64].least
}

// Decode returns the element of a numeric type that has the bits, rounded if it is an integer beyond 2⁵³.
func (t DataType) Decode(bits uint64) float64 { return elementTypes[t].number(bits) }

// bytes returns the size of n elements in raw_data and external data.
func (e elementType) bytes(n int64) int64 {
	return (n*e.bits + 7) / 8
}

// parts returns the type and the number of the items that n elements are made of. Of types that are not decoded these are
// the two halves of complex numbers, and the bytes that several small elements share.
func (e elementType) parts(n int64) (elementType, int64) {
	switch {
	case e.kind == complexes:
		n, e.bits = 2*n, e.bits/2
	case e.kind == minifloat && e.bits < 8:
		n, e.bits = e.bytes(n), 8
	}
	return e, n
}

// integer returns the element as an integer; a uint64 wraps around.
func (e elementType) integer(word uint64) int64 {
	switch e.kind {
	case signed:
		shift := 64 - e.bits
		return int64(word<<shift) >> shift
	case boolean:
		if word != 0 {
			return 1
		}
		return 0
	}
	return int64(word)
}

// number returns the element as a double, rounded if it is an integer beyond 2⁵³.
func (e elementType) number(word uint64) float64 {
	switch e.kind {
	case float:
		return e.decode(word)
	case unsigned:
		return float64(word)
	}
	return float64(e.integer(word))
}

func decodeFloat(word uint64) float64 { return float64(math.Float32frombits(uint32(word))) }
func encodeFloat(x float64) uint64    { return uint64(math.Float32bits(float32(x))) }
