"""Several outputs have losses.

    python3 make.py

model.onnx                     given: "pi" ends in Softmax, "value" is one number
three.onnx                     logits, "value", and "boxes" that end in Sigmoid
x.npy, labels.npy, values.npy  a batch, and targets of "pi" and "value"

Prints what PyTorch computes for sums of losses; script/case_several_losses.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = {name: weights("model.onnx")[name] for name in ("W1", "W2", "Wv")}
rng = np.random.default_rng(3)
x, labels, values = normal(rng, 8, 4), rng.integers(0, 3, 8), normal(rng, 8, 1)
save_arrays(x=x, labels=labels, values=values)
save("three", [
    node("MatMul", ["x", "W1"], ["h0"]), node("Relu", ["h0"], ["h"]), node("MatMul", ["h", "W2"], ["logits"]),
    node("MatMul", ["h", "Wv"], ["value"]), node("MatMul", ["h", "Wb"], ["b0"]), node("Sigmoid", ["b0"], ["boxes"]),
], [value("x", ["b", 4])], [value("logits", ["b", 3]), value("value", ["b", 1]), value("boxes", ["b", 4])], w | {"Wb": normal(rng, 6, 4)})


def loss(p, of_value):
    h = torch.relu(double(x) @ p["W1"])
    return F.cross_entropy(h @ p["W2"], torch.tensor(labels)) + of_value(h @ p["Wv"])


show("pi and value", lambda p: loss(p, lambda v: F.mse_loss(v, double(values))), w)
show("pi and the value itself", lambda p: loss(p, torch.mean), w)
