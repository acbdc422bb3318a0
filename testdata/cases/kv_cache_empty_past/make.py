"""A decoder with a cache, and sizes that are made of others.

    python3 make.py

model.onnx                      given: a past that may be empty; a size is the sum of two others
products.onnx                   sizes that are products and quotients
ids.npy, labels.npy, past3.npy  a batch for model.onnx, and a past of 3 places

Prints what PyTorch computes for model.onnx; script/case_kv_cache_empty_past.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

rng = np.random.default_rng(13)
ids, labels, past3 = rng.integers(0, 10, (2, 5)), rng.integers(0, 10, (2, 5)), normal(rng, 2, 3, 4)
save_arrays(ids=ids, labels=labels, past3=past3)


def decoder(p, past):
    e = p["emb"][ids]
    k = torch.cat([double(past), e @ p["Wk"]], 1)
    logits = torch.softmax(e @ p["Wq"] @ k.transpose(1, 2), -1) @ k @ p["Wo"]
    return F.cross_entropy(logits.transpose(1, 2), torch.tensor(labels))


w = {name: weights("model.onnx")[name] for name in ("emb", "Wq", "Wk", "Wo")}
show("empty", lambda p: decoder(p, np.zeros((2, 0, 4))), w)
show("past of 3", lambda p: decoder(p, past3), w)

# Heads in the batch, twice as many places as the sequence has, half as many beside.
save("products", [
    node("ReduceSum", ["heads"], ["heads_sum"], keepdims=0), node("ReduceSum", ["halves"], ["halves_sum"], keepdims=0),
    node("Add", ["x", "heads_sum"], ["a"]), node("Add", ["a", "halves_sum"], ["b"]), node("MatMul", ["b", "W"], ["y"]),
], [value("x", ["batch", "seq", 4]), value("heads", ["batch*n_heads", "2*seq", 4]), value("halves", ["floor(seq/2)", "seq//2 + 1", 4])],
    [value("y", ["batch", "seq", 3])], {"W": normal(rng, 4, 3)})
