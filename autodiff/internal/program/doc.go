// Package program compiles graphs of tensor operations into programs, and runs them. It knows no operation by name, no derivative
// and no file: a [Kind] says whether nodes are leaves, elementwise, views or computed by a kernel, and brings the loops, the view
// or the kernel with it.
//
// # Forms
//
// [Compile] is the list of passes. What they hand on:
//
//   - A [Graph] holds nodes by number, each after its operands. Cuts add twins to it.
//   - A work is what a program is to compute: some nodes of the graph, operands first, and the phase of each. Its nodes are what
//     the outputs need, and nothing else. Tables for the nodes of a work are slices by number (perNode).
//   - Clusters are what is computed together: one node with a kernel; products that are added up; or a tree of elementwise nodes
//     of one shape. In a schedule each finds what it reads: leaves, its own nodes, or what clusters before it have stored.
//   - A plan has a step for each cluster, or for a node of it, and for each copy; a value for each tensor that is stored, and for
//     each value its place in memory. Views have the place of what they show and a layout of their own.
//   - A runner is a plan with memory in one precision: a call for each step, bound to addresses. A tape is the call of a fused
//     cluster: a list of loops, each of one instruction or, compiled by package loop, of all that can be done at once.
//
// # Passes
//
//   - newWork finds what the outputs need.
//   - schedule groups nodes into clusters (grouped, summation), puts these in order (ordered), and has readers compute again what
//     costs less than storing it (recompute).
//   - economize cuts the work where most is stored, and schedules what comes of it, until the peak is low enough or nothing pays.
//   - plan finds orders of axes, places and copies, and translates fused clusters (fuse).
//   - stack joins products that have the second factor in common.
//   - addUpdates has variables written over, or copied to.
//   - allocate gives temporaries that live at different times the same memory.
//
// Each keeps what the forms say. With Options.Verify, verifyClusters and verifyMemory check it after each pass.
//
// Sums depend on the order of their addends, and that on the numbers of nodes: a pass must not sort by anything else, or results
// would change.
//
// # Words
//
//   - base: of a view, the node whose memory it shows; of any other, itself.
//   - cut: a moment at which work is divided; what is read after it was stored, or is computed again.
//   - level: how many clusters there are at least before a node's own, on the way from the leaves.
//   - original, twin: a node of the graph, and one that computes the same again at another time.
//   - phase: how many cuts come before a node.
//   - recipe, sources: the elementwise nodes by which readers compute a node for themselves, and the stored tensors they start
//     from.
//   - splat: a tensor of which all elements have one known value.
//   - stacked: of a product, with the first factors of several, one below the other.
//   - tenant: memory of the arena for as long as some value, or those that are written over each other, need it.
//   - total: the sum of products that their kernels add up in one memory.
package program
