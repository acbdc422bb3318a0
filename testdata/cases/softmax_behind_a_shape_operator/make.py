#!/usr/bin/env python3
"""Models that end in a Softmax or Sigmoid behind which elements are moved, and what PyTorch computes for the logits."""
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
rng = np.random.default_rng(4)
x = rng.standard_normal((6, 4)).astype(np.float32)
v = rng.standard_normal((6, 1)).astype(np.float32)
arrays = {"x": x, "labels": rng.integers(0, 3, 6), "bits": rng.integers(0, 2, 6)}
arrays["sequence"] = rng.standard_normal((2, 5, 4)).astype(np.float32)
arrays["turned"] = rng.integers(0, 3, (5, 2))
soft = rng.random((5, 2, 3)).astype(np.float32)
arrays["soft"] = soft / soft.sum(2, keepdims=True)
for name, array in arrays.items():
    np.save(HERE / f"{name}.npy", array)

trunk = [helper.make_node("MatMul", ["x", "W1"], ["h0"]), helper.make_node("Relu", ["h0"], ["h"])]
tensors = [stored("W1", w["W1"])]
flat, steps = [value("x", ["b", 4])], [value("x", ["b", "t", 4])]


def ends(name, head, nodes, inputs, shape, *more):
    save(HERE / f"{name}.onnx", trunk + [helper.make_node("MatMul", ["h", "W2"], ["z"])] + nodes, inputs, [value("y", shape)],
         tensors + [stored("W2", head)] + list(more))


softmax = helper.make_node("Softmax", ["z"], ["s"], axis=-1)
sigmoid = helper.make_node("Sigmoid", ["z"], ["s"])
ends("sigmoid_squeeze", v, [sigmoid, helper.make_node("Squeeze", ["s", "axes"], ["y"])], flat, ["b"], stored("axes", np.int64([1])))
ends("sigmoid_clip", v, [sigmoid, helper.make_node("Clip", ["s", "low", "high"], ["c"]), helper.make_node("Flatten", ["c"], ["y"])], flat, ["b", 1],
     stored("low", np.float32(0)), stored("high", np.float32(1)))
ends("sigmoid_gather", v, [sigmoid, helper.make_node("Gather", ["s", "at"], ["y"], axis=1)], flat, ["b"], stored("at", np.int64(0)))
ends("transpose", w["W2"], [softmax, helper.make_node("Transpose", ["s"], ["y"], perm=[1, 0, 2])], steps, ["t", "b", 3])
ends("log_transpose", w["W2"], [softmax, helper.make_node("Transpose", ["s"], ["p"], perm=[1, 0, 2]), helper.make_node("Log", ["p"], ["y"])], steps, ["t", "b", 3])
ends("joined", w["W2"], [softmax, helper.make_node("Flatten", ["s"], ["y"])], steps, ["b", "n"])
ends("unsqueeze", w["W2"], [softmax, helper.make_node("Unsqueeze", ["s", "axes"], ["y"])], flat, ["b", 3, 1, 1], stored("axes", np.int64([2, 3])))
ends("slice", w["W2"], [softmax, helper.make_node("Slice", ["s", "start", "end", "axis"], ["y"])], flat, ["b", 3],
     stored("start", np.int64([0])), stored("end", np.int64([2**63 - 1])), stored("axis", np.int64([1])))


def logits(x, head):
    params = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in (w["W1"], head)]
    return torch.relu(torch.tensor(x).double() @ params[0]) @ params[1], params


z, params = logits(x, w["W2"])
show("model, slice, unsqueeze", F.cross_entropy(z, torch.tensor(arrays["labels"])), params)
z, params = logits(x, v)
show("sigmoid_*", F.binary_cross_entropy_with_logits(z[:, 0], torch.tensor(arrays["bits"]).double()), params)
z, params = logits(arrays["sequence"], w["W2"])
show("transpose", F.cross_entropy(z.permute(1, 2, 0), torch.tensor(arrays["turned"])), params)
show("transpose, soft", F.cross_entropy(z.permute(1, 2, 0), torch.tensor(arrays["soft"]).double().movedim(2, 1)), params)
show("joined", F.cross_entropy(z.permute(0, 2, 1), torch.tensor(arrays["turned"].T.copy())), params)
np.save(HERE / "unturned.npy", arrays["turned"].T.copy())
