// Package exprgraph shows a graph of package autodiff as a Gorgonia ExprGraph:
// one gorgonia.Node for each autodiff node, with an op that computes what the
// primitive means, in float64. Gorgonia's machines run it, its dot output draws
// it, and its solvers can train its variables, see [ValueGrads].
//
// Derivatives are taken in autodiff, with Grad, VJP and JVP, before the graph is
// shown. gorgonia.Grad and Backpropagate do not work here: the ops have no
// derivative of Gorgonia's kind, because a second Grad on one ExprGraph returns
// the first derivative again.
//
// Gorgonia identifies nodes by 32-bit hashes of names, printed values and
// operands' hashes. Of different nodes with equal hashes it would compute only
// one; so every node is given a hash here that no other node of the graph has.
package exprgraph
