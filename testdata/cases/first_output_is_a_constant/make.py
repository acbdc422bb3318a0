#!/usr/bin/env python3
"""Models whose first output is not what a loss is taken of, and what PyTorch computes for the one that is."""
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from onnx import helper

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from models import *
from torch_quotient import show

w = weights(HERE / "model.onnx")
rng = np.random.default_rng(1)
x = rng.standard_normal((8, 4)).astype(np.float32)
labels = rng.integers(0, 3, 8)
np.save(HERE / "x.npy", x)
np.save(HERE / "labels.npy", labels)

body = [helper.make_node("MatMul", ["x", "W1"], ["h0"]), helper.make_node("Relu", ["h0"], ["h"]), helper.make_node("MatMul", ["h", "W2"], ["y"])]
tensors = [stored("W1", w["W1"]), stored("W2", w["W2"])]
inputs, y = [value("x", ["b", 4])], value("y", ["b", 3])


def model(name, nodes, outputs, *more):
    save(HERE / f"{name}.onnx", body + nodes, inputs, outputs, tensors + list(more))


two = stored("table", np.float32([[1, 2]]))
model("initializer", [], [value("table", [1, 2]), y], two)
model("input", [], [value("x", ["b", 4]), y])
model("computed", [
    helper.make_node("Neg", ["table"], ["size"]),
    helper.make_node("Mul", ["x", "scale"], ["scaled"]),
    helper.make_node("ArgMax", ["y"], ["action"], axis=1, keepdims=0),
    helper.make_node("Cast", ["action"], ["chosen"], to=FLOAT),
], [value("size", [1, 2]), value("scaled", ["b", 4]), value("action", ["b"], INT64), value("chosen", ["b"]), y], two, stored("scale", np.float32([1, 2, 3, 4])))
model("none", [helper.make_node("Identity", ["table"], ["version"]), helper.make_node("Floor", ["y"], ["steps"])],
      [value("version", [1, 2]), value("steps", ["b", 3])], two)
model("unsupported", [helper.make_node("NonZero", ["y"], ["found"]), helper.make_node("Cast", ["found"], ["places"], to=FLOAT)],
      [value("places", [2, "n"]), y])

params = [torch.tensor(w[name], dtype=torch.float64, requires_grad=True) for name in ("W1", "W2")]
out = torch.relu(torch.tensor(x).double() @ params[0]) @ params[1]
show("model", F.cross_entropy(out / 3, torch.tensor(labels)), params)
show("the others", F.cross_entropy(out, torch.tensor(labels)), params)
