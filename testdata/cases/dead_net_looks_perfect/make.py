"""The gradient is zero for all parameters, or for those of some layers.

    python3 make.py

model.onnx   given: a bias of −100 closes all of a ReLU
middle.onnx  the same in the second of three layers
flat.onnx    HardSigmoid, which is flat at −100, behind the first of two layers
tiny.onnx    weights of 1e−20, with gradients of 1e−20
branch.onnx  a closed branch beside one that is not: y = x W1 + relu(x W2 − 100) W3
joined.onnx  two branches joined, of which zeros behind leave one: y = (tanh [x W1, x W2] ⊙ keep) W3

No figures: that a gradient is zero can be seen by hand; script/case_dead_net_looks_perfect.txtar asks for messages.
"""
import sys

import numpy as np

sys.path.insert(0, "..")
from models import node, save, value

rng = np.random.default_rng(3)


def write(name, nodes, tensors):
    save(name, nodes, [value("x", ["b", 4])], [value("y", ["b", 3])], {n: a.astype(np.float32) for n, a in tensors.items()})


def layers(activation, closed, *sizes):
    """Linear layers W1, B1, W2, …, with an activation behind each but the last; closed is the number of a dead one."""
    nodes, tensors, at = [], {}, "x"
    for i, (n, m) in enumerate(zip(sizes, sizes[1:]), 1):
        last = i == len(sizes) - 1
        tensors[f"W{i}"] = rng.standard_normal((n, m)) * 0.5
        tensors[f"B{i}"] = np.full(m, -100.0) if i == closed else np.zeros(m)
        nodes += [node("MatMul", [at, f"W{i}"], [f"m{i}"]), node("Add", [f"m{i}", f"B{i}"], ["y" if last else f"a{i}"])]
        if not last:
            nodes.append(node(activation, [f"a{i}"], [f"h{i}"], f"act{i}"))
        at = f"h{i}"
    return nodes, tensors


write("middle", *layers("Relu", 2, 4, 5, 6, 3))
write("flat", *layers("HardSigmoid", 1, 4, 5, 3))
write("tiny", [node("MatMul", ["x", "W1"], ["a"]), node("Tanh", ["a"], ["h"]), node("MatMul", ["h", "W2"], ["y"])],
      {"W1": rng.standard_normal((4, 5)) * 1e-20, "W2": rng.standard_normal((5, 3)) * 1e-20})
write("branch", [
    node("MatMul", ["x", "W1"], ["a"]), node("MatMul", ["x", "W2"], ["b"]), node("Sub", ["b", "hundred"], ["c"]),
    node("Relu", ["c"], ["d"], "gate"), node("MatMul", ["d", "W3"], ["e"]), node("Add", ["a", "e"], ["y"]),
], {"W1": rng.standard_normal((4, 3)), "W2": rng.standard_normal((4, 5)), "W3": rng.standard_normal((5, 3)), "hundred": np.array(100.0)})
write("joined", [
    node("MatMul", ["x", "W1"], ["a"]), node("MatMul", ["x", "W2"], ["b"]), node("Concat", ["a", "b"], ["c"], "join", axis=1),
    node("Tanh", ["c"], ["d"]), node("Mul", ["d", "keep"], ["e"]), node("MatMul", ["e", "W3"], ["y"]),
], {"W1": rng.standard_normal((4, 2)), "W2": rng.standard_normal((4, 3)), "W3": rng.standard_normal((5, 3)),
    "keep": np.array([[1.0, 1.0, 0.0, 0.0, 0.0]])})
