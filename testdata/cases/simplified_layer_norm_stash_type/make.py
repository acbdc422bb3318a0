"""Normalizations with the attribute stash_type.

    python3 make.py        (onnxruntime too)

model.onnx, past.npy           given: a decoder as onnxruntime-genai's model builder writes it, and its past
ids.npy, mask.npy, labels.npy  a batch for it and its classes
small.onnx                     one normalization of each kind that has the attribute
small_x.npy, small_target.npy  a batch for it and its target

Prints the loss of ONNX Runtime's logits for model.onnx, and what PyTorch computes for small.onnx;
script/case_simplified_layer_norm_stash_type.txtar expects both.
"""
import sys

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value
from torch_quotient import double, layer_norm, show

rng = np.random.default_rng(5)
past = np.load("past.npy")
shape = len(past), 6
ids, labels, mask = rng.integers(0, 20, shape), rng.integers(0, 20, shape), np.ones(shape, np.int64)
save_arrays(ids=ids, mask=mask, labels=labels)
session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
logits = session.run(["logits"], {
    "input_ids": ids, "attention_mask": mask, "past_key_values.0.key": past, "past_key_values.0.value": past})[0]
print(f"model: loss {F.cross_entropy(double(logits).transpose(1, 2), torch.tensor(labels)).item():.7g}")

sizes = {"w": (3, 4), "v": (4, 4), "u": (4, 2), "g0": (4,), "g1": (4,), "b1": (4,), "g2": (4,)}
W = {name: (rng.standard_normal(size) * 0.6).astype(np.float32) for name, size in sizes.items()}
save("small", [
    node("MatMul", ["x", "w"], ["a"]),
    node("SimplifiedLayerNormalization", ["a", "g0"], ["b"], axis=-1, epsilon=1e-5, stash_type=1), node("MatMul", ["b", "v"], ["c"]),
    node("LayerNormalization", ["c", "g1", "b1"], ["d"], axis=-1, epsilon=1e-5, stash_type=1),
    node("RMSNormalization", ["d", "g2"], ["e"], axis=-1, epsilon=1e-5, stash_type=11), node("MatMul", ["e", "u"], ["y"]),
], [value("x", ["n", 3])], [value("y", ["n", 2])], W, opset=23, graph="small", check=False)
x, target = normal(rng, 8, 3), normal(rng, 8, 2)
save_arrays(small_x=x, small_target=target)


def rms_norm(x, gain):
    return x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * gain


def small(p):
    d = layer_norm(rms_norm(double(x) @ p["w"], p["g0"]) @ p["v"], p["g1"], 1e-5) + p["b1"]
    return F.mse_loss(rms_norm(d, p["g2"]) @ p["u"], double(target))


show("small", small, W)
