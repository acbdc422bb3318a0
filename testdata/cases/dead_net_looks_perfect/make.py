"""Networks with a gradient that is zero for all parameters, or for those of some layers.

    python3 make.py

writes all files of this folder but model.onnx. That the gradient is zero in them can be seen by hand: a bias of −100 closes
a ReLU; a sigmoid of pieces is flat at 100; weights of 1e−20 make gradients of 1e−20.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(3)
node = helper.make_node


def save(name, nodes, tensors):
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("b", 4))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("b", 3))],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in tensors.items()])
    m = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(m, full_check=True)
    onnx.save(m, name)


def layers(activation, *sizes, scale=0.5, closed=None):
    """Linear layers W1, B1, W2, …, with an activation behind each but the last; closed is the number of a dead one."""
    nodes, tensors, at = [], {}, "x"
    for i, (n, m) in enumerate(zip(sizes, sizes[1:]), 1):
        last = i == len(sizes) - 1
        tensors[f"W{i}"] = rng.standard_normal((n, m)) * scale
        tensors[f"B{i}"] = np.full(m, -100.0) if i == closed else np.zeros(m)
        nodes += [node("MatMul", [at, f"W{i}"], [f"m{i}"]), node("Add", [f"m{i}", f"B{i}"], ["y" if last else f"a{i}"])]
        if not last:
            nodes.append(node(activation, [f"a{i}"], [f"h{i}"], f"act{i}"))
        at = f"h{i}"
    return nodes, tensors


save("middle.onnx", *layers("Relu", 4, 5, 6, 3, closed=2))
save("flat.onnx", *layers("HardSigmoid", 4, 5, 3, closed=1))

save("tiny.onnx",
     [node("MatMul", ["x", "W1"], ["a"]), node("Tanh", ["a"], ["h"]), node("MatMul", ["h", "W2"], ["y"])],
     {"W1": rng.standard_normal((4, 5)) * 1e-20, "W2": rng.standard_normal((5, 3)) * 1e-20})

# A branch that is dead beside one that is not: y = x W1 + relu(x W2 − 100) W3.
save("branch.onnx",
     [node("MatMul", ["x", "W1"], ["a"]), node("MatMul", ["x", "W2"], ["b"]), node("Sub", ["b", "hundred"], ["c"]),
      node("Relu", ["c"], ["d"], "gate"), node("MatMul", ["d", "W3"], ["e"]), node("Add", ["a", "e"], ["y"])],
     {"W1": rng.standard_normal((4, 3)), "W2": rng.standard_normal((4, 5)), "W3": rng.standard_normal((5, 3)), "hundred": np.array(100.0)})
