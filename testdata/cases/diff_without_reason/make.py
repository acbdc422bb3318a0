#!/usr/bin/env python3
"""Writes what script/case_diff_without_reason.txtar needs beside model.onnx and half.onnx, and prints the right values.

Needs numpy and onnx.
"""
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
MODEL = onnx.load(HERE / "model.onnx")
W1, W2 = map(numpy_helper.to_array, MODEL.graph.initializer)


def save(name, tensors):
    """The model with its two tensors replaced: names and arrays."""
    model = onnx.ModelProto()
    model.CopyFrom(MODEL)
    renamed = {}
    for t, (new, values) in zip(model.graph.initializer, tensors, strict=True):
        renamed[t.name] = new
        t.CopyFrom(numpy_helper.from_array(values, new))
    for n in model.graph.node:
        n.input[:] = [renamed.get(i, i) for i in n.input]
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


def compare(name, a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    print(f"{name}: factor {a @ b / (a @ a):.6g} cosine {a @ b / np.sqrt(a @ a) / np.sqrt(b @ b):.6g} max abs {abs(a - b).max():.4g}")


save("renamed", [("fc1.weight", (2 * W1).astype(np.float32)), ("fc2.weight", W2)])
save("transposed", [("W1", np.ascontiguousarray(W1.T)), ("onnx::MatMul_7", np.ascontiguousarray(W2.T))])
save("flat", [("W1", W1.ravel()), ("W2", np.round(W2 * 100).astype(np.int8))])
compare("flat W2", W2, np.round(W2 * 100).astype(np.int8))
compare("half W1", W1, numpy_helper.to_array(onnx.load(HERE / "half.onnx").graph.initializer[0]))
# Two tunings of one original, in a type in which their rounding shows
H1, H2 = W1.astype(np.float16), W2.astype(np.float16)
for name, f, g in (("tuned_once", 0.8125, 1.37), ("tuned_otherwise", 1.618, 0.77)):
    save(name, [("W1", (H1.astype(np.float64) * f).astype(np.float16)), ("W2", (H2.astype(np.float64) * g).astype(np.float16))])
print("tuned: factors", 1.618 / 0.8125, 0.77 / 1.37)
noise = W2 * np.float32(1.0005)
noise[0, 0] += np.float32(1e-3)
save("noise", [("W1", W1), ("W2", noise)])
compare("noise W2", W2, noise)
