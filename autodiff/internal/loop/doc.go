// Package loop compiles elementwise loops to machine code while a program is prepared.
//
// A tree of additions, products and the like takes one pass over its operands so: what one instruction hands to the next stays in
// a register, where a loop for each instruction would write and read it. The code is AVX-512, for amd64; [Available] says whether
// the machine has that, and whether its system lets a program make memory executable. Where it does not, nothing is compiled.
//
// A [Code] is a list of instructions. Compiling it takes three steps, each in a file of its name:
//
//   - lower writes each instruction as vector instructions on values, of which there are as many as it likes;
//   - generate gives the values registers, and writes the loop around them, once for whole vectors and once for the rest;
//   - encode has the bytes of each vector instruction.
//
// Results are those of the loops of package kernel, bit for bit.
package loop
