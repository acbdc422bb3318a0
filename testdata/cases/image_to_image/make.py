#!/usr/bin/env python3
"""Models whose output is no class logits though its shape could be that, and what PyTorch computes."""
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

w = weights(HERE / "model.onnx")["Wc"]
rng = np.random.default_rng(5)
x, y = (rng.standard_normal((2, 3, 8, 8)).astype(np.float32) for _ in range(2))
np.save(HERE / "x.npy", x)
np.save(HERE / "y.npy", y)
conv = helper.make_node("Conv", ["x", "Wc"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
image = ["b", 3, 8, 8]
save(HERE / "style.onnx", [conv, helper.make_node("Tanh", ["c"], ["y"])], [value("x", image)], [value("y", image)], [stored("Wc", w)])
save(HERE / "autoencoder.onnx", [conv, helper.make_node("Sigmoid", ["c"], ["y"])], [value("x", image)], [value("y", image)], [stored("Wc", w)])

head = stored("W", rng.standard_normal((4, 1)).astype(np.float32))
line = [helper.make_node("MatMul", ["x", "W"], ["z"]), helper.make_node("Squeeze", ["z", "axes"], ["y"])]
axes = stored("axes", np.int64([1]))
save(HERE / "regressor.onnx", line, [value("x", [1, 4])], [value("y", [1])], [head, axes])
save(HERE / "regressor_free.onnx", line, [value("x", ["b", 4])], [value("y", ["b"])], [head, axes])
save(HERE / "loss.onnx", [helper.make_node("MatMul", ["x", "W"], ["z"]), helper.make_node("ReduceMean", ["z"], ["m"], keepdims=0), helper.make_node("Reshape", ["m", "axes"], ["y"])],
     [value("x", ["b", 4])], [value("y", [1])], [head, axes])

params = [torch.tensor(w, dtype=torch.float64, requires_grad=True)]
c = F.conv2d(torch.tensor(x).double(), params[0], padding=1)
show("model", F.mse_loss(c, torch.tensor(y).double()), params)
show("style", F.mse_loss(torch.tanh(c), torch.tensor(y).double()), params)
