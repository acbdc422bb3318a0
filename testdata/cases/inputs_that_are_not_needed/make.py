"""Inputs that the wanted output does not need.

    python3 make.py

model.onnx          given: text
sequence.onnx       a sequence
free.onnx           a size that no other input has
rank.onnx           no shape
x.npy, classes.npy  a batch and its classes

Prints what PyTorch computes for what is needed; script/case_inputs_that_are_not_needed.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from onnx import helper

sys.path.insert(0, "..")
from models import FLOAT, INT64, node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = weights("model.onnx")


def write(name, beside, inputs, outputs, **options):
    network = [node("MatMul", ["x", "W1"], ["h0"]), node("Relu", ["h0"], ["h"]), node("MatMul", ["h", "W2"], ["y"])]
    save(name, network + [beside], inputs, outputs, w, **options)


x, y = value("x", ["b", 4]), value("y", ["b", 3])
write("sequence", node("SequenceLength", ["seq"], ["n"]), [x, helper.make_tensor_sequence_value_info("seq", FLOAT, ["k"])],
      [y, value("n", [], INT64)])
write("free", node("Relu", ["tok"], ["side"]), [value("tok", ["b", "seq"]), x], [value("side", ["b", "seq"]), y])
write("rank", node("Relu", ["unk"], ["side"]), [value("unk", None), x], [value("side", ["k"]), y], check=False)

rng = np.random.default_rng(13)
x, classes = normal(rng, 8, 4), rng.integers(0, 3, 8)
save_arrays(x=x, classes=classes)
show("all", lambda p: F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"], torch.tensor(classes)), w)
