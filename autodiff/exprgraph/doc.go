// Package exprgraph shows a graph of package autodiff as a Gorgonia ExprGraph:
// one gorgonia.Node for each autodiff node, with an op that computes what the
// primitive means, in float64. Gorgonia's machines run it, its dot output draws
// it, and its solvers can train what it holds.
//
// It is a bridge, not the spine: derivatives are taken before crossing it, with
// autodiff.Grad, VJP and JVP. gorgonia.Grad and Backpropagate do not work here:
// the ops have no derivative of Gorgonia's kind, because a second Grad on one
// ExprGraph returns the first derivative again.
//
// Gorgonia tells nodes apart by 32-bit hashes that it takes from names, printed
// values and operands' hashes. Nodes whose hashes meet by accident are computed
// once, wrongly; so every node is made here with a hash of its own.
package exprgraph
