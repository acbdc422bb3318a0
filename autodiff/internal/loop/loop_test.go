package loop

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"onnx-metainit/autodiff/internal/kernel"
)

// plain are the loops of package kernel, which compiled ones agree with.
var plain = func() map[Op]func(dst []float32, x [3][]float32) {
	unary := func(f func(dst, a []float32)) func([]float32, [3][]float32) {
		return func(dst []float32, x [3][]float32) { f(dst, x[0]) }
	}
	binary := func(f func(dst, a, b []float32)) func([]float32, [3][]float32) {
		return func(dst []float32, x [3][]float32) { f(dst, x[0], x[1]) }
	}
	k := kernel.Float32
	return map[Op]func([]float32, [3][]float32){
		Neg: unary(k.Neg), Abs: unary(k.Abs), Sign: unary(k.Sign), Sqrt: unary(k.Sqrt), Reciprocal: unary(k.Reciprocal),
		Floor: unary(k.Floor), Ceil: unary(k.Ceil), Round: unary(k.Round),
		ReLU: func(dst []float32, x [3][]float32) { k.Max(dst, x[0], []float32{0}) },
		Exp:  unary(k.Exp), Tanh: unary(k.Tanh), Logistic: unary(k.Logistic), Erf: unary(k.Erf),
		Add: binary(k.Add), Sub: binary(k.Sub), Mul: binary(k.Mul), Div: binary(k.Div), Max: binary(k.Max), Min: binary(k.Min),
		Equal: binary(k.Equal), Less: binary(k.Less), LessEqual: binary(k.LessEqual),
		Select: func(dst []float32, x [3][]float32) { k.Select(dst, x[0], x[1], x[2]) },
	}
}()

// operands is how many operands an operation has.
func operands(op Op) int {
	switch {
	case op < Add:
		return 1
	case op < Select:
		return 2
	}
	return 3
}

// check compares what a compiled code writes with what the loops of package kernel do, bit for bit, and what is behind the
// results with what was there.
func check(t *testing.T, c *Code, inputs [][]float32, n int) {
	t.Helper()
	var set Set
	l, ok := set.Add(c)
	if !ok {
		t.Fatalf("not compiled: %+v", c)
	}
	if err := set.Seal(); err != nil {
		t.Fatal(err)
	}
	defer set.Close()

	var values [][]float32
	for _, x := range inputs {
		values = append(values, x[:n])
	}
	for _, x := range c.Constants {
		block := make([]float32, n)
		for i := range block {
			block[i] = x
		}
		values = append(values, block)
	}
	for _, ins := range c.Instructions {
		var x [3][]float32
		for i := range operands(ins.Op) {
			x[i] = values[ins.In[i]]
		}
		dst := make([]float32, n)
		plain[ins.Op](dst, x)
		values = append(values, dst)
	}
	pointers := make([]unsafe.Pointer, 0, len(inputs)+len(c.Outputs))
	for _, x := range inputs {
		pointers = append(pointers, unsafe.Pointer(&x[0]))
	}
	const behind = 3
	got := make([][]float32, len(c.Outputs))
	for i := range got {
		got[i] = make([]float32, n+behind)
		for k := range behind {
			got[i][n+k] = 7
		}
		pointers = append(pointers, unsafe.Pointer(&got[i][0]))
	}
	if n > 0 {
		set.Run(l, &Run{N: n, Rows: 1, Addresses: pointers})
	}
	for i, v := range c.Outputs {
		for k, want := range values[v] {
			if math.Float32bits(got[i][k]) != math.Float32bits(want) {
				t.Fatalf("%d elements of %+v: output %d, element %d is %v (%x), want %v (%x)", n, c, i, k, got[i][k], math.Float32bits(got[i][k]), want, math.Float32bits(want))
			}
		}
		for k := range behind {
			if got[i][n+k] != 7 {
				t.Fatalf("%d elements of %+v: output %d has element %d", n, c, i, n+k)
			}
		}
	}
}

// awkward returns n numbers, among them those for which functions have cases of their own.
func awkward(r *rand.Rand, n int) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
		math.MaxFloat32, math.SmallestNonzeroFloat32, 0.5, 1.5, 2.5, 0.84375, 0.55, 88.8, -103.9, 4}
	x := make([]float32, n)
	for i := range x {
		switch r.IntN(3) {
		case 0:
			x[i] = special[r.IntN(len(special))]
		case 1:
			x[i] = float32(r.NormFloat64())
		default:
			x[i] = float32(r.NormFloat64() * math.Exp(10*r.NormFloat64()))
		}
	}
	return x
}

func needsMachine(t *testing.T) {
	if !Available() {
		t.Skip("loops cannot be compiled on this machine")
	}
}

// TestOperations compares each operation with its loop, for all numbers of elements up to some vectors.
func TestOperations(t *testing.T) {
	needsMachine(t)
	r := rand.New(rand.NewPCG(1, 2))
	for op := None + 1; op <= Select; op++ {
		t.Run(fmt.Sprint(op), func(t *testing.T) {
			c := &Code{Inputs: operands(op), Instructions: []Instruction{{op, [3]int{0, 1, 2}}}, Outputs: []int{operands(op)}}
			inputs := make([][]float32, c.Inputs)
			for n := range 70 {
				for i := range inputs {
					inputs[i] = awkward(r, 1+n)
				}
				check(t, c, inputs, n)
			}
			for i := range inputs {
				inputs[i] = awkward(r, 4000)
			}
			check(t, c, inputs, 4000)
		})
	}
}

// TestRandomCodes compares codes of many instructions, inputs, constants and outputs, more of them than there are registers, with
// the loops one after the other.
func TestRandomCodes(t *testing.T) {
	needsMachine(t)
	compiled := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(3, seed))
		c := &Code{Inputs: 1 + r.IntN(40)}
		for range r.IntN(20) {
			c.Constants = append(c.Constants, float32(r.NormFloat64()))
		}
		for k := range 1 + r.IntN(60) {
			op := Op(1 + r.IntN(int(Select)))
			var in [3]int
			for i := range operands(op) {
				in[i] = r.IntN(c.result(k))
				if k > 0 && r.IntN(2) == 0 { // a recent one, so that many are not needed for long
					in[i] = c.result(k) - 1 - r.IntN(min(k, 5))
				}
			}
			c.Instructions = append(c.Instructions, Instruction{op, in})
			if r.IntN(4) == 0 || k == 0 {
				c.Outputs = append(c.Outputs, c.result(k))
			}
		}
		if _, ok := generate(c); !ok {
			continue
		}
		compiled++
		n := r.IntN(100)
		inputs := make([][]float32, c.Inputs)
		for i := range inputs {
			inputs[i] = awkward(r, 1+n)
		}
		check(t, c, inputs, n)
	}
	if compiled < 300 {
		t.Errorf("%d of 400 codes were compiled", compiled)
	}
}

// TestRows runs a code over rows that are far apart, one over the other, or one number each, of more operands than there are
// registers for their addresses.
func TestRows(t *testing.T) {
	needsMachine(t)
	r := rand.New(rand.NewPCG(5, 6))
	for trial := range 200 {
		c := &Code{Inputs: 1 + r.IntN(12)}
		for k := range c.Inputs {
			c.Repeated = append(c.Repeated, k > 0 && r.IntN(3) == 0)
		}
		c.Instructions = []Instruction{{Neg, [3]int{0}}}
		for k := 1; k < c.Inputs; k++ {
			c.Instructions = append(c.Instructions, Instruction{Sub, [3]int{c.result(k - 1), k}})
		}
		c.Outputs = []int{c.result(0), c.result(c.Inputs - 1)}
		if c.Inputs == 1 {
			c.Outputs = c.Outputs[:1]
		}
		n, rows := 1+r.IntN(50), 1+r.IntN(5)
		run := &Run{N: n, Rows: rows}
		inputs, strides := make([][]float32, c.Inputs), make([]int, c.Inputs)
		for k := range inputs {
			strides[k] = r.IntN(2 * n)
			inputs[k] = awkward(r, rows*strides[k]+n)
			run.Addresses, run.Strides = append(run.Addresses, unsafe.Pointer(&inputs[k][0])), append(run.Strides, 4*strides[k])
		}
		outputs := make([][]float32, len(c.Outputs))
		for k := range outputs {
			outputs[k] = make([]float32, rows*n+1)
			run.Addresses, run.Strides = append(run.Addresses, unsafe.Pointer(&outputs[k][0])), append(run.Strides, 4*n)
		}
		var set Set
		l, ok := set.Add(c)
		if !ok || set.Seal() != nil {
			t.Fatal("not compiled")
		}
		set.Run(l, run)
		set.Close()
		for i := range rows * n {
			at := func(k int) float32 {
				if c.Repeated[k] {
					return inputs[k][i/n*strides[k]]
				}
				return inputs[k][i/n*strides[k]+i%n]
			}
			want := []float32{-at(0), -at(0)}
			for k := 1; k < c.Inputs; k++ {
				want[1] -= at(k)
			}
			for k, y := range outputs {
				if y[i] != want[k] && y[i] == y[i] {
					t.Fatalf("trial %d: output %d of %d rows of %d elements has %v at %d, want %v", trial, k, rows, n, y[i], i, want[k])
				}
			}
		}
		for k, y := range outputs {
			if y[rows*n] != 0 {
				t.Fatalf("trial %d: output %d goes on behind its end", trial, k)
			}
		}
	}
}

// TestInPlace has an output written over an input, as programs do.
func TestInPlace(t *testing.T) {
	needsMachine(t)
	c := &Code{Inputs: 2, Instructions: []Instruction{{Mul, [3]int{0, 1}}, {Add, [3]int{2, 0}}}, Outputs: []int{3}}
	var set Set
	l, _ := set.Add(c)
	again, _ := set.Add(&Code{Inputs: 2, Instructions: c.Instructions, Outputs: c.Outputs})
	if again != l {
		t.Errorf("equal codes are loops %d and %d", l, again)
	}
	if err := set.Seal(); err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	x, y := make([]float32, 50), make([]float32, 50)
	for i := range x {
		x[i], y[i] = float32(i), 2
	}
	set.Run(l, &Run{N: len(x), Rows: 1, Addresses: []unsafe.Pointer{unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]), unsafe.Pointer(&x[0])}})
	for i, v := range x {
		if v != float32(3*i) {
			t.Fatalf("element %d is %v, want %v", i, v, 3*i)
		}
	}
}
