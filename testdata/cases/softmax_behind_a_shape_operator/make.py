"""Elements are moved behind the Softmax or Sigmoid that a model ends in.

    python3 make.py

model.onnx                   given: Softmax, then a Reshape that changes nothing
unsqueeze.onnx, slice.onnx   Softmax, then Unsqueeze, and a Slice of all
composed.onnx                Softmax of its parts: ReduceMax, Sub, Exp, ReduceSum and Div
mean.onnx                    Softmax, then Unsqueeze, and ReduceMean over what it made
sigmoid_squeeze.onnx         Sigmoid, then Squeeze
sigmoid_clip.onnx            Sigmoid, then Clip and Flatten
sigmoid_gather.onnx          Sigmoid, then Gather of the only element
transpose.onnx               Softmax of sequences, then the steps first
log_transpose.onnx           the same with Log at the end
joined.onnx                  Softmax of sequences, then steps and classes as one axis
x.npy, labels.npy, bits.npy  a batch, its classes, and zeros and ones for it
sequence.npy                 a batch of sequences
turned.npy, unturned.npy     their classes, the steps first and last
soft.npy                     their probabilities, the steps first

Prints what PyTorch computes for the logits; script/case_softmax_behind_a_shape_operator.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = {name: weights("model.onnx")[name] for name in ("W1", "W2")}
rng = np.random.default_rng(4)
x = normal(rng, 6, 4)
single = {"W1": w["W1"], "W2": normal(rng, 6, 1)}
labels, bits, sequence, turned = rng.integers(0, 3, 6), rng.integers(0, 2, 6), normal(rng, 2, 5, 4), rng.integers(0, 3, (5, 2))
soft = rng.random((5, 2, 3)).astype(np.float32)
soft /= soft.sum(2, keepdims=True)
save_arrays(x=x, labels=labels, bits=bits, sequence=sequence, turned=turned, unturned=turned.T.copy(), soft=soft)


def write(name, last, operators, inputs, shape, tensors, **more):
    save(name, [node("MatMul", ["x", "W1"], ["h0"]), node("Relu", ["h0"], ["h"]), node("MatMul", ["h", "W2"], ["z"]), last] + operators,
         [value("x", inputs)], [value("y", shape)], tensors | more)


softmax, sigmoid = node("Softmax", ["z"], ["s"], axis=-1), node("Sigmoid", ["z"], ["s"])
flat, steps = ["b", 4], ["b", "t", 4]
write("sigmoid_squeeze", sigmoid, [node("Squeeze", ["s", "axes"], ["y"])], flat, ["b"], single, axes=[1])
write("sigmoid_clip", sigmoid, [node("Clip", ["s", "low", "high"], ["c"]), node("Flatten", ["c"], ["y"])], flat, ["b", 1], single,
      low=np.float32(0), high=np.float32(1))
write("sigmoid_gather", sigmoid, [node("Gather", ["s", "at"], ["y"], axis=1)], flat, ["b"], single, at=np.int64(0))
write("transpose", softmax, [node("Transpose", ["s"], ["y"], perm=[1, 0, 2])], steps, ["t", "b", 3], w)
write("log_transpose", softmax, [node("Transpose", ["s"], ["p"], perm=[1, 0, 2]), node("Log", ["p"], ["y"])], steps, ["t", "b", 3], w)
write("joined", softmax, [node("Flatten", ["s"], ["y"])], steps, ["b", "n"], w)
write("unsqueeze", softmax, [node("Unsqueeze", ["s", "axes"], ["y"])], flat, ["b", 3, 1, 1], w, axes=[2, 3])
write("slice", softmax, [node("Slice", ["s", "start", "end", "axis"], ["y"])], flat, ["b", 3], w, start=[0], end=[2**63 - 1], axis=[1])
write("composed", node("ReduceMax", ["z"], ["m"], axes=[1]), [
    node("Sub", ["z", "m"], ["d"]), node("Exp", ["d"], ["e"]), node("ReduceSum", ["e", "axis"], ["sum"]), node("Div", ["e", "sum"], ["y"]),
], flat, ["b", 3], w, axis=[-1])
write("mean", softmax, [node("Unsqueeze", ["s", "axes"], ["u"]), node("ReduceMean", ["u"], ["y"], axes=[2, 3], keepdims=0)], flat, ["b", 3], w,
      axes=[2, 3])


def logits(p, x):
    return torch.relu(double(x) @ p["W1"]) @ p["W2"]


show("model, unsqueeze, slice, composed, mean", lambda p: F.cross_entropy(logits(p, x), torch.tensor(labels)), w)
show("sigmoid_*", lambda p: F.binary_cross_entropy_with_logits(logits(p, x)[:, 0], double(bits)), single)
show("transpose, log_transpose, joined", lambda p: F.cross_entropy(logits(p, sequence).permute(1, 2, 0), torch.tensor(turned)), w)
show("transpose, soft", lambda p: F.cross_entropy(logits(p, sequence).permute(1, 2, 0), double(soft).movedim(2, 1)), w)
