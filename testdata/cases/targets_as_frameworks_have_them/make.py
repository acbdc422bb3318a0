"""Targets as frameworks take them.

    python3 make.py

model.onnx, x.npy, ignore.npy           given: a net with three classes, a batch, and labels of which some are -100
labels.npy, onehot.npy, bytes.npy       classes, the same one-hot in float32 and in uint8
soft.npy                                probabilities
padded.npy, masked.npy, all.npy         classes and 7, classes and 255, -100 alone
long.npy                                a shape that does not fit
segmentation.onnx, image.npy, mask.npy  a convolution, images, and classes in uint8, 255 among them
wide.onnx, byte_labels.npy              256 classes, and labels of which 255 is one

Prints what PyTorch computes; script/case_targets_as_frameworks_have_them.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = weights("model.onnx")
x, ignore = np.load("x.npy"), np.load("ignore.npy")
rng = np.random.default_rng(6)
soft = rng.random((4, 3)).astype(np.float32)
soft /= soft.sum(1, keepdims=True)
labels, padded, byte_labels = np.int64([0, 2, 2, 1]), np.int64([0, 7, 7, 1]), np.uint8([0, 255, 2, 1])
image = normal(rng, 2, 4, 2, 3)
mask = rng.integers(0, 3, (2, 2, 3)).astype(np.uint8)
mask[0, 1] = mask[1, 0, 0] = 255
save_arrays(
    onehot=np.eye(3, dtype=np.float32)[labels], bytes=np.eye(3, dtype=np.uint8)[labels], soft=soft, labels=labels, padded=padded,
    all=np.full(4, -100), long=np.full((4, 2), 1), masked=np.int32([0, 255, 2, 1]), image=image, mask=mask, byte_labels=byte_labels)
kernel = normal(rng, 3, 4, 1, 1)
save("segmentation", [node("Conv", ["x", "K"], ["y"])], [value("x", ["b", 4, "h", "w"])], [value("y", ["b", 3, "h", "w"])], {"K": kernel})
wide = normal(rng, 4, 256)
save("wide", [node("MatMul", ["x", "W"], ["y"])], [value("x", ["b", 4])], [value("y", ["b", 256])], {"W": wide})


def compute(name, target, **options):
    target = torch.tensor(target) if target.dtype == np.int64 else double(target)
    show(name, lambda p: F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"], target, **options), w)


compute("ignore", ignore)
compute("labels, onehot, bytes", labels)
compute("soft", soft)
compute("padded, and labels with --ignore-index 2", padded, ignore_index=7)
show("mask", lambda p: F.cross_entropy(F.conv2d(double(image), p["K"]), torch.tensor(mask).long(), ignore_index=255), {"K": kernel})
show("wide", lambda p: F.cross_entropy(double(x) @ p["W"], torch.tensor(byte_labels).long()), {"W": wide})
