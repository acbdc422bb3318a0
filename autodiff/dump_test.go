package autodiff

import (
	"strings"
	"testing"
)

// TestDump: a convolution with a bias, a function of it that is kept and summed
// up, and the program's operands in the orders that the convolution wants.
func TestDump(t *testing.T) {
	g := NewGraph()
	x, w, b := g.Variable("x", 2, 3, 4, 4), g.Variable("w", 5, 3, 3, 3), g.Variable("b", 5)
	y := Tanh(Add(Conv(x, w, ConvSpec{}), BroadcastTo(Reshape(b, 1, 5, 1, 1), 2, 5, 2, 2)))
	outputs := []*Node{SliceAxis(y, 1, 1, 3), SumAll(Mul(y, y))}
	prog, err := Compile(outputs, Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := dumped(t, prog)
	const want = `
graph of 10 nodes
%0 = variable "x" : [2 3 4 4]
%1 = variable "w" : [5 3 3 3]
%2 = variable "b" : [5]
%3 = conv %0 %1 {ConvSpec:{Strides:[1 1] PadLo:[0 0] PadHi:[0 0] Dilations:[1 1] Groups:1} Out:[2 2]} : [2 5 2 2]
%5 = broadcast %2 {Shape:[2 5 2 2] Axes:[1]} : [2 5 2 2]
%6 = add %3 %5 : [2 5 2 2]
%7 = tanh %6 : [2 5 2 2]
%8 = slice %7 {Starts:[0 1 0 0] Limits:[2 3 2 2] Steps:[1 1 1 1]} : [2 2 2 2]
%9 = mul %7 %7 : [2 5 2 2]
%10 = sum %9 [0 1 2 3] : []

plan of 3 steps, 336 elements of memory, 48 of them shared
v0[0 2 3 1] <- %0 = variable "x" : [2 3 4 4]
v1[2 3 1 0] <- %1 = variable "w" : [5 3 3 3]
v5 <- %2 = variable "b" : [5]
0 conv v2@0[0 2 3 1] = v0[0 2 3 1] v1[2 3 1 0] : %3 [2 5 2 2]
1 fused v3@0[0 2 3 1] v4 = v2@0 v5{0,0,0,1} : [2 5 2 2]
   b0 <- %6 = add %3 %5 : [2 5 2 2]
   v3 <- %7 = tanh %6 : [2 5 2 2]
   b0 <- %9 = mul %7 %7 : [2 5 2 2]
   v4 <- %10 = sum %9 [0 1 2 3] : []
2 copy v6 = v3@0{20,1,10,5}+1 : %8 [2 2 2 2]
output %8 <- v6 : [2 2 2 2]
output %10 <- v4 : []
`
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("it writes\n%s\nwant\n%s", got, want)
	}
	if got := prog.MultiplyAdds(); got != 2*5*2*2*3*3*3 {
		t.Errorf("%d multiply-adds", got)
	}
}
