//go:build unix && !noasm

#include "textflag.h"

// func call(code uintptr, addresses *unsafe.Pointer, r *Run)
TEXT ·call(SB), NOSPLIT, $0-24
	MOVQ code+0(FP), AX
	MOVQ addresses+8(FP), DI
	MOVQ r+16(FP), R12
	CALL AX
	RET
