"""The loss is inside, and labels are an input.

    python3 make.py

model.onnx, x.npy, labels.npy  given: one label is -100
ignore.onnx                    SoftmaxCrossEntropyLoss that leaves out -100
nll.onnx                       NegativeLogLikelihoodLoss
gather_nd.onnx                 GatherND at places made of the labels
gather_nd_batch.onnx           GatherND with a batch axis
gather_nd_rows.onnx            GatherND at places that are the input
one_hot.onnx                   OneHot
good.npy, big.npy              labels that are classes, and those with a 7
rows.npy                       places for gather_nd_rows.onnx
wrong.npy, beyond.npy          those with a row 50, and with a class 3
*_column.npy                   labels as a column

Prints what PyTorch computes; script/case_labels_inside_the_graph.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import INT64, node, save, save_arrays, value, weights
from torch_quotient import double, show

w = {name: weights("model.onnx")[name] for name in ("W1", "W2")}
x, labels = np.load("x.npy"), np.load("labels.npy")
good = np.where(labels < 0, 1, labels)
big = good.copy()
big[5] = 7
rows = np.stack([np.arange(8), good], 1)
wrong, beyond = rows.copy(), rows.copy()
wrong[3, 0], beyond[2, 1] = 50, 3
save_arrays(good=good, big=big, rows=rows, wrong=wrong, beyond=beyond,
            good_column=good[:, None], big_column=big[:, None], labels_column=labels[:, None])

log = node("LogSoftmax", ["logits"], ["log"], axis=-1)
mean = [node("ReduceMean", ["picked"], ["m"], keepdims=0), node("Neg", ["m"], ["loss"])]


def write(name, nodes, labels=["b"], **tensors):
    body = [node("MatMul", ["x", "W1"], ["h0"]), node("Relu", ["h0"], ["h"]), node("MatMul", ["h", "W2"], ["logits"])]
    save(name, body + nodes, [value("x", [8, 4]), value("labels", labels, INT64)], [value("loss", [])], w | tensors)


write("ignore", [node("SoftmaxCrossEntropyLoss", ["logits", "labels"], ["loss"], ignore_index=-100)])
write("nll", [log, node("NegativeLogLikelihoodLoss", ["log", "labels"], ["loss"])])
write("gather_nd", [log, node("Concat", ["places", "labels"], ["at"], axis=1), node("GatherND", ["log", "at"], ["picked"])] + mean,
      ["b", 1], places=np.arange(8)[:, None])
write("gather_nd_batch", [log, node("GatherND", ["log", "labels"], ["picked"], batch_dims=1)] + mean, ["b", 1])
write("gather_nd_rows", [log, node("GatherND", ["log", "labels"], ["picked"])] + mean, [8, 2])
write("one_hot", [
    log, node("OneHot", ["labels", "depth", "values"], ["hot"]), node("Mul", ["log", "hot"], ["chosen"]),
    node("ReduceSum", ["chosen", "axis"], ["picked"])] + mean, axis=[1], depth=np.int64(3), values=np.float32([0, 1]))


def loss(p, target):
    return F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"], torch.tensor(target))


show("ignore", lambda p: loss(p, labels), w)
show("good", lambda p: loss(p, good), w)
