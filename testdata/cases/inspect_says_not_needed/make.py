#!/usr/bin/env python3
"""Writes resize.onnx: the scales of a Resize, a scalar [1 1 1], and tensors that no output needs, one of them a scalar."""
import pathlib

import numpy
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node
f = lambda *shape: numpy.linspace(-1, 1, numpy.prod(shape, dtype=int), dtype=numpy.float32).reshape(shape)
stored = {"w": f(4, 3), "scales": numpy.array([1, 1, 2], "f"), "half": numpy.full((1, 1, 1), 0.5, "f"), "lost": f(2, 2), "lost_scalar": numpy.float32(3)}
graph = helper.make_graph(
    [node("Resize", ["x", "", "scales"], ["r"]), node("Mul", ["r", "half"], ["m"]), node("MatMul", ["m", "w"], ["y"])], "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2, 2])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2, 3])],
    [numpy_helper.from_array(numpy.asarray(t), k) for k, t in stored.items()])
model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
(pathlib.Path(__file__).parent / "resize.onnx").write_bytes(model.SerializeToString())
