#!/usr/bin/env python3
"""Models that have their loss inside, as exporters write it, and what PyTorch computes."""
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
x, labels = np.load(HERE / "x.npy"), np.load(HERE / "labels.npy")
good = np.where(labels < 0, 1, labels)
big = good.copy()
big[5] = 7
rows = np.stack([np.arange(8), good], 1)
wrong = rows.copy()
wrong[3, 0] = 50
beyond = rows.copy()
beyond[2, 1] = 3
for name, array in [("good", good), ("big", big), ("rows", rows), ("wrong", wrong), ("beyond", beyond),
                    ("good_column", good[:, None]), ("big_column", big[:, None]), ("labels_column", labels[:, None])]:
    np.save(HERE / f"{name}.npy", array)
body = [helper.make_node("MatMul", ["x", "W1"], ["h0"]), helper.make_node("Relu", ["h0"], ["h"]), helper.make_node("MatMul", ["h", "W2"], ["logits"])]
tensors = [stored("W1", w["W1"]), stored("W2", w["W2"])]
log = helper.make_node("LogSoftmax", ["logits"], ["log"], axis=-1)
mean = [helper.make_node("ReduceMean", ["picked"], ["m"], keepdims=0), helper.make_node("Neg", ["m"], ["loss"])]
axis = stored("axis", np.int64([1]))


def model(name, nodes, label=["b"], *more):
    save(HERE / f"{name}.onnx", body + nodes, [value("x", [8, 4]), value("labels", label, INT64)], [value("loss", [])], tensors + list(more))


model("ignore", [helper.make_node("SoftmaxCrossEntropyLoss", ["logits", "labels"], ["loss"], ignore_index=-100)])
model("nll", [log, helper.make_node("NegativeLogLikelihoodLoss", ["log", "labels"], ["loss"])])
model("gather_nd", [log, helper.make_node("Concat", ["places", "labels"], ["at"], axis=1), helper.make_node("GatherND", ["log", "at"], ["picked"])] + mean,
      ["b", 1], stored("places", np.arange(8).reshape(8, 1)))
model("gather_nd_batch", [log, helper.make_node("GatherND", ["log", "labels"], ["picked"], batch_dims=1)] + mean, ["b", 1])
model("gather_nd_rows", [log, helper.make_node("GatherND", ["log", "labels"], ["picked"])] + mean, [8, 2])
model("one_hot", [log, helper.make_node("OneHot", ["labels", "depth", "values"], ["hot"]), helper.make_node("Mul", ["log", "hot"], ["chosen"]),
                  helper.make_node("ReduceSum", ["chosen", "axis"], ["picked"])] + mean, ["b"], axis, stored("depth", np.int64(3)), stored("values", np.float32([0, 1])))

params = [torch.tensor(w[name], dtype=torch.float64, requires_grad=True) for name in ("W1", "W2")]
z = torch.relu(torch.tensor(x).double() @ params[0]) @ params[1]
show("ignore", F.cross_entropy(z, torch.tensor(labels)), params)
show("good", F.cross_entropy(z, torch.tensor(good)), params)
