"""Tensors that differ in type, shape or name, or in other than a factor.

    python3 make.py

model.onnx            given: W1 and W2
half.onnx             given: W1 in float16
renamed.onnx          both under other names, W1 doubled
transposed.onnx       both transposed, W2 under another name
flat.onnx             W1 with one axis, W2 in int8
noise.onnx            W2 scaled, one element moved
tuned_once.onnx       both scaled, in float16, in which the rounding shows
tuned_otherwise.onnx  the same by other factors

Prints numpy's factors, cosines and largest differences; script/case_diff_without_reason.txtar expects them.
"""
import sys

import numpy as np
import onnx

sys.path.insert(0, "..")
from models import stored, weights

W1, W2 = weights("model.onnx").values()


def write(name, tensors):
    """model.onnx with its two tensors replaced: names and arrays."""
    model = onnx.load("model.onnx")
    renamed = {}
    for t, (new, array) in zip(model.graph.initializer, tensors, strict=True):
        renamed[t.name] = new
        t.CopyFrom(stored(new, array))
    for n in model.graph.node:
        n.input[:] = [renamed.get(i, i) for i in n.input]
    onnx.save(model, f"{name}.onnx")


def compare(name, a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    print(f"{name}: factor {a @ b / (a @ a):.6g} cosine {a @ b / np.sqrt(a @ a) / np.sqrt(b @ b):.6g} max abs {abs(a - b).max():.4g}")


def tuned(array, factor):
    return (array.astype(np.float16).astype(np.float64) * factor).astype(np.float16)


compare("half W1", W1, weights("half.onnx")["W1"])
write("renamed", [("fc1.weight", (2 * W1).astype(np.float32)), ("fc2.weight", W2)])
write("transposed", [("W1", W1.T), ("onnx::MatMul_7", W2.T)])
whole = np.round(W2 * 100).astype(np.int8)
write("flat", [("W1", W1.ravel()), ("W2", whole)])
compare("flat W2", W2, whole)
noise = W2 * np.float32(1.0005)
noise[0, 0] += np.float32(1e-3)
write("noise", [("W1", W1), ("W2", noise)])
compare("noise W2", W2, noise)
write("tuned_once", [("W1", tuned(W1, 0.8125)), ("W2", tuned(W2, 1.37))])
write("tuned_otherwise", [("W1", tuned(W1, 1.618)), ("W2", tuned(W2, 0.77))])
print(f"tuned: factors {1.618 / 0.8125:.6g} {0.77 / 1.37:.6g}")
