package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/program"
)

// Update sets a variable to an output of the same shape, Next, in every run that computes Next. So the next run starts from the
// last result. The variable changes after all steps of the run have read it.
type Update struct{ Variable, Next *Node }

// checkUpdates fails unless each update is of a variable, by an output of the same shape, and no other has either of them.
func checkUpdates(updates []Update, outputs []*Node) {
	known, computed := make(map[*Node]bool), make(map[*Node]bool)
	for _, n := range outputs {
		computed[n] = true
	}
	for _, u := range updates {
		switch {
		case u.Variable.op != OpVariable || !slices.Equal(u.Variable.shape, u.Next.shape):
			fail("compile", "update of %v by %v: it has to be of a variable, by a node of the same shape", u.Variable, u.Next)
		case known[u.Variable] || known[u.Next]:
			fail("compile", "update of %v by %v: one of them has an update already", u.Variable, u.Next)
		case !computed[u.Next]:
			fail("compile", "update of %v by %v: that is not an output", u.Variable, u.Next)
		}
		known[u.Variable], known[u.Next] = true, true
	}
}

// translated returns updates as a program with these numbers of nodes knows them, without those of variables that it does not need.
func translated(updates []Update, numbers map[*Node]program.Node) (list []program.Update) {
	for _, u := range updates {
		if v, ok := numbers[u.Variable]; ok {
			list = append(list, program.Update{Variable: v, Next: numbers[u.Next]})
		}
	}
	return list
}
