"""Shapes depend on given data.

    python3 make.py

model.onnx, edge_index.npy, x.npy     given: a graph network, its edges and nodes
compress.onnx, rows.npy, keep100.npy  rows that a condition keeps, 100 of them
unpad.onnx, tokens.npy, mask.npy      padding taken out where a mask of two axes is 0
resize.onnx, small.npy, scales.npy    an image enlarged by scales, which are floats
crop.onnx, ratio.npy, table.npy       as many of rows.npy as a float of no axes and a table of two say
labels.npy, classes.npy, tags.npy, large.npy, wanted.npy   the targets, in this order

Prints what PyTorch computes for them; script/case_given_data_is_not_known.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import BOOL, FLOAT, INT32, INT64, node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

rng = np.random.default_rng(7)
W1, W2 = normal(rng, 4, 5), normal(rng, 5, 3)

# Rows that a condition keeps.
rows, keep, classes = normal(rng, 100, 4), np.arange(100) % 3 == 0, rng.integers(0, 3, 34)
save_arrays(rows=rows, keep100=keep, classes=classes)
save("compress", [
    node("MatMul", ["x", "W1"], ["h"]), node("Tanh", ["h"], ["t"]), node("Compress", ["t", "keep"], ["k"], axis=0),
    node("MatMul", ["k", "W2"], ["y"]),
], [value("x", ["n", 4]), value("keep", ["n"], BOOL)], [value("y", ["m", 3])], {"W1": W1, "W2": W2})
show("compress", lambda p: F.cross_entropy(torch.tanh(double(rows) @ p["W1"])[keep] @ p["W2"], torch.tensor(classes)), {"W1": W1, "W2": W2})

# Padding taken out; the mask is multiplied with too, in a differentiable path.
mask = (np.arange(6) < np.array([6, 2, 4, 1])[:, None]).astype(np.int64)
tokens, tags = normal(rng, 4, 6, 4), rng.integers(0, 3, int(mask.sum()))
save_arrays(mask=mask, tokens=tokens, tags=tags)
save("unpad", [
    node("Reshape", ["attention_mask", "flat"], ["m"]), node("NonZero", ["m"], ["nz"]), node("Squeeze", ["nz", "zero"], ["at"]),
    node("Cast", ["attention_mask"], ["f"], to=FLOAT), node("Unsqueeze", ["f", "last"], ["fu"]), node("Mul", ["x", "fu"], ["xm"]),
    node("Reshape", ["xm", "rows"], ["r"]), node("Gather", ["r", "at"], ["k"], axis=0),
    node("MatMul", ["k", "W1"], ["h"]), node("Tanh", ["h"], ["t"]), node("MatMul", ["t", "W2"], ["y"]),
], [value("x", ["b", 6, 4]), value("attention_mask", ["b", 6], INT64)], [value("y", ["m", 3])],
    {"W1": W1, "W2": W2, "flat": [-1], "zero": [0], "last": [2], "rows": [-1, 4]})
kept = double(tokens[mask != 0])
show("unpad", lambda p: F.cross_entropy(torch.tanh(kept @ p["W1"]) @ p["W2"], torch.tensor(tags)), {"W1": W1, "W2": W2})

# An image enlarged.
small, filters, large = normal(rng, 2, 1, 3, 3), normal(rng, 2, 1, 2, 2), normal(rng, 2, 2, 5, 5)
save_arrays(scales=np.float32([1, 1, 2, 2]), small=small, large=large)
save("resize", [
    node("Resize", ["x", "", "scales"], ["r"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    node("Tanh", ["r"], ["t"]), node("Conv", ["t", "W"], ["c"]), node("Tanh", ["c"], ["y"]),
], [value("x", ["b", 1, 3, 3]), value("scales", [4])], [value("y", ["b", 2, "h", "w"])], {"W": filters})
enlarged = torch.tanh(F.interpolate(double(small), scale_factor=2, mode="nearest"))
show("resize", lambda p: F.mse_loss(torch.tanh(F.conv2d(enlarged, p["W"])), double(large)), {"W": filters})

# floor(0.7 · 10 + the largest of the table) rows.
wanted = normal(rng, 10, 5)
save_arrays(ratio=np.float32(0.7), table=np.int32([[1, 3], [2, 0]]), wanted=wanted)
save("crop", [
    node("Mul", ["ratio", "ten"], ["r"]), node("ReduceMax", ["table"], ["m"], keepdims=0), node("Cast", ["m"], ["mf"], to=FLOAT),
    node("Add", ["r", "mf"], ["s"]), node("Floor", ["s"], ["fl"]), node("Cast", ["fl"], ["i"], to=INT64),
    node("Unsqueeze", ["i", "zero"], ["end"]), node("Slice", ["x", "zero", "end"], ["c"]),
    node("MatMul", ["c", "W1"], ["hh"]), node("Tanh", ["hh"], ["y"]),
], [value("x", [100, 4]), value("ratio", []), value("table", [2, 2], INT32)], [value("y", ["m", 5])],
    {"W1": W1, "ten": np.float32(10), "zero": [0]})
show("crop", lambda p: F.mse_loss(torch.tanh(double(rows)[:10] @ p["W1"]), double(wanted)), {"W1": W1})

# The graph network.
edges, nodes, labels = np.load("edge_index.npy"), np.load("x.npy"), rng.integers(0, 3, 6)
save_arrays(labels=labels)


def network(p):
    sums = torch.zeros(int(edges.max()) + 1, 5).double().index_add(0, torch.tensor(edges[1]), (double(nodes) @ p["W1"])[edges[0]])
    return F.cross_entropy(sums @ p["W2"], torch.tensor(labels))


show("model", network, {name: weights("model.onnx")[name] for name in ("W1", "W2")})
