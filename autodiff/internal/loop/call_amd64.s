//go:build unix && !noasm

#include "textflag.h"

// func call(code uintptr, pointers *unsafe.Pointer, n int)
TEXT ·call(SB), NOSPLIT, $0-24
	MOVQ code+0(FP), AX
	MOVQ pointers+8(FP), DI
	MOVQ n+16(FP), SI
	CALL AX
	RET
