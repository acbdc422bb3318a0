#!/usr/bin/env python3
"""Data for the model with two heads, one with three, and what PyTorch computes for the sums of their losses."""
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
rng = np.random.default_rng(3)
x = rng.standard_normal((8, 4)).astype(np.float32)
labels, values = rng.integers(0, 3, 8), rng.standard_normal((8, 1)).astype(np.float32)
for name, array in [("x", x), ("labels", labels), ("values", values)]:
    np.save(HERE / f"{name}.npy", array)
w["Wb"] = rng.standard_normal((6, 4)).astype(np.float32)
save(HERE / "three.onnx", [
    helper.make_node("MatMul", ["x", "W1"], ["h0"]), helper.make_node("Relu", ["h0"], ["h"]),
    helper.make_node("MatMul", ["h", "W2"], ["logits"]),
    helper.make_node("MatMul", ["h", "Wv"], ["value"]),
    helper.make_node("MatMul", ["h", "Wb"], ["b0"]), helper.make_node("Sigmoid", ["b0"], ["boxes"]),
], [value("x", ["b", 4])], [value("logits", ["b", 3]), value("value", ["b", 1]), value("boxes", ["b", 4])],
    [stored(name, w[name]) for name in ("W1", "W2", "Wv", "Wb")])

params = {name: torch.tensor(w[name], dtype=torch.float64, requires_grad=True) for name in ("W1", "W2", "Wv", "Wb")}
h = torch.relu(torch.tensor(x).double() @ params["W1"])
policy = F.cross_entropy(h @ params["W2"], torch.tensor(labels))
critic = F.mse_loss(h @ params["Wv"], torch.tensor(values).double())
show("pi and value", policy + critic, [params[n] for n in ("W1", "W2", "Wv")])
show("pi and the value itself", policy + (h @ params["Wv"]).mean(), [params[n] for n in ("W1", "W2", "Wv")])
