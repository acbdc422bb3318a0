"""Writes model.onnx: attention of two heads with a bias of shape [2, 8] for query, key and value, as Keras stores them.

The softmax over the keys does not change when a key's bias changes: its derivatives of every order are 0, and so is the slope of
its norm, but for rounding.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(3)
weights = {}


def weight(name, *shape):
    fan_in = shape[0] if len(shape) > 1 else 1
    weights[name] = rng.standard_normal(shape).astype(np.float32) * np.float32(0.8 / np.sqrt(fan_in))


nodes = []


def node(operator, inputs, output, **attributes):
    nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
    return output


weights["heads"] = np.array([0, 0, 2, 8], np.int64)
weights["flat"] = np.array([0, 0, 16], np.int64)
weights["scale"] = np.array(1 / 4, np.float32)


def projected(x, name, perm):
    weight(name + ".kernel", 16, 16)
    weight(name + ".bias", 2, 8)
    y = node("MatMul", [x, name + ".kernel"], name + "_y")
    y = node("Reshape", [y, "heads"], name + "_heads")
    y = node("Add", [y, name + ".bias"], name + "_biased")
    return node("Transpose", [y], name, perm=perm)


q, k, v = projected("x", "query", [0, 2, 1, 3]), projected("x", "key", [0, 2, 3, 1]), projected("x", "value", [0, 2, 1, 3])
scores = node("Mul", [node("MatMul", [q, k], "products"), "scale"], "scores")
attended = node("MatMul", [node("Softmax", [scores], "attention", axis=-1), v], "attended")
joined = node("Reshape", [node("Transpose", [attended], "back", perm=[0, 2, 1, 3]), "flat"], "joined")
weight("out.kernel", 16, 5)
pooled = node("ReduceMean", [node("Tanh", [joined], "bent"), ], "pooled", axes=[1], keepdims=0)
node("MatMul", [pooled, "out.kernel"], "y")

graph = helper.make_graph(
    nodes,
    "attention",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 6, 16])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 5])],
    [numpy_helper.from_array(value, name) for name, value in weights.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, "model.onnx")
np.save("x.npy", rng.standard_normal((4, 6, 16)).astype(np.float32))
np.save("target.npy", rng.integers(0, 5, 4))
