"""The first output is not what a loss is taken of.

    python3 make.py

model.onnx         given: two constants come first; the right output is a third of the logits
initializer.onnx   an initializer comes first
input.onnx         the input
computed.onnx      a function of a constant, of the input, an index, and an index as float
none.onnx          no output is right
unsupported.onnx   an output that cannot be computed
x.npy, labels.npy  a batch and its classes

Prints what PyTorch computes for the right output; script/case_first_output_is_a_constant.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import FLOAT, INT64, node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = {name: weights("model.onnx")[name] for name in ("W1", "W2")}
rng = np.random.default_rng(1)
x, labels = normal(rng, 8, 4), rng.integers(0, 3, 8)
save_arrays(x=x, labels=labels)
y = value("y", ["b", 3])
table = {"table": np.float32([[1, 2]])}


def write(name, nodes, outputs, tensors):
    body = [node("MatMul", ["x", "W1"], ["h0"]), node("Relu", ["h0"], ["h"]), node("MatMul", ["h", "W2"], ["y"])]
    save(name, body + nodes, [value("x", ["b", 4])], outputs, w | tensors)


write("initializer", [], [value("table", [1, 2]), y], table)
write("input", [], [value("x", ["b", 4]), y], {})
write("computed", [
    node("Neg", ["table"], ["size"]), node("Mul", ["x", "scale"], ["scaled"]), node("ArgMax", ["y"], ["action"], axis=1, keepdims=0),
    node("Cast", ["action"], ["chosen"], to=FLOAT),
], [value("size", [1, 2]), value("scaled", ["b", 4]), value("action", ["b"], INT64), value("chosen", ["b"]), y],
    table | {"scale": np.float32([1, 2, 3, 4])})
write("none", [node("Identity", ["table"], ["version"]), node("Floor", ["y"], ["steps"])],
      [value("version", [1, 2]), value("steps", ["b", 3])], table)
write("unsupported", [node("NonZero", ["y"], ["found"]), node("Cast", ["found"], ["places"], to=FLOAT)], [value("places", [2, "n"]), y], {})


def loss(p, divisor):
    return F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"] / divisor, torch.tensor(labels))


show("model", lambda p: loss(p, 3), w)
show("the others", lambda p: loss(p, 1), w)
