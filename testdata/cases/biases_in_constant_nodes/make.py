#!/usr/bin/env python3
"""Writes conv.onnx: the biases of a convolution, of a matrix product and [1 n] of another are in Constant nodes, weights are
initializers, and a constant that is no bias, ones, stands beside them. Prints what PyTorch computes."""
import pathlib
import sys

import numpy
import torch
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from quotient import measure

torch.manual_seed(7)
node = helper.make_node
P = {"k": torch.randn(3, 2, 3) / 2, "kb": torch.randn(3) / 2, "w": torch.randn(6, 4) / 2, "wb": torch.randn(4) / 2, "v": torch.randn(4, 3), "vb": torch.randn(3) / 2}


def constant(name, t):
    return node("Constant", [], [name], value=numpy_helper.from_array(t.numpy()))


nodes = [
    constant("kb", P["kb"]), constant("wb", P["wb"]), constant("vb", P["vb"][None]), constant("ones", torch.ones(4)),
    node("Conv", ["x", "k", "kb"], ["c"]), node("Tanh", ["c"], ["t"]), node("Flatten", ["t"], ["f"]),
    node("Gemm", ["f", "w", "wb"], ["g"]), node("Mul", ["g", "ones"], ["m"]), node("Tanh", ["m"], ["h"]),
    node("MatMul", ["h", "v"], ["z"]), node("Add", ["z", "vb"], ["y"])]
graph = helper.make_graph(
    nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2, 4])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])],
    [numpy_helper.from_array(P[k].numpy(), k) for k in ("k", "w", "v")])
model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
(HERE / "conv.onnx").write_bytes(model.SerializeToString())

x, y = torch.randn(5, 2, 4), torch.randint(0, 3, (5,))
numpy.save(HERE / "x.npy", x.numpy())
numpy.save(HERE / "y.npy", y.numpy())


def forward(p, x):
    t = torch.tanh(torch.nn.functional.conv1d(x, p["k"], p["kb"])).flatten(1)
    return torch.tanh(t @ p["w"] + p["wb"]) @ p["v"] + p["vb"]


measure("conv", forward, P, x, y)
