#!/usr/bin/env python3
"""Models whose outputs are made by operators that need data to be built, and what PyTorch computes for a tensor before them."""
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
rng = np.random.default_rng(2)
x = rng.standard_normal((8, 4)).astype(np.float32)
labels = rng.integers(0, 6, 8)
np.save(HERE / "x.npy", x)
np.save(HERE / "labels.npy", labels)
raw = [helper.make_node("MatMul", ["x", "W1"], ["raw"])]
tensors, inputs = [stored("W1", w["W1"]), stored("one", np.int64([1]))], [value("x", ["b", 4])]
save(HERE / "topk.onnx", raw + [
    helper.make_node("ReduceMax", ["raw"], ["most"], keepdims=0),
    helper.make_node("Cast", ["most"], ["whole"], to=INT64),
    helper.make_node("Reshape", ["whole", "one"], ["k"]),
    helper.make_node("Softmax", ["raw"], ["p"]),
    helper.make_node("TopK", ["p", "k"], ["best", "places"]),
], inputs, [value("best", ["b", "k"]), value("places", ["b", "k"], INT64)], tensors)
save(HERE / "argmax.onnx", raw + [helper.make_node("ArgMax", ["raw"], ["class"], axis=1)], inputs, [value("class", ["b", 1], INT64)], tensors)

params = [torch.tensor(w["W1"], dtype=torch.float64, requires_grad=True)]
show("raw", F.cross_entropy(torch.tensor(x).double() @ params[0], torch.tensor(labels)), params)
