#!/usr/bin/env python3
"""Writes what script/case_simplified_layer_norm_stash_type.txtar needs beside model.onnx and past.npy, and prints the right
values: the loss of the given model from ONNX Runtime's logits, and PyTorch's quotient of a smaller one.

Needs numpy, onnx, onnxruntime and torch.
"""
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
RNG = np.random.default_rng(5)

# The given model: 32 sequences of 6 tokens behind nothing.
model = onnx.load(HERE / "model.onnx")
past = np.load(HERE / "past.npy")
b, s = past.shape[0], 6
ids, labels = RNG.integers(0, 20, (b, s)), RNG.integers(0, 20, (b, s))
np.save(HERE / "ids.npy", ids)
np.save(HERE / "mask.npy", np.ones((b, s), np.int64))
np.save(HERE / "labels.npy", labels)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
logits = session.run(["logits"], {"input_ids": ids, "attention_mask": np.ones((b, s), np.int64),
                                  "past_key_values.0.key": past, "past_key_values.0.value": past})[0]
print("model: loss", F.cross_entropy(torch.tensor(logits).double().movedim(-1, 1), torch.tensor(labels)).item())

# One normalization of each kind that has the attribute, and the forms of other operators that change no number.
n = 4
W = {name: (RNG.standard_normal(shape) * 0.6).astype(np.float32) for name, shape in
     {"w": (3, n), "v": (n, n), "u": (n, 2), "g0": (n,), "g1": (n,), "b1": (n,), "g2": (n,)}.items()}
nodes = [
    helper.make_node("MatMul", ["x", "w"], ["a"]),
    helper.make_node("SimplifiedLayerNormalization", ["a", "g0"], ["b"], axis=-1, epsilon=1e-5, stash_type=1),
    helper.make_node("MatMul", ["b", "v"], ["c"]),
    helper.make_node("LayerNormalization", ["c", "g1", "b1"], ["d"], axis=-1, epsilon=1e-5, stash_type=1),
    helper.make_node("RMSNormalization", ["d", "g2"], ["e"], axis=-1, epsilon=1e-5, stash_type=11),
    helper.make_node("MatMul", ["e", "u"], ["y"]),
]
graph = helper.make_graph(nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])], [numpy_helper.from_array(a, k) for k, a in W.items()])
(HERE / "small.onnx").write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=8).SerializeToString())
x, t = RNG.standard_normal((8, 3)).astype(np.float32), RNG.standard_normal((8, 2)).astype(np.float32)
np.save(HERE / "small_x.npy", x)
np.save(HERE / "small_target.npy", t)
p = {k: torch.tensor(a.astype(np.float64), requires_grad=True) for k, a in W.items()}
rms = lambda v, g: v / (v.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * g
e = rms(F.layer_norm(rms(torch.tensor(x).double() @ p["w"], p["g0"]) @ p["v"], (n,), p["g1"], p["b1"], 1e-5), p["g2"])
loss = F.mse_loss(e @ p["u"], torch.tensor(t).double())
params = list(p.values())
grads = torch.autograd.grad(loss, params, create_graph=True)
products = torch.autograd.grad(sum((g * g).sum() for g in grads) / 2, params)
q = [(h + d) / (g + d) for g, h in zip(grads, products) for d in [1e-5 * torch.where(g >= 0, 1.0, -1.0).double()]]
print("small: loss", loss.item(), "gq", torch.cat([v.flatten() for v in q]).abs().mean().item())
