//go:build amd64 && !noasm

package kernel

//go:generate go -C gen run ./loops

// loopsOf returns the loops of an instruction set; sine, cosine and power stay
// plain.
func loopsOf(set *instructionSet) Loops {
	if set == avx512 {
		return Loops{
			Name: set.name,
			Neg:  negAVX512, Abs: absAVX512, Sign: signAVX512, Sqrt: sqrtAVX512, Reciprocal: reciprocalAVX512,
			Floor: floorAVX512, Ceil: ceilAVX512, Round: roundAVX512,
			Exp: expAVX512, Log: logAVX512, Log1p: log1pAVX512, Expm1: expm1AVX512,
			Tanh: tanhAVX512, Logistic: logisticAVX512, Erf: erfAVX512, Sin: Sin[float32], Cos: Cos[float32],
			Add: addAVX512, Sub: subAVX512, Mul: mulAVX512, Div: divAVX512, Max: maxAVX512, Min: minAVX512, Pow: plainPow,
			Equal: equalAVX512, Less: lessAVX512, LessEqual: lessEqualAVX512,
			Select: chooseAVX512, Fill: fillAVX512,
			AddAdd: addAddAVX512, AddMul: addMulAVX512, SubMul: subMulAVX512, MulAdd: mulAddAVX512, MulMul: mulMulAVX512,
			Sum: sumAVX512, AddTo64: addTo64AVX512,
		}
	}
	return Loops{
		Name: set.name,
		Neg:  negAVX2, Abs: absAVX2, Sign: signAVX2, Sqrt: sqrtAVX2, Reciprocal: reciprocalAVX2,
		Floor: floorAVX2, Ceil: ceilAVX2, Round: roundAVX2,
		Exp: expAVX2, Log: logAVX2, Log1p: log1pAVX2, Expm1: expm1AVX2,
		Tanh: tanhAVX2, Logistic: logisticAVX2, Erf: erfAVX2, Sin: Sin[float32], Cos: Cos[float32],
		Add: addAVX2, Sub: subAVX2, Mul: mulAVX2, Div: divAVX2, Max: maxAVX2, Min: minAVX2, Pow: plainPow,
		Equal: equalAVX2, Less: lessAVX2, LessEqual: lessEqualAVX2,
		Select: chooseAVX2, Fill: fillAVX2,
		AddAdd: addAddAVX2, AddMul: addMulAVX2, SubMul: subMulAVX2, MulAdd: mulAddAVX2, MulMul: mulMulAVX2,
		Sum: sumAVX2, AddTo64: addTo64AVX2,
	}
}
