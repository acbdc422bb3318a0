#!/usr/bin/env python3
"""Targets as frameworks take them, and what PyTorch computes with them."""
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
x, ignore = np.load(HERE / "x.npy"), np.load(HERE / "ignore.npy")
rng = np.random.default_rng(6)
soft = rng.random((4, 3)).astype(np.float32)
soft /= soft.sum(1, keepdims=True)
labels = np.int64([0, 2, 2, 1])
arrays = {
    "onehot": np.eye(3, dtype=np.float32)[labels], "bytes": np.eye(3, dtype=np.uint8)[labels], "soft": soft, "labels": labels,
    "padded": np.int64([0, 7, 7, 1]), "all": np.full(4, -100), "long": np.full((4, 2), 1), "masked": np.int32([0, 255, 2, 1]),
    "image": rng.standard_normal((2, 4, 2, 3)).astype(np.float32),
}
mask = rng.integers(0, 3, (2, 2, 3)).astype(np.uint8)
mask[0, 1] = mask[1, 0, 0] = 255
arrays["mask"] = mask
for name, array in arrays.items():
    np.save(HERE / f"{name}.npy", array)
kernel = rng.standard_normal((3, 4, 1, 1)).astype(np.float32)
save(HERE / "segmentation.onnx", [helper.make_node("Conv", ["x", "K"], ["y"])], [value("x", ["b", 4, "h", "w"])], [value("y", ["b", 3, "h", "w"])], [stored("K", kernel)])
wide = rng.standard_normal((4, 256)).astype(np.float32)
save(HERE / "wide.onnx", [helper.make_node("MatMul", ["x", "W"], ["y"])], [value("x", ["b", 4])], [value("y", ["b", 256])], [stored("W", wide)])
np.save(HERE / "byte_labels.npy", np.uint8([0, 255, 2, 1]))

params = [torch.tensor(w[name], dtype=torch.float64, requires_grad=True) for name in ("W1", "W2")]
z = torch.relu(torch.tensor(x).double() @ params[0]) @ params[1]
show("ignore", F.cross_entropy(z, torch.tensor(ignore)), params)
show("onehot, labels", F.cross_entropy(z, torch.tensor(labels)), params)
show("soft", F.cross_entropy(z, torch.tensor(soft).double()), params)
show("padded", F.cross_entropy(z, torch.tensor(arrays["padded"]), ignore_index=7), params)
show("--ignore-index 2", F.cross_entropy(z, torch.tensor(labels), ignore_index=2), params)
params = [torch.tensor(kernel, dtype=torch.float64, requires_grad=True)]
show("mask", F.cross_entropy(F.conv2d(torch.tensor(arrays["image"]).double(), params[0]), torch.tensor(mask).long(), ignore_index=255), params)
params = [torch.tensor(wide, dtype=torch.float64, requires_grad=True)]
show("wide", F.cross_entropy(torch.tensor(x).double() @ params[0], torch.tensor([0, 255, 2, 1])), params)
