"""Inputs for which noise makes no sense: lengths, masks, pixels, samples.

    python3 make.py

model.onnx, image.npy  given: pixels of uint8
lengths.onnx           the mean over the frames within lengths, whose unit is half a frame
float_mask.onnx        attention with a float mask that opens
closing_mask.onnx      with a mask of int32 that closes
truth_mask.onnx        with a mask of truth values that closes
rescaled.onnx          pixels as floats, which the model divides by 127.5 less 1
sound.onnx             samples of int16
x.npy, classes.npy     a batch and its classes for lengths and masks
lengths12.npy          full lengths

Prints what PyTorch computes with full lengths and open masks; script/case_noise_of_the_wrong_kind.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import BOOL, FLOAT, INT16, INT32, INT64, node, normal, save, save_arrays, value
from torch_quotient import double, show

rng = np.random.default_rng(11)
B, S, D = 3, 6, 4
x, classes = normal(rng, B, S, D), rng.integers(0, 3, B)
W = {"W1": normal(rng, D, 5), "W2": normal(rng, 5, 3)}
save_arrays(x=x, classes=classes, lengths12=np.full(B, 2 * S))


def write(name, nodes, inputs, tensors):
    save(name, nodes, inputs, [value("y", ["b", 3])], W | tensors)


frames = value("x", ["b", S, D])
write("lengths", [
    node("Div", ["lengths", "two"], ["frames"]), node("Unsqueeze", ["frames", "one"], ["l"]), node("Less", ["places", "l"], ["within"]),
    node("Cast", ["within"], ["f"], to=FLOAT), node("Unsqueeze", ["f", "last"], ["m"]),
    node("MatMul", ["x", "W1"], ["h"]), node("Tanh", ["h"], ["t"]), node("Mul", ["t", "m"], ["tm"]),
    node("ReduceSum", ["tm", "one"], ["sum"], keepdims=0), node("ReduceSum", ["m", "one"], ["count"], keepdims=0),
    node("Div", ["sum", "count"], ["mean"]), node("MatMul", ["mean", "W2"], ["y"]),
], [frames, value("lengths", ["b"], INT64)], {"two": np.int64(2), "one": [1], "last": [2], "places": np.arange(S)})


def attention(name, masked, mask, tensors):
    """Attention of the frames to each other; masked makes "masked" of the scores "s"."""
    write(name, [
        node("MatMul", ["x", "W1"], ["h"]), node("Transpose", ["h"], ["k"], perm=[0, 2, 1]), node("MatMul", ["h", "k"], ["s"]), *masked,
        node("Softmax", ["masked"], ["p"]), node("MatMul", ["p", "h"], ["o"]), node("ReduceMean", ["o"], ["mean"], axes=[1], keepdims=0),
        node("MatMul", ["mean", "W2"], ["y"]),
    ], [frames, mask], {"one": [1], **tensors})


add = [node("Unsqueeze", ["bias", "one"], ["row"]), node("Add", ["s", "row"], ["masked"])]
attention("float_mask", [node("Sub", ["1", "attention_mask"], ["closed"]), node("Mul", ["closed", "low"], ["bias"])] + add,
          value("attention_mask", ["b", S]), {"1": np.float32(1), "low": np.float32(-1e4)})
attention("closing_mask", [node("Cast", ["padding"], ["f"], to=FLOAT), node("Mul", ["f", "low"], ["bias"])] + add,
          value("padding", ["b", S], INT32), {"low": np.float32(-1e9)})
attention("truth_mask", [node("Unsqueeze", ["padding", "one"], ["row"]), node("Where", ["row", "low", "s"], ["masked"])],
          value("padding", ["b", S], BOOL), {"low": np.float32(-np.inf)})
write("rescaled", [
    node("Div", ["image", "scale"], ["f"]), node("Sub", ["f", "1"], ["g"]), node("MatMul", ["g", "W1"], ["h"]),
    node("Tanh", ["h"], ["t"]), node("MatMul", ["t", "W2"], ["y"]),
], [value("image", ["b", D])], {"scale": np.float32(127.5), "1": np.float32(1)})
write("sound", [
    node("Cast", ["sound"], ["f"], to=FLOAT), node("Div", ["f", "scale"], ["g"]), node("MatMul", ["g", "W1"], ["h"]),
    node("Tanh", ["h"], ["t"]), node("MatMul", ["t", "W2"], ["y"]),
], [value("sound", ["b", D], INT16)], {"scale": np.float32(32768)})


def masks(p):
    h = double(x) @ p["W1"]
    return F.cross_entropy((torch.softmax(h @ h.transpose(1, 2), -1) @ h).mean(1) @ p["W2"], torch.tensor(classes))


show("lengths", lambda p: F.cross_entropy(torch.tanh(double(x) @ p["W1"]).mean(1) @ p["W2"], torch.tensor(classes)), W)
show("masks", masks, W)
