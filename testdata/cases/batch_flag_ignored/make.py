"""The file fixes the batch.

    python3 make.py

model.onnx          given: x is [1 4]
two.onnx            two inputs
recurrent.onnx      the batch is the second axis
reshaped.onnx       a Reshape fixes it too
x.npy, classes.npy  a batch of 8 for model.onnx

Prints what PyTorch computes for that; script/case_batch_flag_ignored.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

rng = np.random.default_rng(13)
W = normal(rng, 4, 3)
save("two", [node("Add", ["a", "b"], ["s"]), node("MatMul", ["s", "W"], ["y"])],
     [value("a", [1, 4]), value("b", [1, 4])], [value("y", [1, 3])], {"W": W})
save("reshaped", [node("Reshape", ["x", "shape"], ["r"]), node("MatMul", ["r", "W"], ["y"])],
     [value("x", [1, 2, 2])], [value("y", [1, 3])], {"W": W, "shape": [1, 4]})
save("recurrent", [
    node("RNN", ["x", "Wi", "R"], ["", "last"], hidden_size=3), node("Squeeze", ["last", "zero"], ["h"]), node("MatMul", ["h", "V"], ["y"]),
], [value("x", [5, 1, 4])], [value("y", [1, 3])],
    {"Wi": normal(rng, 1, 3, 4), "R": normal(rng, 1, 3, 3), "V": normal(rng, 3, 3), "zero": [0]})

x, classes = normal(rng, 8, 4), rng.integers(0, 3, 8)
save_arrays(x=x, classes=classes)
show("model", lambda p: F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"], torch.tensor(classes)), weights("model.onnx"))
