"""Mean or variance of a BatchNormalization are computed by the graph.

    python3 make.py

bn_computed.onnx  given: both are computed of the batch
bn_flag.onnx      given: the same by training_mode
sx.npy, sy.npy    given: a batch and its classes
bn_variance.onnx  the variance alone is computed
bn_updated.onnx   results 1 and 2 of the training form are computed with

Prints what PyTorch computes for the last two; script/case_computed_batch_statistics.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, save, value
from torch_quotient import double, show

torch.manual_seed(3)
P = {"w": torch.randn(4, 5) / 2, "s": 1 + 0.1 * torch.randn(5), "b": 0.1 * torch.randn(5), "v": torch.randn(5, 3) / 2}
MEAN, VARIANCE = 0.1 * torch.randn(5), 1 + 0.3 * torch.rand(5)


def write(name, nodes, tensors):
    save(name, [node("MatMul", ["x", "w"], ["a"])] + nodes + [node("Tanh", ["n"], ["t"]), node("MatMul", ["t", "v"], ["y"])],
         [value("x", ["N", 4])], [value("y", ["N", 3])], P | tensors | {"ax": [0]}, opset=18, graph=name)


write("bn_variance", [
    node("ReduceMean", ["a", "ax"], ["mu"], keepdims=0), node("Sub", ["a", "mu"], ["d"]), node("Mul", ["d", "d"], ["dd"]),
    node("ReduceMean", ["dd", "ax"], ["va"], keepdims=0), node("BatchNormalization", ["a", "s", "b", "mean", "va"], ["n"])], {"mean": MEAN})
write("bn_updated", [
    node("BatchNormalization", ["a", "s", "b", "mean", "variance"], ["m", "m1", "v1"], training_mode=1, momentum=0.75),
    node("BatchNormalization", ["m", "s", "b", "m1", "v1"], ["n"])], {"mean": MEAN, "variance": VARIANCE})

x, y = double(np.load("sx.npy")), torch.tensor(np.load("sy.npy"))


def normalized(a, p, mean, var):
    return (a - mean) / (var + 1e-5).sqrt() * p["s"] + p["b"]


def bn_variance(p):
    a = x @ p["w"]
    return F.cross_entropy(torch.tanh(normalized(a, p, double(MEAN), a.var(0, unbiased=False))) @ p["v"], y)


def bn_updated(p):
    a = x @ p["w"]
    mean, var = a.mean(0), a.var(0, unbiased=False)
    m = normalized(a, p, mean, var)
    n = normalized(m, p, 0.75 * double(MEAN) + 0.25 * mean, 0.75 * double(VARIANCE) + 0.25 * var)
    return F.cross_entropy(torch.tanh(n) @ p["v"], y)


show("bn_variance", bn_variance, P)
show("bn_updated", bn_updated, P)
