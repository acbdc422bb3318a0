#!/usr/bin/env python3
"""Writes bn_variance.onnx, whose variance alone is computed, and bn_updated.onnx, which computes with results 1 and 2 of the
training form, and prints what PyTorch computes for them."""
import pathlib
import sys

import numpy
import torch
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from quotient import measure

torch.manual_seed(3)
P = {"w": torch.randn(4, 5) / 2, "s": 1 + 0.1 * torch.randn(5), "b": 0.1 * torch.randn(5), "v": torch.randn(5, 3) / 2}
MEAN, VARIANCE = 0.1 * torch.randn(5), 1 + 0.3 * torch.rand(5)


def write(name, nodes, stored):
    tensors = {**{k: v.numpy() for k, v in {**P, **stored}.items()}, "ax": numpy.array([0])}
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(t, k) for k, t in tensors.items()])
    (HERE / f"{name}.onnx").write_bytes(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString())


node = helper.make_node
start, end = [node("MatMul", ["x", "w"], ["a"])], [node("Tanh", ["n"], ["t"]), node("MatMul", ["t", "v"], ["y"])]
variance = [
    node("ReduceMean", ["a", "ax"], ["mu"], keepdims=0), node("Sub", ["a", "mu"], ["d"]), node("Mul", ["d", "d"], ["dd"]),
    node("ReduceMean", ["dd", "ax"], ["va"], keepdims=0)]
write("bn_variance", start + variance + [node("BatchNormalization", ["a", "s", "b", "mean", "va"], ["n"])] + end, {"mean": MEAN})
write("bn_updated", start + [
    node("BatchNormalization", ["a", "s", "b", "mean", "variance"], ["m", "m1", "v1"], training_mode=1, momentum=0.75),
    node("BatchNormalization", ["m", "s", "b", "m1", "v1"], ["n"])] + end, {"mean": MEAN, "variance": VARIANCE})


def inference(a, p, mean, var):
    return (a - mean) / (var + 1e-5).sqrt() * p["s"] + p["b"]


def bn_variance(p, x):
    a = x @ p["w"]
    return torch.tanh(inference(a, p, MEAN.double(), a.var(0, unbiased=False))) @ p["v"]


def bn_updated(p, x):
    a = x @ p["w"]
    mean, var = a.mean(0), a.var(0, unbiased=False)
    m = inference(a, p, mean, var)
    n = inference(m, p, 0.75 * MEAN.double() + 0.25 * mean, 0.75 * VARIANCE.double() + 0.25 * var)
    return torch.tanh(n) @ p["v"]


x, y = torch.from_numpy(numpy.load(HERE / "sx.npy")), torch.from_numpy(numpy.load(HERE / "sy.npy"))
measure("bn_variance", bn_variance, P, x, y)
measure("bn_updated", bn_updated, P, x, y)
