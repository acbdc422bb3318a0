"""Losses that do not depend on the weights, or hardly.

    python3 make.py

writes const_norm.onnx, the mean of a layer normalization, which is 0; one_class.onnx, the softmax of one class, which is 1;
almost_const.onnx, the sum of a softmax and a small part of one of its elements.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(11)
node = helper.make_node
W = (rng.standard_normal((8, 8)) * 0.5).astype(np.float32)


def save(name, nodes, **tensors):
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (4, 8))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in {"w": W, **tensors}.items()])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), name)


save("const_norm.onnx",
     [node("MatMul", ["x", "w"], ["a"]), node("LayerNormalization", ["a", "one"], ["n"]),
      node("ReduceMean", ["n"], ["y"], axes=[1], keepdims=1)],
     one=np.ones(1, np.float32))
save("one_class.onnx",
     [node("MatMul", ["x", "w"], ["a"]), node("ReduceSum", ["a", "ax"], ["s"], keepdims=1), node("Softmax", ["s"], ["p"]),
      node("Mul", ["p", "p"], ["y"])],
     ax=np.array([1]))
save("almost_const.onnx",
     [node("MatMul", ["x", "w"], ["a"]), node("Softmax", ["a"], ["s"]), node("Mul", ["s", "part"], ["t"]),
      node("ReduceSum", ["t", "ax"], ["y"], keepdims=1)],
     ax=np.array([1]), part=np.array([1 + 2e-3] + [1] * 7, np.float32))
