"""Biases in Constant nodes, weights in initializers.

    python3 make.py

model.onnx         given: one of the two biases is in a Constant node
initializers.onnx  given: the same, both biases initializers
conv.onnx          the biases of Conv, of Gemm, and [1 n] behind MatMul are in Constant nodes, and so are ones that are no bias
x.npy, y.npy       a batch and its classes for conv.onnx

Prints what PyTorch computes for conv.onnx; script/case_biases_in_constant_nodes.txtar expects it.
"""
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, save, save_arrays, stored, value
from torch_quotient import double, show

torch.manual_seed(7)
P = {"k": torch.randn(3, 2, 3) / 2, "kb": torch.randn(3) / 2, "w": torch.randn(6, 4) / 2, "wb": torch.randn(4) / 2,
     "v": torch.randn(4, 3), "vb": torch.randn(3) / 2}


def constant(name, array):
    return node("Constant", [], [name], value=stored("", array))


save("conv", [
    constant("kb", P["kb"]), constant("wb", P["wb"]), constant("vb", P["vb"][None]), constant("ones", torch.ones(4)),
    node("Conv", ["x", "k", "kb"], ["c"]), node("Tanh", ["c"], ["t"]), node("Flatten", ["t"], ["f"]),
    node("Gemm", ["f", "w", "wb"], ["g"]), node("Mul", ["g", "ones"], ["m"]), node("Tanh", ["m"], ["h"]),
    node("MatMul", ["h", "v"], ["z"]), node("Add", ["z", "vb"], ["y"]),
], [value("x", ["N", 2, 4])], [value("y", ["N", 3])], {name: P[name] for name in "kwv"})
x, y = torch.randn(5, 2, 4), torch.randint(0, 3, (5,))
save_arrays(x=x, y=y)


def forward(p, x):
    t = torch.tanh(F.conv1d(x, p["k"], p["kb"])).flatten(1)
    return torch.tanh(t @ p["w"] + p["wb"]) @ p["v"] + p["vb"]


show("conv", lambda p: F.cross_entropy(forward(p, double(x)), y), P)
