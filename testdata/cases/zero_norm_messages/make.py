"""Weights that are zero or not finite, and losses that do not depend on the weights, or hardly.

    python3 make.py

zero_both.onnx, zero_w1.onnx  given: both weights are zero, and one
nan_one.onnx                  given: NaN in one weight
const_out.onnx                given: the sum of a softmax, which is 1
const_norm.onnx               the mean of a layer normalization, which is 0
one_class.onnx                the softmax of one class, which is 1
almost_const.onnx             the sum of a softmax and a small part of one of its elements

No figures: script/case_zero_norm_messages.txtar asks for messages.
"""
import sys

import numpy as np

sys.path.insert(0, "..")
from models import node, normal, save, value

W = normal(np.random.default_rng(11), 8, 8) * np.float32(0.5)


def write(name, nodes, **tensors):
    save(name, [node("MatMul", ["x", "w"], ["a"])] + nodes, [value("x", [4, 8])], [value("y", None)], {"w": W, **tensors}, check=False)


write("const_norm", [node("LayerNormalization", ["a", "one"], ["n"]), node("ReduceMean", ["n"], ["y"], axes=[1], keepdims=1)],
      one=np.ones(1, np.float32))
write("one_class", [node("ReduceSum", ["a", "ax"], ["s"], keepdims=1), node("Softmax", ["s"], ["p"]), node("Mul", ["p", "p"], ["y"])], ax=[1])
write("almost_const", [
    node("Softmax", ["a"], ["s"]), node("Mul", ["s", "part"], ["t"]), node("ReduceSum", ["t", "ax"], ["y"], keepdims=1)],
    ax=[1], part=np.float32([1 + 2e-3] + [1] * 7))
