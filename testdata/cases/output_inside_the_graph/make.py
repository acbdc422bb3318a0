"""The outputs are made by operators that need data to be built, and the loss is to be taken of a tensor before them.

    python3 make.py

model.onnx         given: NonMaxSuppression
topk.onnx          a TopK whose k depends on data
argmax.onnx        an ArgMax
x.npy, labels.npy  a batch and its classes

Prints what PyTorch computes for the tensor "raw"; script/case_output_inside_the_graph.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import INT64, node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = {"W1": weights("model.onnx")["W1"]}
rng = np.random.default_rng(2)
x, labels = normal(rng, 8, 4), rng.integers(0, 6, 8)
save_arrays(x=x, labels=labels)


def write(name, nodes, outputs):
    save(name, [node("MatMul", ["x", "W1"], ["raw"])] + nodes, [value("x", ["b", 4])], outputs, w | {"one": [1]})


write("topk", [
    node("ReduceMax", ["raw"], ["most"], keepdims=0), node("Cast", ["most"], ["whole"], to=INT64), node("Reshape", ["whole", "one"], ["k"]),
    node("Softmax", ["raw"], ["p"]), node("TopK", ["p", "k"], ["best", "places"]),
], [value("best", ["b", "k"]), value("places", ["b", "k"], INT64)])
write("argmax", [node("ArgMax", ["raw"], ["class"], axis=1)], [value("class", ["b", 1], INT64)])
show("raw", lambda p: F.cross_entropy(double(x) @ p["W1"], torch.tensor(labels)), w)
